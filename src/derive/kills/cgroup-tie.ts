import type { OomKill } from '../../model/oom.ts';
import type { Daemon } from '../../model/pm2.ts';
import type { StartupFacts } from '../../model/systemd.ts';

/** Where a victim lived, seen from one PM2 home: in its daemon's cgroup, provably not, or it cannot be said. */
export type CgroupTie = 'inside' | 'elsewhere' | 'open';

/**
 * Answers: did the victim live in the cgroup that holds this home's daemon? The daemon and all its apps share it, so
 * `inside` says which daemon and never which app.
 *
 * `elsewhere` needs proof: the daemon's cgroup is known, it is not the root, the daemon was already running at the time
 * (an earlier one may have lived in another session's scope), and neither path lies below the other (a version 1
 * hierarchy may show a shorter path; a container shows its own root).
 */
export function cgroupTie(
  kill: OomKill,
  home: string,
  startup: StartupFacts | null,
  daemons: ReadonlyMap<string, Daemon>,
): CgroupTie {
  const holder = startup?.holders.find((each) => each.home === home);
  const victim = kill.taskMemcg;
  if (holder === undefined || victim === null || victim === '/' || holder.cgroupPath === '/') return 'open';
  if (isBelow(victim, holder.cgroupPath)) return 'inside';
  if (isBelow(holder.cgroupPath, victim)) return 'open';
  const startedAt = daemons.get(home)?.startedAt ?? null;
  return kill.at !== null && startedAt !== null && startedAt <= kill.at ? 'elsewhere' : 'open';
}

/** A user-space killer names what it took by unit or by path. */
export function takesUnit(unit: string, holder: StartupFacts['holders'][number]): boolean {
  if (holder.unit !== null && holder.unit.name === unit) return true;
  if (unit.includes('/'))
    return isBelow(holder.cgroupPath, unit.startsWith('/') ? unit : `/${unit}`) && unit !== '/';
  return holder.cgroupPath.split('/').includes(unit);
}

/** The same cgroup, or one inside it. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
