import type { Report } from '../../model/report.ts';
import type { Cause, Ending, RestartStory } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';

/** What went wrong; a clean exit can loop as well, but nothing failed. */
export const failures: readonly Cause[] = [
  'oom-kill',
  'heap-oom',
  'memory-limit',
  'crash',
  'signal',
  'stop-timeout',
];
export const requests: readonly Cause[] = ['manual', 'reload'];
export const timers: readonly Cause[] = ['cron', 'watch'];

const minuteMs = 60_000;
/** Restarts on request nearer than this to each other are one deploy, or one person at work. */
const burstGapMs = 3 * minuteMs;
/** What begins so soon after a restart on request is said to have begun after it. */
export const soonMs = 10 * minuteMs;

/** Restarts on request that came together, of one app or of many of one home. */
export interface Burst {
  readonly home: string;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly restarts: number;
  readonly apps: ReadonlySet<RestartStory>;
}

const found = new WeakMap<Report, readonly Burst[]>();

/** Answers: when did several restarts on request come within minutes? Oldest first; remembered for one report. */
export function requestBursts(report: Report): readonly Burst[] {
  const known = found.get(report);
  if (known !== undefined) return known;
  const asked = report.processes
    .flatMap(({ story }) =>
      (story?.restarts ?? []).flatMap((restart) =>
        story !== null && requests.includes(restart.cause) ? [{ story, at: restart.at }] : [],
      ),
    )
    .sort((a, b) =>
      a.story.app.home < b.story.app.home ? -1 : a.story.app.home > b.story.app.home ? 1 : a.at - b.at,
    );
  const bursts: { home: string; from: EpochMs; to: EpochMs; restarts: number; apps: Set<RestartStory> }[] =
    [];
  for (const { story, at } of asked) {
    const last = bursts.at(-1);
    if (last !== undefined && last.home === story.app.home && at - last.to <= burstGapMs) {
      last.to = at;
      last.restarts += 1;
      last.apps.add(story);
    } else bursts.push({ home: story.app.home, from: at, to: at, restarts: 1, apps: new Set([story]) });
  }
  const several = bursts.filter(({ restarts }) => restarts > 1).sort((a, b) => a.from - b.from);
  found.set(report, several);
  return several;
}

/** Half of them are smaller; null = there is none. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;
}

/**
 * Answers: do they come in a rhythm, and in which, ms? The median gap, where the middle half of the gaps differs by less than a factor of two;
 * null = fewer than six, or no rhythm.
 */
export function rhythm(times: readonly EpochMs[]): number | null {
  if (times.length < 6) return null;
  const gaps = times
    .slice(1)
    .map((at, index) => at - (times[index] ?? at))
    .sort((a, b) => a - b);
  const quarter = gaps[Math.floor((gaps.length - 1) / 4)] ?? 0;
  const threeQuarters = gaps[Math.ceil(((gaps.length - 1) * 3) / 4)] ?? 0;
  const middle = median(gaps);
  return middle === null || middle < 1000 || threeQuarters > Math.max(quarter * 2, quarter + 2000)
    ? null
    : middle;
}

/** The last restart on request at most ten minutes before, when no failure stood in the hour before it; null = none. */
export function askedBefore(story: RestartStory, began: EpochMs): Ending | null {
  const asked = story.restarts.findLast(
    ({ cause, at }) => requests.includes(cause) && at <= began && began - at <= soonMs,
  );
  if (asked === undefined) return null;
  const wasBroken = story.restarts.some(
    ({ cause, at }) => failures.includes(cause) && at < asked.at && asked.at - at < 60 * minuteMs,
  );
  return wasBroken ? null : asked;
}

/** Crashes at most ten minutes after a restart on request. */
export function crashesAfterRequest(story: RestartStory): number {
  let asked = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const { cause, at } of story.restarts) {
    if (requests.includes(cause)) asked = at;
    else if (cause === 'crash' && at - asked <= soonMs) count += 1;
  }
  return count;
}

/**
 * It ended as its settings say it may, and is left so: a job that ran, not an outage. `stop-code`: `stop_exit_codes` names its
 * exit code · `done`: without an error, and `autorestart` is off · null: neither.
 */
export function agreedEnd(report: Report, story: RestartStory, down: Ending): 'stop-code' | 'done' | null {
  const settings = report.processes.find((row) => row.story === story)?.app.settings;
  if (down.exitCode !== null && settings?.stopExitCodes.includes(down.exitCode)) return 'stop-code';
  return down.cause === 'clean-exit' && settings?.autorestart === false ? 'done' : null;
}

/** The end that PM2 did not answer and after which nothing ran; null = the app runs, or starts again. */
export function downSince(report: Report, story: RestartStory): Ending | null {
  const status = report.processes.find((row) => row.story === story)?.app.status;
  if (status !== 'errored' && status !== 'stopped') return null;
  const stop = story.stops.at(-1);
  if (stop === undefined) return null;
  const isOver =
    (story.starts.at(-1)?.at ?? Number.NEGATIVE_INFINITY) > stop.at ||
    (story.restarts.at(-1)?.at ?? Number.NEGATIVE_INFINITY) > stop.at;
  return isOver ? null : stop;
}
