import type { BusEvent } from '../../model/pm2.ts';
import type { AppLog, LoggedException } from '../../model/storage.ts';
import type { EpochMs, Quote } from '../../model/text.ts';
import { appKey } from '../apps/process-tree.ts';
import { exceptionsByTime, type Logged } from './exceptions-by-time.ts';

/** The end that is asked about, and what there is of its app. */
interface EndTimes {
  readonly at: EpochMs | null;
  readonly startedAt: EpochMs | null;
}
interface Seen {
  /** Bus events of this app. */
  readonly heard: readonly BusEvent[];
  readonly appLogs: readonly AppLog[];
}

/** An exception is written in the moment of the end; app logs and pm2.log have whole seconds. */
export const exceptionMs = 3_000;
/** A line of the same second may be stamped later than the whole second of the end. */
export const secondMs = 1_000;
const heapTextMs = 10_000;

/** The logs of each app by `appKey`; one that instances share is among those of each. */
export function logsByApp(logs: readonly AppLog[]): ReadonlyMap<string, readonly AppLog[]> {
  const byApp = new Map<string, AppLog[]>();
  for (const log of logs) {
    for (const app of [log.app, ...(log.sharedBy ?? [])]) {
      const own = byApp.get(appKey(app));
      if (own === undefined) byApp.set(appKey(app), [log]);
      else own.push(log);
    }
  }
  return byApp;
}

/** What was written within seconds of an end. */
export interface ExceptionNear {
  readonly quote: Quote;
  /**
   * Something says that it ended the process: PM2's bus, the runtime's farewell, PM2's own wrapper. Without that it may
   * as well be an error that the app caught and wrote down before it ended by itself.
   */
  readonly isFatal: boolean;
}

/** The exception that was written when this process ended; null = none is seen within 3 seconds before. */
export function exceptionNear(end: EndTimes, { heard, appLogs }: Seen): ExceptionNear | null {
  const { at } = end;
  if (at === null) return null;
  for (const { at: time, event, home } of heard) {
    if (event.kind === 'exception' && Math.abs(time - at) <= exceptionMs)
      return { quote: { source: home, at: time, text: event.message }, isFatal: true };
  }
  let best: Logged | null = null;
  for (const each of exceptionsByTime(appLogs).near(at - exceptionMs, at + secondMs))
    if (isOfEnd(each.exception, end) && (best === null || isBetter(each, best))) best = each;
  if (best !== null) {
    const { log, exception } = best;
    const quote = { source: log.path, at: exception.at, text: headline(log, exception) };
    return { quote, isFatal: exception.outcome === 'fatal' };
  }
  return lastExceptionNear(at, appLogs);
}

/** True where its own time, or the stamps around it, put it at this end of this process. */
export function isOfEnd(exception: LoggedException, { at, startedAt }: EndTimes): boolean {
  if (at === null || exception.outcome === 'survived') return false;
  if (exception.at !== null) {
    // Strictly: the next process may break in the next second.
    const isBefore = exception.at < at + secondMs;
    const isNear = exception.at >= at - exceptionMs;
    return isBefore && isNear && (startedAt === null || exception.at >= startedAt - secondMs);
  }
  // Without a stamp: written by PM2's wrapper or the runtime, in the life of this process, before the next stamp.
  const { between } = exception;
  if (between == null || exception.outcome !== 'fatal') return false;
  const isSince = between.from !== null && between.from >= (startedAt ?? at - exceptionMs) - secondMs;
  return isSince && isBetween(at, between);
}

/** Could an end of this whole second lie between these stamps? */
export function isBetween(at: EpochMs, { from, to }: NonNullable<LoggedException['between']>): boolean {
  return at <= to && (from === null || at >= Math.floor(from / secondMs) * secondMs);
}

/** One that is known to be fatal, else a stack, else what stands in the error log, else the later one. */
function isBetter(a: Logged, b: Logged): boolean {
  const rank = ({ log, exception }: Logged): number =>
    (exception.outcome === 'fatal' ? 4 : 0) +
    (exception.hasStack === false ? 0 : 2) +
    (log.stream === 'err' ? 1 : 0);
  return rank(a) - rank(b) > 0 || (rank(a) === rank(b) && a.log === b.log);
}

function headline(log: AppLog, { message, frame }: LoggedException): Quote['text'] {
  const last = log.lastException;
  // The last one has its place with the message already, as one text.
  return last !== null && frame !== null && last.headline === `${message} (${frame})`
    ? last.headline
    : message;
}

/** Of a capture that holds the last exception only. */
function lastExceptionNear(at: EpochMs, appLogs: readonly AppLog[]): ExceptionNear | null {
  for (const log of appLogs) {
    const exception = log.lastException;
    if (exception === null || log.stream !== 'err' || log.exceptions.length > 0) continue;
    // An exception without a time is the last thing the log holds: it belongs to the end at which the log stopped.
    if (Math.abs((exception.at ?? log.modifiedAt) - at) <= exceptionMs)
      return {
        quote: { source: log.path, at: exception.at, text: exception.headline },
        isFatal: exception.at !== null,
      };
  }
  return null;
}

/** V8 gave up: by its words, or by the list of collections that stands before them where the words were lost. */
export function isHeapAbort({ message }: LoggedException): boolean {
  return /^(?:FATAL ERROR: |<--- Last few GCs)/.test(message);
}

/**
 * V8's words about this end: by their time, or without one because the log has none and was written to since; null =
 * not seen.
 */
export function heapText(
  end: Pick<EndTimes, 'at'>,
  { appLogs }: Pick<Seen, 'appLogs'>,
): { readonly quote: Quote; readonly isTimed: boolean } | null {
  const { at } = end;
  const told = heapWords(appLogs);
  const timed = told.find((each) => each.at !== null && at !== null && Math.abs(each.at - at) <= heapTextMs);
  if (timed !== undefined) return { quote: timed.quote, isTimed: true };
  const untimed = told.find(
    (each) => each.at === null && (at === null || each.log.modifiedAt >= at - exceptionMs),
  );
  return untimed === undefined ? null : { quote: untimed.quote, isTimed: false };
}

interface HeapWords {
  readonly at: EpochMs | null;
  readonly quote: Quote;
  readonly log: AppLog;
}
const known = new WeakMap<readonly AppLog[], readonly HeapWords[]>();

/** Remembered: each abort of a loop asks. */
function heapWords(appLogs: readonly AppLog[]): readonly HeapWords[] {
  const before = known.get(appLogs);
  if (before !== undefined) return before;
  const found = appLogs.flatMap((log): readonly HeapWords[] => {
    const texts = log.texts.filter((text) => text.kind === 'v8-heap-oom');
    if (texts.length > 0) return texts.map(({ at, quote }) => ({ at, quote, log }));
    return log.exceptions.filter(isHeapAbort).map(({ at, message }) => {
      return { at, quote: { source: log.path, at, text: message }, log };
    });
  });
  known.set(appLogs, found);
  return found;
}
