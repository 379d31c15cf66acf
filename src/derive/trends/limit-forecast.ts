import type { EpochMs } from '../../model/text.ts';
import { cutBlocks, type Growth, hourMs, type SizePoint, slopeOf } from './growth.ts';
import { quantile } from './theil-sen.ts';

/** When a growing series reaches a limit. */
export interface Reach {
  readonly bytes: number;
  /** Likeliest time; it may lie before `now` where the limit is reached already. */
  readonly at: EpochMs;
  readonly earliest: EpochMs;
  /** null = it may never: the slope could be next to nothing. */
  readonly latest: EpochMs | null;
}

/** Two-sided 95 % of Student's t with three degrees of freedom (four parts of the time). */
const studentOf4 = 3.182;
/** The second half grew faster than the first by so much: noise does less. Above the first, it may go on to. */
const mayQuicken = 1.15;
const quickensAbove = 1.35;
/** Nobody plans further ahead, and no slope holds so long. */
const furthestMs = 400 * 24 * hourMs;

/**
 * Answers: when does it reach this limit, if it goes on like this? The limit is met by the peaks, so the level counts
 * from the upper edge of the last stretch. The interval takes in what the slope could be (Sen's interval), how much the
 * slopes of four parts of the time differ, and, where each part rises faster than the one before, that it goes on to.
 * null = the limit lies further away than 400 days.
 */
export function reachOf(points: readonly SizePoint[], growth: Growth, limitBytes: number): Reach | null {
  const now = growth.to;
  const span = growth.to - growth.from;
  const settled = points.filter(({ at }) => at >= growth.from && at <= growth.to);
  // A point stands for a stretch of time: nothing is known more exactly than that.
  const step = span / Math.max(1, settled.length - 1);
  // Each brought to now by the slope: the last stretch of a long life is hours, in which the level itself has risen.
  const recent = settled
    .filter(({ at }) => at >= now - Math.max(span / 12, 15 * 60_000))
    .map(({ at, bytes }) => bytes + (growth.bytesPerHour * (now - at)) / hourMs);
  const sorted = recent.toSorted((a, b) => a - b);
  const [floor, top] = [quantile(sorted, 0.2), quantile(sorted, 1)];
  const blocks = cutBlocks(settled, 24);
  const parts = [0, 1, 2, 3].map(
    (part) =>
      slopeOf(
        blocks.slice(
          Math.floor((part * blocks.length) / 4),
          Math.floor(((part + 1) * blocks.length) / 4) + 1,
        ),
      )?.slope ?? growth.bytesPerHour,
  );
  const mean = parts.reduce((sum, slope) => sum + slope, 0) / parts.length;
  const deviation = Math.sqrt(
    parts.reduce((sum, slope) => sum + (slope - mean) ** 2, 0) / (parts.length - 1),
  );
  const half = (studentOf4 * deviation) / Math.sqrt(parts.length);
  // The halves' middles lie half the span apart; the slope at the end is that of the middle and half as much again.
  const early = (2 * growth.bytesPerHour) / (1 + growth.steadiness);
  const gain = (early * (growth.steadiness - 1)) / (span / 2 / hourMs);
  const atEnd = growth.bytesPerHour + (gain * span) / 2 / hourMs;
  const quickens = growth.steadiness > mayQuicken;
  const isSure = growth.steadiness > quickensAbove;
  const high = Math.max(growth.highPerHour, growth.bytesPerHour + half, quickens ? atEnd : 0);
  const low = Math.min(growth.lowPerHour, growth.bytesPerHour - half);
  const after = (bytes: number, slope: number, more = 0): EpochMs =>
    now + Math.max(0, hoursTo(bytes, slope, more) * hourMs);
  const middle = limitBytes - (floor + top) / 2;
  const at = isSure ? after(middle, atEnd, gain) : after(middle, growth.bytesPerHour);
  if (at - now > furthestMs) return null;
  const latest = low > 0 ? after(limitBytes - floor, low) : null;
  return {
    bytes: limitBytes,
    at,
    earliest: Math.max(now, Math.min(at, after(limitBytes - top, high, quickens ? 1.5 * gain : 0)) - step),
    latest: latest === null || latest - now > furthestMs ? null : Math.max(at, latest) + step,
  };
}

/** Hours until `bytes` more are held, at `slope` bytes an hour that itself grows by `gain` an hour. */
function hoursTo(bytes: number, slope: number, gain: number): number {
  if (bytes <= 0) return 0;
  return gain === 0 ? bytes / slope : (Math.sqrt(slope * slope + 2 * gain * bytes) - slope) / gain;
}
