import type { EpochMs } from '../../model/text.ts';
import { testTrend } from './mann-kendall.ts';
import { fitSlope, median, quantile, type Slope } from './theil-sen.ts';

/** A measured size: bytes at a time. */
export interface SizePoint {
  readonly at: EpochMs;
  readonly bytes: number;
}

/** How a series grows, where it does. Slopes in bytes an hour, with the 95 % interval of Sen. */
export interface Growth {
  readonly bytesPerHour: number;
  readonly lowPerHour: number;
  readonly highPerHour: number;
  /** Probability that a series without trend rises like this. */
  readonly p: number;
  /** Growth of the second half against that of the first: 1 = steady, 0 = it has stopped. */
  readonly steadiness: number;
  /** It rose in each part of the time, not in one step. */
  readonly isSpread: boolean;
  /** Growth over the span, against what is left when it is taken away (a robust standard deviation of the blocks). */
  readonly signal: number;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** One stretch of the time, by what its lower fifth stays below. */
export interface Block {
  readonly at: EpochMs;
  readonly bytes: number;
}

export const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const minuteMs = 60_000;
/** Shorter blocks hold less than one collection of a busy heap. */
const leastBlockMs = 5 * minuteMs;
export const mostBlocks = 24;
/** Six blocks that all rise have p = 0.0014: fewer can prove nothing. */
const blockCounts = [24, 16, 12, 8, 6] as const;
/** The floor of a block: what garbage collection leaves standing. */
const floorShare = 0.2;
/** From this many days on, each hour is held against the same hour of another day, so that daily load is no growth. */
const seasonalMs = 1.5 * dayMs;

/**
 * Answers: does the floor of this series rise, how fast, and steadily? Memory of a process saws up and down between
 * garbage collections, so the lower edge of each block of time counts. Blocks are made longer until what is left after
 * the trend is taken away shows no memory of its own (lag-1 correlation below 0.4), because the test assumes that. null =
 * too little to say (fewer than six blocks of five minutes with values).
 *
 * @param cut the same in 24 blocks, where they are known already.
 */
export function findGrowth(points: readonly SizePoint[], cut?: readonly Block[]): Growth | null {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const floor = fitFloor(points, cut);
  if (floor === null) return null;
  const { fine, blocks, fit } = floor;
  const spanHours = (last.at - first.at) / hourMs;
  const all = blocks === fine ? fit : slopeOf(fine);
  const noise = all === null ? 0 : spreadOf(leftOf(fine, all));
  const values = blocks.map(({ bytes }) => bytes);
  const halves = [fine.slice(0, Math.ceil(fine.length / 2)), fine.slice(Math.floor(fine.length / 2))];
  const [early = 0, late = 0] = halves.map((half) => slopeOf(half)?.slope ?? 0);
  const isDaily = last.at - first.at >= seasonalMs;
  const quarters = [0, 1, 2, 3].map((part) =>
    fine.slice(Math.floor((part * fine.length) / 4), Math.floor(((part + 1) * fine.length) / 4) + 1),
  );
  const rising = quarters.filter((part) => (slopeOf(part)?.slope ?? 0) >= 0.25 * fit.slope).length;
  return {
    bytesPerHour: fit.slope,
    lowPerHour: fit.low,
    highPerHour: fit.high,
    p: isDaily ? Math.max(testTrend(values).rising, risesDaily(points)) : testTrend(values).rising,
    steadiness: early > 0 ? late / early : late > 0 ? 1 : 0,
    isSpread: isDaily || rising >= 3,
    signal: (fit.slope * spanHours) / Math.max(noise, 1),
    from: first.at,
    to: last.at,
  };
}

interface Floor {
  readonly fine: readonly Block[];
  /** As long as it takes until they know nothing of each other. */
  readonly blocks: readonly Block[];
  readonly fit: Slope;
}

/** The slope of the floor and how sure it is, and no more of `Growth`. null as there. */
export function fitFloor(
  points: readonly SizePoint[],
  fine: readonly Block[] = cutBlocks(points, mostBlocks),
): Floor | null {
  if (fine.length < 6) return null;
  let blocks = fine;
  let fit: Slope | null = null;
  for (const count of blockCounts) {
    const coarser = count === mostBlocks ? fine : cutBlocks(points, count);
    if (coarser.length < 6) break;
    blocks = coarser;
    fit = slopeOf(blocks);
    if (fit === null || correlation(leftOf(blocks, fit)) < 0.4) break;
  }
  return fit === null ? null : { fine, blocks, fit };
}

/** At most `count` blocks of equal length, each with at least a third of the values it could have. */
export function cutBlocks(points: readonly SizePoint[], count: number): readonly Block[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return [];
  const length = Math.max(leastBlockMs, (last.at - first.at) / count);
  const full = points.length / ((last.at - first.at) / length);
  const blocks: Block[] = [];
  // One piece of memory for all: a hundred apps are cut many times.
  const held = new Float64Array(points.length);
  let size = 0;
  let index = 0;
  const close = () => {
    if (size >= Math.max(2, full / 3)) {
      const sorted = held.subarray(0, size).sort();
      blocks.push({ at: first.at + (index + 0.5) * length, bytes: quantile(sorted, floorShare) });
    }
    size = 0;
  };
  for (const { at, bytes } of points) {
    const own = Math.floor((at - first.at) / length);
    if (own !== index) {
      close();
      index = own;
    }
    held[size] = bytes;
    size += 1;
  }
  close();
  return blocks;
}

/** A share of hours that did not rise against the same hour of a day before: 0 where all did. */
function risesDaily(points: readonly SizePoint[]): number {
  const hours = new Map<number, number[]>();
  for (const { at, bytes } of points) {
    const hour = Math.floor(at / hourMs);
    const held = hours.get(hour);
    if (held === undefined) hours.set(hour, [bytes]);
    else held.push(bytes);
  }
  const floors = new Map(
    [...hours].map(([hour, held]) => [hour, quantile(Float64Array.from(held).sort(), floorShare)]),
  );
  let pairs = 0;
  let falls = 0;
  for (const [hour, floor] of floors) {
    const before = floors.get(hour - 24);
    if (before === undefined) continue;
    pairs += 1;
    if (floor <= before) falls += 1;
  }
  // A fifth may fall by noise.
  return pairs < 6 ? 0 : falls / pairs <= 0.2 ? 0 : 1;
}

export function slopeOf(blocks: readonly Block[]): Slope | null {
  const [first] = blocks;
  if (first === undefined) return null;
  return fitSlope(
    blocks.map(({ at }) => (at - first.at) / hourMs),
    blocks.map(({ bytes }) => bytes),
  );
}

/** What is left of each when the trend is taken away. */
function leftOf(blocks: readonly Block[], { intercept, slope }: Slope): readonly number[] {
  const from = blocks[0]?.at ?? 0;
  return blocks.map(({ at, bytes }) => bytes - intercept - (slope * (at - from)) / hourMs);
}

/** 1.4826 × the median distance from the median: a standard deviation that does not mind a few spikes. */
export function spreadOf(values: readonly number[]): number {
  const centre = median(values);
  return 1.4826 * median(values.map((value) => Math.abs(value - centre)));
}

function correlation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const own = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const next = values
    .slice(1)
    .reduce((sum, value, index) => sum + (value - mean) * ((values[index] ?? mean) - mean), 0);
  return own === 0 ? 0 : next / own;
}
