import type { AppRef } from './pm2.ts';
import type { CleanText, EpochMs } from './text.ts';

/** One process of PM2 as samples remember it, alive or gone: one entry for each pid and start time. */
export interface PastProcess {
  readonly pid: number;
  readonly ppid: number;
  /** From field 22 of /proc/PID/stat and the boot time: it tells two processes under one pid apart. null = not read. */
  readonly startedAt: EpochMs | null;
  readonly home: CleanText;
  /** null for the daemon itself. */
  readonly app: AppRef | null;
  /** `main` = the process PM2 knows · `child` = any process below it · `daemon` = PM2 itself. */
  readonly role: 'main' | 'child' | 'daemon';
  /** As last seen: PM2 and the app may set a title after the start. */
  readonly comm: CleanText;
  readonly uid: number | null;
  /** Memory cgroup as in /proc/PID/cgroup; null = not read. */
  readonly cgroup: CleanText | null;
  /** Times of the first and the last sample that saw it. */
  readonly firstSeen: EpochMs;
  readonly lastSeen: EpochMs;
  /** RSS in the last sample that saw it, bytes. */
  readonly rssBytes: number;
}

/** What a collector that runs all the time remembers. Samples were taken from `from` to `to`, about `everyMs` apart. */
export interface PastProcesses {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly everyMs: number;
  readonly processes: readonly PastProcess[];
}
