import type { AppPast, Past } from '../../derive/past/app-past.ts';
import type { EpochMs } from '../../model/text.ts';

const dayMs = 86_400_000;
/** Of those that went within the day, so many stay: the newest. */
const mostGone = 10;

/** The apps a table shows, in their order: all that PM2 lists, and those that left its list within the last day. */
export function withoutGone({ apps, store, to }: Pick<Past, 'apps' | 'store' | 'to'>): readonly AppPast[] {
  const newest = store.lastAt ?? to;
  const gone = apps
    .filter(({ state }) => state === 'gone')
    .map((app) => ({ app, seenAt: lastSeen(app) }))
    .toSorted((a, b) => b.seenAt - a.seenAt);
  const isListed = apps.length > gone.length;
  const kept = new Set(
    gone
      // Where nothing else is left, the newest are better than an empty table.
      .filter(({ seenAt }) => !isListed || seenAt >= newest - dayMs)
      .slice(0, mostGone)
      .map(({ app }) => app),
  );
  return apps.filter((app) => app.state !== 'gone' || kept.has(app));
}

/** The time of the last point with a value; before all times where there is none. */
function lastSeen({ points }: AppPast): EpochMs {
  for (let index = points.at.length - 1; index >= 0; index -= 1)
    if (!Number.isNaN(points.last[index] ?? Number.NaN)) return points.at[index] ?? 0;
  return Number.NEGATIVE_INFINITY;
}
