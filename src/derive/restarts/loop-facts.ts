import type { App } from '../../model/pm2.ts';
import type { Cause, Restart, RestartStory } from '../../model/restart.ts';
import type { EpochMs, Quote } from '../../model/text.ts';
import type { AppGroup } from '../apps/app-groups.ts';
import { appKey } from '../apps/process-tree.ts';
import { failureCauses } from './cause-words.ts';

/** The restart loops of all instances of one app, as one. */
export interface LoopFacts {
  readonly group: AppGroup;
  /** The instance with the most restarts in its loops. */
  readonly app: App;
  /** The most frequent cause in the loops; `unknown` when only PM2's backoff shows the loop. */
  readonly cause: Cause;
  readonly restarts: number;
  readonly loops: number;
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
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

/**
 * Answers: does this app run in circles? Failure loops are the story's own (3 within 5 minutes). Restarts by file watch
 * count from `leastWatch` on: a deploy touches several files too. An app that PM2 holds back for at least the third time
 * in a row (`exp_backoff_restart_delay` grows by half each time, lib/God.js 7.0.4) is in a loop whatever the log covers.
 */
export function loopFacts(
  group: AppGroup,
  stories: ReadonlyMap<string, RestartStory>,
  now: EpochMs,
  leastWatch: number,
): LoopFacts | null {
  const parts = group.apps.map((app) => {
    const story = stories.get(appKey(app.ref)) ?? null;
    const spans = [...(story?.loops ?? []), ...watchLoops(story?.restarts ?? [], leastWatch)];
    const restarts = (story?.restarts ?? []).filter(
      (restart) =>
        loopCauses.includes(restart.cause) &&
        spans.some((span) => restart.at >= span.from && restart.at <= span.to),
    );
    const isWaiting = app.status === 'waiting restart';
    const isHeldBack = isWaiting && isLateBackoff(app);
    const isOver = app.status === 'errored' || app.status === 'stopped';
    const isRecent =
      !isOver && (spans.some((span) => now - span.to <= recentMs) || (spans.length > 0 && isWaiting));
    return { app, story, spans, restarts, isWaiting, isHeldBack, goesOn: isHeldBack || isRecent };
  });
  const looping = parts.filter((part) => part.spans.length > 0 || part.isHeldBack);
  const worst = looping.toSorted((a, b) => b.restarts.length - a.restarts.length)[0];
  if (!worst) return null;
  const all = looping.flatMap((part) => part.restarts);
  const cause = mostFrequent(all.map((restart) => restart.cause));
  const last = worst.restarts.findLast((restart) => restart.cause === cause) ?? worst.restarts.at(-1);
  const spans = looping.flatMap((part) => part.spans);
  return {
    group,
    app: worst.app,
    cause,
    restarts: Math.max(
      all.length,
      spans.reduce((total, span) => total + span.restarts, 0),
    ),
    loops: spans.length,
    from: spans.length > 0 ? Math.min(...spans.map((span) => span.from)) : null,
    to: spans.length > 0 ? Math.max(...spans.map((span) => span.to)) : null,
    goesOn: looping.some((part) => part.goesOn),
    isWaiting: looping.some((part) => part.isWaiting),
    exitCode: last?.exitCode ?? null,
    signal: last?.signal ?? null,
    uptimeMs: median(all.flatMap((restart) => (restart.uptimeMs === null ? [] : [restart.uptimeMs]))),
    because: last?.because.slice(0, 3) ?? [],
  };
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

function mostFrequent(causes: readonly Cause[]): Cause {
  const counts = new Map<Cause, number>();
  for (const cause of causes) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 'unknown';
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
