import { isFault } from '../../derive/restarts/cause-words.ts';
import type { AttributedKill } from '../../model/oom.ts';
import type { Cause, Ending, RestartStory } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';
import type { Prose } from './atoms.ts';
import type { Context } from './context.ts';
import { killsInWindow, ownerOf, sameApp } from './kills.ts';
import { clockSpan, period } from './periods.ts';
import { failures, requestBursts, requests } from './story-facts.ts';
import type { Asked, ConclusionWords, ToldCause } from './words/conclusion-words.ts';
import { conclusionWords } from './words/conclusions.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** A kill and the end of the app so near to each other are one event: PM2 notes it up to 5 s later. */
const pairedMs = 5000;

/** What the sentences of one story work from. */
export interface Telling {
  readonly context: Context;
  readonly story: RestartStory;
  readonly say: ConclusionWords;
  readonly total: number;
  readonly failed: number;
  readonly count: (list: readonly Cause[]) => number;
  readonly times: (list: readonly Cause[]) => readonly EpochMs[];
  readonly when: (list: readonly Cause[]) => string;
  readonly workers: readonly EpochMs[];
}

/** Answers: what do the sentences about this app need to know? */
export function tellingOf(context: Context, story: RestartStory): Telling {
  const count = (list: readonly Cause[]): number =>
    list.reduce((sum, cause) => sum + (story.byCause[cause] ?? 0), 0);
  const times = (list: readonly Cause[]): readonly EpochMs[] =>
    story.restarts.flatMap(({ cause, at }) => (list.includes(cause) ? [at] : []));
  return {
    context,
    story,
    say: conclusionWords[context.locale](context.fmt),
    total: story.restarts.length,
    failed: count(failures),
    count,
    times,
    when: (list) => period(context, times(list)),
    workers: workerKills(context, story).flatMap(({ kill }) => (kill.at === null ? [] : [kill.at])),
  };
}

/** Kills of processes below the app that did not end it: its counter knows nothing of them. Oldest first. */
export function workerKills({ report }: Context, story: RestartStory): readonly AttributedKill[] {
  return killsInWindow(report).filter((each) => {
    const { at } = each.kill;
    if (each.role !== 'child' || at === null || !sameApp(ownerOf(each), story.app)) return false;
    return !story.restarts.some(
      (restart) => restart.cause === 'oom-kill' && Math.abs(restart.at - at) <= pairedMs,
    );
  });
}

/** One cause in its own sentence; `isSum`: a part of it was told before. */
export function single({ story, say, when }: Telling, cause: Cause, isSum = false): Prose {
  if (cause === 'manual' || cause === 'reload' || cause === 'daemon-restart' || cause === 'unknown')
    return '';
  const told: ToldCause = cause;
  // A SIGKILL that may have been a kill for memory is one by the kernel.
  const isUnsure = story.restarts.some((each) => each.cause === 'signal' && each.confidence === 'possible');
  const signals =
    cause === 'signal'
      ? story.restarts.flatMap((each) =>
          each.cause === 'signal' && each.signal !== null ? [each.signal] : [],
        )
      : [];
  return say.caused(
    told,
    story.byCause[cause] ?? 0,
    isSum ? '' : when([cause]),
    [...new Set(signals)],
    isSum,
    !signals.some(isFault) && !isUnsure,
  );
}

/** How many restarts were asked for, and whether they came together. */
export function askedFacts({ context, story, total, when, count }: Telling): Asked {
  const own = requestBursts(context.report).filter(({ apps }) => apps.has(story));
  const inBursts = own.reduce(
    (sum, { from, to }) =>
      sum +
      story.restarts.filter(({ cause, at }) => requests.includes(cause) && at >= from && at <= to).length,
    0,
  );
  return {
    manual: count(['manual']),
    reload: count(['reload']),
    total,
    bursts: inBursts >= count(requests) * 0.8 ? own.length : 0,
    period: when(requests),
  };
}

/** The failure seen most; where nothing failed, what else ended it. */
export function mostOf(restarts: readonly Ending[]): Cause {
  const counts = new Map<Cause, number>();
  for (const { cause } of restarts)
    if (!requests.includes(cause)) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  return [...counts].reduce<readonly [Cause, number]>(
    (best, each) => (each[1] > best[1] ? each : best),
    ['unknown', 0],
  )[0];
}

/** Answers: does the loop come back at the same time of day? On three days or more, all within four hours of the clock. */
export function dailySpan(
  { fmt, report }: Context,
  story: RestartStory,
): { readonly from: string; readonly days: number } | null {
  const shift = report.utcOffsetMinutes * minuteMs;
  const days = new Set(story.loops.map((loop) => Math.floor((loop.from + shift) / dayMs)));
  if (days.size < 3) return null;
  const span = clockSpan(
    story.loops.flatMap(({ from, to }) => [from, to]),
    shift,
    1,
  );
  return span === null ? null : { from: fmt.clock(span.from), days: days.size };
}
