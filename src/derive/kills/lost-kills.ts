import type { Span } from '../../model/gap.ts';
import type { HostFacts, OomCounters } from '../../model/host.ts';
import type { OomKill, OomLog } from '../../model/oom.ts';
import { isBelow } from './cgroup-tie.ts';

/** Kills since boot: how many the kernel counted, how many its log still shows, and how many are therefore lost. */
export interface LostKills {
  readonly counted: number;
  readonly found: number;
  readonly lost: number;
  /** Of the lost, at least so many in the cgroups that hold PM2 now. */
  readonly lostInPm2: number;
}

/** Boot time is known to the second, kernel time drifts against it. */
const bootToleranceMs = 60_000;

/**
 * Answers: did the log lose kills? `oom_kill` of /proc/vmstat goes up by one for each kill line of the kernel since boot
 * (mm/oom_kill.c __oom_kill_process, 4.13 and later), whatever the cause; so kill lines are counted with their repeats,
 * user-space killers and earlier boots not at all. Where several sources show a record that lost its kill line, it counts
 * once. Without it the counters of cgroups do, each kill once: those of version 2 hold their children's
 * (cgroup-v2.rst, memory.events), those of version 1 do not. null = no counter, or no way to tell this boot's kills from
 * those of earlier ones.
 *
 * A cgroup is new, and its counter 0, when its unit restarts; kills in the log may be of the one before. So what is lost
 * in PM2's own is a lower bound.
 *
 * @param covers the time the log speaks for; a log known to reach back to boot has lost nothing it did not show.
 */
export function lostKills(
  oomLog: OomLog,
  counters: OomCounters,
  host: HostFacts | null,
  covers: Span,
): LostKills | null {
  const bootedAt = host?.bootedAt ?? null;
  const kernel = oomLog.kills.filter((kill) => kill.killer === 'kernel');
  const ofBoot = kernel.filter(
    (kill) => kill.at === null || bootedAt === null || kill.at >= bootedAt - bootToleranceMs,
  );
  const groups = disjoint(counters.cgroups);
  const counted = counters.sinceBoot ?? sum(groups.map(({ oomKill }) => oomKill));
  if (counted === null) return null;
  // Without the boot time, kills may be of an earlier boot: then a counter of 0 alone says something.
  if (bootedAt === null && counted > 0 && kernel.length > 0 && covers.from !== null) return null;
  const own =
    counters.sinceBoot === null
      ? ofBoot.filter((kill) => groups.some((group) => isInGroup(kill, group)))
      : ofBoot;
  const found = linesOf(own);
  const inPm2 = disjoint(counters.cgroups.filter(({ home }) => home !== null)).map((group) =>
    Math.max(0, (group.oomKill ?? 0) - linesOf(ofBoot.filter((kill) => isInGroup(kill, group)))),
  );
  const lost = Math.max(0, counted - found);
  return { counted, found, lost, lostInPm2: Math.min(lost, sum(inPm2) ?? 0) };
}

type Group = OomCounters['cgroups'][number];

/** Groups none of whose kills is counted in another one of the list. */
function disjoint(groups: readonly Group[]): readonly Group[] {
  const each = [...new Map(groups.map((group) => [`${group.version} ${group.path}`, group])).values()];
  return each.filter(
    (group) =>
      group.version === 1 ||
      !each.some(
        (other) => other.version === 2 && other.path !== group.path && isBelow(group.path, other.path),
      ),
  );
}

/** Would this group count this kill? A victim whose cgroup no line names may be anybody's: it is not called lost. */
function isInGroup({ taskMemcg }: OomKill, { path, version }: Group): boolean {
  if (taskMemcg === null || path === '/') return true;
  return version === 2 ? isBelow(taskMemcg, path) : taskMemcg === path;
}

function linesOf(kills: readonly OomKill[]): number {
  return kills.reduce((total, kill) => total + Math.max(1, kill.repeats), 0);
}

/** null = nothing to add up. */
function sum(figures: readonly (number | null)[]): number | null {
  const known = figures.filter((figure) => figure !== null);
  return known.length === 0 ? null : known.reduce((total, figure) => total + figure, 0);
}
