import type { Cleaner } from '../clean.ts';
import { type FingerprintScan, fingerprintScan, plainScan } from '../oom/fingerprint-scan.ts';
import { PieceBuilder } from './pm2-log-list.ts';
import { findMeaning, type Meaning, type RawLine } from './pm2-log-meaning.ts';
import { LogStamps, maxStampBytes } from './pm2-log-stamps.ts';
import { KnownTexts } from './pm2-log-texts.ts';

/** A line longer than this is not PM2's. */
export const maxLineBytes = 64 * 1024;
/** A name with line breaks spreads PM2's line over several. */
const maxJoinedLines = 4;
/** A memory of WebAssembly takes a millisecond to make: as long as searching this much without it. */
const smallBytes = 512 * 1024;
const newline = 0x0a;
const space = 0x20;
const colon = 0x3a;
const fatalNeedle = Buffer.from('FATAL ERROR: ');
const prefixNeedle = Buffer.from(': PM2 ');
/** Of `: PM2 log: ` and of V8's last words. Nothing else that servers print has `PM2` in it as often. */
const fingerprints = [['PM2'], ['FAT']];
/** `log`, `error`, `info`, `warn`: lib/Utility.js overrideConsole, versions 5 to 7. */
const words = ['log:', 'error:', 'info:', 'warn:'].map((word) => Buffer.from(word));
/** First bytes of all texts that mean something: `App`, `Stopping`, `pid=`, `Process`, `[PM2]`, the banner … */
const starts = new Uint8Array(256);
for (const letter of 'ASpP[C-DEFTN') starts[letter.charCodeAt(0)] = 1;

/** A searcher with room for this many bytes. */
export function logSearcher(bytes: number): FingerprintScan {
  return bytes <= smallBytes ? plainScan(fingerprints, bytes) : fingerprintScan(fingerprints, bytes);
}

/** Finds PM2's lines in a buffer full of log. Only new texts become strings: cluster apps write into the same file. */
export class LineReader {
  private readonly searcher: FingerprintScan;
  private readonly buffer: Buffer;
  private readonly texts: KnownTexts;
  private readonly meaningOf: (text: string) => Meaning | null;
  private readonly stamps: LogStamps;
  /** Where the line read last ends. */
  private end = 0;
  private ownEnd = -1;
  /** The stamp before: most lines share their second. */
  private knownStamp = Buffer.alloc(maxStampBytes);
  private knownLength = -1;
  private knownValue = Number.NaN;

  constructor(searcher: FingerprintScan, meaningOf: (text: string) => Meaning | null, stamps: LogStamps) {
    this.searcher = searcher;
    this.buffer = searcher.buffer;
    this.texts = new KnownTexts(meaningOf);
    this.meaningOf = meaningOf;
    this.stamps = stamps;
  }

  /** Reads all lines between two places of the searcher's buffer; a line starts at `from`. */
  read(from: number, to: number, piece: PieceBuilder): void {
    const { buffer, searcher } = this;
    // The plain searcher remembers hits; the buffer has been filled anew.
    searcher.next(0, 0);
    let at = searcher.next(from, to);
    while (at < to) {
      this.end = at + 1;
      if (buffer[at] === 0x46) this.readFatal(from, at, to, piece);
      else if (buffer[at - 1] === space && buffer[at - 2] === colon && buffer[at + 3] === space)
        this.readLine(from, at, to, piece);
      at = searcher.next(this.end, to);
    }
  }

  /** Answers: does the last line of PM2 that was read end right before this place? */
  endsAt(place: number): boolean {
    return this.ownEnd === place;
  }

  private readLine(from: number, at: number, to: number, piece: PieceBuilder): void {
    const { buffer } = this;
    const headEnd = at - 2;
    let start = headEnd;
    while (start > from && buffer[start - 1] !== newline) {
      if (headEnd - start >= maxStampBytes) return;
      start -= 1;
    }
    const text = afterWord(buffer, at + 4, to);
    if (start === headEnd || text < 0) return;
    const value = this.stampOf(start, headEnd);
    piece.pass(value);
    if (starts[buffer[text] ?? 0] === 0) return;
    let hash = 0x811c9dc5;
    let end = text;
    for (; end < to; end += 1) {
      const byte = buffer[end] ?? 0;
      if (byte === newline) break;
      if (end - text > maxLineBytes) return;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    this.end = end;
    // A line without an end is still being written, or was cut: half of it could say something else.
    if (end === to) return;
    this.ownEnd = end + 1;
    const stop = buffer[end - 1] === 0x0d ? end - 1 : end;
    const meaning = this.texts.meaning(buffer, text, stop, hash >>> 0);
    if (meaning !== null) piece.add(value, meaning);
    else this.joinLines(text, end, to, value, piece);
  }

  private stampOf(from: number, to: number): number {
    const { buffer, knownStamp } = this;
    if (to - from === this.knownLength) {
      // The end first: it is what changes.
      let at = this.knownLength - 1;
      while (at >= 0 && knownStamp[at] === buffer[from + at]) at -= 1;
      if (at < 0) return this.knownValue;
    }
    this.knownLength = to - from;
    for (let at = 0; at < this.knownLength; at += 1) knownStamp[at] = buffer[from + at] ?? 0;
    this.knownValue = this.stamps.read(buffer, from, to);
    return this.knownValue;
  }

  /** A name with line breaks in it: the line goes on below. */
  private joinLines(text: number, lineEnd: number, to: number, value: number, piece: PieceBuilder): void {
    const { buffer } = this;
    if (!isCut(decode(buffer, text, lineEnd))) return;
    let end = lineEnd;
    for (let joined = 1; joined < maxJoinedLines && end < to; joined += 1) {
      const next = buffer.subarray(0, to).indexOf(newline, end + 1);
      const nextEnd = next < 0 ? to : next;
      if (nextEnd - text > maxLineBytes || buffer.subarray(end, nextEnd).includes(prefixNeedle)) return;
      end = nextEnd;
      const meaning = this.meaningOf(decode(buffer, text, end));
      if (meaning === null) continue;
      piece.add(value, meaning);
      this.end = end;
      return;
    }
  }

  /** V8's last words in a cluster worker stand at the beginning of a line, without a stamp. */
  private readFatal(from: number, at: number, to: number, piece: PieceBuilder): void {
    const { buffer } = this;
    if (at > from && buffer[at - 1] !== newline) return;
    if (fatalNeedle.compare(buffer, at, Math.min(to, at + fatalNeedle.length)) !== 0) return;
    const found = buffer.subarray(0, Math.min(to, at + maxLineBytes)).indexOf(newline, at);
    const end = found < 0 ? to : found;
    const meaning = this.meaningOf(`${lastIsolate(buffer, from, at)}${decode(buffer, at, end)}`);
    if (meaning !== null) piece.add(Number.NaN, meaning);
  }
}

/** Where the text behind `log: ` starts; -1 = not PM2's prefix. */
function afterWord(buffer: Buffer, at: number, to: number): number {
  for (const word of words) {
    let length = 0;
    while (length < word.length && buffer[at + length] === word[length]) length += 1;
    if (length < word.length) continue;
    const end = at + length;
    if (end > to) return -1;
    return buffer[end] === space ? end + 1 : end;
  }
  return -1;
}

function decode(buffer: Buffer, from: number, to: number): string {
  return buffer.toString('utf8', from, buffer[to - 1] === 0x0d ? to - 1 : to);
}

function isCut(text: string): boolean {
  return (
    /^(?:App \[|App name:|Stopping app:)/.test(text) &&
    !/(?:mode-|online|disconnected|\]|\bms|ignored \(pid \d+\)| id:\w+)$/.test(text)
  );
}

/** V8 prints `[21687:0x25632c50]     1469 ms: Mark-Compact …` a few lines before it gives up: the pid of the worker. */
function lastIsolate(buffer: Buffer, from: number, before: number): string {
  const text = buffer.toString('latin1', Math.max(from, before - 4096), before);
  const found = [...text.matchAll(/(?:^|\n)\[(\d+):0x[0-9a-f]+\]/g)].at(-1);
  return found === undefined ? '' : `[${found[1] ?? ''}] `;
}

/** All meaningful lines of a text that starts at a line's beginning, with stamps in a format that needs no learning. */
export function scanChunk(
  chunk: Buffer,
  meaningOf: (text: string) => Meaning | null,
): { readonly lines: readonly RawLine[] } {
  const searcher = logSearcher(chunk.length);
  chunk.copy(searcher.buffer);
  const stamps = new LogStamps();
  const piece = new PieceBuilder();
  new LineReader(searcher, meaningOf, stamps).read(0, chunk.length, piece);
  const stampOf = stamps.decoder();
  const { values, meanings } = piece.take();
  return { lines: meanings.map((meaning, index) => ({ stamp: stampOf(values[index] ?? NaN), meaning })) };
}

/** Remembers what each text means; texts of one loop repeat. */
export function makeMeanings(clean: Cleaner): (text: string) => Meaning | null {
  return (text) => findMeaning(text, clean);
}
