import type { AppRef } from './pm2.ts';
import type { Confidence, EpochMs, Quote } from './text.ts';

/** contract: why a process ended or was started again. */
export const causes = [
  'oom-kill',
  'heap-oom',
  'memory-limit',
  'crash',
  'clean-exit',
  'signal',
  'stop-timeout',
  'manual',
  'reload',
  'cron',
  'watch',
  'daemon-restart',
  'unknown',
] as const;
export type Cause = (typeof causes)[number];

/** One restart of one app. Uptime is that of the process that ended, ms; null = its start was not seen. */
export interface Restart {
  readonly app: AppRef;
  readonly at: EpochMs;
  readonly cause: Cause;
  readonly exitCode: number | null;
  /** The signal that ended it; null = none, or not known. */
  readonly signal: string | null;
  readonly confidence: Confidence;
  readonly uptimeMs: number | null;
  readonly because: readonly Quote[];
}

/** All restarts of one app that the evidence shows, oldest first. */
export interface RestartStory {
  readonly app: AppRef;
  /** PM2's lifetime counter now. */
  readonly counter: number;
  /** Those inside the window. */
  readonly restarts: readonly Restart[];
  readonly byCause: { readonly [C in Cause]?: number };
  /** counter minus the restarts seen since the counter began: before the log begins, flushed, or unknown. Never negative. */
  readonly unexplained: number;
  /** From when on restarts would have been seen. */
  readonly coversFrom: EpochMs | null;
  readonly first: EpochMs | null;
  readonly last: { readonly at: EpochMs; readonly cause: Cause } | null;
  /** Runs of at least 3 failure restarts within 5 minutes of each other (oom-kill, heap-oom, memory-limit, crash, signal, clean-exit, unknown). */
  readonly loops: readonly { readonly from: EpochMs; readonly to: EpochMs; readonly restarts: number }[];
  /** The last loop reaches to within 10 minutes of now, or the app waits in backoff. */
  readonly goesOn: boolean;
}
