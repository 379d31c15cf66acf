import type { EvidenceKey } from './evidence.ts';
import type { Finding, PlannedFix, Priority } from './finding.ts';
import type { Gap, Span } from './gap.ts';
import type { SeriesGap } from './history.ts';
import type { Cgroup, Disk, HostFacts, OomCounters } from './host.ts';
import type { AttributedKill, UnconfirmedKill } from './oom.ts';
import type { App, Daemon } from './pm2.ts';
import type { Track } from './remembered.ts';
import type { RestartStory } from './restart.ts';
import type { StorageScan } from './storage.ts';
import type { CleanText, EpochMs } from './text.ts';
import type { AppTrend, DaemonTrend, DiskTrend, LogTrend } from './trend.ts';

export type VerdictWord = 'critical' | 'attention' | 'healthy' | 'unknown';
export type Grade = 'A' | 'B' | 'C' | 'D' | 'E' | 'F';

/** How one audit ended. `blind` = evidence it needs was not seen; never counted as a pass. */
export interface AuditVerdict {
  readonly audit: string;
  readonly outcome: 'pass' | 'fail' | 'not-applicable' | 'blind' | 'error';
  readonly missing: readonly EvidenceKey[];
  /** Message of a thrown error. */
  readonly error: string | null;
}

export interface EvidenceRow {
  readonly key: EvidenceKey;
  readonly seen: boolean;
  readonly source: CleanText | null;
  readonly covers: Span;
  readonly gaps: readonly Gap[];
}

/** One app in the tables: PM2's record beside what its process tree really holds. */
export interface ProcessRow {
  readonly app: App;
  /** RSS and PSS of the main process and all its descendants; null = /proc was not readable. */
  readonly treeRssBytes: number | null;
  readonly treePssBytes: number | null;
  readonly treeSwapBytes: number | null;
  readonly treeProcesses: number | null;
  /** The figure ranked by: PSS, else RSS, else PM2's; and which it is. */
  readonly rankedBytes: number | null;
  readonly rankedBy: 'pss' | 'rss' | 'pm2' | 'none';
  readonly cpuPercent: number | null;
  /** V8 or PM2 limit in force, whichever stops it first, bytes. */
  readonly memoryLimitBytes: number | null;
  readonly uptimeMs: number | null;
  readonly story: RestartStory | null;
  /** How its memory moves; null = no collector, or nothing recent is kept of it. */
  readonly trend: AppTrend | null;
  /** The tree hour by hour over seven days, the highest of each; null = nothing is kept. */
  readonly week: Track | null;
  /** 1-based; ties broken by home, id, name. */
  readonly memoryRank: number;
  readonly restartRank: number;
  /** Ids of audits that flagged it. */
  readonly flags: readonly string[];
}

export type RiskLevel = 'low' | 'medium' | 'high' | 'unknown';
export interface Risk {
  readonly level: RiskLevel;
  /** Findings it rests on; empty for low and unknown. */
  readonly findings: readonly string[];
  /** Evidence keys that were not seen; the reason of `unknown`. */
  readonly missing: readonly EvidenceKey[];
}

/** What the report takes from the history beside the trends of the apps. */
export interface ReportHistory {
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  readonly gaps: readonly SeriesGap[];
  readonly disks: readonly DiskTrend[];
  readonly logs: readonly LogTrend[];
  /** All trees together, now and at the same hour a week ago; null = not kept so long. */
  readonly weekAgo: { readonly at: EpochMs; readonly thenBytes: number; readonly nowBytes: number } | null;
  /** Restarts by PM2's counters in the last seven days and the seven before, of the apps seen in both; null = not kept so long. */
  readonly restartWeeks: { readonly thisWeek: number; readonly weekBefore: number } | null;
  readonly daemons: readonly DaemonTrend[];
}

export interface PastScore {
  readonly takenAt: EpochMs;
  readonly score: number | null;
  readonly grade: Grade | null;
}

/** One `ignore` entry of the configuration and how many findings it muted in this run. `expired` = it muted nothing any more. */
export interface Suppressed {
  readonly audit: string;
  readonly app: string | null;
  readonly until: EpochMs | null;
  readonly reason: string;
  readonly findings: number;
  readonly expired: boolean;
}

/** One run's result: facts, no prose. `report/view.ts` puts it into words, `report/json.ts` into the contract's JSON. */
export interface Report {
  readonly schema: 'pm2-audit.report/1';
  readonly tool: { readonly name: string; readonly version: string };
  readonly takenAt: EpochMs;
  readonly utcOffsetMinutes: number;
  readonly window: { readonly from: EpochMs; readonly to: EpochMs };
  readonly host: HostFacts | null;
  readonly verdict: VerdictWord;
  /** null = too little was seen for a number. */
  readonly score: number | null;
  readonly grade: Grade | null;
  /** The report before this one, for "27 lower than 14 Nov"; null = none known. */
  readonly past: PastScore | null;
  /** `--app`: rows and findings of other apps are left out; null = all apps. */
  readonly onlyApp: string | null;
  /** Findings the user's configuration mutes: counted here so that nothing vanishes. */
  readonly suppressed: readonly Suppressed[];
  readonly counts: { readonly [P in Priority]: number };
  readonly evidence: readonly EvidenceRow[];
  readonly cgroups: readonly Cgroup[];
  readonly disks: readonly Disk[] | null;
  readonly oomCounters: OomCounters | null;
  readonly daemons: readonly Daemon[];
  readonly processes: readonly ProcessRow[];
  readonly modules: readonly ProcessRow[];
  /** null = no source of kills could be read. */
  readonly oomKills: readonly AttributedKill[] | null;
  readonly unconfirmedKills: readonly UnconfirmedKill[];
  readonly storage: StorageScan | null;
  /** What a collector adds; null = there is none. */
  readonly history: ReportHistory | null;
  readonly risks: {
    readonly memoryLeak: Risk;
    readonly crash: Risk;
    readonly oom: Risk;
    readonly dataLoss: Risk;
  };
  readonly verdicts: readonly AuditVerdict[];
  readonly findings: readonly Finding[];
  readonly fixes: readonly PlannedFix[];
  /** Fix ids by when to do them. */
  readonly nextActions: {
    readonly now: readonly string[];
    readonly today: readonly string[];
    readonly thisWeek: readonly string[];
    readonly ongoing: readonly string[];
  };
  readonly nextCheckAt: EpochMs;
  readonly cost: { readonly wallMs: number; readonly cpuMs: number; readonly peakRssBytes: number };
}
