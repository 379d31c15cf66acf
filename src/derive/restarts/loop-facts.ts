import type { App } from '../../model/pm2.ts';
import type { Cause, Restart, RestartStory } from '../../model/restart.ts';
import type { EpochMs, Quote } from '../../model/text.ts';
import type { AppGroup } from '../apps/app-groups.ts';
import { appKey } from '../apps/process-tree.ts';
import { lacksUnit } from '../limits/limit-unit.ts';
import { type CauseCounts, failureCauses } from './cause-words.ts';
import { quantile } from './rhythm.ts';

/** The restart loops of all instances of one app, as one. */
export interface LoopFacts {
  readonly group: AppGroup;
  /** The instance with the most restarts in its loops. */
  readonly app: App;
  /** The most frequent cause in the loops; `unknown` when only PM2's backoff shows the loop. */
  readonly cause: Cause;
  /** All causes in the loops. */
  readonly causes: CauseCounts;
  readonly restarts: number;
  readonly loops: number;
  /** Stories of the instances that loop. */
  readonly stories: readonly RestartStory[];
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  /** The newest failure by one of these causes, in a loop or not: since then it is stable. null = none seen. */
  readonly lastFailureAt: EpochMs | null;
  readonly goesOn: boolean;
  readonly isWaiting: boolean;
  /** Exit code of the last restart of that cause; null = none said. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Median time a process lived, ms; null = starts not seen. */
  readonly uptimeMs: number | null;
  readonly because: readonly Quote[];
}

/** A story's loops hold what failed, and what ended without a cause that could be seen. */
const loopCauses: readonly Cause[] = [...failureCauses, 'unknown', 'watch'];
const gapMs = 5 * 60_000;
const recentMs = 10 * 60_000;

/** Restarts on change are what `watch` is for while somebody writes code. */
export function isDevelopment(app: App): boolean {
  return /^(dev|test)/.test(app.env['NODE_ENV'] ?? '');
}

/** Answers: does `restart-loop` tell this restart already? What a loop holds is one incident. */
export function isInLoop(restart: Restart, loop: LoopFacts | null): boolean {
  const story = loop?.stories.find(({ app }) => app === restart.app || appKey(app) === appKey(restart.app));
  return story !== undefined && isInRun(restart.at, story.loops);
}

/**
 * Answers: does this app run in circles? Failure loops are the story's own (3 within 5 minutes). Restarts by file watch
 * count from `leastWatch` on, a deploy touches several files too, and only while they go on: later they are a matter of
 * the setting alone. An app that PM2 holds back for at least the third time
 * in a row (`exp_backoff_restart_delay` grows by half each time, lib/God.js 7.0.4) is in a loop whatever the log covers.
 *
 * null also where another finding tells the same incident: PM2 gave up (app-errored), the kernel or V8's own limit ended
 * it each time (oom-killed, heap-limit-hit: that one is blind without app logs), or its memory limit lacks the unit (memory-limit-unit).
 */
export function loopFacts(
  group: AppGroup,
  stories: ReadonlyMap<string, RestartStory>,
  now: EpochMs,
  leastWatch: number,
  isHeapTold = true,
): LoopFacts | null {
  const own = group.apps.map((app) => stories.get(appKey(app.ref)) ?? null);
  const holder = own.find((story) => story !== null);
  if (holder === undefined) return findLoopFacts(group, own, now, leastWatch, isHeapTold);
  const known = remembered.get(holder) ?? [];
  const before = known.find(
    (each) =>
      each.now === now &&
      each.leastWatch === leastWatch &&
      each.isHeapTold === isHeapTold &&
      isEqual(each.apps, group.apps) &&
      isEqual(each.own, own),
  );
  if (before !== undefined) return before.facts && { ...before.facts, group };
  const facts = findLoopFacts(group, own, now, leastWatch, isHeapTold);
  remembered.set(holder, [...known, { now, leastWatch, isHeapTold, apps: group.apps, own, facts }]);
  return facts;
}

/** A dozen audits ask. */
const remembered = new WeakMap<
  RestartStory,
  readonly {
    readonly now: EpochMs;
    readonly leastWatch: number;
    readonly isHeapTold: boolean;
    readonly apps: readonly App[];
    readonly own: readonly (RestartStory | null)[];
    readonly facts: LoopFacts | null;
  }[]
>();

function isEqual<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

function findLoopFacts(
  group: AppGroup,
  own: readonly (RestartStory | null)[],
  now: EpochMs,
  leastWatch: number,
  isHeapTold: boolean,
): LoopFacts | null {
  const parts = group.apps.map((app, index) => {
    const story = own[index] ?? null;
    const watched = isDevelopment(app)
      ? []
      : watchLoops(story?.restarts ?? [], leastWatch).filter((run) => now - run.to <= recentMs);
    const spans = app.status === 'errored' ? [] : [...(story?.loops ?? []), ...watched];
    const runs = app.status === 'errored' ? [] : [story?.loops ?? [], watched];
    const restarts = (story?.restarts ?? []).filter(
      ({ at, cause }) => loopCauses.includes(cause) && runs.some((each) => isInRun(at, each)),
    );
    const isWaiting = app.status === 'waiting restart';
    const isHeldBack = isWaiting && isLateBackoff(app);
    const isOver = app.status === 'errored' || app.status === 'stopped';
    const isRecent =
      !isOver && (spans.some((span) => now - span.to <= recentMs) || (spans.length > 0 && isWaiting));
    return { app, story, spans, restarts, isWaiting, isHeldBack, goesOn: isHeldBack || isRecent };
  });
  const looping = parts.filter((part) => part.spans.length > 0 || part.isHeldBack);
  if (looping.length > 0 && looping.every((part) => isToldElsewhere(part, isHeapTold))) return null;
  const worst = looping.toSorted((a, b) => b.restarts.length - a.restarts.length)[0];
  if (!worst) return null;
  const all = looping.flatMap((part) => part.restarts);
  const seenCauses = new Set(all.map((restart) => restart.cause));
  const cause = mostFrequent(all.map((restart) => restart.cause));
  const last = worst.restarts.findLast((restart) => restart.cause === cause) ?? worst.restarts.at(-1);
  const spans = looping.flatMap((part) => part.spans);
  return {
    group,
    app: worst.app,
    cause,
    causes: countCauses(all),
    stories: looping.flatMap((part) => part.story ?? []),
    restarts: Math.max(
      all.length,
      spans.reduce((total, span) => total + span.restarts, 0),
    ),
    loops: spans.length,
    from: spans.reduce<EpochMs | null>((least, { from }) => Math.min(least ?? from, from), null),
    to: spans.reduce<EpochMs | null>((most, { to }) => Math.max(most ?? to, to), null),
    lastFailureAt: looping
      .flatMap((part) => part.story?.restarts.filter((one) => seenCauses.has(one.cause)).at(-1)?.at ?? [])
      .reduce<EpochMs | null>((last, at) => Math.max(last ?? at, at), null),
    goesOn: looping.some((part) => part.goesOn),
    isWaiting: looping.some((part) => part.isWaiting),
    exitCode: last?.exitCode ?? null,
    signal: last?.signal ?? null,
    uptimeMs: quantile(
      all.flatMap((restart) => restart.uptimeMs ?? []).toSorted((a, b) => a - b),
      0.5,
    ),
    because: last?.because.slice(0, 3) ?? [],
  };
}

/** @param runs in order, none over another. */
function isInRun(at: EpochMs, runs: RestartStory['loops']): boolean {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle]?.to ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return (runs[low]?.from ?? Infinity) <= at;
}

function watchLoops(restarts: readonly Restart[], least: number) {
  const runs: { from: EpochMs; to: EpochMs; restarts: number }[] = [];
  for (const { at } of restarts.filter((restart) => restart.cause === 'watch')) {
    const run = runs.at(-1);
    if (run && at - run.to <= gapMs) {
      run.to = at;
      run.restarts += 1;
    } else runs.push({ from: at, to: at, restarts: 1 });
  }
  return runs.filter((run) => run.restarts >= least);
}

function isLateBackoff({ backoffMs, settings }: App): boolean {
  const base = settings.expBackoffRestartDelayMs;
  return base > 0 && backoffMs !== null && backoffMs >= Math.floor(Math.floor(base * 1.5) * 1.5);
}

function isToldElsewhere(
  part: { readonly app: App; readonly restarts: readonly Restart[] },
  isHeapTold: boolean,
): boolean {
  const { app, restarts } = part;
  const hasHeapAborts = restarts.some(({ cause }) => cause === 'heap-oom');
  // An abort whose text has left the log is most likely of the same kind as those beside it.
  const known = restarts.filter(
    ({ cause, signal }) =>
      cause !== 'unknown' && !(hasHeapAborts && cause === 'signal' && signal === 'SIGABRT'),
  );
  if (known.length === 0) return false;
  const all = (cause: Cause) => known.every((restart) => restart.cause === cause);
  if (all('oom-kill')) return known.some(({ confidence }) => confidence !== 'possible');
  return (isHeapTold && all('heap-oom')) || (all('memory-limit') && lacksUnit(app));
}

function countCauses(restarts: readonly Restart[]): CauseCounts {
  const counts: { [C in Cause]?: number } = {};
  for (const { cause } of restarts) counts[cause] = (counts[cause] ?? 0) + 1;
  return counts;
}

function mostFrequent(causes: readonly Cause[]): Cause {
  const counts = new Map<Cause, number>();
  for (const cause of causes) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 'unknown';
}
