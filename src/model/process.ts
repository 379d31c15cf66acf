import type { CleanText, EpochMs } from './text.ts';

/** One process as /proc shows it. Sizes in bytes; null = not read (not part of an app, or no permission). */
export interface Process {
  readonly pid: number;
  readonly ppid: number;
  /** At most 15 bytes, may hold spaces and parentheses. */
  readonly comm: CleanText;
  readonly state: string;
  readonly uid: number | null;
  readonly sessionId: number;
  /** From field 22 of /proc/PID/stat and the boot time. */
  readonly startedAt: EpochMs;
  readonly threads: number;
  readonly rssBytes: number;
  readonly pssBytes: number | null;
  readonly swapBytes: number | null;
  readonly openFiles: number | null;
  /** User plus system time since its start, ms. */
  readonly cpuMs: number;
  /** Percent of one core between two samples of this run; null without a second sample. */
  readonly cpuPercent: number | null;
  /** PM2's marks in its environment: which app started it, even after its parents are gone. */
  readonly mark: { readonly home: CleanText; readonly pmId: number } | null;
  readonly oomScoreAdj: number | null;
}

export interface ProcessTable {
  readonly processes: readonly Process[];
  /** True where only a part of the columns exists (systems other than Linux). */
  readonly partial: boolean;
}
