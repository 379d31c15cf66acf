import type { AttributedKill } from './oom.ts';
import type { PastProcess } from './past.ts';
import type { AppRef, AppStatus, BusEvent, Pm2LogEvent } from './pm2.ts';
import type { DaemonEnd } from './restart.ts';
import type { CleanText, EpochMs, Json } from './text.ts';

/** One app in one sample. Sizes in bytes, kept to 4 KiB; CPU in percent of one core, kept to 0.1. null = not known. */
export interface AppSample {
  readonly app: AppRef;
  readonly status: AppStatus;
  readonly pid: number | null;
  readonly restartCounter: number | null;
  /** PM2's own figure: the main process alone. */
  readonly pm2RssBytes: number | null;
  /** The main process and all its descendants. */
  readonly treeRssBytes: number | null;
  readonly treePssBytes: number | null;
  readonly treeSwapBytes: number | null;
  readonly processes: number | null;
  readonly cpuPercent: number | null;
}

/** The host in one sample. Pressure: `some` and `full` avg10 of memory, percent. */
export interface HostSample {
  readonly memoryTotalBytes: number;
  readonly memoryAvailableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapUsedBytes: number;
  readonly memorySomePercent: number | null;
  readonly memoryFullPercent: number | null;
  readonly load1: number | null;
}

export interface CgroupSample {
  readonly path: CleanText;
  readonly usedBytes: number | null;
  readonly limitBytes: number | null;
}

export interface DiskSample {
  readonly mount: CleanText;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export interface LogSample {
  readonly path: CleanText;
  readonly app: AppRef | null;
  readonly sizeBytes: number;
}

export type SampledProcess = Omit<PastProcess, 'firstSeen' | 'lastSeen'>;

/** What one look saw. A list that is null was not looked at this time; an empty one was, and there is nothing. */
export interface Sample {
  readonly at: EpochMs;
  /** A clock that only runs forwards, ms: it tells a jump of the wall clock from a pause. null = not read. */
  readonly monotonicMs: number | null;
  readonly host: HostSample | null;
  readonly apps: readonly AppSample[] | null;
  readonly cgroups: readonly CgroupSample[] | null;
  readonly disks: readonly DiskSample[] | null;
  readonly logs: readonly LogSample[] | null;
  readonly processes: readonly SampledProcess[] | null;
}

/** What a series of numbers is about. */
export type Subject =
  | { readonly kind: 'app'; readonly app: AppRef }
  | { readonly kind: 'host' }
  | { readonly kind: 'cgroup'; readonly path: CleanText }
  | { readonly kind: 'disk'; readonly mount: CleanText }
  | { readonly kind: 'log'; readonly path: CleanText; readonly app: AppRef | null }
  /** PM2's daemon of one home: its own process alone. Out of the processes of a sample. */
  | { readonly kind: 'daemon'; readonly home: CleanText };

/** The numbers kept of each kind of subject, by the names of the sample's fields. */
export interface Metrics {
  readonly app:
    | 'treeRssBytes'
    | 'pm2RssBytes'
    | 'treePssBytes'
    | 'treeSwapBytes'
    | 'cpuPercent'
    | 'processes'
    | 'restartCounter'
    | 'pid'
    | 'status';
  readonly host: keyof HostSample;
  readonly cgroup: 'usedBytes' | 'limitBytes';
  readonly disk: 'totalBytes' | 'freeBytes';
  readonly log: 'sizeBytes';
  /** `rss` in bytes; `pid` tells where another daemon began. */
  readonly daemon: 'rss' | 'pid';
}
export type Metric = Metrics[keyof Metrics];

/** The status of an app as a series has it: the place in this list. Only ever appended to. */
export const statusCodes = [
  'unknown',
  'online',
  'launching',
  'stopping',
  'stopped',
  'waiting restart',
  'errored',
  'one-launch-status',
] as const satisfies readonly AppStatus[];

/** `raw`: every sample · `minute`, `hour`, `day`: buckets that begin at a full minute, hour or day UTC. */
export type Resolution = 'raw' | 'minute' | 'hour' | 'day';

/** A stretch without samples: the collector did not run, or was held up. It is not zero, it is not known. */
export interface SeriesGap {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * One metric of one subject, oldest first. The lists run side by side: point i was at `at[i]` (a bucket: its beginning).
 * NaN = not known at that point. Of raw samples, `pid`, `status` and `restartCounter` all four lists are the same.
 */
export interface Series {
  readonly subject: Subject;
  readonly metric: Metric;
  readonly resolution: Resolution;
  readonly at: ArrayLike<EpochMs>;
  readonly min: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly max: ArrayLike<number>;
  readonly last: ArrayLike<number>;
  readonly gaps: readonly SeriesGap[];
}

/** What happened, as far as a report may want it again. Everything in it passed the allow-lists of the model. */
export type HistoryFacts =
  | {
      readonly kind: 'exit';
      readonly app: AppRef;
      readonly pid: number | null;
      readonly code: number | null;
      readonly signal: CleanText | null;
      /** Not from a line: another pid, or none, between the sample before and the one at this time. */
      readonly seenBy?: 'samples';
    }
  | {
      readonly kind: 'start';
      readonly app: AppRef;
      readonly pid: number | null;
      readonly seenBy?: 'samples';
    }
  | { readonly kind: 'deploy'; readonly app: AppRef; readonly version: CleanText | null }
  | { readonly kind: 'kill'; readonly kill: AttributedKill }
  | {
      readonly kind: 'daemon-start';
      readonly home: CleanText;
      readonly pid: number | null;
      readonly pm2Version: CleanText | null;
    }
  | {
      readonly kind: 'daemon-end';
      readonly home: CleanText;
      readonly pid: number | null;
      readonly end: DaemonEnd | null;
    }
  | { readonly kind: 'pm2-log'; readonly home: CleanText; readonly line: Pm2LogEvent }
  | { readonly kind: 'bus'; readonly event: BusEvent }
  /** So many lines of a loop in pm2.log were not kept, written from `from` to `to`. null = the lines name none. */
  | {
      readonly kind: 'lines-not-kept';
      readonly home: CleanText;
      readonly name: CleanText | null;
      readonly pmId: number | null;
      readonly count: number;
      readonly from: EpochMs;
      readonly to: EpochMs;
    }
  /** No samples between these two. */
  | { readonly kind: 'gap'; readonly from: EpochMs; readonly to: EpochMs }
  /** The wall clock went from `from` to `to` at once. */
  | { readonly kind: 'clock-jump'; readonly from: EpochMs; readonly to: EpochMs }
  | { readonly kind: 'store-stopped'; readonly freeRatio: number | null }
  | { readonly kind: 'store-resumed'; readonly since: EpochMs }
  | { readonly kind: 'store-replaced'; readonly movedTo: CleanText };
export type HistoryEventKind = HistoryFacts['kind'];

export interface NewEvent {
  /** The same for the same event however often it is read: see history/event-keys.ts. */
  readonly key: string;
  readonly at: EpochMs;
  readonly facts: HistoryFacts;
}

export interface HistoryEvent extends NewEvent {
  /** Grows by one with every event that is kept: the order in which we learned of them, whatever the clock did. */
  readonly sequence: number;
}

/** A report as `diff` needs it: the head in columns, the rest as the contract's JSON. */
export interface StoredReport {
  readonly takenAt: EpochMs;
  readonly host: CleanText;
  readonly verdict: string;
  readonly score: number | null;
  readonly grade: string | null;
  readonly summary: Json;
}
