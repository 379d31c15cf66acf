import type { Points } from '../../derive/past/app-past.ts';
import { refKey } from '../../derive/past/outlook.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { Metrics, Resolution, Series } from '../../model/history.ts';
import type { AppRef } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';

/** One metric of these apps, null = of all, by `refKey`; apps without a point are left out. */
export function readColumn(
  reader: HistoryReader,
  apps: readonly AppRef[] | null,
  metric: Metrics['app'],
  span: { from: EpochMs; to: EpochMs },
  resolution: Resolution,
): ReadonlyMap<string, Series> {
  const query = { ...span, metric, resolution };
  const found =
    apps === null
      ? reader.allSeries('app', query)
      : apps.flatMap((app) => {
          const one = reader.series({ kind: 'app', app }, query);
          return one === null || one.at.length === 0 ? [] : [one];
        });
  return new Map(
    found.flatMap((series) => {
      const app = appOfSeries(series);
      return app === null ? [] : [[refKey(app), series] as const];
    }),
  );
}

export function appOfSeries({ subject }: Series): AppRef | null {
  return subject.kind === 'app' ? subject.app : null;
}

/** The newest value; null = not known, or there is no point. */
export function lastKnown(series: Points): number | null {
  const value = series.last[series.at.length - 1] ?? Number.NaN;
  return Number.isNaN(value) ? null : value;
}
