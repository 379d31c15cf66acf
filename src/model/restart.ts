import type { AppRef } from './pm2.ts';
import type { CleanText, Confidence, EpochMs, Quote } from './text.ts';

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

/**
 * What PM2 did after a process had ended. `restarted` at once · `delayed` by restart_delay or backoff · `replaced`: a
 * reload had its successor running before · `resurrected` by the next daemon · `gave-up`: errored, too many unstable
 * restarts · `left-down`: nothing (a stop, a delete, `autorestart: false`, a stop exit code, a respawn that failed).
 */
export type NextStep = 'restarted' | 'delayed' | 'replaced' | 'resurrected' | 'gave-up' | 'left-down';

/**
 * How the daemon went, where a process ended with it. `oom-stop`: systemd stopped the unit after an OOM kill inside it,
 * which pm2.log shows as `pm2 kill` · `oom-kill`: the daemon, or its whole unit, was killed · `update`: one of
 * another PM2 version took its place · `command`: `pm2 kill`, `pm2 update`, or a unit that was stopped · `signal`: SIGTERM or SIGINT to the daemon · `error`: it gave up
 * by itself · `reboot` of the host · `vanished`: no line says why.
 */
export type DaemonEnd =
  | 'oom-stop'
  | 'oom-kill'
  | 'update'
  | 'command'
  | 'signal'
  | 'error'
  | 'reboot'
  | 'vanished';

/** One end of a process of one app, and why. Uptime is that of the process that ended, ms; null = its start was not seen. */
export interface Ending {
  readonly app: AppRef;
  /** When it ended; where no line says so, when it was started again. */
  readonly at: EpochMs;
  readonly cause: Cause;
  readonly exitCode: number | null;
  /** The signal that ended it; null = none, or not known. */
  readonly signal: string | null;
  readonly confidence: Confidence;
  readonly uptimeMs: number | null;
  readonly because: readonly Quote[];
  readonly next: NextStep;
  /** When it ran again; null = it did not. */
  readonly nextAt: EpochMs | null;
  /** null = it did not end with its daemon. */
  readonly daemonEnd: DaemonEnd | null;
}

/** An ending that PM2 answered by a start: what its counter counts. */
export type Restart = Ending;

/** A start that belongs to no restart: the first one, one by hand after a stop, one by cron of a stopped app. */
export interface Start {
  readonly at: EpochMs;
  readonly because: Quote;
}

/** Crashes with the same place in the app's own code, or else with the same message. */
export interface CrashGroup {
  /** The message, as the log has it the last time. */
  readonly message: CleanText;
  /** `/srv/app/routes.js:10:5`: the first frame outside the runtime and its packages; null = none. */
  readonly frame: CleanText | null;
  /** Endings of the story that belong to it; of a log without times, how often it stands in the part that was read. */
  readonly times: number;
  /** Of the endings, or of the log's own stamps; null = the log has no times and order does not tell. */
  readonly first: EpochMs | null;
  readonly last: EpochMs | null;
  /** `certain`: every one by its time · `likely`: by its order beside the crashes · `possible`: it stands in the log. */
  readonly confidence: Confidence;
  /** The last one whole: message and stack, at most ten lines. */
  readonly lines: readonly CleanText[];
  readonly source: CleanText;
}

/** Why a part of PM2's counter stays unexplained. */
export type Unexplained =
  /** The log, or what was read of it, begins after the counter did. */
  | 'before-log'
  /** The log was emptied since (`pm2 flush`, copytruncate): its file is older than its first line. */
  | 'emptied'
  /** Its lines carry no time we can read. */
  | 'no-times'
  /** It could not be read. */
  | 'no-log'
  /** It covers the counter's whole life and does not show them. */
  | 'unknown';

/** All restarts of one app that the evidence shows, oldest first. */
export interface RestartStory {
  readonly app: AppRef;
  /** PM2's lifetime counter now. */
  readonly counter: number;
  /** Those inside the window. */
  readonly restarts: readonly Restart[];
  readonly byCause: { readonly [C in Cause]?: number };
  /** counter minus the restarts seen since the counter began. Never negative. */
  readonly unexplained: number;
  /** Why; null = nothing is unexplained. */
  readonly unexplainedWhy: Unexplained | null;
  /** Endings inside the window that no start by PM2 followed, oldest first. */
  readonly stops: readonly Ending[];
  /** Starts inside the window that belong to no restart, oldest first. */
  readonly starts: readonly Start[];
  /** What crashed, most frequent first; empty = no crash, or no log shows one. */
  readonly crashes: readonly CrashGroup[];
  /** The last lines the app wrote before its newest failure; null = not seen, or withheld. */
  readonly lastWords: { readonly source: CleanText; readonly lines: readonly CleanText[] } | null;
  /** From when on restarts would have been seen. */
  readonly coversFrom: EpochMs | null;
  readonly first: EpochMs | null;
  readonly last: { readonly at: EpochMs; readonly cause: Cause } | null;
  /** Runs of at least 3 failure restarts within 5 minutes of each other (oom-kill, heap-oom, memory-limit, crash, signal, clean-exit, unknown). */
  readonly loops: readonly { readonly from: EpochMs; readonly to: EpochMs; readonly restarts: number }[];
  /** The last loop reaches to within 10 minutes of now, or the app waits in backoff. */
  readonly goesOn: boolean;
}
