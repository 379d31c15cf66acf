import type { AttributedKill, OomKill, OomLog } from '../../model/oom.ts';
import type { PastProcesses } from '../../model/past.ts';
import type { App, Daemon, Pm2Log } from '../../model/pm2.ts';
import type { Process, ProcessTable } from '../../model/process.ts';
import type { AppLog } from '../../model/storage.ts';
import type { StartupFacts } from '../../model/systemd.ts';
import type { AppTree, Trees } from '../apps/process-tree.ts';
import type { Pairing } from './kill-pairing.ts';

export interface AttributionInput {
  readonly oomLog: OomLog;
  readonly daemons: readonly Daemon[];
  readonly processes: ProcessTable | null;
  readonly pm2Log: readonly Pm2Log[] | null;
  readonly appLogs: readonly AppLog[] | null;
  readonly startup: StartupFacts | null;
  /** What a collector remembers of PM2's processes; null or absent = none was running. */
  readonly past?: PastProcesses | null;
}

/** What is said of one kill. */
export type Tie = Pick<AttributedKill, 'app' | 'candidates' | 'role' | 'confidence' | 'because' | 'reason'>;

/** Who was there, as far as it can be known now. */
export interface People extends AttributionInput {
  readonly apps: readonly App[];
  readonly daemonOf: ReadonlyMap<string, Daemon>;
  readonly trees: Trees | null;
  readonly byPid: ReadonlyMap<number, Process>;
  /** The app whose main process has this pid. */
  readonly treeOfMain: ReadonlyMap<number, AppTree>;
}

/** Everything a kill is held against. */
export interface Scene extends People {
  /** Kills whose pid a collector knew. */
  readonly remembered: ReadonlyMap<OomKill, Tie>;
  readonly pairings: ReadonlyMap<OomKill, Pairing>;
}

export function roleOf(app: App): 'app' | 'module' {
  return app.isModule ? 'module' : 'app';
}

/** PM2's own service: nothing but PM2 lives in its cgroup. A daemon started by cron or a build agent lives in theirs. */
export function isOwnUnit(home: string, people: People): boolean {
  const { holders, units } = people.startup ?? { holders: [], units: [] };
  const unit = holders.find((each) => each.home === home)?.unit ?? null;
  if (unit === null || !unit.name.endsWith('.service')) return false;
  const isForPm2 = (one: typeof unit) => one.pm2Home !== null || /^pm2\b/.test(one.name);
  return isForPm2(unit) || units.some((one) => one.name === unit.name && isForPm2(one));
}
