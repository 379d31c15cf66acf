import { type LifeSpan, lifeSpan, type Outlook, outlookOf, refKey } from '../../derive/past/outlook.ts';
import type { SizePoint } from '../../derive/trends/growth.ts';
import { makeTrack, pointsOf } from '../../derive/trends/track.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { Series } from '../../model/history.ts';
import type { PastProcess } from '../../model/past.ts';
import type { AppRef } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import { lastKnown, readColumn } from './read-column.ts';
import type { ReportedApp } from './report-facts.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** The verdict looks back so far, whatever span is shown. */
export const trendMs = 7 * 24 * hourMs;
const memoryUnit = 4096;

export interface OutlookQuery {
  readonly apps: readonly AppRef[];
  readonly mains: ReadonlyMap<string, readonly PastProcess[]>;
  /** Hours that have been read already and reach back far enough; null = to be read. */
  readonly hours: ReadonlyMap<string, Series> | null;
  readonly isAll: boolean;
  readonly reported: ReadonlyMap<string, ReportedApp>;
  readonly now: EpochMs;
}

/** Verdicts of apps that run, with the limits of those that leak. */
export function readOutlooks(reader: HistoryReader, query: OutlookQuery): ReadonlyMap<string, Outlook> {
  const { now, reported } = query;
  const lives = new Map<string, LifeSpan>();
  for (const app of query.apps) {
    const life = lifeSpan(query.mains.get(refKey(app)) ?? [], now - trendMs, now);
    if (life !== null) lives.set(refKey(app), life);
  }
  const refs = query.apps.filter((app) => lives.has(refKey(app)));
  const trees = lifePoints(reader, 'treeRssBytes', refs, lives, query);
  const told = new Map(
    [...trees].flatMap(([key, points]) => {
      const life = lives.get(key);
      const unlimited = { own: null, hostLeftBytes: null };
      return life === undefined ? [] : [[key, outlookOf(points, life, now, unlimited)] as const];
    }),
  );
  // Limits are looked up for those alone that leak: few, if any.
  const leaking = refs.filter((app) => told.get(refKey(app))?.trend.kind === 'leak');
  if (leaking.length === 0) return told;
  const left = reader.series(
    { kind: 'host' },
    { from: now - 10 * minuteMs, to: now, metric: 'memoryAvailableBytes', resolution: 'raw' },
  );
  const hostLeftBytes = left === null ? null : lastKnown(left);
  const limited = leaking.filter((app) => reported.get(refKey(app))?.maxMemoryRestartBytes != null);
  const own = lifePoints(reader, 'pm2RssBytes', limited, lives, { ...query, hours: null });
  const leaks = leaking.flatMap((app) => {
    const key = refKey(app);
    const [points, life, pm2Points] = [trees.get(key), lives.get(key), own.get(key)];
    const bytes = reported.get(key)?.maxMemoryRestartBytes ?? null;
    if (points === undefined || life === undefined) return [];
    const limit = pm2Points === undefined || bytes === null ? null : { bytes, points: pm2Points };
    return [[key, outlookOf(points, life, now, { own: limit, hostLeftBytes })] as const];
  });
  return new Map([...told, ...leaks]);
}

/** Of each app the life that counts, as fine as it needs: hours of the old ones, minutes of the young ones. */
function lifePoints(
  reader: HistoryReader,
  column: 'treeRssBytes' | 'pm2RssBytes',
  apps: readonly AppRef[],
  lives: ReadonlyMap<string, LifeSpan>,
  { hours, isAll, now }: OutlookQuery,
): ReadonlyMap<string, readonly SizePoint[]> {
  const found = new Map<string, readonly SizePoint[]>();
  for (const resolution of ['hour', 'minute'] as const) {
    const own = apps.filter((app) => (lives.get(refKey(app))?.stepMs === hourMs) === (resolution === 'hour'));
    if (own.length === 0) continue;
    const from = own.reduce((least, app) => Math.min(least, lives.get(refKey(app))?.from ?? now), now);
    // One question for all is cheaper than many; a few apps are asked one by one.
    const all = isAll && own.length > 3 ? null : own;
    const series =
      (resolution === 'hour' ? hours : null) ??
      readColumn(reader, all, column, { from, to: now }, resolution);
    for (const app of own) {
      const [one, life] = [series.get(refKey(app)), lives.get(refKey(app))];
      if (one === undefined || life === undefined) continue;
      const grid = { from: life.from, to: now, stepMs: life.stepMs, unit: memoryUnit };
      found.set(refKey(app), pointsOf(makeTrack(one.at, one.mean, grid, 'mean')));
    }
  }
  return found;
}
