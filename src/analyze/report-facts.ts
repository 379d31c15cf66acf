import { appKey, processTrees } from '../derive/apps/process-tree.ts';
import { attributeKills } from '../derive/kills/oom-attribution.ts';
import { reportHistory } from '../derive/past/report-history.ts';
import { restartStories } from '../derive/restarts/restart-story.ts';
import type { Evidence, EvidenceKey, EvidenceMap } from '../model/evidence.ts';
import type { AttributedKill, OomKill } from '../model/oom.ts';
import type { AuditVerdict } from '../model/report.ts';
import type { TrendKind } from '../model/trend.ts';

/** No collector was ever started here: nothing is missing, so no report speaks of it. */
export function isAbsent(evidence: Evidence, key: EvidenceKey): boolean {
  const item = evidence.items[key];
  return key === 'history' && !item.seen && item.gaps.every(({ why }) => why === 'switched-off');
}

/** What was seen of one key; null = it was not. */
export function value<K extends EvidenceKey>(evidence: Evidence, key: K): EvidenceMap[K] | null {
  const item = evidence.items[key];
  return item.seen ? item.value : null;
}

/** The questions the report itself asks. One that fails costs its answer, not the report. */
export function derive(evidence: Evidence) {
  const failures: AuditVerdict[] = [];
  const attempt = <T>(name: string, question: () => T): T | null => {
    try {
      return question();
    } catch (error) {
      failures.push(errorVerdict(name, error));
      return null;
    }
  };
  const daemons = value(evidence, 'daemons') ?? [];
  const processes = value(evidence, 'processes');
  const oomLog = value(evidence, 'oomLog');
  const oomItem = evidence.items.oomLog;
  const pm2Log = value(evidence, 'pm2Log');
  const appLogs = value(evidence, 'appLogs');
  const trees = processes === null ? null : attempt('process-tree', () => processTrees(daemons, processes));
  const kills =
    oomLog === null
      ? null
      : (attempt('oom-attribution', () =>
          attributeKills({
            oomLog,
            daemons,
            processes,
            pm2Log,
            appLogs,
            startup: value(evidence, 'startup'),
          }),
        ) ?? oomLog.kills.map(untied));
  const stories = attempt('restart-story', () =>
    restartStories({
      daemons,
      pm2Log,
      bus: value(evidence, 'bus'),
      kills,
      appLogs,
      unitJournal: value(evidence, 'unitJournal'),
      startup: value(evidence, 'startup'),
      bootedAt: value(evidence, 'host')?.bootedAt ?? null,
      window: evidence.window,
      now: evidence.takenAt,
      ...(oomItem.seen ? { killsFrom: oomItem.covers.from } : {}),
    }),
  );
  const byApp = new Map((stories ?? []).map((story) => [appKey(story.app), story]));
  const seen = {
    daemons,
    processes,
    host: value(evidence, 'host'),
    cgroups: value(evidence, 'cgroups'),
    history: value(evidence, 'history'),
  };
  const past = attempt('history', () =>
    reportHistory(seen, value(evidence, 'disks') ?? [], evidence.takenAt),
  ) ?? { trends: new Map(), weeks: new Map(), report: null };
  return { daemons, trees, kills, stories, byApp, failures, past };
}

/** One for each app that runs. */
export function trendKinds({ daemons, past }: ReturnType<typeof derive>): readonly TrendKind[] | null {
  if (past.report === null) return null;
  return daemons
    .flatMap(({ apps }) => apps)
    .filter(({ pid }) => pid !== null)
    .map(({ ref }) => past.trends.get(appKey(ref))?.kind ?? 'unknown');
}

/** A kill of which nothing more is known than that it happened. */
function untied(kill: OomKill): AttributedKill {
  return {
    kill,
    app: null,
    candidates: [],
    role: null,
    confidence: 'none',
    because: kill.quotes,
    reason: 'no-tie',
    biggest: [],
  };
}

/** An audit, or a question, that threw. */
export function errorVerdict(audit: string, error: unknown): AuditVerdict {
  return {
    audit,
    outcome: 'error',
    missing: [],
    error: error instanceof Error ? error.message : String(error),
  };
}
