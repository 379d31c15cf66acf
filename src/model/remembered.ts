import type { SeriesGap } from './history.ts';
import type { AttributedKill } from './oom.ts';
import type { PastProcess } from './past.ts';
import type { AppRef, Pm2LogEvent } from './pm2.ts';
import type { CleanText, EpochMs } from './text.ts';

/** Numbers on an even grid of time: value i was at `from + i × stepMs`, and is `values[i] × unit`. null = not known. */
export interface Track {
  readonly from: EpochMs;
  readonly stepMs: number;
  readonly unit: number;
  readonly values: readonly (number | null)[];
}

/** What a collector remembers of one app. Memory in bytes. */
export interface AppMemoryPast {
  readonly app: AppRef;
  /** Starts of its main process, oldest first: each begins a life. */
  readonly starts: readonly EpochMs[];
  /** The process tree (RSS), means of each step, for the lives that can be judged. */
  readonly tree: Track | null;
  /** PM2's own figure, in the same way, where PM2 has a limit to compare it with; null = none has. */
  readonly pm2: Track | null;
  /** The tree hour by hour, means: for charts and for the week before. */
  readonly week: Track | null;
  /** PM2's own figure hour by hour, the highest of each: what a limit must leave room for. */
  readonly pm2Week: Track | null;
  /** Absent in captures of before. */
  readonly restarts?: RestartWeeks | null;
}

/** What a collector remembers of PM2's own daemon of one home: its process alone, bytes. */
export interface DaemonMemoryPast {
  readonly home: CleanText;
  /** When each of its processes began, oldest first. */
  readonly starts: readonly EpochMs[];
  readonly rss: Track | null;
}

/** How often PM2's counters rose in the last seven days, and in the seven before; null = not watched throughout. */
export interface RestartWeeks {
  readonly thisWeek: number;
  readonly weekBefore: number | null;
}

/** The latest reports of this host, as far as a comparison needs them. */
export interface ReportHead {
  readonly takenAt: EpochMs;
  readonly verdict: string;
  readonly score: number | null;
  readonly grade: string | null;
}

/** What a collector that runs all the time hands to one audit: bounded, and only what that audit can use. */
export interface Remembered {
  /** First and last sample inside the time that was read; null = none. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  readonly everyMs: number;
  /** Without samples, inside the window, oldest first. */
  readonly gaps: readonly SeriesGap[];
  readonly apps: readonly AppMemoryPast[];
  /** Absent in captures of before. */
  readonly daemons?: readonly DaemonMemoryPast[];
  readonly disks: readonly { readonly mount: CleanText; readonly free: Track }[];
  readonly logs: readonly { readonly path: CleanText; readonly app: AppRef | null; readonly size: Track }[];
  /** Processes under the pids that were killed, and none else. */
  readonly killed: readonly PastProcess[];
  /** Kills it saw itself. `killsFrom` = since when it could see them without a break; null = it cannot. */
  readonly kills: readonly AttributedKill[];
  readonly killsFrom: EpochMs | null;
  /** Lines of pm2.log that it read. */
  readonly pm2Lines: readonly { readonly home: CleanText; readonly line: Pm2LogEvent }[];
  /** Where it passed lines over, because a loop wrote too many. Absent in captures of before. */
  readonly linesNotKept?: readonly {
    readonly home: CleanText;
    readonly from: EpochMs;
    readonly to: EpochMs;
  }[];
  /** Newest first. */
  readonly reports: readonly ReportHead[];
}
