import type { App } from '../../model/pm2.ts';
import type { Ending, RestartStory } from '../../model/restart.ts';
import type { Confidence } from '../../model/text.ts';
import { type AppGroup, groupApps } from '../apps/app-groups.ts';
import { appKey } from '../apps/process-tree.ts';
import { isInLoop, type LoopFacts, loopFacts } from './loop-facts.ts';
import { quantile, type Rhythm, rhythmOf } from './rhythm.ts';

/** Endings of one kind of all instances of one app, outside of what another finding tells. */
export interface AppFailures {
  readonly group: AppGroup;
  /** The instance with most of them. */
  readonly app: App;
  readonly stories: readonly RestartStory[];
  /** Oldest first, at least one. */
  readonly endings: readonly Ending[];
  readonly rhythm: Rhythm;
  readonly loop: LoopFacts | null;
  /** PM2 did not start it again after the newest of them, and it is down now. */
  readonly isDown: boolean;
}

/** As in restart-loop: only runs of that many restarts by file watch are a loop. */
export const leastWatchRestarts = 6;

/**
 * Answers: which apps ended in the way that `isWanted` accepts, and does it go on? Left out is what has its own finding:
 * endings inside a loop (restart-loop), instances PM2 gave up (app-errored), and the few that are left of an app whose
 * loop is over. Most frequent first.
 */
export function appFailures(
  daemons: Parameters<typeof groupApps>[0],
  stories: ReadonlyMap<string, RestartStory>,
  now: number,
  isWanted: (ending: Ending, app: App) => boolean,
): readonly AppFailures[] {
  return groupApps(daemons)
    .flatMap((group) => failuresOf(group, stories, now, isWanted) ?? [])
    .toSorted((a, b) => b.endings.length - a.endings.length);
}

function failuresOf(
  group: AppGroup,
  stories: ReadonlyMap<string, RestartStory>,
  now: number,
  isWanted: (ending: Ending, app: App) => boolean,
): AppFailures | null {
  const wanted = group.apps.flatMap((app) => {
    const story = stories.get(appKey(app.ref));
    if (story === undefined || app.status === 'errored') return [];
    const isOfApp = (ending: Ending) => isWanted(ending, app);
    const endings = [...story.restarts.filter(isOfApp), ...story.stops.filter(isOfApp)];
    return endings.length > 0 ? [{ app, story, endings }] : [];
  });
  if (wanted.length === 0) return null;
  const loop = loopFacts(group, stories, now, leastWatchRestarts);
  const parts = wanted
    .map((part) => ({ ...part, endings: part.endings.filter((ending) => !isInLoop(ending, loop)) }))
    .filter(({ endings }) => endings.length > 0);
  const worst = parts.toSorted((a, b) => b.endings.length - a.endings.length)[0];
  const endings = parts.flatMap((part) => part.endings).toSorted((a, b) => a.at - b.at);
  const rhythm = rhythmOf(
    endings.map(({ at }) => at),
    now,
  );
  if (worst === undefined || rhythm === null) return null;
  if (loop !== null && (endings.length < 2 || !rhythm.goesOn)) return null;
  const newest = endings.at(-1);
  return {
    group,
    app: worst.app,
    stories: parts.map((part) => part.story),
    endings,
    rhythm,
    loop,
    isDown:
      newest?.next === 'left-down' &&
      parts.some(
        ({ app, story }) =>
          app.pid === null && app.status === 'stopped' && !story.starts.some(({ at }) => at >= newest.at),
      ),
  };
}

/** The limit of the audits that count failures by day. */
export const urgentPerDay = {
  value: 10,
  unit: 'count',
  source: 'operating practice: every second hour is an outage that users notice',
} as const;

/** P1: the next outage is a matter of hours · P2: it goes on · P3: it happened once, or it is over. */
export function failurePriority({ rhythm }: AppFailures, urgentPerDay: number): 'P1' | 'P2' | 'P3' {
  if (rhythm.times === 1 || !rhythm.goesOn) return 'P3';
  return rhythm.inLastDay >= urgentPerDay ? 'P1' : 'P2';
}

/** The facts of it that sentences use. */
export type FailureFacts = {
  readonly name: string;
  readonly times: number;
  readonly first: number;
  readonly last: number;
  readonly medianGapMs: number | null;
  readonly goesOn: boolean;
  /** Of the newest one; null = none. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Median time it lived, ms; null = starts not seen. */
  readonly uptimeMs: number | null;
};

export function failureFacts({ group, endings, rhythm }: AppFailures): FailureFacts {
  const newest = endings.at(-1);
  return {
    name: group.name,
    times: rhythm.times,
    first: rhythm.first,
    last: rhythm.last,
    medianGapMs: rhythm.medianGapMs,
    goesOn: rhythm.goesOn,
    exitCode: newest?.exitCode ?? null,
    signal: newest?.signal ?? null,
    uptimeMs: quantile(
      endings.flatMap((ending) => ending.uptimeMs ?? []).toSorted((a, b) => a - b),
      0.5,
    ),
  };
}

/** The surest of the endings: one proven crash proves that it crashes. */
export function surest(endings: readonly Ending[]): Confidence {
  const order: readonly Confidence[] = ['certain', 'likely', 'possible'];
  return order.find((word) => endings.some(({ confidence }) => confidence === word)) ?? 'possible';
}
