import type { OomKill } from '../../model/oom.ts';
import type { CleanText } from '../../model/text.ts';
import { canHold, stoodBeside } from './app-fit.ts';
import { type CgroupTie, cgroupTie } from './cgroup-tie.ts';
import { isOwnUnit, type Scene, type Tie } from './kill-scene.ts';
import { userTie } from './user-tie.ts';

/** Outside the cgroup of every daemon; only possibly so where an app of ours goes by that name. */
export function asElsewhere(kill: OomKill, scene: Scene): Tie | null {
  if (scene.daemons.length === 0 || kill.taskMemcg === null || scene.pairings.has(kill)) return null;
  const ties = scene.daemons.map(
    (daemon): CgroupTie => cgroupTie(kill, daemon.home, scene.startup, scene.daemonOf),
  );
  if (!ties.every((tie) => tie === 'elsewhere')) return null;
  const confidence = scene.apps.some((app) => canHold(kill, app, scene)) ? 'possible' : 'certain';
  return {
    app: null,
    candidates: [],
    role: 'other',
    confidence,
    because: kill.quotes,
    reason: 'other-cgroup',
  };
}

/** A victim in PM2's cgroup that left no trace in any log: a child whose app lived on, or an app that is gone. */
export function asNeighbour(kill: OomKill, scene: Scene): Tie | null {
  const homes = new Set<CleanText>();
  for (const { home } of scene.daemons) {
    if (cgroupTie(kill, home, scene.startup, scene.daemonOf) === 'inside') homes.add(home);
  }
  if (homes.size === 0) {
    for (const { home } of scene.daemons) if (stoodBeside(kill, home, scene)) homes.add(home);
  }
  const near = scene.apps.filter((app) => homes.has(app.ref.home));
  const named = near.filter((app) => canHold(kill, app, scene));
  // In a unit of PM2's own there is nothing but PM2, so one of the apps held it; a session's scope holds other things too.
  const fitting =
    named.length > 0
      ? named
      : near.filter((app) => isOwnUnit(app.ref.home, scene) && userTie(kill, app, scene) !== 'other');
  const [first, ...rest] = fitting;
  if (first === undefined) return null;
  const tie = { confidence: 'possible', because: kill.quotes, reason: 'tasks-of-app' } as const;
  if (rest.length > 0) return { ...tie, app: null, candidates: fitting.map((app) => app.ref), role: null };
  // PM2 saw nothing and its main process is older than the kill: a child, while the app lived on.
  const livedOn =
    kill.at !== null && first.startedAt !== null && first.startedAt < kill.at && first.status === 'online';
  return { ...tie, app: first.ref, candidates: [], role: livedOn ? 'child' : null };
}
