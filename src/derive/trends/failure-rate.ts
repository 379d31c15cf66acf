import type { Cause, RestartStory } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';
import { testTrend } from './mann-kendall.ts';

/** Failures of one app by day. Days are stretches of 24 h back from now, so that each is whole. */
export interface RisingRate {
  /** Failures a day, oldest first. */
  readonly perDay: readonly number[];
  /** Means a day of the later and the earlier part. */
  readonly laterPerDay: number;
  readonly earlierPerDay: number;
  /** Probability that counts without a trend rise like this. */
  readonly p: number;
}

const dayMs = 86_400_000;
/** Four days in order have p = 0.04, five 0.008: fewer can prove nothing. */
const leastDays = 5;
const mostDays = 14;
const mostP = 0.05;
const leastLater = 3;
const leastFactor = 2;

/** A restart that somebody or a timer asked for is no failure. */
const failures: readonly Cause[] = [
  'oom-kill',
  'heap-oom',
  'memory-limit',
  'crash',
  'clean-exit',
  'signal',
  'stop-timeout',
  'unknown',
];

/**
 * Answers: does this app fail more often from day to day? The Mann-Kendall test on counts a day over the days that were
 * seen whole, from the first failure on (counts of neighbouring days are taken as independent: a loop fills one day, not
 * five), and the later two fifths at least twice the rest, three a day at least. A failure that began one day and stays as
 * frequent does not rise. null = it does not, or too few days were seen.
 *
 * @param from since when its restarts would have been seen.
 */
export function risingRate(story: RestartStory, from: EpochMs, now: EpochMs): RisingRate | null {
  const days = Math.min(mostDays, Math.floor((now - from) / dayMs));
  const counts = new Array<number>(Math.max(0, days)).fill(0);
  for (const { at, cause } of story.restarts) {
    const day = days - 1 - Math.floor((now - at) / dayMs);
    if (failures.includes(cause) && day >= 0 && day < days) counts[day] = (counts[day] ?? 0) + 1;
  }
  const first = counts.findIndex((count) => count > 0);
  const perDay = first < 0 ? [] : counts.slice(first);
  if (perDay.length < leastDays) return null;
  const later = Math.max(2, Math.round(perDay.length * 0.4));
  const mean = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const laterPerDay = mean(perDay.slice(-later));
  const earlierPerDay = mean(perDay.slice(0, -later));
  const p = testTrend(perDay).rising;
  if (p > mostP || laterPerDay < leastLater || laterPerDay < earlierPerDay * leastFactor) return null;
  return { perDay, laterPerDay, earlierPerDay, p };
}
