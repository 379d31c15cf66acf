import type { Cause, Restart, RestartStory } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';

const failures: ReadonlySet<Cause> = new Set([
  'oom-kill',
  'heap-oom',
  'memory-limit',
  'crash',
  'signal',
  'clean-exit',
  'unknown',
]);
const loopGapMs = 5 * 60_000;
const loopRestarts = 3;

/** Runs of failures, oldest first (RestartStory.loops). */
export function findLoops(restarts: readonly Restart[]): RestartStory['loops'] {
  const loops: { from: EpochMs; to: EpochMs; restarts: number }[] = [];
  let run: { from: EpochMs; to: EpochMs; restarts: number } | null = null;
  for (const { at, cause } of restarts) {
    if (!failures.has(cause)) continue;
    if (run !== null && at - run.to <= loopGapMs) {
      run.to = at;
      run.restarts += 1;
    } else {
      if (run !== null && run.restarts >= loopRestarts) loops.push(run);
      run = { from: at, to: at, restarts: 1 };
    }
  }
  if (run !== null && run.restarts >= loopRestarts) loops.push(run);
  return loops;
}
