import type { EpochMs } from '../../model/text.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The stretch of time a chart shows, and the host's clock it is labelled in (minutes east of UTC). */
export interface TimeAxis {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly utcOffsetMinutes: number;
}

/** A hairline: percent of the width, and the time it stands for. `labelled` is false where a label would run out of the chart. */
export interface Tick {
  readonly x: number;
  readonly at: EpochMs;
  readonly labelled: boolean;
  /** Steps of less than a day are labelled with a clock time, others with a date. */
  readonly isClock: boolean;
}

/** Answers: where in the chart is this moment? Percent of the width, 0 to 100, two decimals. */
export function percentAt(axis: TimeAxis, at: EpochMs): number {
  const span = Math.max(1, axis.to - axis.from);
  return round(clamp(((at - axis.from) / span) * 100));
}

/** Answers: where do the hairlines go? At local midnights; every 6 h in a short window, every nth day in a long one; at most ten. */
export function timeTicks(axis: TimeAxis): readonly Tick[] {
  const span = axis.to - axis.from;
  if (span <= 0) return [];
  const step =
    [hourMs / 4, hourMs, 3 * hourMs, 6 * hourMs, dayMs].find((size) => span / size <= 9) ??
    Math.ceil(span / dayMs / 9) * dayMs;
  const shift = axis.utcOffsetMinutes * 60_000;
  const first = Math.ceil((axis.from + shift) / step) * step - shift;
  const ticks: Tick[] = [];
  for (let at = first; at <= axis.to; at += step) {
    const x = percentAt(axis, at);
    ticks.push({ x, at, labelled: x <= 93, isClock: step < dayMs });
  }
  return ticks;
}

/** Two decimals are a fortieth of a pixel on a wide screen: enough, and short in the file. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export function clamp(percent: number): number {
  return Number.isFinite(percent) ? Math.min(100, Math.max(0, percent)) : 0;
}
