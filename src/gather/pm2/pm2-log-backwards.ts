import type { OpenFile } from '../../host/host.ts';
import { type LinePiece, PieceBuilder } from './pm2-log-list.ts';
import type { Meaning } from './pm2-log-meaning.ts';
import { LineReader, logSearcher, maxLineBytes } from './pm2-log-scan.ts';
import type { LogStamps } from './pm2-log-stamps.ts';

export interface ScanLimits {
  /** Reading ends where all stamps lie before this; wall clock as if UTC. */
  readonly untilWallMs: number;
  readonly maxBytes: number;
  readonly maxLines: number;
  /** True when the time is up. */
  isLate(): boolean;
}

/** How reading one file ended. `shrunk`: it was emptied or cut meanwhile. */
export type ScanEnd = 'beginning' | 'window' | 'bytes' | 'lines' | 'time' | 'shrunk';

export interface Scan {
  /** Oldest first. */
  readonly pieces: readonly LinePiece[];
  readonly end: ScanEnd;
  readonly readBytes: number;
  readonly lines: number;
  /** The last line of the file is PM2's and was read: its time is when the file was last written. */
  readonly endsInOwnLine: boolean;
}

const blockBytes = 512 * 1024;
/** For the beginning of a block, which belongs to the last line of the block before. */
const carryBytes = maxLineBytes + 1024;
const regionBytes = blockBytes + carryBytes;
/** An app can forge old stamps, but hardly for so long without one line of PM2 between. */
const oldEnoughBytes = 4 * 1024 * 1024;
const newline = 0x0a;

/**
 * Reads a pm2.log from its end backwards, block by block. While one block is searched, the kernel copies the next one
 * into the other half of the buffer. Memory: the two halves, and 16 bytes a line.
 *
 * @param newestOf newest wall clock of a block's lines whose stamps are texts; -Infinity = not known.
 */
export async function scanBackwards(
  file: OpenFile,
  limits: ScanLimits,
  meaningOf: (text: string) => Meaning | null,
  stamps: LogStamps,
  newestOf: (piece: LinePiece) => number = () => -Infinity,
): Promise<Scan> {
  const isSmall = file.sizeBytes <= blockBytes;
  const halves = isSmall ? 1 : 2;
  const room = isSmall ? file.sizeBytes + carryBytes : regionBytes;
  const searcher = logSearcher(room * halves);
  const { buffer } = searcher;
  const reader = new LineReader(searcher, meaningOf, stamps);
  const builder = new PieceBuilder();
  const pieces: LinePiece[] = [];
  const block = room - carryBytes;
  let lines = 0;
  let oldBytes = 0;
  let oldPieces = 0;
  let carry = 0;
  let isInsideLine = false;
  let endsInOwnLine = false;
  let end: ScanEnd = 'beginning';
  let half = 0;
  let upTo = file.sizeBytes;
  const fill = (which: number, to: number): Promise<number> => {
    const count = Math.min(block, to);
    const at = which * room + block - count;
    return readInto(file, to - count, buffer.subarray(at, at + count));
  };
  let pending = fill(half, upTo);
  while (upTo > 0) {
    const count = Math.min(block, upTo);
    const got = await pending;
    if (got < count) {
      end = 'shrunk';
      break;
    }
    const from = upTo - count;
    const middle = half * room + block;
    const base = middle - count;
    if (from > 0 && halves === 2) pending = fill(1 - half, from);
    // What stands before the first line break belongs to a line that starts in the block before.
    const first = from === 0 ? base : nextLine(buffer, base, middle + carry);
    const stop: number = isInsideLine ? lastLine(buffer, base, middle) : middle + carry;
    const isWholeLine: boolean = first > stop || (isInsideLine && stop === base);
    if (!isWholeLine) reader.read(first, stop, builder);
    if (upTo === file.sizeBytes) endsInOwnLine = reader.endsAt(middle);
    upTo = from;
    const head: number = isWholeLine ? carryBytes : first - base;
    isInsideLine = head > maxLineBytes;
    carry = isInsideLine ? 0 : head;
    if (carry > 0 && from > 0) buffer.copy(buffer, (1 - half) * room + block, base, base + carry);
    half = 1 - half;
    lines += builder.count;
    const direct = builder.newestWallMs;
    const piece = builder.take();
    pieces.push(piece);
    const newest = Math.max(direct, newestOf(piece));
    if (newest > -Infinity) {
      const isOld = newest < limits.untilWallMs;
      oldBytes = isOld ? oldBytes + count : 0;
      oldPieces = isOld ? oldPieces + 1 : 0;
    } else if (oldPieces > 0) {
      oldBytes += count;
      oldPieces += 1;
    }
    if (upTo === 0) break;
    if (oldBytes >= oldEnoughBytes) end = 'window';
    else if (file.sizeBytes - upTo >= limits.maxBytes) end = 'bytes';
    else if (lines >= limits.maxLines) end = 'lines';
    else if (limits.isLate()) end = 'time';
    if (end !== 'beginning') {
      await pending;
      break;
    }
  }
  // What lies before the window was read only to be sure of it; one piece of it says how far back the log is known.
  const needed = oldPieces > 1 ? pieces.slice(0, pieces.length - oldPieces + 1) : pieces;
  if (needed.length < pieces.length) end = 'window';
  return {
    pieces: needed.reverse(),
    end,
    readBytes: file.sizeBytes - upTo,
    lines: needed.reduce((total, { meanings }) => total + meanings.length, 0),
    endsInOwnLine,
  };
}

/** Fills the target; gives fewer bytes where the file has become shorter. */
async function readInto(file: OpenFile, offset: number, target: Buffer): Promise<number> {
  const got = file.readLater ? await file.readLater(offset, target) : 0;
  if (got === target.length) return got;
  return got + file.read(offset + got, target.length - got).copy(target, got);
}

/** The beginning of the first whole line; behind the end = there is none. */
function nextLine(buffer: Buffer, from: number, to: number): number {
  const at = buffer.subarray(0, to).indexOf(newline, from);
  return at < 0 ? to + 1 : at + 1;
}

/** The end of the last whole line; `from` = there is none. */
function lastLine(buffer: Buffer, from: number, to: number): number {
  return buffer.subarray(from, to).lastIndexOf(newline) + 1 + from;
}
