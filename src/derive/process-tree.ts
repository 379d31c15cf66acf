import type { App, AppRef, Daemon } from '../model/pm2.ts';
import type { Process, ProcessTable } from '../model/process.ts';

/** One string for one app: home, id and name. */
export function appKey(app: AppRef): string {
  return `${app.home}\n${app.pmId}\n${app.name}`;
}

/** What one app really consists of. Sums in bytes; `pssBytes` null when the PSS of any member was not readable. */
export interface AppTree {
  readonly app: App;
  /** The process PM2 knows; null when it has none or it is gone. */
  readonly main: Process | null;
  /** Main process and descendants (for cluster workers as well). */
  readonly members: readonly Process[];
  /** Marked as this app's by their environment, but not below its live main process. */
  readonly orphans: readonly Process[];
  readonly rssBytes: number;
  readonly pssBytes: number | null;
  readonly swapBytes: number | null;
  /** Sum over members, percent of one core; null without a second sample. */
  readonly cpuPercent: number | null;
  readonly openFiles: number | null;
}

export interface Trees {
  /** By `appKey`; modules included. */
  readonly byApp: ReadonlyMap<string, AppTree>;
  /** The daemons' own processes, by home. */
  readonly daemons: ReadonlyMap<string, Process>;
  /** Which app a live pid belongs to, orphans included. */
  readonly appOfPid: ReadonlyMap<number, AppRef>;
  /** Marked with a PM2 home and id that no daemon lists any more. */
  readonly strays: readonly Process[];
}

/** Answers: which processes belong to which app, and what do they hold together? */
export function processTrees(_daemons: readonly Daemon[], _table: ProcessTable): Trees {
  throw new Error('not written yet');
}
