import type { OomKill, OomRole } from '../../model/oom.ts';
import type { App } from '../../model/pm2.ts';
import { type AppTree, appKey } from '../apps/process-tree.ts';
import { isContainer } from './cgroup-place.ts';
import { cgroupTie, isBelow } from './cgroup-tie.ts';
import { commFit, isTitle } from './comm-fit.ts';
import { isOwnUnit, type People } from './kill-scene.ts';
import { userTie } from './user-tie.ts';

/** Could a process of this name and user be this app's? By its main process or any it holds now. */
export function canHold(kill: OomKill, app: App, people: People): boolean {
  if (userTie(kill, app, people) === 'other') return false;
  if (kill.comm === null) return true;
  const tree: AppTree | null = people.trees?.byApp.get(appKey(app.ref)) ?? null;
  return (
    commFit(kill.comm, app, tree) === 'fits' ||
    (tree?.members.some((member) => member.comm === kill.comm) ?? false)
  );
}

/**
 * Answers: is the victim the app's by more than the second of its end? An operator's `kill -9` falls beside a stranger's
 * OOM kill too. The victim's name must be the app's, or that of a process it holds now; and where half the host bears
 * that name (`python3`, `java`), its cgroup, its user or the kernel's table must say so as well. Where nothing but PM2
 * lives in the victim's unit, that is enough.
 */
export function isTied(kill: OomKill, app: App, role: OomRole, people: People): boolean {
  const { home } = app.ref;
  const holder = people.startup?.holders.find((each) => each.home === home);
  if (isOwnUnit(home, people) && holder !== undefined && isInside(kill.taskMemcg, holder.cgroupPath))
    return true;
  const tree = people.trees?.byApp.get(appKey(app.ref)) ?? null;
  // Another PM2 in a container gives its apps the same titles.
  const isElsewhere = cgroupTie(kill, home, people.startup, people.daemonOf) === 'elsewhere';
  if (isElsewhere && kill.taskMemcg !== null && isContainer(kill.taskMemcg)) return false;
  const isNamed = role === 'child' ? canHold(kill, app, people) : commFit(kill.comm, app, tree) === 'fits';
  return isNamed && (isTitle(kill.comm) || hasSupport(kill, app, people));
}

/** More than name and second: PM2's cgroup, a user that is not everybody's, or PM2's own processes beside the victim. */
function hasSupport(kill: OomKill, app: App, people: People): boolean {
  if (cgroupTie(kill, app.ref.home, people.startup, people.daemonOf) === 'inside') return true;
  if (kill.uid !== null && kill.uid !== 0 && userTie(kill, app, people) === 'own') return true;
  return stoodBeside(kill, app.ref.home, people);
}

/**
 * Answers: were processes of this PM2 in the kernel's table of the victim's group? They live in one cgroup then. The table
 * of a whole host lists everybody and tells nothing.
 */
export function stoodBeside(kill: OomKill, home: string, people: People): boolean {
  const { at } = kill;
  if (at === null || kill.constraint !== 'memcg') return false;
  const daemon = people.trees?.daemons.get(home);
  return kill.tasks.some((task) => {
    const running = people.byPid.get(task.pid);
    const isPm2 =
      running !== undefined &&
      (running.pid === daemon?.pid || people.trees?.appOfPid.get(running.pid)?.home === home);
    return isPm2 && running.startedAt <= at && running.comm === task.comm;
  });
}

function isInside(victim: string | null, folder: string): boolean {
  return victim !== null && isBelow(victim, folder);
}
