import type { OomKill } from '../../model/oom.ts';
import { type AppTree, appKey, processTrees } from '../apps/process-tree.ts';
import { cgroupTie } from './cgroup-tie.ts';
import { commFit, isDaemonComm } from './comm-fit.ts';
import { isGentle, pairKills, type SuddenExit, suddenExits } from './kill-pairing.ts';
import type { AttributionInput, People, Scene, Tie } from './kill-scene.ts';
import { asRemembered } from './past-tie.ts';
import { userTie } from './user-tie.ts';

/** Answers: who was there? Made once for all kills of a log. */
export function setScene(input: AttributionInput): Scene {
  const apps = input.daemons.flatMap((daemon) => [...daemon.apps, ...daemon.modules]);
  const trees = input.processes === null ? null : processTrees(input.daemons, input.processes);
  const byKey = new Map(apps.map((app) => [appKey(app.ref), app]));
  const find = (home: string, pmId: number, name: string) => byKey.get(`${home}\n${pmId}\n${name}`) ?? null;
  const exits = suddenExits(input.pm2Log ?? [], find);
  const byPid = new Map((input.processes?.processes ?? []).map((running) => [running.pid, running]));
  const treeOfMain = new Map<number, AppTree>();
  for (const tree of trees?.byApp.values() ?? []) if (tree.main !== null) treeOfMain.set(tree.main.pid, tree);
  const daemonOf = new Map(input.daemons.map((daemon) => [daemon.home, daemon]));
  const people: People = { ...input, apps, daemonOf, trees, byPid, treeOfMain };
  const remembered = new Map<OomKill, Tie>();
  for (const kill of input.oomLog.kills) {
    const tie = asRemembered(kill, people);
    if (tie !== null) remembered.set(kill, tie);
  }
  const fits = (kill: OomKill, exit: SuddenExit) =>
    canEndAs(kill, exit, people, remembered.get(kill) ?? null);
  return { ...people, remembered, pairings: pairKills(input.oomLog.kills, exits, fits) };
}

/** Can this line of pm2.log be the end of this victim? */
function canEndAs(kill: OomKill, exit: SuddenExit, people: People, remembered: Tie | null): boolean {
  // The kernel never sends SIGTERM; earlyoom does, unless memory is nearly gone. Of nohang both are known.
  if (isGentle(exit.by) && kill.killer !== 'earlyoom' && kill.killer !== 'nohang') return false;
  if (isDaemonComm(kill.comm)) return false;
  if (remembered !== null && !agrees(remembered, exit)) return false;
  const isElsewhere = cgroupTie(kill, exit.home, people.startup, people.daemonOf) === 'elsewhere';
  if (exit.app === null) return !isElsewhere;
  if (userTie(kill, exit.app, people) === 'other') return false;
  const fit = commFit(kill.comm, exit.app, people.trees?.byApp.get(appKey(exit.app.ref)) ?? null);
  // An app may have been put into a cgroup of its own; then its name must say that it is the one.
  if (isElsewhere) return fit === 'fits';
  // Behind a shell or npm the victim is a child: its name says nothing of the app's.
  return typeof exit.by === 'number' || fit !== 'misfits';
}

/** Samples that know the pid leave it no other app; a child's end ends its app only behind a shell. */
function agrees(tie: Tie, exit: SuddenExit): boolean {
  if (tie.confidence !== 'certain' && tie.confidence !== 'likely') return true;
  if (tie.app === null || exit.app === null || appKey(tie.app) !== appKey(exit.app.ref)) return false;
  return tie.role !== 'child' || typeof exit.by === 'number';
}
