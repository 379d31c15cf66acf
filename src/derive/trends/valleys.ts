import type { EpochMs } from '../../model/text.ts';
import { type Growth, hourMs, type SizePoint } from './growth.ts';
import { testTrend } from './mann-kendall.ts';
import { fitSlope } from './theil-sen.ts';

/** A collection takes away this share of the usual level at least; less is noise. */
const dropShare = 0.12;
const leastDrop = 5 * 1024 * 1024;
/** From one valley to the next it must rise by this share of the valley: few valleys prove little, so they must say it loudly. */
const leastRise = [
  { valleys: 5, share: 0.02 },
  { valleys: 4, share: 0.05 },
  { valleys: 3, share: 0.1 },
] as const;
/** The valleys must lie apart by this share of the life: three of one busy hour say nothing of the rest. */
const leastSpread = 0.35;
/** The last rise against the mean of all: below, it is coming to rest. */
const restsBelow = 0.6;
/** So few points of a line lie: its slope is known to a third at best. */
const widerBy = 1.35;

/**
 * Answers: does each deep collection leave more than the one before? V8 may leave a heap alone for hours and then take
 * a quarter of it away at once; the floor of fixed stretches of time then shows where in that swing a stretch lies, and not
 * what is kept. So the valleys count, and the peaks must rise with them. null = fewer than three valleys, or they do not
 * rise each time.
 *
 * @param level the usual size, bytes.
 */
export function valleyGrowth(points: readonly SizePoint[], level: number): Growth | null {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const { valleys, peaks } = turnsOf(points, Math.max(leastDrop, dropShare * level));
  const needed = leastRise.find((each) => valleys.length >= each.valleys)?.share;
  if (needed === undefined || !risesBy(valleys, needed) || !risesBy(peaks, 0)) return null;
  const [begin, end] = [valleys[0], valleys.at(-1)];
  if (begin === undefined || end === undefined) return null;
  if (end.at - begin.at < leastSpread * (last.at - first.at)) return null;
  const rates = valleys.slice(1).map(({ at, bytes }, index) => {
    const before = valleys[index] ?? begin;
    return ((bytes - before.bytes) / (at - before.at)) * hourMs;
  });
  const mean = ((end.bytes - begin.bytes) / (end.at - begin.at)) * hourMs;
  const [earliest = mean, latest = mean] = [rates[0], rates.at(-1)];
  if (latest < restsBelow * mean) return null;
  const fit = fitSlope(
    valleys.map(({ at }) => (at - begin.at) / hourMs),
    valleys.map(({ bytes }) => bytes),
  );
  if (fit === null) return null;
  return {
    bytesPerHour: fit.slope,
    lowPerHour: Math.min(...rates) / widerBy,
    highPerHour: Math.max(...rates) * widerBy,
    p: testTrend(valleys.map(({ bytes }) => bytes)).rising,
    steadiness: latest / earliest,
    isSpread: true,
    signal: (end.bytes - begin.bytes) / Math.max(1, dropShare * level),
    from: first.at,
    to: last.at,
  };
}

/** Lows and highs with at least `swing` between neighbours. The way up from the start is no valley, the last peak may still rise. */
function turnsOf(
  points: readonly SizePoint[],
  swing: number,
): { readonly valleys: readonly SizePoint[]; readonly peaks: readonly SizePoint[] } {
  const valleys: SizePoint[] = [];
  const peaks: SizePoint[] = [];
  let high: SizePoint | null = points[0] ?? null;
  let low: SizePoint | null = null;
  for (const point of points) {
    if (high !== null) {
      if (point.bytes > high.bytes) high = point;
      else if (point.bytes <= high.bytes - swing) {
        peaks.push(high);
        [high, low] = [null, point];
      }
    } else if (low !== null) {
      if (point.bytes < low.bytes) low = point;
      else if (point.bytes >= low.bytes + swing) {
        valleys.push(low);
        [high, low] = [point, null];
      }
    }
  }
  // The newest collection has not been followed by a rise yet: it counts once it has settled.
  if (low !== null && settledFor(points, low.at) >= settleMs) valleys.push(low);
  return { valleys, peaks };
}

const settleMs = 10 * 60_000;

function settledFor(points: readonly SizePoint[], at: EpochMs): number {
  return (points.at(-1)?.at ?? at) - at;
}

function risesBy(turns: readonly SizePoint[], share: number): boolean {
  return turns.every((turn, index) => {
    const before = turns[index - 1];
    return before === undefined || turn.bytes > before.bytes * (1 + share);
  });
}
