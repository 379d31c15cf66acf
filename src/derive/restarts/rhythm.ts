import type { RestartStory } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';

/** How often something happens to an app, and whether it still does. Durations in ms. */
export interface Rhythm {
  readonly times: number;
  readonly first: EpochMs;
  readonly last: EpochMs;
  /** Of them within the last 24 hours. */
  readonly inLastDay: number;
  /** Median time between two; null = it happened once. */
  readonly medianGapMs: number | null;
  /** The quarter and the three-quarter value of the gaps lie close together: as if by a clock. */
  readonly isRegular: boolean;
  /** Not over yet: see `rhythmOf`. */
  readonly goesOn: boolean;
}

const dayMs = 24 * 3_600_000;
/** Growth at an even pace meets its limit at even intervals; load by chance does not. */
const regularRatio = 2;

/**
 * Answers: does it go on? Over is what has been quiet for a day, and for twice its own longest pause in the window: three
 * crashes a day are over after a day, one every second day needs longer to be believed. null = it never happened.
 */
export function rhythmOf(times: readonly EpochMs[], now: EpochMs): Rhythm | null {
  const sorted = times.toSorted((a, b) => a - b);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return null;
  const gaps = sorted
    .slice(1)
    .map((at, index) => at - (sorted[index] ?? at))
    .toSorted((a, b) => a - b);
  const quietMs = now - last;
  return {
    times: sorted.length,
    first,
    last,
    inLastDay: sorted.filter((at) => at > now - dayMs).length,
    medianGapMs: quantile(gaps, 0.5),
    isRegular: isEven(gaps),
    goesOn: quietMs < dayMs || quietMs < 2 * (gaps.at(-1) ?? 0),
  };
}

/** Answers: does its own memory limit end this app again and again? */
export function isChurning(story: RestartStory | null, now: EpochMs): boolean {
  const ats = (story?.restarts ?? []).flatMap(({ at, cause }) => (cause === 'memory-limit' ? [at] : []));
  return ats.length >= 2 && (rhythmOf(ats, now)?.goesOn ?? false);
}

/** True where at least three values, sorted, lie within a factor of two but for their ends. */
export function isEven(sorted: readonly number[]): boolean {
  const low = quantile(sorted, 0.25);
  const high = quantile(sorted, 0.75);
  return sorted.length >= 3 && low !== null && high !== null && high <= low * regularRatio;
}

/** The value that this part of the sorted values does not exceed; null = there are none. */
export function quantile(sorted: readonly number[], part: number): number | null {
  return sorted[Math.floor((sorted.length - 1) * part)] ?? null;
}
