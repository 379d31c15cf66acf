import type { Past } from '../../derive/past/app-past.ts';
import { daemonTrends } from '../../derive/trends/daemon-trend.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { EpochMs } from '../../model/text.ts';
import { rememberDaemons } from '../recall-daemons.ts';

const weekMs = 7 * 86_400_000;

/** What PM2's own daemons hold and how they grow, by the last week; those that are gone are left out. */
export function readDaemons(reader: HistoryReader, now: EpochMs): Past['daemons'] {
  const homes = reader.subjects('daemon').map(({ home }) => ({ home, startedAt: null }));
  const daemons = homes.length === 0 ? [] : rememberDaemons(reader, homes, now, now - weekMs);
  const trends = daemonTrends({ daemons }, now);
  return daemons.flatMap(({ home, rss }) => {
    const trend = trends.get(home);
    const last = rss?.values.findLast((value) => value !== null) ?? null;
    if (trend === undefined || rss === null) return [];
    return [{ ...trend, nowBytes: last === null ? null : last * rss.unit }];
  });
}
