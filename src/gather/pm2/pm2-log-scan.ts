import type { OpenFile } from '../../host/host.ts';
import type { Pm2Event } from '../../model/pm2.ts';
import type { CleanText } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';
import {
  parseBannerTime,
  parseBannerVersion,
  parsePm2LogText,
  type Stamp,
  splitStamp,
} from './pm2-log-line.ts';

/** What one kind of line means; shared by all lines of the same text, so a loop of 40,000 restarts costs little. */
export interface Meaning {
  readonly text: CleanText;
  readonly event: Pm2Event | null;
  readonly bannerTime: { readonly at: number; readonly offsetMinutes: number } | null;
  readonly bannerVersion: { readonly of: 'pm2' | 'node'; readonly version: CleanText } | null;
}

/** A line that means something, its time still on the daemon's wall clock. */
export interface RawLine {
  readonly stamp: Stamp | null;
  readonly meaning: Meaning;
}

export interface ScanLimits {
  /** Reading ends at a chunk whose stamps all lie before this; wall clock as if UTC. */
  readonly untilWallMs: number;
  readonly maxBytes: number;
  readonly maxLines: number;
  /** True when the time is up. */
  isLate(): boolean;
}

export interface Scan {
  /** Oldest first. */
  readonly lines: readonly RawLine[];
  /** The first stamp in the part that was read; null = none there. */
  readonly firstStamp: Stamp | null;
  readonly end: 'beginning' | 'window' | 'cap';
  readonly readBytes: number;
}

const chunkBytes = 1024 * 1024;
/** A line longer than this is not PM2's. */
const maxLineBytes = 64 * 1024;
/** A name with line breaks spreads PM2's line over several. */
const maxJoinedLines = 4;
const newline = 0x0a;
const prefixText = ': PM2 ';
const fatalText = 'FATAL ERROR: ';
const prefixNeedle = Buffer.from(prefixText);
const fatalNeedle = Buffer.from(fatalText);

/**
 * Reads a pm2.log from its end backwards, chunk by chunk. Bytes are searched for PM2's prefix; only lines that have it
 * become strings, because cluster apps write their output into the same file.
 */
export function scanBackwards(
  file: OpenFile,
  limits: ScanLimits,
  meaningOf: (text: string) => Meaning | null,
): Scan {
  const chunks: RawLine[][] = [];
  let firstStamp: Stamp | null = null;
  let count = 0;
  /** All from here on has been read, or belongs to a line too long to be PM2's. */
  let upTo = file.sizeBytes;
  let isInsideLine = false;
  let end: Scan['end'] = 'beginning';
  while (upTo > 0) {
    if (file.sizeBytes - upTo >= limits.maxBytes || count >= limits.maxLines || limits.isLate()) {
      end = 'cap';
      break;
    }
    const from = Math.max(0, upTo - chunkBytes);
    const chunk = file.read(from, upTo - from);
    // What stands before the first line break belongs to a line that starts in the chunk before: it is read again with it.
    const start = from === 0 ? 0 : chunk.indexOf(newline) + 1;
    const stop = isInsideLine ? chunk.lastIndexOf(newline) + 1 : chunk.length;
    isInsideLine = from > 0 && (start === 0 || start === chunk.length);
    upTo = isInsideLine ? from : from + start;
    if (isInsideLine || stop <= start) continue;
    const { lines, first, newestWallMs } = scanChunk(chunk.subarray(start, stop), meaningOf);
    chunks.push(lines);
    count += lines.length;
    firstStamp = first ?? firstStamp;
    if (newestWallMs !== null && newestWallMs < limits.untilWallMs && upTo > 0) {
      end = 'window';
      break;
    }
  }
  return { lines: chunks.reverse().flat(), firstStamp, end, readBytes: file.sizeBytes - upTo };
}

/** All meaningful lines of a text that starts at a line's beginning. */
export function scanChunk(
  chunk: Buffer,
  meaningOf: (text: string) => Meaning | null,
): { readonly lines: RawLine[]; readonly first: Stamp | null; readonly newestWallMs: number | null } {
  const lines: RawLine[] = [];
  let first: Stamp | null = null;
  let newestWallMs: number | null = null;
  // Most lines share their second, and so their stamp, with the line before.
  let known: { readonly head: string; readonly stamp: Stamp | null; readonly prefixed: boolean } = {
    head: '',
    stamp: null,
    prefixed: false,
  };
  let prefix = chunk.indexOf(prefixNeedle);
  let fatal = chunk.indexOf(fatalNeedle);
  while (prefix >= 0 || fatal >= 0) {
    const hit = prefix < 0 ? fatal : fatal < 0 ? prefix : Math.min(prefix, fatal);
    const lineStart = chunk.lastIndexOf(newline, hit) + 1;
    const newlineAt = chunk.indexOf(newline, hit);
    let lineEnd = newlineAt < 0 ? chunk.length : newlineAt;
    if (hit === fatal) {
      const meaning =
        lineStart === fatal
          ? meaningOf(`${lastIsolate(chunk, fatal)}${decode(chunk, fatal, lineEnd)}`)
          : null;
      if (meaning !== null) lines.push({ stamp: null, meaning });
    } else if (hit - lineStart <= 80 && lineEnd - lineStart <= maxLineBytes) {
      const line = decode(chunk, lineStart, lineEnd);
      const head = line.slice(0, hit - lineStart);
      const split =
        head === known.head ? { ...known, text: afterPrefix(line, head.length) } : splitStamp(line);
      if (split.prefixed) {
        known = { head, stamp: split.stamp, prefixed: true };
        if (split.stamp !== null) {
          first ??= split.stamp;
          newestWallMs = Math.max(newestWallMs ?? split.stamp.wallMs, split.stamp.wallMs);
        }
        let meaning = meaningOf(split.text);
        for (let joined = 1; meaning === null && isCut(split.text) && joined < maxJoinedLines; joined += 1) {
          const next = chunk.indexOf(newline, lineEnd + 1);
          const nextEnd = next < 0 ? chunk.length : next;
          if (lineEnd >= chunk.length || chunk.subarray(lineEnd, nextEnd).includes(prefixNeedle)) break;
          lineEnd = nextEnd;
          meaning = meaningOf(splitStamp(decode(chunk, lineStart, lineEnd)).text);
        }
        if (meaning !== null) lines.push({ stamp: split.stamp, meaning });
      }
    }
    if (prefix >= 0 && prefix < lineEnd) prefix = chunk.indexOf(prefixNeedle, lineEnd);
    if (fatal >= 0 && fatal < lineEnd) fatal = chunk.indexOf(fatalNeedle, lineEnd);
  }
  return { lines, first, newestWallMs };
}

function afterPrefix(line: string, headLength: number): string {
  // `: PM2 log: `; the word differs, its end does not.
  const end = line.indexOf(':', headLength + 1);
  return line.slice(line[end + 1] === ' ' ? end + 2 : end + 1);
}

function decode(chunk: Buffer, from: number, to: number): string {
  return chunk.toString('utf8', from, chunk[to - 1] === 0x0d ? to - 1 : to);
}

function isCut(text: string): boolean {
  return (
    /^(?:App \[|App name:|Stopping app:)/.test(text) &&
    !/(?:mode-|online|disconnected|\]|\bms|ignored \(pid \d+\)| id:\w+)$/.test(text)
  );
}

/** V8 prints `[21687:0x25632c50]     1469 ms: Mark-Compact …` a few lines before it gives up: the pid of the worker. */
function lastIsolate(chunk: Buffer, before: number): string {
  const text = chunk.toString('latin1', Math.max(0, before - 4096), before);
  const found = [...text.matchAll(/(?:^|\n)\[(\d+):0x[0-9a-f]+\]/g)].at(-1);
  return found === undefined ? '' : `[${found[1] ?? ''}] `;
}

/** Remembers what each text means; texts of one loop repeat. */
export function makeMeanings(clean: Cleaner): (text: string) => Meaning | null {
  const known = new Map<string, Meaning | null>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= 20_000) known.clear();
    const meaning = findMeaning(text, clean);
    known.set(text, meaning);
    return meaning;
  };
}

function findMeaning(text: string, clean: Cleaner): Meaning | null {
  const none = { bannerTime: null, bannerVersion: null };
  const isolate = /^\[(\d+)\] (FATAL ERROR: [\s\S]*)$/.exec(text);
  if (isolate !== null) {
    const abort = parsePm2LogText(isolate[2] ?? '', clean);
    if (abort?.kind !== 'heap-abort') return null;
    return {
      text: clean.text(isolate[2] ?? ''),
      event: { kind: 'heap-abort', pid: Number(isolate[1]) },
      ...none,
    };
  }
  const event = parsePm2LogText(text, clean);
  if (event !== null) return { text: clean.text(text), event, ...none };
  const bannerTime = parseBannerTime(text);
  if (bannerTime !== null) return { text: clean.text(text), event: null, bannerTime, bannerVersion: null };
  const version = parseBannerVersion(text);
  if (version === null) return null;
  const bannerVersion = { of: version.of, version: clean.text(version.version) };
  return { text: clean.text(text), event: null, bannerTime: null, bannerVersion };
}
