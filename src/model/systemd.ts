import type { CleanText, EpochMs, Quote } from './text.ts';

export type OomPolicy = 'continue' | 'stop' | 'kill';

/** A unit or scope with its drop-ins applied. Files: systemd.service(5), systemd.unit(5). */
export interface Unit {
  readonly name: CleanText;
  readonly path: CleanText | null;
  readonly dropIns: readonly CleanText[];
  /** The policy in force: from the unit, else the manager's default (`stop` since systemd 243). */
  readonly oomPolicy: {
    readonly value: OomPolicy;
    readonly source: 'unit' | 'drop-in' | 'manager' | 'default';
  } | null;
  readonly killMode: CleanText | null;
  readonly restart: CleanText | null;
  readonly memoryMaxBytes: number | null;
  readonly memoryHighBytes: number | null;
  readonly timeoutStopMs: number | null;
  readonly user: CleanText | null;
  readonly pm2Home: CleanText | null;
  readonly enabled: boolean | null;
  /** null = could not ask the manager. */
  readonly active: boolean | null;
  readonly restarts: number | null;
}

export interface StartupFacts {
  /** True where PID 1 is systemd. */
  readonly systemd: boolean;
  readonly systemdVersion: number | null;
  readonly units: readonly Unit[];
  /** For each daemon: the unit or scope that really holds it now, from /proc/PID/cgroup. */
  readonly holders: readonly {
    readonly home: CleanText;
    readonly daemonPid: number;
    readonly unit: Unit | null;
    readonly cgroupPath: CleanText;
  }[];
  /** Other start-ups: a crontab `@reboot` line, /etc/rc.local, OpenRC, launchd, a container's entry point. */
  readonly others: readonly {
    readonly kind: 'crontab' | 'rc.local' | 'openrc' | 'launchd' | 'upstart' | 'container' | 'supervisor';
    readonly path: CleanText;
    readonly line: CleanText | null;
  }[];
}

/** MESSAGE_IDs: fe6faa94e7774663a0da52717891d8ef oom, d9b373ed55a64feb8242e02dbe79a49c failed, 5eb03494b6584870a536b337290809b3 restart. */
export type UnitEventKind =
  | 'oom-in-unit'
  | 'failed'
  | 'restart-scheduled'
  | 'stopping'
  | 'oomd-kill'
  | 'started'
  | 'other';

export interface UnitJournal {
  readonly unit: CleanText;
  readonly events: readonly {
    readonly at: EpochMs;
    readonly kind: UnitEventKind /** e.g. oom-kill, signal */;
    readonly result: CleanText | null;
    readonly restarts: number | null;
    readonly quote: Quote;
  }[];
}
