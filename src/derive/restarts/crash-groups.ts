import type { AppRef } from '../../model/pm2.ts';
import type { CrashGroup, Ending } from '../../model/restart.ts';
import type { AppLog, LoggedException } from '../../model/storage.ts';
import type { EpochMs } from '../../model/text.ts';
import { appKey } from '../apps/process-tree.ts';
import { groupBy } from '../grouping.ts';
import { exceptionMs, isBetween, isHeapAbort, isOfEnd, secondMs } from './app-log-evidence.ts';
import type { Logged } from './exceptions-by-time.ts';
import { firstAtLeast } from './sorted-times.ts';

/** An exception that belongs to one ending. */
export interface Tie extends Logged {
  readonly ending: Ending;
  readonly confidence: 'certain' | 'likely';
}

export interface Crashes {
  readonly groups: readonly CrashGroup[];
  /** Which exception ended which process, oldest first. */
  readonly ties: readonly Tie[];
}

/** The file's time and the second of the newest end differ by no more, where the log ends with what ended it. */
const fileTimeMs = 3_000;
/** Two exceptions and two crashes may agree by chance; one and one do so easily. */
const fewestByOrder = 2;

/**
 * Answers: at which places did this app crash, and how often? Joins its endings (crashes and V8 heap aborts, any order)
 * with the exceptions in its logs:
 * - `certain`: the exception's stamp, or the file's time after it, is within 3 s before the end;
 * - `likely`: it has no stamp, and as many that end a process stand between two stamps (or in the whole log) as there
 *   are ends left at that time, so order tells;
 * - `possible`: it stands in the log of an app that crashed, and nothing ties it to an end. At most as often as there
 *   are ends left. Of a log that instances share, only for the first of them.
 * Ends without any exception form no group; exceptions of an app that did not crash are no crashes.
 *
 * @param isCounted endings outside the window take part in the order, and are not counted.
 */
export function crashesOf(
  endings: readonly Ending[],
  appLogs: readonly AppLog[],
  isCounted: (ending: Ending) => boolean = () => true,
): Crashes {
  const all = appLogs.flatMap((log) =>
    log.exceptions.filter(({ outcome }) => outcome !== 'survived').map((exception) => ({ log, exception })),
  );
  if (all.length === 0) return { groups: [], ties: [] };
  const crashed = endings
    .filter(({ cause }) => cause === 'crash' || cause === 'heap-oom')
    .toSorted((a, b) => a.at - b.at);
  const [first] = crashed;
  if (first === undefined) return { groups: [], ties: [] };
  const ties: Tie[] = [];
  const rest: Logged[] = [];
  for (const kind of ['crash', 'heap-oom'] as const) {
    const ends = crashed.filter(({ cause }) => cause === kind);
    const own = all.filter(({ exception }) => isHeapAbort(exception) === (kind === 'heap-oom'));
    if (ends.length === 0) continue;
    const byTime = tieByTime(ends, own);
    const byOrder = tieByOrder(without(ends, byTime), withoutTied(own, byTime, ends), byTime);
    ties.push(...byTime, ...byOrder);
    const left = without(ends, [...byTime, ...byOrder]).filter(isCounted).length;
    if (left === 0) continue;
    // Where the runtime marks what ended it, what bears no mark ended nothing.
    const isMarked = own.some(({ exception }) => exception.outcome === 'fatal');
    const loose = withoutTied(own, [...byTime, ...byOrder], ends);
    const meant = isMarked ? loose.filter(({ exception }) => exception.outcome === 'fatal') : loose;
    rest.push(...looseOf(meant, left, first.app));
  }
  ties.sort((a, b) => a.ending.at - b.ending.at);
  const counted = ties.filter(({ ending }) => isCounted(ending));
  return { groups: groupsOf(counted, rest, crashed.filter(isCounted).length), ties };
}

function without(ends: readonly Ending[], ties: readonly Tie[]): readonly Ending[] {
  const tied = new Set(ties.map(({ ending }) => ending));
  return ends.filter((ending) => !tied.has(ending));
}

/** What may still belong to another end: not what is tied, nor what has the time of an end that is tied. */
function withoutTied(
  logged: readonly Logged[],
  ties: readonly Tie[],
  ends: readonly Ending[],
): readonly Logged[] {
  const tied = new Set(ties.map(({ exception }) => exception));
  const known = new Set(ties.map(({ ending }) => ending));
  const sorted = ends.filter((ending) => known.has(ending));
  const times = sorted.map(({ at }) => at);
  return logged.filter(({ exception }) => {
    if (tied.has(exception)) return false;
    const { at, between } = exception;
    const first = firstAtLeast(times, (at ?? between?.from ?? -Infinity) - secondMs);
    const last = firstAtLeast(times, (at === null ? (between?.to ?? Infinity) : at + exceptionMs) + 1);
    return !sorted.slice(first, last).some((ending) => isOfEnd(exception, timesOf(ending)));
  });
}

function timesOf(ending: Ending): { readonly at: EpochMs; readonly startedAt: EpochMs | null } {
  return { at: ending.at, startedAt: ending.uptimeMs === null ? null : ending.at - ending.uptimeMs };
}

/** The best exception with a time of its own, for each end. */
function tieByTime(ends: readonly Ending[], logged: readonly Logged[]): readonly Tie[] {
  const timed = logged
    .filter(({ exception }) => exception.at !== null)
    .toSorted((a, b) => (a.exception.at ?? 0) - (b.exception.at ?? 0));
  const ties: Tie[] = [];
  const used = new Set<LoggedException>();
  let from = 0;
  for (const ending of ends) {
    while (from < timed.length && (timed[from]?.exception.at ?? 0) < ending.at - 10_000) from += 1;
    let best: Logged | null = null;
    for (let index = from; index < timed.length; index += 1) {
      const each = timed[index];
      if (each === undefined || (each.exception.at ?? 0) >= ending.at + secondMs) break;
      if (used.has(each.exception) || !isOfEnd(each.exception, timesOf(ending))) continue;
      if (best === null || rank(each) >= rank(best)) best = each;
    }
    if (best === null) continue;
    used.add(best.exception);
    ties.push({ ...best, ending, confidence: 'certain' });
  }
  return ties;
}

function rank({ log, exception }: Logged): number {
  return (
    (exception.outcome === 'fatal' ? 4 : 0) +
    (exception.hasStack === false ? 0 : 2) +
    (log.stream === 'err' ? 1 : 0)
  );
}

/** Those without a time: by their order in each log, and where that does not come out even, between the stamps in it. */
function tieByOrder(
  ends: readonly Ending[],
  logged: readonly Logged[],
  byTime: readonly Tie[],
): readonly Tie[] {
  const isUntimed = (each: Logged): boolean => each.exception.at === null || isEndOfFile(each);
  // Between the lines of several processes, order tells nothing by itself.
  const isOwn = ({ log, exception }: Logged): boolean =>
    (log.sharedBy ?? []).length === 0 || exception.between != null;
  const own = logged.filter((each) => isUntimed(each) && isOwn(each));
  const byLog = [...groupBy(own, ({ log }) => log.path).values()].toSorted((a, b) => rankOf(b) - rankOf(a));
  const ties: Tie[] = [];
  for (const inLog of byLog) {
    const path = inLog[0]?.log.path;
    const last = byTime.find(({ log, exception }) => log.path === path && exception.isLast);
    // What stands above the last exception of a log is older than the end that one tells of: of later ends, the log was
    // read too early.
    const held = last === undefined ? ends : ends.filter(({ at }) => at <= last.ending.at);
    const whole = alignNewest(without(held, ties), inLog);
    ties.push(...whole);
    if (whole.length > 0) continue;
    const spans = groupBy(inLog, ({ exception: { between } }) => `${between?.from}\n${between?.to}`);
    for (const span of spans.size > 1 ? spans.values() : [])
      ties.push(
        ...alignNewest(
          without(held, ties).filter((ending) => fits(ending, span[0])),
          span,
        ),
      );
  }
  return ties;
}

function fits({ at }: Ending, logged: Logged | undefined): boolean {
  const between = logged?.exception.between;
  return between == null || isBetween(at, between);
}

/** It is the last in its file: its time is the file's, and it stands in line with those before it. */
function isEndOfFile({ log, exception }: Logged): boolean {
  return exception.isLast && exception.at === log.modifiedAt;
}

function rankOf(span: readonly Logged[]): number {
  return Math.max(...span.map(rank));
}

function alignNewest(ends: readonly Ending[], span: readonly Logged[]): readonly Tie[] {
  const fatal = span.filter(({ exception }) => exception.outcome === 'fatal');
  const stacks = span.filter(({ exception }) => exception.hasStack !== false);
  const isMarked = fatal.length > 0;
  const ending = isMarked ? fatal : stacks.length > 0 ? stacks : span;
  const [newest] = ending.slice(-1);
  const newestEnd = ends.at(-1);
  if (newest === undefined || newestEnd === undefined) return [];
  // What stands at the end of a file that was written at another time ended nothing then.
  if (
    newest.exception.isLast &&
    isEndOfFile(newest) &&
    Math.abs(newest.log.modifiedAt - newestEnd.at) > fileTimeMs
  )
    return [];
  const isPart = newest.log.readBytes < newest.log.sizeBytes;
  const agrees = isMarked
    ? ending.length === ends.length || (isPart && ending.length < ends.length)
    : ending.length === ends.length && ends.length >= fewestByOrder;
  if (!agrees) return [];
  const last = ends.slice(-ending.length);
  const pairs = ending.flatMap((each, index) => {
    const end = last[index];
    return end === undefined ? [] : [{ ...each, ending: end, confidence: 'likely' as const }];
  });
  return pairs.every((pair) => fits(pair.ending, pair)) ? pairs : [];
}

/** What may have ended the processes whose exception is not known: the surest of what is left. */
function looseOf(logged: readonly Logged[], left: number, app: AppRef): readonly Logged[] {
  const own = logged.filter(({ log, exception }) => exception.at === null && appKey(log.app) === appKey(app));
  const fatal = own.filter(({ exception }) => exception.outcome === 'fatal');
  const stacks = own.filter(({ exception }) => exception.hasStack !== false);
  const errors = stacks.filter(({ log }) => log.stream === 'err');
  const from = fatal.length > 0 ? fatal : errors.length > 0 ? errors : stacks.length > 0 ? stacks : own;
  return from.slice(-Math.max(left, 0));
}

function groupsOf(ties: readonly Tie[], rest: readonly Logged[], endings: number): readonly CrashGroup[] {
  const byKind = new Map<string, { ties: Tie[]; loose: Logged[] }>();
  const of = (kind: string): { ties: Tie[]; loose: Logged[] } => {
    const known = byKind.get(kind) ?? { ties: [], loose: [] };
    byKind.set(kind, known);
    return known;
  };
  for (const tie of ties) of(tie.exception.kind).ties.push(tie);
  for (const each of rest) of(each.exception.kind).loose.push(each);
  const groups = [...byKind.values()].map((each) => groupOf(each.ties, each.loose, endings));
  return groups
    .filter((group) => group !== null)
    .toSorted((a, b) => b.times - a.times || (b.last ?? 0) - (a.last ?? 0) || compare(a.message, b.message));
}

function groupOf(ties: readonly Tie[], loose: readonly Logged[], endings: number): CrashGroup | null {
  // A place that is known to crash is not also said to be one that may: its number is what is known.
  const members: readonly Logged[] = ties.length > 0 ? ties : loose;
  const newest = members.at(-1);
  if (newest === undefined) return null;
  const { message, frame } = newest.exception;
  const times = ties.map(({ ending }) => ending.at);
  const withLines =
    members.findLast(({ exception }) => exception.lines.length > 0) ??
    linesOf(newest.log, newest.exception.kind);
  return {
    message,
    frame,
    times: Math.min(endings, members.length),
    first: times[0] ?? null,
    last: times.at(-1) ?? null,
    confidence:
      ties.length === 0
        ? 'possible'
        : ties.every(({ confidence }) => confidence === 'certain')
          ? 'certain'
          : 'likely',
    lines: withLines?.exception.lines ?? [],
    source: newest.log.path,
  };
}

/** Of equal exceptions only the newest in the log keeps its lines. */
function linesOf(log: AppLog, kind: string): Logged | null {
  const exception = log.exceptions.findLast((each) => each.kind === kind && each.lines.length > 0);
  return exception === undefined ? null : { log, exception };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
