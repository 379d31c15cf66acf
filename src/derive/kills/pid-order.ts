import type { OomKill } from '../../model/oom.ts';
import type { EpochMs } from '../../model/text.ts';
import type { People } from './kill-scene.ts';

/** Start times in pm2.log are whole seconds, those of /proc as exact as the boot time. */
const clockMs = 5_000;

/**
 * Answers: is the victim younger than this process was? Pids are given out in order (kernel/pid.c, alloc_pid): where a
 * process that lives now has a smaller pid than the victim's and started after the app's process did, the victim
 * started later still, and was not that process.
 *
 * Once pids have come round, or where the kernel log counts in another pid namespace, their order says nothing. Both show:
 * a process that started after the kill has the smaller pid, or an older one the bigger. Then the answer is no.
 */
export function isYounger(kill: OomKill, startedAt: EpochMs | null, people: People): boolean {
  const { pid, at } = kill;
  if (pid === null || at === null || startedAt === null) return false;
  let later = Infinity;
  let oldestAbove = Infinity;
  for (const one of people.byPid.values()) {
    if (one.pid > pid) oldestAbove = Math.min(oldestAbove, one.startedAt);
    else if (one.pid < pid && one.startedAt > at + clockMs) return false;
    else if (one.pid < pid && one.startedAt > startedAt + clockMs) later = Math.min(later, one.startedAt);
  }
  return later < Infinity && oldestAbove + clockMs >= later;
}
