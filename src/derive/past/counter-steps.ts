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
 * `first`: the counter before the first point, where a bucket hides it.
 */
export function counterSteps(
  at: ArrayLike<EpochMs>,
  counters: ArrayLike<number>,
  stepMs: number,
  first: { readonly at: EpochMs; readonly counter: number } | null = null,
): readonly CounterStep[] {
  const steps: CounterStep[] = [];
  let beforeAt = first?.at ?? 0;
  let before = first?.counter ?? Number.NaN;
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

/** The first counter that is known, with the time of its point; null = none is. */
export function counterTold(
  at: ArrayLike<EpochMs>,
  counters: ArrayLike<number>,
): { readonly at: EpochMs; readonly counter: number } | null {
  for (let index = 0; index < at.length; index += 1) {
    const counter = counters[index] ?? Number.NaN;
    if (!Number.isNaN(counter)) return { at: at[index] ?? 0, counter };
  }
  return null;
}

/**
 * Answers: how often was the app restarted in the span? What the counter rose by, and the told restarts of before its
 * first sample: a loop that was met running, or an app that is younger than the collector. Never more of them than the
 * counter had by then.
 */
export function restartsOf(
  steps: readonly CounterStep[],
  /** When told ends were followed by a start. */
  toldAt: readonly EpochMs[],
  first: { readonly at: EpochMs; readonly counter: number } | null,
): number {
  const rise = steps.reduce((sum, { restarts }) => sum + restarts, 0);
  if (first === null) return rise;
  const early = toldAt.filter((at) => at <= first.at).length;
  return rise + Math.min(first.counter, early, Math.max(0, toldAt.length - rise));
}
