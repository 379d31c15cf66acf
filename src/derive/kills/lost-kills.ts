import type { Span } from '../../model/gap.ts';
import type { HostFacts, OomCounters } from '../../model/host.ts';
import type { OomLog } from '../../model/oom.ts';

/** Kills since boot: how many the kernel counted, how many its log still shows, and how many are therefore lost. */
export interface LostKills {
  readonly counted: number;
  readonly found: number;
  readonly lost: number;
}

/** Boot time is known to the second, kernel time drifts against it. */
const bootToleranceMs = 60_000;

/**
 * Answers: did the log lose kills? `oom_kill` of /proc/vmstat goes up by one for each kill line of the kernel since boot
 * (mm/oom_kill.c __oom_kill_process, 4.13 and later), whatever the cause; so kill lines are counted with their repeats,
 * user-space killers and earlier boots not at all. Where several sources show a record that lost its kill line, it counts
 * once. null = no counter, or no way to tell this boot's kills from those of earlier ones.
 *
 * @param covers the time the log speaks for; a log known to reach back to boot has lost nothing it did not show.
 */
export function lostKills(
  oomLog: OomLog,
  counters: OomCounters,
  host: HostFacts | null,
  covers: Span,
): LostKills | null {
  const counted = counters.sinceBoot;
  if (counted === null) return null;
  const bootedAt = host?.bootedAt ?? null;
  const kernel = oomLog.kills.filter((kill) => kill.killer === 'kernel');
  // Without the boot time, kills may be of an earlier boot: then a counter of 0 alone says something.
  if (bootedAt === null && counted > 0 && kernel.length > 0 && covers.from !== null) return null;
  const found = kernel
    .filter((kill) => kill.at === null || bootedAt === null || kill.at >= bootedAt - bootToleranceMs)
    .reduce((total, kill) => total + Math.max(1, kill.repeats), 0);
  return { counted, found, lost: Math.max(0, counted - found) };
}
