import { type AppTree, appKey, type Trees } from '../derive/apps/process-tree.ts';
import { rankByMemory, rankByRestarts } from '../derive/apps/ranking.ts';
import type { App } from '../model/pm2.ts';
import type { Track } from '../model/remembered.ts';
import type { ProcessRow } from '../model/report.ts';
import type { RestartStory } from '../model/restart.ts';
import type { EpochMs } from '../model/text.ts';
import type { AppTrend } from '../model/trend.ts';

const MiB = 1024 * 1024;

/** What a row holds before it is ranked and flagged. */
type Unranked = Omit<ProcessRow, 'memoryRank' | 'restartRank' | 'flags' | 'trend' | 'week'>;

const noPast = { trends: new Map<string, AppTrend>(), weeks: new Map<string, Track>() };

/** States in which PM2 runs a process, so that its start time says how long it is up. */
const running: readonly string[] = ['online', 'launching', 'one-launch-status', 'stopping'];

/**
 * Answers: one row an app, ranked by tree memory and by restarts, in the order of memory. `flagsOf` gives the audits
 * that flagged an app, by `appKey`.
 */
export function processRows(
  apps: readonly App[],
  trees: Trees | null,
  stories: ReadonlyMap<string, RestartStory>,
  flagsOf: ReadonlyMap<string, readonly string[]>,
  now: EpochMs,
  past: {
    readonly trends: ReadonlyMap<string, AppTrend>;
    readonly weeks: ReadonlyMap<string, Track>;
  } = noPast,
): readonly ProcessRow[] {
  const rows = apps
    .map((app) =>
      row(app, trees?.byApp.get(appKey(app.ref)) ?? null, stories.get(appKey(app.ref)) ?? null, now),
    )
    .map((item) => ({
      ...item,
      trend: past.trends.get(appKey(item.app.ref)) ?? null,
      week: past.weeks.get(appKey(item.app.ref)) ?? null,
    }));
  const byMemory = rankByMemory(rows);
  const byRestarts = rankByRestarts(rows);
  return rows
    .map((item) => ({
      ...item,
      memoryRank: byMemory.get(item) ?? rows.length,
      restartRank: byRestarts.get(item) ?? rows.length,
      flags: flagsOf.get(appKey(item.app.ref)) ?? [],
    }))
    .sort((a, b) => a.memoryRank - b.memoryRank);
}

function row(app: App, found: AppTree | null, story: RestartStory | null, now: EpochMs): Unranked {
  // A running app without a process here lives where we cannot look (another pid namespace): not known, never 0.
  const isElsewhere =
    found !== null && found.members.length === 0 && running.includes(app.status) && app.pid !== null;
  const tree = isElsewhere ? null : found;
  // Its last process is gone, the next one is not there yet: that start time is the last one's.
  const isBetween = app.status === 'launching' && app.pid === null;
  return {
    app,
    treeRssBytes: tree?.rssBytes ?? null,
    treePssBytes: tree?.pssBytes ?? null,
    treeSwapBytes: tree?.swapBytes ?? null,
    treeProcesses: tree?.members.length ?? null,
    ...ranked(app, tree),
    cpuPercent: tree?.cpuPercent ?? app.cpuPercent,
    memoryLimitBytes: limit(app),
    uptimeMs:
      running.includes(app.status) && !isBetween && app.startedAt !== null
        ? Math.max(0, now - app.startedAt)
        : null,
    story,
  };
}

function ranked(app: App, tree: AppTree | null): Pick<ProcessRow, 'rankedBytes' | 'rankedBy'> {
  if (tree !== null && tree.members.length > 0) {
    return tree.pssBytes === null
      ? { rankedBytes: tree.rssBytes, rankedBy: 'rss' }
      : { rankedBytes: tree.pssBytes, rankedBy: 'pss' };
  }
  if (tree === null && app.pm2RssBytes !== null && running.includes(app.status)) {
    return { rankedBytes: app.pm2RssBytes, rankedBy: 'pm2' };
  }
  return { rankedBytes: null, rankedBy: 'none' };
}

/** The smaller of `max_memory_restart` and `--max-old-space-size`; null = neither is set. */
function limit(app: App): number | null {
  const { maxMemoryRestartBytes, maxOldSpaceMb } = app.settings;
  const limits = [maxMemoryRestartBytes, maxOldSpaceMb === null ? null : maxOldSpaceMb * MiB].filter(
    (bytes) => bytes !== null,
  );
  return limits.length === 0 ? null : Math.min(...limits);
}
