import type { AttributedKill, OomKill, OomLog, OomRole } from '../../model/oom.ts';
import type { App, Daemon, Pm2Log } from '../../model/pm2.ts';
import type { Process, ProcessTable } from '../../model/process.ts';
import type { AppLog } from '../../model/storage.ts';
import type { StartupFacts } from '../../model/systemd.ts';
import { type AppTree, appKey, processTrees, type Trees } from '../apps/process-tree.ts';
import { cgroupTie } from './cgroup-tie.ts';
import { commFit, isDaemonComm } from './comm-fit.ts';
import { type Pairing, pairKills, type SuddenExit, suddenExits } from './kill-pairing.ts';

export interface AttributionInput {
  readonly oomLog: OomLog;
  readonly daemons: readonly Daemon[];
  readonly processes: ProcessTable | null;
  readonly pm2Log: readonly Pm2Log[] | null;
  readonly appLogs: readonly AppLog[] | null;
  readonly startup: StartupFacts | null;
}

/** What is said of one kill. */
export type Tie = Pick<AttributedKill, 'app' | 'candidates' | 'role' | 'confidence' | 'because' | 'reason'>;

/** Everything a kill is held against. */
export interface Scene extends AttributionInput {
  readonly apps: readonly App[];
  readonly daemonOf: ReadonlyMap<string, Daemon>;
  readonly trees: Trees | null;
  readonly byPid: ReadonlyMap<number, Process>;
  /** The app whose main process has this pid. */
  readonly treeOfMain: ReadonlyMap<number, AppTree>;
  readonly pairings: ReadonlyMap<OomKill, Pairing>;
}

/** Answers: who was there? Made once for all kills of a log. */
export function setScene(input: AttributionInput): Scene {
  const apps = input.daemons.flatMap((daemon) => [...daemon.apps, ...daemon.modules]);
  const trees = input.processes === null ? null : processTrees(input.daemons, input.processes);
  const byKey = new Map(apps.map((app) => [appKey(app.ref), app]));
  const find = (home: string, pmId: number, name: string) => byKey.get(`${home}\n${pmId}\n${name}`) ?? null;
  const exits = suddenExits(input.pm2Log ?? [], find);
  const daemonOf = new Map(input.daemons.map((daemon) => [daemon.home, daemon]));
  const fits = (kill: OomKill, exit: SuddenExit): boolean => {
    const isGentle = exit.by === 'SIGTERM' || exit.by === 143;
    // The kernel never sends SIGTERM; earlyoom does, unless memory is nearly gone. Of nohang both are known.
    if (isGentle && kill.killer !== 'earlyoom' && kill.killer !== 'nohang') return false;
    if (isDaemonComm(kill.comm)) return false;
    const isElsewhere = cgroupTie(kill, exit.home, input.startup, daemonOf) === 'elsewhere';
    if (exit.app === null) return !isElsewhere;
    const fit = commFit(kill.comm, exit.app, trees?.byApp.get(appKey(exit.app.ref)) ?? null);
    // An app may have been put into a cgroup of its own; then its name must say that it is the one.
    if (isElsewhere) return fit === 'fits';
    // Behind a shell or npm the victim is a child: its name says nothing of the app's.
    return typeof exit.by === 'number' || fit !== 'misfits';
  };
  const byPid = new Map((input.processes?.processes ?? []).map((running) => [running.pid, running]));
  const treeOfMain = new Map<number, AppTree>();
  for (const tree of trees?.byApp.values() ?? []) if (tree.main !== null) treeOfMain.set(tree.main.pid, tree);
  return {
    ...input,
    apps,
    daemonOf,
    trees,
    byPid,
    treeOfMain,
    pairings: pairKills(input.oomLog.kills, exits, fits),
  };
}

/** Could a process of this name be this app's? By the name of its main process or of any it holds now. */
export function canHold(kill: OomKill, app: App, scene: Scene): boolean {
  if (kill.comm === null) return true;
  const tree: AppTree | null = scene.trees?.byApp.get(appKey(app.ref)) ?? null;
  return (
    commFit(kill.comm, app, tree) === 'fits' ||
    (tree?.members.some((member) => member.comm === kill.comm) ?? false)
  );
}

export function roleOf(app: App): 'app' | 'module' {
  return app.isModule ? 'module' : 'app';
}

/**
 * Seconds alone prove nothing: an operator's `kill -9` falls beside a stranger's OOM kill too. The victim's name must be
 * the app's, or that of a process it holds now; or there is nothing but PM2 in the unit the victim lived in.
 */
export function isNamed(kill: OomKill, app: App, role: OomRole, scene: Scene): boolean {
  const tree = scene.trees?.byApp.get(appKey(app.ref)) ?? null;
  if (role === 'child' ? canHold(kill, app, scene) : commFit(kill.comm, app, tree) === 'fits') return true;
  const holder = scene.startup?.holders.find((each) => each.home === app.ref.home);
  return isOwnUnit(app.ref.home, scene) && kill.taskMemcg === holder?.cgroupPath;
}

/** PM2's own service: nothing else lives in its cgroup. */
export function isOwnUnit(home: string, scene: Scene): boolean {
  const holder = scene.startup?.holders.find((each) => each.home === home);
  return holder?.unit?.name.endsWith('.service') ?? false;
}
