import type { Past } from '../../derive/past/app-past.ts';
import { daemonTrends } from '../../derive/trends/daemon-trend.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { EpochMs } from '../../model/text.ts';
import { rememberDaemons } from '../recall-daemons.ts';

const weekMs = 7 * 86_400_000;

/**
 * What PM2's own daemons hold and how they grow, by the last week; those that are gone for hours are left out.
 * `lastAt`: the newest sample. Who is not in it holds nothing now.
 */
export function readDaemons(reader: HistoryReader, now: EpochMs, lastAt: EpochMs): Past['daemons'] {
  const homes = reader.subjects('daemon').map(({ home }) => ({ home, startedAt: null }));
  const daemons = homes.length === 0 ? [] : rememberDaemons(reader, homes, now, now - weekMs);
  const trends = daemonTrends({ daemons }, now);
  const newest = new Map<string, number>(
    reader
      .allSeries('daemon', { from: lastAt - 1000, to: lastAt + 1000, metric: 'rss', resolution: 'raw' })
      .flatMap((one) => {
        const value = one.last[one.at.length - 1] ?? Number.NaN;
        return one.subject.kind !== 'daemon' || Number.isNaN(value)
          ? []
          : [[one.subject.home, value] as const];
      }),
  );
  return daemons.flatMap(({ home, rss }) => {
    const trend = trends.get(home);
    if (trend === undefined || rss === null) return [];
    return [{ ...trend, isRunning: newest.has(home), nowBytes: newest.get(home) ?? null }];
  });
}
