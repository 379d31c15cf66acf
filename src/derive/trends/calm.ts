import { type Block, findGrowth, fitFloor, hourMs, type SizePoint } from './growth.ts';

const dayMs = 24 * hourMs;
/**
 * It is not called calm while it could still grow by so much of itself in a day: the upper end of Sen's 95 % interval. Of leaks
 * recorded from Node, whose heap hides them for hours, that end never lay below 1.1; of apps at rest it soon lies below this.
 */
const mostADay = 0.6;
/** Where it surely rises, if by little. */
const mostOfRise = 0.2;
const surelyRises = 0.01;

/**
 * Answers: is it shown that this does not grow? No trend found is not yet no trend: a few hours of a heap that is left
 * alone say neither. Shown is it where the whole of the time allows no growth that matters, or its second half does not: it
 * has come to rest.
 *
 * @param level the usual size, bytes.
 * @param cut the points in 24 blocks, where they are known already.
 */
export function isShownCalm(points: readonly SizePoint[], level: number, cut?: readonly Block[]): boolean {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return false;
  return allowsLittle(points, level, cut) || allowsLittle(laterHalf(points, first.at, last.at), level);
}

function laterHalf(points: readonly SizePoint[], from: number, to: number): readonly SizePoint[] {
  return points.filter(({ at }) => at >= (from + to) / 2);
}

function allowsLittle(points: readonly SizePoint[], level: number, cut?: readonly Block[]): boolean {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return false;
  // Whatever lies within the range: most apps move so little that nothing need be reckoned.
  if (rangeOf(points) * (dayMs / Math.max(1, last.at - first.at)) <= mostOfRise * level) return true;
  const fit = fitFloor(points, cut)?.fit ?? null;
  if (fit === null) return false;
  const share = (fit.high * (dayMs / hourMs)) / level;
  if (share <= mostOfRise || share > mostADay) return share <= mostOfRise;
  return (findGrowth(points, cut)?.p ?? 0) > surelyRises;
}

/** Highest less lowest, bytes. */
export function rangeOf(points: readonly SizePoint[]): number {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const { bytes } of points) {
    if (bytes < least) least = bytes;
    if (bytes > most) most = bytes;
  }
  return most - least;
}
