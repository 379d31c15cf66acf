import type { Track } from '../../model/remembered.ts';
import type { EpochMs } from '../../model/text.ts';
import type { SizePoint } from './growth.ts';

/** How values of one step become one: the mean, the highest, the lowest, or the newest. */
export type Fold = 'mean' | 'max' | 'min' | 'last';

/**
 * Answers: the same numbers on an even grid, so that a file of them stays short. Steps begin at full multiples of
 * `stepMs`; `unit` is what they are rounded to. null = no value at all.
 */
export function makeTrack(
  at: ArrayLike<EpochMs>,
  values: ArrayLike<number>,
  grid: { readonly from: EpochMs; readonly to: EpochMs; readonly stepMs: number; readonly unit: number },
  fold: Fold,
): Track | null {
  const { stepMs, unit, to } = grid;
  let first = -1;
  let last = -1;
  for (let index = 0; index < at.length; index += 1) {
    const time = at[index] ?? 0;
    if (time > to) continue;
    if (first < 0 && (time < grid.from || Number.isNaN(values[index] ?? Number.NaN))) continue;
    if (first < 0) first = index;
    if (last < 0 || time > (at[last] ?? 0)) last = index;
  }
  if (first < 0) return null;
  const from = Math.floor((at[first] ?? 0) / stepMs) * stepMs;
  const held = new Float64Array(Math.floor(((at[last] ?? 0) - from) / stepMs) + 1).fill(Number.NaN);
  const counts = new Float64Array(held.length);
  let length = 0;
  for (let index = first; index < at.length; index += 1) {
    const time = at[index] ?? 0;
    const value = values[index] ?? Number.NaN;
    const place = Math.floor((time - from) / stepMs);
    if (time > to || place < 0 || Number.isNaN(value)) continue;
    const count = counts[place] ?? 0;
    const before = held[place] ?? Number.NaN;
    counts[place] = count + 1;
    if (place >= length) length = place + 1;
    if (count === 0 || fold === 'last') held[place] = value;
    else if (fold === 'mean') held[place] = (before * count + value) / (count + 1);
    else held[place] = fold === 'max' ? Math.max(before, value) : Math.min(before, value);
  }
  const rounded = new Array<number | null>(length);
  for (let place = 0; place < length; place += 1)
    rounded[place] = counts[place] === 0 ? null : Math.round((held[place] ?? 0) / unit);
  return { from, stepMs, unit, values: rounded };
}

/** The known values of a track with their times, oldest first; a step counts from its middle. */
export function pointsOf(track: Track | null): readonly SizePoint[] {
  if (track === null) return [];
  const points: SizePoint[] = [];
  const { values, from, stepMs, unit } = track;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? null;
    if (value !== null) points.push({ at: from + (index + 0.5) * stepMs, bytes: value * unit });
  }
  return points;
}
