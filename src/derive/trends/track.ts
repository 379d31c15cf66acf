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
  for (let index = 0; index < at.length && first < 0; index += 1) {
    const time = at[index] ?? 0;
    if (time >= grid.from && time <= to && !Number.isNaN(values[index] ?? Number.NaN)) first = index;
  }
  if (first < 0) return null;
  const from = Math.floor((at[first] ?? 0) / stepMs) * stepMs;
  const held: (number | null)[] = [];
  const counts: number[] = [];
  for (let index = first; index < at.length; index += 1) {
    const time = at[index] ?? 0;
    const value = values[index] ?? Number.NaN;
    if (time > to || Number.isNaN(value)) continue;
    const place = Math.floor((time - from) / stepMs);
    if (place < 0) continue;
    while (held.length <= place) {
      held.push(null);
      counts.push(0);
    }
    const before = held[place] ?? null;
    const count = counts[place] ?? 0;
    counts[place] = count + 1;
    if (before === null) held[place] = value;
    else if (fold === 'mean') held[place] = (before * count + value) / (count + 1);
    else if (fold === 'max') held[place] = Math.max(before, value);
    else if (fold === 'min') held[place] = Math.min(before, value);
    else held[place] = value;
  }
  return {
    from,
    stepMs,
    unit,
    values: held.map((value) => (value === null ? null : Math.round(value / unit))),
  };
}

/** The known values of a track with their times, oldest first; a step counts from its middle. */
export function pointsOf(track: Track | null): readonly SizePoint[] {
  if (track === null) return [];
  const points: SizePoint[] = [];
  track.values.forEach((value, index) => {
    if (value !== null)
      points.push({ at: track.from + (index + 0.5) * track.stepMs, bytes: value * track.unit });
  });
  return points;
}
