import type { App, AppRef, Daemon } from '../../model/pm2.ts';
import type { Process, ProcessTable } from '../../model/process.ts';
import { groupBy } from '../grouping.ts';

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

/**
 * PM2 notes the start of an app (`pm_uptime`, lib/God.js 7.0.4) right before it spawns it; /proc rounds to clock ticks
 * and the boot time to a second. A process that started later than this is another one under a reused pid.
 */
const startToleranceMs = 5_000;

const known = new WeakMap<readonly Daemon[], WeakMap<ProcessTable, Trees>>();

/**
 * Answers: which processes belong to which app, and what do they hold together? Remembered for the same two inputs.
 *
 * The main process is the pid PM2 names, unless it started more than 5 s after PM2 says the app did: pids are reused,
 * and `waiting restart` keeps a dead one. A process whose environment names the app, or a child of the daemon that
 * answers for an online app, is believed even when the times disagree: they do on machines whose clock was set after
 * boot. Below it, all descendants by parent pid belong to the app; the walk stops at a daemon and at the main process
 * of another app, because an app may itself run PM2.
 *
 * Orphans carry the app's mark but have lost their parents (PM2 does not end the children of an app that dies by
 * itself). Ids are given anew by each daemon, so a marked process older than the daemon is a stray, not an orphan.
 * Strays are reported only for homes whose list of apps is known.
 */
export function processTrees(daemons: readonly Daemon[], table: ProcessTable): Trees {
  const forDaemons = known.get(daemons) ?? new WeakMap<ProcessTable, Trees>();
  known.set(daemons, forDaemons);
  const before = forDaemons.get(table);
  if (before !== undefined) return before;
  const trees = growTrees(daemons, table);
  forDaemons.set(table, trees);
  return trees;
}

function growTrees(daemons: readonly Daemon[], table: ProcessTable): Trees {
  const byPid = new Map(table.processes.map((running) => [running.pid, running]));
  const children = groupBy(table.processes, (running) => running.ppid);
  const daemonProcesses = findDaemons(daemons, byPid);
  const mains = findMains(daemons, byPid);
  const ends = new Set<number>(
    [...daemonProcesses.values(), ...mains.values()].map((running) => running.pid),
  );

  const appOfPid = new Map<number, AppRef>();
  const members = new Map<string, readonly Process[]>();
  for (const daemon of daemons) {
    for (const app of [...daemon.apps, ...daemon.modules]) {
      const main = mains.get(appKey(app.ref));
      const below = main === undefined ? [] : descend(main, children, ends);
      for (const running of below) appOfPid.set(running.pid, app.ref);
      members.set(appKey(app.ref), below);
    }
  }
  const daemonPids = new Set([...daemonProcesses.values()].map((running) => running.pid));
  const { orphans, strays } = sortMarked(daemons, table, appOfPid, daemonPids);
  const byApp = new Map<string, AppTree>();
  for (const daemon of daemons) {
    for (const app of [...daemon.apps, ...daemon.modules]) {
      const key = appKey(app.ref);
      const own = orphans.get(key) ?? [];
      for (const running of own) appOfPid.set(running.pid, app.ref);
      byApp.set(key, sumUp(app, mains.get(key) ?? null, members.get(key) ?? [], own));
    }
  }
  return { byApp, daemons: daemonProcesses, appOfPid, strays };
}

function findDaemons(daemons: readonly Daemon[], byPid: ReadonlyMap<number, Process>): Map<string, Process> {
  const found = new Map<string, Process>();
  for (const daemon of daemons) {
    const running = daemon.pid === null ? undefined : byPid.get(daemon.pid);
    if (running !== undefined) found.set(daemon.home, running);
  }
  return found;
}

function findMains(daemons: readonly Daemon[], byPid: ReadonlyMap<number, Process>): Map<string, Process> {
  const claims = new Map<number, { readonly app: App; readonly running: Process }>();
  for (const daemon of daemons) {
    for (const app of [...daemon.apps, ...daemon.modules]) {
      const running = app.pid === null || app.pid <= 0 ? undefined : byPid.get(app.pid);
      if (running === undefined || running.pid === daemon.pid || !isMain(app, running, daemon)) continue;
      const other = claims.get(running.pid);
      if (other === undefined || closer(app, other.app, running)) claims.set(running.pid, { app, running });
    }
  }
  return new Map([...claims.values()].map(({ app, running }) => [appKey(app.ref), running]));
}

function isMain(app: App, running: Process, daemon: Daemon): boolean {
  if (app.startedAt === null || running.startedAt <= app.startedAt + startToleranceMs) return true;
  if (isMarked(running, app)) return true;
  return app.status === 'online' && daemon.pid !== null && running.ppid === daemon.pid;
}

function isMarked(running: Process, app: App): boolean {
  return running.mark !== null && running.mark.home === app.ref.home && running.mark.pmId === app.ref.pmId;
}

/** Two records may name one pid (one of them stale): the mark decides, then the nearer start. */
function closer(app: App, other: App, running: Process): boolean {
  if (isMarked(running, app) !== isMarked(running, other)) return isMarked(running, app);
  if ((app.status === 'online') !== (other.status === 'online')) return app.status === 'online';
  const distance = (of: App) =>
    of.startedAt === null ? Infinity : Math.abs(running.startedAt - of.startedAt);
  return distance(app) < distance(other);
}

/** `PM2 v7.0.4: God` (lib/Daemon.js); such a process answers for apps of its own. */
function isDaemonTitle(running: Process): boolean {
  return /^PM2 v\d/.test(running.comm);
}

function descend(
  main: Process,
  children: ReadonlyMap<number, readonly Process[]>,
  ends: ReadonlySet<number>,
): readonly Process[] {
  const found = [main];
  const met = new Set([main.pid]);
  // The list grows while it is walked: every member's children follow it.
  for (const running of found) {
    for (const child of children.get(running.pid) ?? []) {
      if (met.has(child.pid) || ends.has(child.pid) || isDaemonTitle(child)) continue;
      met.add(child.pid);
      found.push(child);
    }
  }
  return found;
}

function sortMarked(
  daemons: readonly Daemon[],
  table: ProcessTable,
  appOfPid: ReadonlyMap<number, AppRef>,
  daemonPids: ReadonlySet<number>,
): { readonly orphans: ReadonlyMap<string, readonly Process[]>; readonly strays: readonly Process[] } {
  const homes = new Map(daemons.map((daemon) => [daemon.home, daemon]));
  const listed = new Map<string, App>();
  for (const daemon of daemons) {
    for (const app of [...daemon.apps, ...daemon.modules]) listed.set(`${daemon.home}\n${app.ref.pmId}`, app);
  }
  const orphans = new Map<string, Process[]>();
  const strays: Process[] = [];
  for (const running of table.processes) {
    // A daemon started from inside an app has inherited that app's mark.
    if (
      running.mark === null ||
      appOfPid.has(running.pid) ||
      daemonPids.has(running.pid) ||
      isDaemonTitle(running)
    )
      continue;
    const daemon = homes.get(running.mark.home);
    if (daemon === undefined || (daemon.state !== 'online' && daemon.state !== 'dead')) continue;
    const app = listed.get(`${running.mark.home}\n${running.mark.pmId}`);
    const isOlder = daemon.startedAt !== null && running.startedAt < daemon.startedAt - startToleranceMs;
    if (app === undefined || isOlder) {
      strays.push(running);
      continue;
    }
    const key = appKey(app.ref);
    const own = orphans.get(key) ?? [];
    own.push(running);
    orphans.set(key, own);
  }
  return { orphans, strays };
}

function sumUp(
  app: App,
  main: Process | null,
  members: readonly Process[],
  orphans: readonly Process[],
): AppTree {
  const isUnseen = main === null && app.pid !== null;
  const sum = (figures: readonly (number | null)[]) =>
    isUnseen
      ? null
      : figures.reduce<number | null>(
          (total, figure) => (total === null || figure === null ? null : total + figure),
          0,
        );
  const shares = members.map((running) => running.cpuPercent).filter((share) => share !== null);
  return {
    app,
    main,
    members,
    orphans,
    rssBytes: members.reduce((total, running) => total + running.rssBytes, 0),
    pssBytes: sum(members.map((running) => running.pssBytes)),
    swapBytes: sum(members.map((running) => running.swapBytes)),
    // A child born between the two samples has no share yet; the others' sum still says what the app uses.
    cpuPercent: shares.length === 0 ? null : shares.reduce((total, share) => total + share, 0),
    openFiles: sum(members.map((running) => running.openFiles)),
  };
}
