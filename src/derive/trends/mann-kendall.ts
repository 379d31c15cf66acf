export interface TrendTest {
  /** Pairs that rise less pairs that fall. */
  readonly s: number;
  /** Probability of an S at least this far from 0, in either direction, if there is no trend. */
  readonly p: number;
  /** Probability of an S at least this large if there is no trend: small = it rises. */
  readonly rising: number;
}

/** Up to here, and without ties, the distribution of S is counted out; beyond, it is normal to four digits. */
const mostExact = 40;

/**
 * Answers: does this series rise or fall throughout? The test of Mann (1945) and Kendall (1970), as in R. O. Gilbert,
 * Statistical Methods for Environmental Pollution Monitoring (1987), chapter 16: exact for short series without ties,
 * else by the normal distribution with correction for ties and continuity. It assumes that values are independent: give
 * it blocks, not neighbouring samples. A series of fewer than two values shows nothing: S 0, p 1.
 */
export function testTrend(values: readonly number[]): TrendTest {
  const count = values.length;
  let s = 0;
  for (let i = 0; i < count; i += 1) {
    const own = values[i] ?? 0;
    for (let j = i + 1; j < count; j += 1) {
      const other = values[j] ?? 0;
      if (other > own) s += 1;
      else if (other < own) s -= 1;
    }
  }
  const ties = tieSizes(values);
  if (count < 2) return { s: 0, p: 1, rising: 1 };
  if (ties.length === 0 && count <= mostExact) {
    const rising = exactTail(count, s);
    return { s, rising, p: Math.min(1, 2 * exactTail(count, Math.abs(s))) };
  }
  const spread = (size: number) => size * (size - 1) * (2 * size + 5);
  const variance = (spread(count) - ties.reduce((sum, size) => sum + spread(size), 0)) / 18;
  if (variance <= 0) return { s, p: 1, rising: 1 };
  const z = (s - Math.sign(s)) / Math.sqrt(variance);
  return { s, rising: normalTail(z), p: Math.min(1, 2 * normalTail(Math.abs(z))) };
}

/** How many values share each value that more than one has. */
function tieSizes(values: readonly number[]): readonly number[] {
  const sizes = new Map<number, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  return [...sizes.values()].filter((size) => size > 1);
}

/** P(inversions <= i), by the number of values. The same few lengths are asked for again and again. */
const tails = new Map<number, readonly number[]>();

/** P(S >= s): orders of `count` values by their number of inversions (Knuth, The Art of Computer Programming, 5.1.1). */
function exactTail(count: number, s: number): number {
  const tail = tails.get(count) ?? inversionTail(count);
  tails.set(count, tail);
  const most = (count * (count - 1)) / 2;
  // S = most - 2 × inversions.
  const inversions = Math.floor((most - s) / 2);
  return inversions < 0 ? 0 : Math.min(1, tail[Math.min(inversions, tail.length - 1)] ?? 1);
}

function inversionTail(count: number): readonly number[] {
  let shares = [1];
  for (let size = 2; size <= count; size += 1) {
    const next = new Array<number>(shares.length + size - 1).fill(0);
    let window = 0;
    for (let inversions = 0; inversions < next.length; inversions += 1) {
      window += shares[inversions] ?? 0;
      window -= shares[inversions - size] ?? 0;
      next[inversions] = window / size;
    }
    shares = next;
  }
  let sum = 0;
  return shares.map((share) => {
    sum += share;
    return sum;
  });
}

/** P(Z >= z), to 1.2e-7 of its value: W. H. Press et al., Numerical Recipes, erfcc. */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const factors = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
  ];
  const series = factors.reduceRight((sum, factor) => factor + t * sum, 0);
  const tail = (t * Math.exp(-x * x + series)) / 2;
  return z >= 0 ? tail : 1 - tail;
}
