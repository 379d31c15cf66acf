import type { EpochMs } from '../../model/text.ts';
import type { LeakSureness, TrendKind } from '../../model/trend.ts';
import { isShownCalm, rangeOf } from './calm.ts';
import {
  type Block,
  cutBlocks,
  findGrowth,
  type Growth,
  hourMs,
  mostBlocks,
  type SizePoint,
} from './growth.ts';
import { testTrend } from './mann-kendall.ts';
import { median, middle, quantile } from './theil-sen.ts';
import { valleyGrowth } from './valleys.ts';

/** What the memory of one app does while one process of it lives. */
export interface MemoryTrend {
  readonly kind: TrendKind;
  /** null unless it is a `leak`. */
  readonly sure: LeakSureness | null;
  /** null unless it grows: `leak` and `warm-up`. */
  readonly growth: Growth | null;
  /** The life of the process it was read from. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  /** The process that runs has not lived long enough: this is said of the one before. */
  readonly isOfEarlierLife: boolean;
  /** `unknown`: how much longer it must be watched, ms; null otherwise. */
  readonly missingMs: number | null;
}

const minuteMs = 60_000;
/** What a process does first says nothing of later: it loads code, fills pools and caches, compiles. */
const warmUpMs = 30 * minuteMs;
const leastLifeMs = 110 * minuteMs;
/** A daily load rises for half a day, like a leak: only a full day tells them apart. */
const dayMs = 24 * hourMs;
/** Of the time, so much must have been sampled. */
const leastCoverage = 0.5;
/** One series in a thousand without a trend would pass. */
const mostP = 0.002;
/** Blocks that rise less surely than this are not looked at further: `mostP` is far below. */
const mayRise = 0.05;
const leastSignal = 5;
/** Growth below both is what allocators do. */
const leastShare = 0.03;
const leastBytes = 5 * 1024 * 1024;
/** The second half grows at less than this of the first: it is coming to rest. In the first hours a cache still fills. */
const restsBelow = { young: 0.72, old: 0.5 } as const;
/** Of hours, noise alone makes a steady growth seem to slow down so far. */
const mayRest = 0.6;
const youngMs = 6 * hourMs;
const leastHalfMs = 36 * hourMs;
/** A saw: the level swings by this share between collections. */
const sawShare = 0.12;

/**
 * Answers: is it a leak? Looks at one life of the process, from its start (`starts`, oldest first; a restart or a deploy
 * ends a life), without its warm-up. `leak`: the floor rises in each part of the time, by more than noise, more than 3 %
 * and 5 MiB, and does not slow down. `warm-up`: it rises and slows down. `sawtooth`: it swings, and the floor stays.
 * `stable` too must be shown: where so much noise is left that it could grow by a good part of itself in a day, the answer is
 * `unknown`, as with too few points; with what is missing. A leak of less than a full day is only `possible`: in the
 * morning of a daily load, and while a cache fills, memory alone looks the same.
 *
 * @param points oldest first, of all lives; a minute apart is enough.
 */
export function memoryTrend(
  points: readonly SizePoint[],
  starts: readonly EpochMs[],
  now: EpochMs,
): MemoryTrend {
  const lives = splitLives(points, starts);
  const current = lives.at(-1);
  const verdict = current === undefined ? null : judgeLife(current);
  if (verdict !== null) return { ...verdict, sure: surenessOf(verdict, false), isOfEarlierLife: false };
  for (const life of lives.slice(0, -1).reverse()) {
    if (now - (life.at(-1)?.at ?? 0) > 48 * hourMs) break;
    const earlier = judgeLife(life);
    if (earlier !== null) return { ...earlier, sure: surenessOf(earlier, true), isOfEarlierLife: true };
  }
  const watched = current === undefined ? 0 : (current.at(-1)?.at ?? 0) - (current[0]?.at ?? 0);
  return {
    kind: 'unknown',
    sure: null,
    growth: null,
    from: current?.[0]?.at ?? null,
    to: current?.at(-1)?.at ?? null,
    isOfEarlierLife: false,
    missingMs: Math.max(minuteMs, leastLifeMs - watched),
  };
}

function splitLives(
  points: readonly SizePoint[],
  starts: readonly EpochMs[],
): readonly (readonly SizePoint[])[] {
  const lives: SizePoint[][] = [];
  let next = 0;
  let life: SizePoint[] = [];
  for (const point of points) {
    let isNew = false;
    while (next < starts.length && (starts[next] ?? Infinity) <= point.at) {
      next += 1;
      isNew = true;
    }
    if (isNew && life.length > 0) {
      lives.push(life);
      life = [];
    }
    life.push(point);
  }
  if (life.length > 0) lives.push(life);
  return lives;
}

/**
 * A long life is judged whole, and its second half again where the whole shows no leak: one may begin in the middle, with
 * other work. Only halves of a day and a half, so that a daily load is seen twice.
 */
function judgeLife(life: readonly SizePoint[]): Verdict | null {
  const whole = judgeSpan(life);
  const [first, last] = [life[0], life.at(-1)];
  if (whole === null || whole.kind === 'leak' || first === undefined || last === undefined) return whole;
  const half = (last.at - first.at) / 2;
  if (half < leastHalfMs) return whole;
  const late = judgeLife(life.filter(({ at }) => at >= first.at + half));
  return late?.kind === 'leak' ? late : whole;
}

type Verdict = Omit<MemoryTrend, 'isOfEarlierLife' | 'sure'>;

/** What was seen of the process before may have been mended with the restart. */
function surenessOf({ kind, from, to }: Verdict, isOfEarlierLife: boolean): LeakSureness | null {
  if (kind !== 'leak') return null;
  return !isOfEarlierLife && (to ?? 0) - (from ?? 0) >= dayMs ? 'likely' : 'possible';
}

function judgeSpan(life: readonly SizePoint[]): Verdict | null {
  const [first, last] = [life[0], life.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < leastLifeMs) return null;
  const settled = life.filter(({ at }) => at - first.at >= warmUpMs);
  if (settled.length < 30 || watchedMs(settled) < leastCoverage * (last.at - first.at - warmUpMs))
    return null;
  const about = { from: first.at, to: last.at, missingMs: null };
  // Most apps move so little that no floor of theirs can have risen enough: nothing more need be asked.
  const range = rangeOf(settled);
  const level = median(settled.map(({ bytes }) => bytes));
  const calm = (kind: 'stable' | 'sawtooth', cut?: readonly Block[]): Verdict =>
    isShownCalm(settled, level, cut)
      ? { kind, growth: null, ...about }
      : { kind: 'unknown', growth: null, ...about, missingMs: watchOnMs(last.at - first.at) };
  if (range < leastBytes || range < leastShare * level) return calm('stable');
  const blocks = cutBlocks(settled, mostBlocks);
  if (blocks.length < 6) return null;
  const rises = testTrend(blocks.map(({ bytes }) => bytes)).rising <= mayRise;
  const growth = rises ? findGrowth(settled, blocks) : null;
  const grown = growth === null ? 0 : (growth.bytesPerHour * (growth.to - growth.from)) / hourMs;
  const isGrowing =
    growth !== null &&
    growth.p <= mostP &&
    growth.lowPerHour > 0 &&
    growth.signal >= leastSignal &&
    grown >= Math.max(leastBytes, leastShare * level);
  if (isGrowing) {
    const limit = last.at - first.at < youngMs ? restsBelow.young : restsBelow.old;
    if (growth.steadiness < limit)
      return growth.steadiness > mayRest && limit === restsBelow.young
        ? { kind: 'unknown', growth: null, ...about, missingMs: watchOnMs(last.at - first.at) }
        : { kind: 'warm-up', growth, ...about };
    if (growth.isSpread) return { kind: 'leak', growth, ...about };
  }
  const left = valleyGrowth(settled, level);
  if (left !== null) return { kind: 'leak', growth: left, ...about };
  return calm(
    !isGrowing && range >= sawShare * level && swings(settled, level) ? 'sawtooth' : 'stable',
    blocks,
  );
}

/** As long again as it was watched halves the doubt and more; a full day is worth waiting for. */
function watchOnMs(watched: number): number {
  return watched < dayMs ? Math.max(hourMs, Math.min(watched, dayMs - watched)) : dayMs;
}

/** The time between neighbours that lie no further apart than three usual steps. */
function watchedMs(points: readonly SizePoint[]): number {
  const gaps = new Float64Array(Math.max(0, points.length - 1));
  for (let index = 0; index < gaps.length; index += 1)
    gaps[index] = (points[index + 1]?.at ?? 0) - (points[index]?.at ?? 0);
  gaps.sort();
  const most = 3 * middle(gaps);
  let sum = 0;
  for (const gap of gaps) if (gap <= most) sum += gap;
  return sum;
}

/** Within twelfths of the time, the upper edge stands well above the floor, again and again. */
function swings(points: readonly SizePoint[], level: number): boolean {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return false;
  const length = Math.max(5 * minuteMs, (last.at - first.at) / 12);
  const held = new Float64Array(points.length);
  const heights: number[] = [];
  let size = 0;
  let index = 0;
  const close = (): void => {
    const sorted = held.subarray(0, size).sort();
    if (size > 0) heights.push(quantile(sorted, 0.9) - quantile(sorted, 0.1));
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
  return median(heights) >= sawShare * level;
}
