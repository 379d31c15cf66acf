import type { EpochMs } from '../../model/text.ts';

/** PM2's restart counter rose between these two times. */
export interface CounterStep {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly restarts: number;
}

/**
 * Answers: when did PM2's counter rise, and by how many? A counter that fell was set back to 0 (`pm2 reset`, a new
 * daemon), so what it shows then came since. Times are those of the points; of a bucket, when it began, plus `stepMs`.
 */
export function counterSteps(
  at: ArrayLike<EpochMs>,
  counters: ArrayLike<number>,
  stepMs: number,
): readonly CounterStep[] {
  const steps: CounterStep[] = [];
  let beforeAt = 0;
  let before = Number.NaN;
  for (let index = 0; index < at.length; index += 1) {
    const value = counters[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const now = (at[index] ?? 0) + stepMs;
    if (!Number.isNaN(before) && value !== before) {
      const restarts = value > before ? value - before : value;
      if (restarts > 0) steps.push({ from: beforeAt, to: now, restarts });
    }
    before = value;
    beforeAt = now;
  }
  return steps;
}
