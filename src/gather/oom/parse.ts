import type { AppText, OomKill, UnconfirmedKill } from '../../model/oom.ts';
import type { CleanText, EpochMs, Quote } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';
import { findAppTexts } from './app-texts.ts';
import type { LogClock } from './calendar.ts';
import { fingerprintScan } from './fingerprint-scan.ts';
import { firstStamp, lastStamp } from './log-span.ts';
import { appWords, dumpHead, dumpLike, fingerprints, killWords, lookBytes } from './needles.ts';
import { oomReader } from './oom-reader.ts';

/** What one log says. `covers*`: first and last time in it; null = no time that can be told. */
export interface OomParse {
  readonly kills: readonly OomKill[];
  readonly unconfirmed: readonly UnconfirmedKill[];
  readonly appEvidence: readonly AppText[];
  /** Lines by unit managers that go with a kill. */
  readonly unitLines: readonly Quote[];
  readonly coversFrom: EpochMs | null;
  readonly coversTo: EpochMs | null;
  /** Lines read closely: those near a kill. The rest was searched, not read. */
  readonly lines: number;
  /** Lines longer than 64 KiB, read in pieces. */
  readonly truncatedLines: number;
}

export interface OomParser {
  /** Takes the bytes; the buffer may be used again afterwards. */
  push(chunk: Buffer): void;
  /** Free space inside the parser, to read a file into without a copy; then say how much was `filled`. */
  space(): Buffer;
  filled(bytes: number): void;
  /** Searches what was filled in; till then it only waits. While this runs, `space` taken before may be filled. */
  search(): void;
  end(): OomParse;
}

/** Longest line; a longer one is cut into pieces. A log line is not longer than 48 KiB (journald's LineMax). */
const maxLineBytes = 64 * 1024;
/** A dump of a host with a thousand processes: so far back its first line may stand. */
const lookBackBytes = 256 * 1024;
/** Searched at once. */
const freshBytes = 4 * 1024 * 1024;
/** Beside what is searched, the next piece may be read in; moving the rest to the front is rare. */
const workBytes = lookBackBytes + maxLineBytes + 6 * freshBytes;
const newline = 10;
/** Shorter stretches are read line by line. */
const bulkBytes = 1024;
/** Around a line of interest: wrapped records, `dryrun`, fields of one journal record. */
const linesBefore = 6;
const linesAfter = 8;
/** A relevant app text is explained within so many lines: the pid before, the exit code after. */
const appLinesBefore = 40;
const appLinesAfter = 30;
const maxAppTexts = 5000;

const remembered = 2000;
const shortChars = 120;

/** Names and paths of one log repeat; each is cleaned once. */
function rememberingCleaner(clean: Cleaner): Cleaner {
  const known = new Map<string, CleanText>();
  return {
    learn: clean.learn,
    text(raw, maxChars) {
      if (raw.length > shortChars) return clean.text(raw, maxChars);
      const key = `${maxChars} ${raw}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const text = clean.text(raw, maxChars);
      if (known.size >= remembered) known.clear();
      known.set(key, text);
      return text;
    },
  };
}

function stands(words: RegExp, text: string): boolean {
  words.lastIndex = 0;
  return words.test(text);
}

/** Reads a log of any size and format in pieces; the result does not depend on how it was cut. Never throws on any bytes. */
export function createOomParser(source: CleanText, clean: Cleaner, clock: LogClock): OomParser {
  const scan = fingerprintScan(fingerprints, workBytes);
  const work = scan.buffer;
  const reader = oomReader(source, rememberingCleaner(clean), clock);
  const appEvidence: AppText[] = [];
  let used = 0;
  /** Everything before is complete lines, searched. */
  let searched = 0;
  /** Everything before was read by the kill reader, or skipped for good. */
  let read = 0;
  let ahead = 0;
  let isDumpOpen = false;
  let appRead = 0;
  let appAhead = 0;
  let appLines: string[] = [];
  let lines = 0;
  let truncatedLines = 0;
  let coversFrom: EpochMs | null = null;
  let isFirst = true;

  /** End of the line that starts at `start`, without its newline; long lines end after `maxLineBytes`. */
  const endOf = (start: number, limit: number): number => {
    const at = work.subarray(start, Math.min(limit, start + maxLineBytes)).indexOf(newline);
    return at >= 0 ? start + at : Math.min(limit, start + maxLineBytes);
  };
  const after = (end: number, limit: number): number =>
    end < limit && work[end] === newline ? end + 1 : end;
  /** Start of the line that holds `at`, not before `base`, which is the start of a line. */
  const startOf = (at: number, base: number): number => {
    const before = work.subarray(base, at).lastIndexOf(newline);
    const start = before >= 0 ? base + before + 1 : base;
    return start + Math.floor((at - start) / maxLineBytes) * maxLineBytes;
  };
  const textOf = (start: number, end: number): string =>
    work.toString('utf8', start, end > start && work[end - 1] === 13 ? end - 1 : end);

  const readLine = (limit: number): void => {
    const end = endOf(read, limit);
    if (end - read >= maxLineBytes) truncatedLines += 1;
    lines += 1;
    const text = textOf(read, end);
    if (!reader.skips(text)) reader.line(text);
    read = after(end, limit);
    if (ahead > 0) ahead -= 1;
  };
  const readUntil = (stop: number, limit: number): void => {
    while (read < stop) {
      // Most lines of a dump say nothing: they are decoded together and left out.
      const last =
        stop - read > bulkBytes ? work.subarray(read, read + maxLineBytes - 1).lastIndexOf(newline) : -1;
      const end = Math.min(read + last + 1, stop);
      if (end - read <= bulkBytes) {
        readLine(limit);
        continue;
      }
      const text = work.toString('utf8', read, end);
      for (let from = 0; from < text.length; ) {
        const at = text.indexOf('\n', from);
        const to = at < 0 ? text.length : at;
        const line = text.slice(from, text.charCodeAt(to - 1) === 13 && to > from ? to - 1 : to);
        from = to + 1;
        lines += 1;
        if (ahead > 0) ahead -= 1;
        // A copy: a slice would keep all of the text alive.
        if (!reader.skips(line)) reader.line(Buffer.from(line).toString());
      }
      read = end;
    }
  };
  const readAhead = (stop: number, limit: number): void => {
    while (read < stop && (ahead > 0 || reader.isOpen())) readUntil(read + 1, limit);
  };

  /** Where to begin for a line of interest that starts at `start`: its dump, its record, or a few lines before. */
  const contextOf = (start: number, floor: number): number => {
    let at = start;
    let strangers = 0;
    const isField = /^\s*(?:"|[_A-Z][_A-Z0-9]*=)/.test(work.toString('latin1', start, start + 64));
    for (let count = 0; at > floor && count < 20_000; count += 1) {
      const previous = startOf(at - 1, floor);
      const text = work.toString('latin1', previous, Math.min(at - 1, previous + 400));
      strangers = dumpLike.test(text) ? 0 : strangers + 1;
      if (isField ? strangers > 0 && count > 60 : strangers > 2 && count >= linesBefore) break;
      at = previous;
      if (isField && strangers === 0 && /^\s*[[,]?\{|^\}/.test(text) && count >= linesBefore * 20) break;
    }
    return at;
  };

  const readKillLine = (start: number, limit: number): void => {
    readAhead(start, limit);
    if (read < start) {
      const floor = Math.max(read, startOf(Math.max(read, start - lookBackBytes), read));
      const from = isDumpOpen && floor === read ? read : contextOf(start, floor);
      if (from > read) {
        if (from - read > maxLineBytes) reader.gap();
        read = from;
      }
      readUntil(start, limit);
    }
    const end = endOf(start, limit);
    const text = work.toString('latin1', start, end);
    if (dumpHead.test(text)) isDumpOpen = true;
    else if (text.includes('Killed proc')) isDumpOpen = false;
    readUntil(start + 1, limit);
    ahead = linesAfter;
  };

  const closeApp = (): void => {
    if (appLines.length > 0 && appEvidence.length < maxAppTexts)
      appEvidence.push(...findAppTexts(appLines, source, clean, clock));
    appLines = [];
    appAhead = 0;
  };
  const takeApp = (stop: number, limit: number): void => {
    while (appRead < stop && appAhead > 0) {
      const end = endOf(appRead, limit);
      appLines.push(textOf(appRead, end));
      appRead = after(end, limit);
      appAhead -= 1;
      if (appAhead === 0) closeApp();
    }
  };
  const readAppLine = (start: number, limit: number): void => {
    takeApp(start, limit);
    if (appAhead === 0) {
      let from = start;
      for (let count = 0; count < appLinesBefore && from > appRead && start - from < maxLineBytes; count += 1)
        from = startOf(from - 1, appRead);
      appRead = from;
    }
    appAhead = Number.MAX_SAFE_INTEGER;
    takeApp(start + 1, limit);
    appAhead = appLinesAfter;
  };

  const search = (limit: number): void => {
    for (let at = scan.next(searched, limit); at < limit; at = scan.next(at + 1, limit)) {
      const words = work.toString('latin1', at, Math.min(limit, at + lookBytes));
      const isKill = at >= read && stands(killWords, words);
      const isApp = at >= appRead && stands(appWords, words);
      if (!isKill && !isApp) continue;
      const start = startOf(at, searched);
      if (isKill) readKillLine(start, limit);
      if (isApp) readAppLine(start, limit);
    }
    readAhead(limit, limit);
    takeApp(limit, limit);
    searched = limit;
  };

  const process = (isEnd: boolean): void => {
    const lastNewline = work.subarray(searched, used).lastIndexOf(newline);
    let limit = isEnd ? used : searched + lastNewline + 1;
    // A line without end is searched in pieces.
    while (used - limit >= maxLineBytes) limit += maxLineBytes;
    if (isFirst && limit > 0) {
      coversFrom = firstStamp(work.subarray(0, Math.min(limit, maxLineBytes)), clock);
      isFirst = false;
    }
    if (limit > searched) search(limit);
  };

  /** Makes room for the next piece. */
  const compact = (): void => {
    const keepFrom = Math.max(0, searched - lookBackBytes);
    if (keepFrom === 0) return;
    work.copyWithin(0, keepFrom, used);
    used -= keepFrom;
    searched -= keepFrom;
    read = Math.max(0, read - keepFrom);
    appRead = Math.max(0, appRead - keepFrom);
  };

  const parser: OomParser = {
    space() {
      if (work.length - used < freshBytes) compact();
      return work.subarray(used, used + freshBytes);
    },
    filled(bytes) {
      used += bytes;
    },
    search() {
      process(false);
    },
    push(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const room = Math.max(1, freshBytes - (used - searched));
        const taken = chunk.copy(parser.space().subarray(0, room), 0, at);
        at += taken;
        parser.filled(taken);
        if (used - searched >= freshBytes) parser.search();
      }
    },
    end() {
      process(true);
      closeApp();
      const coversTo = lastStamp(work.subarray(0, used), clock);
      return { ...reader.end(), appEvidence, coversFrom, coversTo, lines, truncatedLines };
    },
  };
  return parser;
}

/** A whole text at once. */
export function parseOomText(
  text: string | Buffer,
  source: CleanText,
  clean: Cleaner,
  clock: LogClock,
): OomParse {
  const parser = createOomParser(source, clean, clock);
  parser.push(typeof text === 'string' ? Buffer.from(text) : text);
  return parser.end();
}
