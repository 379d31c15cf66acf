import type { Remembered } from '../../model/remembered.ts';
import type { EpochMs } from '../../model/text.ts';
import type { DaemonTrend } from '../../model/trend.ts';
import { hourMs } from './growth.ts';
import { reachOf } from './limit-forecast.ts';
import { memoryTrend } from './memory-trend.ts';
import { pointsOf } from './track.ts';

/** Unitech/pm2#6113: 5.7 GB after 22 days; a fresh one with 300 apps holds 90 MB. */
export const heavyDaemonBytes = 500 * 1024 * 1024;
/** A collector that stands still knows nothing of now. */
const staleMs = 2 * hourMs;
/** In its first hours a daemon starts its apps and fills its own tables. */
const leastLifeMs = 24 * hourMs;

/**
 * Answers: does PM2's own daemon grow, and when is it heavy? By home. A daemon that was watched for less than a day is
 * `unknown`, whatever its slope. Only the process that runs counts: an update replaced the one before.
 */
export function daemonTrends(
  history: Pick<Remembered, 'daemons'> | null,
  now: EpochMs,
): ReadonlyMap<string, DaemonTrend> {
  return new Map(
    (history?.daemons ?? []).flatMap(({ home, starts, rss }) => {
      const points = pointsOf(rss);
      const last = points.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
      if (last < now - staleMs) return [];
      const trend = memoryTrend(points, starts, now);
      const lived = (trend.to ?? 0) - (trend.from ?? 0);
      const isYoung = trend.isOfEarlierLife || trend.kind === 'unknown' || lived < leastLifeMs;
      const growth = isYoung ? null : trend.growth;
      const isLeak = !isYoung && trend.kind === 'leak';
      return [
        [
          home,
          {
            home,
            kind: isYoung ? 'unknown' : trend.kind,
            bytesPerDay: growth === null ? null : growth.bytesPerHour * 24,
            from: trend.from,
            to: trend.to,
            missingMs: isYoung
              ? Math.max(hourMs, trend.missingMs ?? 0, leastLifeMs - (trend.isOfEarlierLife ? 0 : lived))
              : null,
            reach: isLeak && growth !== null ? reachOf(points, growth, heavyDaemonBytes) : null,
          },
        ] as const,
      ];
    }),
  );
}
