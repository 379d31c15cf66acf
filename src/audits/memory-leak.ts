import { entryKey, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { limitAdvice } from '../derive/limits/limit-advice.ts';
import { memoryLimitPatch } from '../derive/limits/memory-patch.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { appTrends } from '../derive/trends/app-trend.ts';
import { type Draft, defineAudit } from '../model/audit.ts';
import type { App } from '../model/pm2.ts';
import type { AppTrend } from '../model/trend.ts';
import { type MemoryLeakArgs, memoryLeakWords } from './words/memory-leak.ts';

interface Leak {
  readonly apps: readonly App[];
  /** The instance that comes to its end first. */
  readonly worst: AppTrend;
  readonly ended: number;
  readonly watchedMs: number;
}

/** Memory that grows for as long as the process lives. */
export default defineAudit<
  MemoryLeakArgs,
  'daemons' | 'history',
  (typeof restartWants)[number] | 'pm2Log' | 'cgroups',
  'soonMs' | 'nearMs'
>({
  id: 'memory-leak',
  topic: 'memory',
  needs: ['daemons', 'history'],
  wants: [...restartWants, 'pm2Log', 'cgroups'],
  limits: {
    soonMs: {
      value: 7 * 86_400_000,
      unit: 'ms',
      source: 'a week: the span of one report, in which somebody will look',
    },
    nearMs: {
      value: 6 * 3_600_000,
      unit: 'ms',
      source: 'a quarter of a day: what is only possible waits for a full day, unless the limit comes first',
    },
  },
  references: [
    'Mann 1945, Kendall 1970: test for trend; Theil 1950, Sen 1968: slope (Gilbert 1987, chapter 16)',
    'PM2 7.0.4 lib/Worker.js: RSS of the main process against max_memory_restart',
    'https://nodejs.org/en/learn/diagnostics/memory/using-heap-snapshot',
  ],
  words: memoryLeakWords,
  check(seen, { now, window, covers, limits }) {
    const trends = appTrends(seen, now);
    const stories = storiesByApp(seen, { now, window, covers });
    const advice = limitAdvice(seen);
    const leaks = groupApps(seen.daemons).flatMap(({ apps }): readonly Leak[] => {
      const own = apps.flatMap((app) => {
        const trend = trends.get(appKey(app.ref));
        return trend?.kind === 'leak' ? [{ app, trend }] : [];
      });
      const [first] = own.toSorted(
        (a, b) => (a.trend.reach?.at ?? Infinity) - (b.trend.reach?.at ?? Infinity),
      );
      if (first === undefined) return [];
      const ended = own
        .map(({ app }) => stories.get(appKey(app.ref))?.byCause ?? {})
        .reduce(
          (sum, by) => sum + (by['memory-limit'] ?? 0) + (by['heap-oom'] ?? 0) + (by['oom-kill'] ?? 0),
          0,
        );
      const { trend } = first;
      const watchedMs = (trend.to ?? 0) - (trend.from ?? 0);
      return [{ apps: own.map(({ app }) => app), worst: trend, ended, watchedMs }];
    });
    // Not yet a full day: it may be load. Then only a limit that is reached before one can know makes it urgent.
    const isSoon = ({ worst, ended }: Leak): boolean =>
      ended > 0 ||
      (worst.reach !== null &&
        worst.reach.at <= now + (worst.sure === 'likely' ? limits.soonMs : limits.nearMs));
    const draft = (list: readonly Leak[]): Draft<MemoryLeakArgs> => {
      const apps = list.flatMap((leak) => leak.apps);
      // A limit in force stays: raising it only moves the day.
      const unlimited = apps.filter(({ settings }) => settings.maxMemoryRestartBytes === null);
      const fix = list.length === 1 ? memoryLimitPatch(unlimited, advice) : null;
      const [patch] = fix?.kind === 'ecosystem-patch' ? fix.patches : [];
      return {
        subject: subjectOfApps(apps.map(({ ref }) => ref)),
        priority: list.some(isSoon) ? 'P1' : 'P2',
        confidence: list.every(({ worst }) => worst.sure === 'likely') ? 'likely' : 'possible',
        args: {
          apps: list.map((one) => argsOf(one, leaks.length)),
          now,
          isUrgent: list.some(isSoon),
          proposed: patch === undefined ? null : String(patch.set[0]?.value),
          isNode: apps.every(({ interpreter, nodeVersion }) =>
            interpreter === null ? nodeVersion !== null : /(^|\/)node(js)?$/.test(interpreter),
          ),
        },
        because: [],
        fix: fix ?? { kind: 'manual', task: `leak of ${apps.map(({ ref }) => entryKey(ref)).join(' ')}` },
      };
    };
    return fewDrafts(
      leaks.toSorted(
        (a, b) =>
          Number(isSoon(b)) - Number(isSoon(a)) ||
          (a.worst.reach?.at ?? Infinity) - (b.worst.reach?.at ?? Infinity),
      ),
      (one) => draft([one]),
      draft,
    );
  },
});

function argsOf({ apps, worst, ended, watchedMs }: Leak, growing: number): MemoryLeakArgs['apps'][number] {
  const { reach } = worst;
  return {
    name: apps[0]?.ref.name ?? '',
    instances: apps.length,
    bytesPerHour: worst.bytesPerHour ?? 0,
    lowPerHour: worst.lowPerHour ?? 0,
    highPerHour: worst.highPerHour ?? 0,
    watchedMs,
    isOfEarlierLife: worst.isOfEarlierLife,
    isLikely: worst.sure === 'likely',
    growing,
    limit: reach?.kind ?? null,
    limitBytes: reach?.bytes ?? null,
    reachedAt: reach?.at ?? null,
    earliest: reach?.earliest ?? null,
    latest: reach?.latest ?? null,
    ended,
  };
}
