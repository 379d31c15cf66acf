import type { CleanText, EpochMs } from './text.ts';

/** Which app: the home of its daemon, PM2's id and the name. Names alone are not unique (`pm2 start -f`). */
export interface AppRef {
  readonly home: CleanText;
  readonly pmId: number;
  readonly name: CleanText;
  readonly namespace: CleanText;
}

/**
 * online, launching, stopping, stopped, errored, `waiting restart`, one-launch-status (PM2 constants.js). `launching` without
 * a pid: between two starts, which PM2 calls `stopped` for some milliseconds.
 */
export type AppStatus =
  | 'online'
  | 'launching'
  | 'stopping'
  | 'stopped'
  | 'waiting restart'
  | 'errored'
  | 'one-launch-status'
  | 'unknown';

/** One record of `getMonitorData`, decoded field by field. `null` = PM2 did not say. */
export interface App {
  readonly ref: AppRef;
  /** Main process, or null: stopped, errored, or a respawn that failed. */
  readonly pid: number | null;
  /** Pid of the last process, which PM2 keeps while the app waits for its restart or is between two starts; null = running, or not kept. */
  readonly lastPid: number | null;
  readonly status: AppStatus;
  readonly execMode: 'fork' | 'cluster';
  readonly interpreter: CleanText | null;
  /** Version of Node that PM2 noted for the app, e.g. `20.20.2`. */
  readonly nodeVersion: CleanText | null;
  readonly scriptPath: CleanText | null;
  readonly cwd: CleanText | null;
  /** Instances asked for; null after resurrect. */
  readonly instances: number | null;
  /** Time of the last start (`pm_uptime`). */
  readonly startedAt: EpochMs | null;
  /** `created_at`: reset by every manual restart, survives resurrect; not a creation date. */
  readonly createdAt: EpochMs | null;
  /** `restart_time`: mixes all causes; back to 0 on update, resurrect, reset. */
  readonly restartCounter: number;
  readonly unstableRestarts: number;
  /** Last exit code; 0 for every death by signal. */
  readonly exitCode: number | null;
  /** Current backoff; null = not in backoff. */
  readonly backoffMs: number | null;
  /** PM2's own figure: RSS of the main process only. */
  readonly pm2RssBytes: number | null;
  /** PM2's own figure, percent of one core. */
  readonly cpuPercent: number | null;
  /** What PM2's figure reaches in ordinary work, as a collector saw it over days; absent = not known, or it leaks. */
  readonly learnedPeakBytes?: number;
  readonly settings: AppSettings;
  readonly outLogPath: CleanText | null;
  readonly errLogPath: CleanText | null;
  readonly uniqueId: CleanText | null;
  readonly user: CleanText | null;
  /** True for PM2 modules (pm2-logrotate …): always listed apart. */
  readonly isModule: boolean;
  /** Names of the environment variables, never their values. */
  readonly envKeys: readonly CleanText[];
  /** Values of the few variables on the allow-list (NODE_ENV, NODE_OPTIONS, UV_THREADPOOL_SIZE, TZ, …). */
  readonly env: { readonly [key: string]: CleanText };
  /** V8 heap in use, from PM2's metrics agent (`internal/v8/heap/used`, MiB there). */
  readonly heapUsedBytes: number | null;
  readonly heapTotalBytes: number | null;
  /** Event-loop delay p95 in ms, from the same agent. */
  readonly eventLoopP95Ms: number | null;
}

/** Settings in force, read from the daemon's record of the app, never from the user's ecosystem file. */
export interface AppSettings {
  /** `max_memory_restart`, bytes. */
  readonly maxMemoryRestartBytes: number | null;
  /** `--max-old-space-size` from node_args or NODE_OPTIONS, MiB. */
  readonly maxOldSpaceMb: number | null;
  readonly minUptimeMs: number;
  readonly maxRestarts: number;
  readonly autorestart: boolean;
  readonly restartDelayMs: number;
  readonly expBackoffRestartDelayMs: number;
  readonly stopExitCodes: readonly number[];
  readonly killTimeoutMs: number;
  readonly cronRestart: CleanText | null;
  readonly watch: boolean;
  readonly waitReady: boolean;
  readonly treekill: boolean;
}

/**
 * `online` = it answered. `dead` = files of a daemon, but none listens. `hung` = it accepts and does not answer in
 * time. `denied` = this user may not connect. `malformed` = it answered something we do not understand.
 */
export type DaemonState = 'online' | 'dead' | 'hung' | 'denied' | 'malformed';

export interface Daemon {
  readonly home: CleanText;
  readonly state: DaemonState;
  readonly pid: number | null;
  readonly user: CleanText | null;
  readonly uid: number | null;
  readonly pm2Version: CleanText | null;
  readonly nodeVersion: CleanText | null;
  readonly rssBytes: number | null;
  readonly startedAt: EpochMs | null;
  /** How we came to know of it: `--home`, `PM2_HOME`, `~/.pm2`, `process title`, `socket`. */
  readonly foundBy: readonly string[];
  readonly apps: readonly App[];
  readonly modules: readonly App[];
}

/** One line of pm2.log (or of the bus event `log:PM2`) that means something, in file order. */
export interface Pm2LogEvent {
  /** Whole seconds in the file; converted with the zone learned from the banner. null = no stamp on the line. */
  readonly at: EpochMs | null;
  readonly text: CleanText;
  readonly event: Pm2Event;
}

/** What a pm2.log line says. Sources: PM2 lib/God.js, lib/Worker.js, lib/Daemon.js, lib/God/*.js, versions 5 to 7. */
export type Pm2Event =
  | {
      readonly kind: 'starting' | 'online' | 'disconnected' | 'stopping';
      readonly name: CleanText;
      readonly pmId: number;
      readonly old: boolean;
    }
  | {
      readonly kind: 'exited';
      readonly name: CleanText;
      readonly pmId: number;
      readonly old: boolean;
      readonly code: number /** as printed: SIGINT is PM2's filler for "no signal" */;
      readonly signal: CleanText;
    }
  | { readonly kind: 'backoff'; readonly name: CleanText; readonly pmId: number; readonly delayMs: number }
  | { readonly kind: 'killed'; readonly pid: number; readonly processes: number | null }
  | { readonly kind: 'own-sigkill'; readonly pid: number; readonly afterMs: number }
  | {
      readonly kind: 'memory-limit';
      readonly pmId: number;
      readonly currentBytes: number | null;
      readonly limitBytes: number | null;
    }
  | { readonly kind: 'watch'; readonly name: CleanText; readonly path: CleanText }
  | { readonly kind: 'cron-registered' | 'cron-deregistered'; readonly pmId: number }
  | { readonly kind: 'already-stopped'; readonly pmId: number }
  | { readonly kind: 'reload-listening' }
  | { readonly kind: 'overlimit'; readonly script: CleanText; readonly times: number }
  | { readonly kind: 'deleting'; readonly pmId: number }
  | {
      readonly kind: 'daemon-started';
      readonly pm2Version: CleanText | null;
      readonly nodeVersion: CleanText | null;
      readonly pid: number | null;
    }
  | {
      readonly kind:
        | 'daemon-stopped'
        | 'daemon-signalled'
        | 'daemon-exited'
        | 'daemon-error'
        | 'daemon-resurrecting';
    }
  | { readonly kind: 'spawn-failed'; readonly detail: CleanText }
  | { readonly kind: 'monitoring-failed' }
  | { readonly kind: 'heap-abort'; readonly pid: number | null };

export interface Pm2Log {
  readonly home: CleanText;
  readonly path: CleanText;
  /** Bytes of the current file, and of all generations. */
  readonly sizeBytes: number;
  readonly allBytes: number;
  /** Minutes east of UTC, as learned from the newest banner; null = not learned, the host's own zone was used. */
  readonly utcOffsetMinutes: number | null;
  /**
   * Birth time of the current file, where the log was read to its beginning: a first line that is much younger means that
   * it was emptied since. null = not read so far, or the file system keeps none. Older captures lack it.
   */
  readonly createdAt?: EpochMs | null;
  /** The first stamp read; events before it are not seen. */
  readonly coversFrom: EpochMs | null;
  readonly coversTo: EpochMs | null;
  readonly events: readonly Pm2LogEvent[];
}

/** One bus event worth keeping; output frames of apps are dropped undecoded. */
export interface BusEvent {
  readonly at: EpochMs;
  readonly home: CleanText;
  readonly event:
    | {
        readonly kind: 'process';
        readonly what: CleanText;
        readonly manually: boolean;
        readonly pmId: number | null;
        readonly old: boolean;
        readonly name: CleanText;
        readonly status: CleanText;
        readonly exitCode: number | null;
        readonly startedAt: EpochMs | null;
      }
    | {
        readonly kind: 'exception';
        readonly pmId: number | null;
        readonly name: CleanText;
        readonly message: CleanText;
        readonly stack: readonly CleanText[];
      }
    | { readonly kind: 'log'; readonly line: Pm2LogEvent | null; readonly text: CleanText }
    | { readonly kind: 'daemon-killed'; readonly detail: CleanText };
}

export interface BusObservation {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly events: readonly BusEvent[];
  /** Frames of app output passed over without decoding. */
  readonly droppedFrames: number;
  readonly droppedBytes: number;
}

/** A file we only looked at: mode bits as in stat(2), e.g. 0o644. */
export interface FileFacts {
  readonly path: CleanText;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedAt: EpochMs;
}

export interface DumpFile extends FileFacts {
  /** Names and states in the dump; never its environments. null = not readable or not JSON. */
  readonly apps: readonly { readonly name: CleanText; readonly status: AppStatus }[] | null;
}

export interface Pm2Home {
  readonly home: CleanText;
  /** Mode bits of the home, less the rights that a folder above it takes away. */
  readonly homeMode: number | null;
  readonly uid: number | null;
  readonly dump: DumpFile | null;
  readonly dumpBackup: DumpFile | null;
  readonly rpcSocket: FileFacts | null;
  readonly pubSocket: FileFacts | null;
  readonly pm2Log: FileFacts | null;
  readonly moduleConf: FileFacts | null;
  /** Files in the logs folder and the apps' own log files elsewhere. */
  readonly logs: readonly (FileFacts & { readonly app: AppRef | null })[];
  /** Modules installed below the home, e.g. `pm2-logrotate`. */
  readonly modules: readonly CleanText[];
}
