import type { Cgroup } from '../../model/host.ts';
import type { AttributedKill } from '../../model/oom.ts';
import type { AppRef } from '../../model/pm2.ts';
import { entryKey } from '../apps/app-groups.ts';
import { biggerThanVictim, heldBytes } from '../kills/kill-summary.ts';

/** What its kills say about how big an app may grow. Bytes. */
export interface KillBound {
  /** Its size at the smallest kill it was big enough to cause; null = no line says. */
  readonly leastBytes: number | null;
  /** No `max_memory_restart` above this comes in time; null = the groups it was killed in have more room by now. */
  readonly ceilingBytes: number | null;
}

/** PM2 looks every 30 s (constants.js WORKER_INTERVAL 7.0.4): an app that grows needs this much room until it is seen. */
export const belowKillRatio = 0.75;
/** A group also holds page cache, kernel memory and whatever else runs in it: an app never fills its limit alone. */
export const belowGroupRatio = 0.8;
const MB = 1024 * 1024;

/**
 * Answers: above which size has the OOM killer taken each app? By `entryKey`; apps never killed have no entry.
 *
 * Only a kill that was the app's own doing counts: it was the biggest process then. A victim smaller than the culprit
 * says nothing about its own size; the culprit's size then counts for the culprit. A guess counts for nobody. A kill in a
 * group whose limit has been raised since tells how far the app grows, and bounds nothing any more. Kills of children are
 * left out: PM2's limit does not see them.
 */
export function killBounds(
  kills: readonly AttributedKill[],
  cgroups: readonly Cgroup[] | null,
): ReadonlyMap<string, KillBound> {
  const bounds = new Map<string, { least: number; ceiling: number }>();
  const note = (app: AppRef, one: AttributedKill, sizeBytes: number | null) => {
    const { constraint, limitKb } = one.kill;
    const size = sizeBytes ?? Infinity;
    const group = constraint === 'memcg' && limitKb !== null ? limitKb * 1024 : Infinity;
    const ceiling = isRaised(one, cgroups)
      ? Infinity
      : Math.min(size * belowKillRatio, group * belowGroupRatio);
    const before = bounds.get(entryKey(app)) ?? { least: Infinity, ceiling: Infinity };
    bounds.set(entryKey(app), {
      least: Math.min(before.least, size),
      ceiling: Math.min(before.ceiling, ceiling),
    });
  };
  for (const one of kills) {
    if (one.kill.sysrq) continue;
    const bigger = biggerThanVictim(one);
    const isTied = one.confidence === 'certain' || one.confidence === 'likely';
    if (bigger?.app) note(bigger.app, one, bigger.rssBytes);
    else if (bigger === null && one.app !== null && one.role === 'app' && isTied)
      note(one.app, one, heldBytes(one.kill));
  }
  const known = (bytes: number, step = 1) => (bytes === Infinity ? null : Math.floor(bytes / step) * step);
  return new Map(
    [...bounds].map(([key, { least, ceiling }]): [string, KillBound] => [
      key,
      { leastBytes: known(least), ceilingBytes: known(ceiling, 10 * MB) },
    ]),
  );
}

/** The group that was full has a higher limit by now, or none: what happened below the old one decides nothing. */
function isRaised({ kill }: AttributedKill, cgroups: readonly Cgroup[] | null): boolean {
  const { oomMemcg, limitKb } = kill;
  if (kill.constraint !== 'memcg' || oomMemcg === null || limitKb === null) return false;
  const now = cgroups?.find(({ path, limitPath }) => (limitPath ?? path) === oomMemcg || path === oomMemcg);
  return now !== undefined && (now.limitBytes ?? Infinity) > limitKb * 1024 * 1.1;
}
