export interface Slope {
  /** Units of y a unit of x. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** y at x = 0. */
  readonly intercept: number;
}

/** The slopes of one call, overwritten by the next: a hundred apps ask thousands of times. 24 blocks have 276 pairs. */
let scratch = new Float64Array(276);

/**
 * Answers: how fast does it rise? The median of the slopes of all pairs (Theil 1950, Sen 1968), with Sen's interval from
 * the variance of Mann and Kendall's S; a quarter of the values may be anything. The intercept is the median of y less
 * the slope times the median of x (as in scipy.stats.theilslopes). null = no two values of x differ.
 *
 * @param z how many standard deviations wide: 1.96 for 95 %.
 */
export function fitSlope(xs: readonly number[], ys: readonly number[], z = 1.96): Slope | null {
  const count = Math.min(xs.length, ys.length);
  const most = (count * (count - 1)) / 2;
  if (scratch.length < most) scratch = new Float64Array(most);
  const found = scratch;
  let pairs = 0;
  for (let i = 0; i < count; i += 1)
    for (let j = i + 1; j < count; j += 1) {
      const run = (xs[j] ?? 0) - (xs[i] ?? 0);
      if (run !== 0) found[pairs++] = ((ys[j] ?? 0) - (ys[i] ?? 0)) / run;
    }
  if (pairs === 0) return null;
  // A typed array sorts numbers without asking back for each pair: trends of a hundred apps are to cost nothing.
  const slopes = found.subarray(0, pairs).sort();
  const slope = middle(slopes);
  const half = (z * Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18)) / 2;
  const at = (rank: number) => slopes[Math.max(0, Math.min(slopes.length - 1, Math.round(rank)))] ?? slope;
  return {
    slope,
    low: at(slopes.length / 2 - half - 1),
    high: at(slopes.length / 2 + half),
    intercept: median(ys.slice(0, count)) - slope * median(xs.slice(0, count)),
  };
}

/** The median; NaN of an empty list. */
export function median(values: readonly number[]): number {
  return middle(Float64Array.from(values).sort());
}

/** The value below which this share of the sorted values lies; NaN of an empty list. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return (
    sorted[Math.max(0, Math.min(sorted.length - 1, Math.round(share * (sorted.length - 1))))] ?? Number.NaN
  );
}

/** The median of sorted values; NaN of none. */
export function middle(sorted: ArrayLike<number>): number {
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}
