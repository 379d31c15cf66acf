import { describe, expect, it } from 'vitest';
import { reachOf } from '../../../src/derive/trends/limit-forecast.ts';
import { memoryTrend } from '../../../src/derive/trends/memory-trend.ts';
import { calm, type LabelledSeries, leaking, type Shape, series } from './labelled-series.ts';

const minute = 60_000;
const MB = 1024 * 1024;
const judge = ({ points, starts, now }: LabelledSeries) => memoryTrend(points, starts, now);
const all = (shapes: readonly Shape[], seeds: readonly number[]) =>
  shapes.flatMap((shape) => seeds.map((seed) => series(shape, seed)));
const shape = (name: string): Shape => [...calm, ...leaking].find((each) => each.name === name)!;

describe('the verdict on memory', () => {
  const seeds = [1, 2];
  const labelled = all([...calm, ...leaking], seeds);

  it('has a labelled set of 60 series and more', () => {
    expect(labelled.length).toBeGreaterThanOrEqual(60);
  });

  it('calls nothing a leak that comes to rest', () => {
    const accused = labelled.filter((each) => each.label === 'no-leak' && judge(each).kind === 'leak');
    expect(accused.map(({ name }) => name)).toEqual([]);
  });

  it('finds the leaks, with two hours of data where they are not slow', () => {
    const leaks = labelled.filter((each) => each.label === 'leak');
    const missed = leaks.filter((each) => judge(each).kind !== 'leak').map(({ name }) => name);
    expect(missed.length, missed.join(', ')).toBeLessThanOrEqual(leaks.length * 0.05);
  });

  it('gives an interval that holds the real crossing of the limit in nine of ten', () => {
    const told = all(leaking, [1, 2, 3, 4]).flatMap((each) => {
      const { growth, kind } = judge(each);
      const reach =
        kind === 'leak' && growth && each.limit ? reachOf(each.points, growth, each.limit.bytes) : null;
      return reach && each.limit ? [{ reach, crossedAt: each.limit.crossedAt, now: each.now }] : [];
    });
    const held = told.filter(
      ({ reach, crossedAt }) =>
        crossedAt >= reach.earliest && (reach.latest === null || crossedAt <= reach.latest),
    );
    expect(told.length).toBeGreaterThan(40);
    expect(held.length).toBeGreaterThanOrEqual(0.9 * told.length);
    // An interval of for ever would be right each time: half of them are narrower than the time that is left.
    const narrow = told.filter(
      ({ reach, now, crossedAt }) => reach.latest !== null && reach.latest - reach.earliest < crossedAt - now,
    );
    expect(narrow.length).toBeGreaterThan(told.length / 2);
  });

  describe('on seeds that no threshold was chosen by', () => {
    const unseen = all([...calm, ...leaking], [101, 102, 103, 104]);

    it('calls nothing a leak that comes to rest, and misses at most one in twenty', () => {
      const accused = unseen.filter((each) => each.label === 'no-leak' && judge(each).kind === 'leak');
      expect(accused.map(({ name }) => name)).toEqual([]);
      const leaks = unseen.filter((each) => each.label === 'leak');
      const missed = leaks.filter((each) => judge(each).kind !== 'leak');
      expect(missed.length, missed.map(({ name }) => name).join(', ')).toBeLessThanOrEqual(
        leaks.length * 0.05,
      );
    });

    it('names the hour of the limit without lagging behind a long life', () => {
      const { points, starts, now, limit } = series(shape('leak a week'), 101);
      const { growth } = memoryTrend(points, starts, now);
      const at = reachOf(points, growth!, limit!.bytes)!.at;
      // Three days ahead; the level of half a week ago would say hours more.
      expect(Math.abs(at - limit!.crossedAt) / (limit!.crossedAt - now)).toBeLessThan(0.03);
    });
  });

  it.each([
    ['warm-up 30 min', 'warm-up'],
    ['warm-up 1 h, later', 'warm-up'],
    ['busy heap', 'sawtooth'],
    ['lazy heap', 'sawtooth'],
    ['flat', 'stable'],
    ['step in the first hours', 'stable'],
    ['batch leaves a high-water mark', 'stable'],
    ['daily load', 'stable'],
    ['leak under a busy heap', 'leak'],
  ] as const)('%s: %s', (name, kind) => {
    expect(judge(series(shape(name), 1)).kind).toBe(kind);
  });

  it('says how much longer a young process must be watched', () => {
    const { points, starts } = series({ ...shape('leak 20 MB/h'), minutes: 70 }, 1);
    const trend = memoryTrend(points, starts, points.at(-1)!.at);
    expect(trend).toMatchObject({ kind: 'unknown', growth: null, missingMs: 40 * minute });
    expect(memoryTrend([], [], 0)).toMatchObject({ kind: 'unknown', missingMs: 110 * minute });
  });

  it('keeps the verdict on the process before, where the one that runs is young', () => {
    const told = series({ ...shape('leak 20 MB/h'), minutes: 200, restarts: [150] }, 1);
    expect(judge(told)).toMatchObject({ kind: 'leak', isOfEarlierLife: true });
  });

  it('does not join two lives: a restart that falls back is no end of a leak, a deploy that rises no leak', () => {
    const points = [...series(shape('flat'), 1).points];
    const restart = points[60]!.at;
    const higher = points.map((point) =>
      point.at >= restart ? { ...point, bytes: point.bytes + 50 * MB } : point,
    );
    expect(memoryTrend(higher, [points[0]!.at, restart], points.at(-1)!.at).kind).toBe('unknown');
  });

  it('says nothing where half of the samples are lost in one piece', () => {
    const { points, starts, now } = series(shape('leak 20 MB/h'), 1);
    const torn = points.filter((_, index) => index < 35 || index > 100);
    expect(memoryTrend(torn, starts, now).kind).toBe('unknown');
  });

  it('gives the slope of the leak and the date of the limit', () => {
    const told = series({ ...shape('leak 20 MB/h'), minutes: 300, noise: 0.2 }, 3);
    const { growth } = judge(told);
    expect(growth!.bytesPerHour / (20 * MB)).toBeCloseTo(1, 1);
    const reach = reachOf(told.points, growth!, 300 * MB)!;
    // 80 MB at the start and 20 an hour: 300 MB after 11 h.
    expect(reach.at).toBeGreaterThan(told.starts[0]! + 10.7 * 60 * minute);
    expect(reach.at).toBeLessThan(told.starts[0]! + 11.3 * 60 * minute);
    expect(reachOf(told.points, growth!, 100 * MB)!.at).toBe(growth!.to);
    expect(reachOf(told.points, growth!, 1e15)).toBeNull();
  });
});
