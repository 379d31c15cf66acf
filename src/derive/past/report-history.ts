import type { Disk } from '../../model/host.ts';
import type { Remembered, Track } from '../../model/remembered.ts';
import type { ReportHistory } from '../../model/report.ts';
import type { EpochMs } from '../../model/text.ts';
import type { AppTrend } from '../../model/trend.ts';
import { appKey } from '../apps/process-tree.ts';
import { appTrends, type TrendEvidence } from '../trends/app-trend.ts';
import { daemonTrends } from '../trends/daemon-trend.ts';
import { diskTrends, logTrends } from '../trends/storage-trend.ts';

const hourMs = 3_600_000;
const weekMs = 7 * 24 * hourMs;

/** All that the report shows of the past: a trend and a week of each app, disks, logs, and the week before. */
export interface PastOfReport {
  readonly trends: ReadonlyMap<string, AppTrend>;
  readonly weeks: ReadonlyMap<string, Track>;
  readonly report: ReportHistory | null;
}

/** Answers: what does the history add to the report? Empty without a collector. */
export function reportHistory(seen: TrendEvidence, disks: readonly Disk[], now: EpochMs): PastOfReport {
  const { history } = seen;
  if (history === null) return { trends: new Map(), weeks: new Map(), report: null };
  return {
    trends: appTrends(seen, now),
    weeks: new Map(
      history.apps.flatMap(({ app, week }) => (week === null ? [] : [[appKey(app), week] as const])),
    ),
    report: {
      from: history.from,
      to: history.to,
      gaps: history.gaps,
      disks: diskTrends(history, disks, now),
      logs: logTrends(history, now),
      weekAgo: weekAgo(history, now),
      restartWeeks: restartWeeks(history),
      daemons: [...daemonTrends(history, now).values()],
    },
  };
}

/** Sums the trees that were seen at both times: an app that is new, or gone, would make the comparison one of lists. */
function weekAgo(history: Remembered, now: EpochMs): ReportHistory['weekAgo'] {
  let thenBytes = 0;
  let nowBytes = 0;
  for (const { week } of history.apps) {
    const [before, today] = [valueAt(week, now - weekMs), valueAt(week, now)];
    if (before === null || today === null) continue;
    thenBytes += before;
    nowBytes += today;
  }
  return thenBytes === 0 ? null : { at: now - weekMs, thenBytes, nowBytes };
}

/** Of the apps that were watched in both weeks: else the list would be compared, not what befell it. */
function restartWeeks(history: Remembered): ReportHistory['restartWeeks'] {
  const both = history.apps.flatMap(({ restarts }) =>
    restarts == null || restarts.weekBefore === null
      ? []
      : [{ thisWeek: restarts.thisWeek, weekBefore: restarts.weekBefore }],
  );
  if (both.length === 0) return null;
  return {
    thisWeek: both.reduce((sum, { thisWeek }) => sum + thisWeek, 0),
    weekBefore: both.reduce((sum, { weekBefore }) => sum + weekBefore, 0),
  };
}

/** The hour of that time, or the one before or after it. */
function valueAt(track: Track | null, at: EpochMs): number | null {
  if (track === null) return null;
  const place = Math.floor((at - track.from) / track.stepMs);
  for (const near of [place, place - 1, place + 1]) {
    const value = track.values[near];
    if (value !== null && value !== undefined) return value * track.unit;
  }
  return null;
}
