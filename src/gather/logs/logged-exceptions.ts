import type { AppLog, LoggedException } from '../../model/storage.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';
import { type AppLogLine, timeOf } from './app-log-lines.ts';
import { kindOf } from './exception-kind.ts';
import { findExceptions } from './exceptions.ts';
import type { FoundException } from './found-exception.ts';

const maxExceptions = 400;
/** Lines of one exception, and of what stood before it. */
const shownLines = 10;
const beforeLines = 12;
/** Only the newest few are ever shown with what led to them. */
const newestWithBefore = 3;
const lineChars = 400;

/** What else is needed to read times. */
export interface LogTimes {
  readonly modifiedAt: EpochMs;
  readonly utcOffsetMinutes: (at: EpochMs) => number;
}

interface Placed {
  readonly found: FoundException;
  /** The lines of the process that wrote it, and its first line in the file. */
  readonly lines: readonly AppLogLine[];
  readonly order: number;
  readonly previous: FoundException | null;
  readonly stamps: Stamps;
}

/** For each line, the nearest one before and after it that has a stamp; -1 = none. */
interface Stamps {
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/** The exceptions of a log, oldest first, and the last one once more in the shape that captures have had from the start. */
export function exceptionsOf(
  lines: readonly AppLogLine[],
  times: LogTimes,
  cleaner: Cleaner,
): { readonly exceptions: readonly LoggedException[]; readonly lastException: AppLog['lastException'] } {
  const placed = placeAll(lines);
  const newest = placed.slice(-maxExceptions);
  const kinds = newest.map(({ found }) => kindOf(found.message, found.ownFrame));
  const clean = remembering(cleaner);
  const lastOfKind = new Map(kinds.map((kind, index) => [kind, index]));
  const isStampedByPm2 = newest.length > 0 && lines.some(({ stampedBy }) => stampedBy === 'pm2');
  const exceptions = newest.map((each, index) => {
    const kind = kinds[index] ?? '';
    const isShown = lastOfKind.get(kind) === index;
    const hasBefore = index >= newest.length - newestWithBefore;
    return describe(each, kind, { isShown, hasBefore, isStampedByPm2 }, times, clean);
  });
  return { exceptions, lastException: lastOf(newest, exceptions, clean) };
}

type Clean = Pick<Cleaner, 'text'>;

/** A place crashes again and again: its lines are cleaned once. */
function remembering(cleaner: Cleaner): Clean {
  const known = new Map<string, CleanText>();
  return {
    text(raw, maxChars) {
      const before = known.get(raw);
      if (before !== undefined) return before;
      const text = cleaner.text(raw, maxChars);
      known.set(raw, text);
      return text;
    },
  };
}

/** Lines of processes that PM2's JSON tells apart are read apart. */
function placeAll(lines: readonly AppLogLine[]): readonly Placed[] {
  const writers = new Map<string, { readonly lines: AppLogLine[]; readonly order: number[] }>();
  for (const [index, line] of lines.entries()) {
    const own = writers.get(line.writer);
    if (own === undefined) writers.set(line.writer, { lines: [line], order: [index] });
    else {
      own.lines.push(line);
      own.order.push(index);
    }
  }
  const placed = [...writers.values()].flatMap(({ lines: own, order }) => {
    const all = findExceptions(own.map(({ text }) => text));
    if (all.length === 0) return [];
    const stamps = findStamps(own);
    return all.map((found, index) => ({
      found,
      lines: own,
      order: order[found.from] ?? 0,
      previous: all[index - 1] ?? null,
      stamps,
    }));
  });
  return writers.size === 1 ? placed : placed.sort((a, b) => a.order - b.order);
}

function findStamps(lines: readonly AppLogLine[]): Stamps {
  const before = new Int32Array(lines.length);
  const after = new Int32Array(lines.length);
  let last = -1;
  for (let index = 0; index < lines.length; index += 1) {
    before[index] = last;
    if (lines[index]?.stamp != null) last = index;
  }
  last = -1;
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    after[index] = last;
    if (lines[index]?.stamp != null) last = index;
  }
  return { before, after };
}

function describe(
  placed: Placed,
  kind: string,
  wanted: { readonly isShown: boolean; readonly hasBefore: boolean; readonly isStampedByPm2: boolean },
  times: LogTimes,
  clean: Clean,
): LoggedException {
  const { found, lines, previous } = placed;
  const { at, between } = timesOf(placed, times);
  const isEnd = isAtEnd(found, lines);
  const isFarewell = found.outcome === 'fatal';
  // PM2 writes what a cluster worker died of by itself, without the stamp it gives to the worker's own output.
  const isByWrapper = wanted.isStampedByPm2 && found.hasStack && isUnstamped(found, lines);
  const outcome = found.outcome ?? (isByWrapper ? 'fatal' : null);
  return {
    at: at ?? (isEnd ? times.modifiedAt : null),
    message: clean.text(found.message, lineChars),
    frame: found.ownFrame === null ? null : clean.text(found.ownFrame, lineChars),
    kind: clean.text(kind, lineChars),
    isLast: isFarewell || isEnd,
    lines: wanted.isShown ? shown(found, lines, clean) : [],
    hasStack: found.hasStack,
    outcome,
    between: at === null && !isEnd ? (between ?? null) : null,
    before: wanted.hasBefore ? linesBefore(found, lines, previous, clean) : [],
  };
}

/** Its own stamp, or that of the logger's line it belongs to; else the stamps around it. */
function timesOf(
  { found, lines, stamps }: Placed,
  { modifiedAt, utcOffsetMinutes }: LogTimes,
): { readonly at: EpochMs | null; readonly between: LoggedException['between'] } {
  const time = (index: number): EpochMs | null => {
    const line = lines[index];
    return line === undefined ? null : timeOf(line, utcOffsetMinutes);
  };
  for (let index = found.from; index <= Math.min(found.to, found.head + shownLines); index += 1) {
    const at = time(index);
    if (at !== null) return { at, between: null };
  }
  const above = lines[found.from - 1];
  if (above !== undefined && carriesOn(above)) {
    const at = time(found.from - 1);
    if (at !== null) return { at, between: null };
  }
  const from = time(stamps.before[found.from] ?? -1);
  const to = time(stamps.after[found.to] ?? -1);
  if (from === null && to === null) return { at: null, between: null };
  return { at: null, between: { from, to: to ?? modifiedAt } };
}

/** A logger's line is the head of what follows; of PM2's stamps only a line that ends in a colon is. */
function carriesOn(line: AppLogLine): boolean {
  return line.stampedBy === 'own'
    ? /error|exception|critical|fatal|异常|错误|失败|:\s*$/i.test(line.text.slice(0, 300))
    : line.stampedBy === 'pm2' && /[:：]\s*$/.test(line.text);
}

function isUnstamped(found: FoundException, lines: readonly AppLogLine[]): boolean {
  if (lines[found.head]?.stampedBy !== null) return false;
  const above = lines[found.from - 1];
  // The second line of an output that PM2 stamped once, or in a log that was not stamped then.
  return (
    above === undefined || !(carriesOn(above) || (above.stampedBy === null && /[:：]\s*$/.test(above.text)))
  );
}

/** Nothing follows but what belongs to an end: blank lines, the runtime's farewell, a shell's or npm's report. */
function isAtEnd(found: FoundException, lines: readonly AppLogLine[]): boolean {
  const end = Math.min(lines.length, found.to + 1 + 40);
  for (let index = found.to + 1; index < end; index += 1) {
    if (
      !/^\s*$|^\s*[\^})\]]|^Node\.js v|^Bun v|^exit status |^\s+\w+: |^npm (?:ERR!|error)/.test(
        lines[index]?.text ?? '',
      )
    )
      return false;
  }
  return end === lines.length;
}

function shown(found: FoundException, lines: readonly AppLogLine[], clean: Clean): readonly CleanText[] {
  const from = found.to - found.from < shownLines ? found.from : found.head;
  const block = lines.slice(from, found.to + 1).map(({ text }) => text);
  const texts = block.slice(0, shownLines);
  const own = found.ownFrame;
  const ownLine = own === null ? undefined : block.find((line) => line.includes(own));
  if (ownLine !== undefined && !texts.includes(ownLine)) texts[shownLines - 1] = ownLine;
  // Python says what happened last.
  const head = lines[found.head]?.text;
  if (head !== undefined && found.head - from >= shownLines) texts[shownLines - 1] = head;
  return texts.map((line) => clean.text(line, lineChars));
}

/** What the log says before it, back to the exception before. */
function linesBefore(
  found: FoundException,
  lines: readonly AppLogLine[],
  previous: FoundException | null,
  clean: Clean,
): readonly CleanText[] {
  const floor = Math.max(previous === null ? 0 : previous.to + 1, found.from - 200);
  const before: CleanText[] = [];
  for (let index = found.from - 1; index >= floor && before.length < beforeLines; index -= 1) {
    const { raw } = lines[index] ?? { raw: '' };
    if (raw.trim() !== '') before.unshift(clean.text(raw, lineChars));
  }
  return before;
}

function lastOf(
  placed: readonly Placed[],
  exceptions: readonly LoggedException[],
  clean: Clean,
): AppLog['lastException'] {
  const isOne = ({ found }: Placed): boolean => !/^(?:FATAL ERROR: |<--- Last few GCs)/.test(found.message);
  const stack = placed.findLastIndex((each) => isOne(each) && each.found.hasStack);
  const index = stack >= 0 ? stack : placed.findLastIndex(isOne);
  const last = placed[index];
  const told = exceptions[index];
  if (last === undefined || told === undefined) return null;
  const { message, ownFrame } = last.found;
  const text = alike(message);
  return {
    at: told.at,
    headline: clean.text(ownFrame === null ? message : `${message.slice(0, 250)} (${ownFrame})`, lineChars),
    lines: shown(last.found, last.lines, clean),
    repeats: placed.filter(({ found }) => found.message === message || alike(found.message) === text).length,
  };
}

/** The same message but for its numbers and addresses. */
function alike(message: string): string {
  return message.slice(0, 300).replace(/0x[0-9a-f]+|\d+/gi, '#');
}
