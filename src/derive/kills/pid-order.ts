import type { Process } from '../../model/process.ts';
import type { EpochMs } from '../../model/text.ts';

/** pm2.log has whole seconds, cut off; PM2 writes `starting` before it makes the process, which a busy host does late. */
const startsWithinMs = 5_000;
/** Start times count in ticks of 10 ms; the clock of the kernel's log may be off by a second or two. */
const slackMs = 2_000;
/** Hosts with 32,768 pids that start processes all day give them anew within hours, and long-lived marks may not show it. */
const trustedMs = 3_600_000;

/**
 * Answers: was the victim certainly made at another time than the process that ended? The kernel gives pids in rising order
 * and begins anew at pid_max (kernel/pid.c, `idr_alloc_cyclic`), so processes alive now, whose start is known, are marks:
 * a victim with a higher pid than one that began after the app is younger than the app, and the other way round.
 *
 * False where an hour or more lies between, and where the marks do not tell: none between the two, pids that began anew meanwhile, or pids of another namespace
 * (then those made after the kill are not all above the victim's).
 */
export function isMadeElsewhen(
  pid: number,
  killedAt: EpochMs,
  startedAt: EpochMs,
  processes: readonly Pick<Process, 'pid' | 'startedAt'>[],
): boolean {
  if (killedAt - startedAt >= trustedMs) return false;
  const after = processes.filter((mark) => mark.startedAt > killedAt + slackMs);
  if (after.length === 0 || after.some((mark) => mark.pid <= pid)) return false;
  const marks = processes
    .filter((mark) => mark.startedAt >= startedAt - 2 * startsWithinMs && mark.startedAt <= killedAt)
    .toSorted((a, b) => a.startedAt - b.startedAt);
  let settled = 0;
  let highest = 0;
  for (const mark of marks) {
    for (let older = marks[settled]; older !== undefined; older = marks[settled]) {
      if (older.startedAt >= mark.startedAt - slackMs) break;
      highest = Math.max(highest, older.pid);
      settled += 1;
    }
    if (mark.pid < highest) return false;
  }
  return marks.some((mark) =>
    mark.startedAt > startedAt + startsWithinMs
      ? mark.pid < pid
      : mark.startedAt < startedAt - slackMs && mark.pid > pid,
  );
}
