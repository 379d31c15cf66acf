import type { AppMemoryPast } from '../../model/remembered.ts';
import { quantile } from '../trends/theil-sen.ts';

/** A day has its busy hours and its batch; less says nothing of a peak. */
const leastHours = 24;
/** Three hours of a week may be anything: a heap snapshot, a bad query, a load test. */
const peakShare = 0.98;

/**
 * Answers: how big does PM2's figure of this app get in ordinary work? The highest value of each hour, without the 2 % that
 * stand out. Bytes; null = it was watched for less than a day.
 */
export function learnedPeak({ pm2Week }: AppMemoryPast): number | null {
  if (pm2Week === null) return null;
  const known = pm2Week.values.filter((value) => value !== null);
  if (known.length < leastHours) return null;
  const peak = quantile(Float64Array.from(known).sort(), peakShare);
  return peak > 0 ? peak * pm2Week.unit : null;
}
