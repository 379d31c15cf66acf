/** Against published tables and an independent implementation. */
import { describe, expect, it } from 'vitest';
import { normalTail, testTrend } from '../../../src/derive/trends/mann-kendall.ts';
import { fitSlope, median } from '../../../src/derive/trends/theil-sen.ts';

/** Flow of the Nile at Aswan, 1871 to 1970 (Cobb 1978); mean 919.35. */
// biome-ignore format: one decade a line
const nile = [
  1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140,
  995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
  1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840,
  874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969,
  831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821,
  768, 845, 864, 862, 698, 845, 744, 796, 1040, 759,
  781, 865, 845, 944, 984, 897, 822, 1010, 771, 676,
  649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
  744, 749, 838, 1050, 918, 986, 797, 923, 975, 815,
  1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
];
const rising = (count: number, swaps: number): number[] => {
  const values = Array.from({ length: count }, (_, index) => index);
  // One swap of neighbours takes 2 from S.
  for (let index = 0; index < swaps * 2; index += 2)
    [values[index], values[index + 1]] = [values[index + 1]!, values[index]!];
  return values;
};

describe('the test of Mann and Kendall', () => {
  it('gives Gilbert’s example: 10, 15, 14, 20 rises with S = 4, p = 0.167', () => {
    const found = testTrend([10, 15, 14, 20]);
    expect(found.s).toBe(4);
    expect(found.rising).toBeCloseTo(0.167, 3);
  });

  // Kendall (1970), table 1; Gilbert (1987), table A18: probability of S or more.
  it.each([
    [4, 6, 0.042],
    [5, 8, 0.042],
    [5, 10, 0.0083],
    [8, 28, 0.000025],
    [8, 26, 0.0002],
    [8, 24, 0.0009],
    [9, 36, 0.0000028],
    [10, 45, 0.00000028],
  ])('of %i values: S of %i or more has probability %f', (count, s, p) => {
    const found = testTrend(rising(count, ((count * (count - 1)) / 2 - s) / 2));
    expect(found.s).toBe(s);
    expect(Math.abs(found.rising - p)).toBeLessThanOrEqual(p * 0.06);
  });

  it('gives the known result for the Nile: tau -0.281, p 3.66e-5', () => {
    const found = testTrend(nile);
    expect(found.s).toBe(-1387);
    expect(found.p).toBeCloseTo(3.66e-5, 7);
    expect(found.rising).toBeGreaterThan(0.9999);
  });

  it('sees nothing in nothing, in one value, and in equal values', () => {
    for (const values of [[], [3], [3, 3], Array.from({ length: 60 }, () => 7)])
      expect(testTrend(values)).toMatchObject({ s: 0, p: 1, rising: 1 });
  });

  it('has the normal distribution right (1.96 -> 0.025)', () => {
    expect(normalTail(1.959964)).toBeCloseTo(0.025, 7);
    expect(normalTail(-1.281552)).toBeCloseTo(0.9, 6);
    expect(normalTail(6) / 9.8659e-10).toBeCloseTo(1, 4);
  });
});

describe('the slope of Theil and Sen', () => {
  it('gives what scipy 1.10 gives for the Nile', () => {
    const years = nile.map((_, index) => 1871 + index);
    const found = fitSlope(years, nile);
    expect(found?.slope).toBeCloseTo(-2.6, 10);
    expect(found?.intercept).toBeCloseTo(5886.8, 6);
    expect(found?.low).toBeCloseTo(-3.6279, 3);
    expect(found?.high).toBeCloseTo(-1.4286, 3);
  });

  it('does not mind that a quarter of the values are wrong', () => {
    const xs = Array.from({ length: 40 }, (_, index) => index);
    const ys = xs.map((x) => (x % 5 === 0 ? 1e9 : 3 * x + 7));
    expect(fitSlope(xs, ys)?.slope).toBeCloseTo(3, 10);
  });

  it('has none where time stands still, and medians of halves', () => {
    expect(fitSlope([1, 1], [2, 3])).toBeNull();
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});
