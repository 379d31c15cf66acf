import { clamp, round } from './time-axis.ts';

/** A meter: filled to `percent`, hairlines at the watch and warn limits, a bracket at the peak when the peak is the story. */
export interface Meter {
  readonly percent: number;
  readonly ticks: readonly number[];
  readonly peak: number | null;
  /** The same in 16 text cells, e.g. `[||||............]`. */
  readonly text: string;
}

/** `ratio`, `watch`, `warn`, `peak` are 0-1 of the full scale; a ratio above 1 fills the meter. */
export function meter(ratio: number, watch: number, warn: number, peak: number | null = null): Meter {
  const percent = round(clamp(ratio * 100));
  return {
    percent,
    ticks: [round(clamp(watch * 100)), round(clamp(warn * 100))],
    peak: peak === null ? null : round(clamp(peak * 100)),
    text: textBar(percent / 100, 16),
  };
}

/** `[||||......]`: a share that is not zero shows at least one stroke, one below 100 % at least one dot. */
export function textBar(share: number, cells: number): string {
  const exact = share * cells;
  let filled = Math.round(exact);
  if (share > 0) filled = Math.max(1, filled);
  if (share < 1) filled = Math.min(cells - 1, filled);
  return `[${'|'.repeat(filled)}${'.'.repeat(cells - filled)}]`;
}

/** Percent of the longest bar; null stays null, so that an unknown value never looks like an empty one. */
export function barWidth(value: number | null, longest: number): number | null {
  if (value === null || longest <= 0) return null;
  return round(clamp((value / longest) * 100));
}
