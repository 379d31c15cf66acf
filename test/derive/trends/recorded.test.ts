import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reachOf } from '../../../src/derive/trends/limit-forecast.ts';
import { memoryTrend } from '../../../src/derive/trends/memory-trend.ts';
import { makeTrack, pointsOf } from '../../../src/derive/trends/track.ts';
import { calm, type LabelledSeries, leaking, series } from './labelled-series.ts';

const minute = 60_000;
const hour = 60 * minute;
const recorded: {
  readonly series: readonly {
    readonly name: string;
    readonly label: string;
    readonly kib: readonly number[];
  }[];
} = JSON.parse(readFileSync(join(import.meta.dirname, 'record', 'recorded.json'), 'utf8'));

const everyMinutes = [120, 180, 240, 300, 360, 480, 600, 720, 840, 950] as const;
/** Calm in the end, and growing like a leak at that minute: nothing in the memory tells them apart, so it is only possible. */
const stillGrowing: readonly string[] = [
  'node, busy and calm at 300',
  'node, a cache that fills and stops at 180',
];

const verdict = (kib: readonly number[], minutes: number) =>
  memoryTrend(
    kib.slice(0, minutes).map((size, index) => ({ at: index * minute, bytes: size * 1024 })),
    [0],
    Math.min(minutes, kib.length) * minute,
  );
const each = (label: string) =>
  recorded.series
    .filter((one) => one.label === label)
    .flatMap(({ name, kib }) =>
      everyMinutes.map((minutes) => ({ at: `${name} at ${minutes}`, ...verdict(kib, minutes) })),
    );

describe('memory of real programs', () => {
  it('has programs of both kinds', () => {
    const labels = recorded.series.map(({ label }) => label);
    expect(labels.filter((label) => label === 'leak').length).toBeGreaterThanOrEqual(5);
    expect(labels.filter((label) => label === 'no-leak').length).toBeGreaterThanOrEqual(6);
  });

  it('calls no calm one a leak, but those that still grow like one, and these only possible', () => {
    const accused = each('no-leak').filter(({ kind }) => kind === 'leak');
    expect(accused.map(({ at }) => at)).toEqual(stillGrowing);
    for (const { at, sure } of accused) expect(sure, at).toBe('possible');
  });

  it('never says of a leak that it rests: where a heap hides it, the answer is unknown, with how long', () => {
    const leaks = each('leak');
    expect(leaks.filter(({ kind }) => kind !== 'leak' && kind !== 'unknown').map(({ at }) => at)).toEqual([]);
    for (const { at, kind, missingMs } of leaks)
      if (kind === 'unknown') expect(missingMs, at).toBeGreaterThanOrEqual(hour);
    expect(leaks.filter(({ kind }) => kind === 'leak').length).toBeGreaterThanOrEqual(0.75 * leaks.length);
  });

  it('still says stable of what is stable, with two hours of data', () => {
    for (const name of ['python, calm', 'gunicorn, two calm workers', 'node, busy and calm']) {
      const { kib } = recorded.series.find((one) => one.name === name)!;
      expect(verdict(kib, 120).kind, name).toBe('stable');
    }
  });

  it('finds every leak, also those that a heap hides which is left alone for hours', () => {
    for (const minutes of [120, 720, 840, 950]) {
      const missed = recorded.series.filter(
        ({ label, kib }) => label === 'leak' && verdict(kib, minutes).kind !== 'leak',
      );
      expect(
        missed.map(({ name }) => name),
        `after ${minutes} minutes`,
      ).toEqual([]);
    }
  });

  it('finds steady leaks of other runtimes within two hours', () => {
    for (const name of ['python, a list that only grows', 'gunicorn, workers that grow']) {
      const { kib } = recorded.series.find((one) => one.name === name)!;
      expect(verdict(kib, 120).kind, name).toBe('leak');
    }
  });
});

/** As the audit gets them: hours of a life of two days, else at most 360 points (commands/recall-life.ts). */
function thinned(each: LabelledSeries): LabelledSeries {
  const life = each.now - (each.starts.at(-1) ?? 0);
  const stepMs = life > 48 * hour ? hour : Math.max(1, Math.ceil(life / 360 / minute)) * minute;
  const from =
    life > 48 * hour ? (each.points[0]?.at ?? 0) : Math.max(each.points[0]?.at ?? 0, each.now - 48 * hour);
  const track = makeTrack(
    each.points.map(({ at }) => at),
    each.points.map(({ bytes }) => bytes),
    { from, to: each.now, stepMs, unit: 64 * 1024 },
    'mean',
  );
  return { ...each, points: pointsOf(track) };
}

describe('the labelled set as the audit gets it, thinned', () => {
  const seeds = [1, 2, 3];
  const all = [...calm, ...leaking].flatMap((shape) => seeds.map((seed) => thinned(series(shape, seed))));
  const judge = ({ points, starts, now }: LabelledSeries) => memoryTrend(points, starts, now);

  it('calls nothing a leak that comes to rest', () => {
    const accused = all.filter((each) => each.label === 'no-leak' && judge(each).kind === 'leak');
    expect(accused.map(({ name }) => name)).toEqual([]);
  });

  it('finds at least 95 % of the leaks', () => {
    const leaks = all.filter((each) => each.label === 'leak');
    const missed = leaks.filter((each) => judge(each).kind !== 'leak').map(({ name }) => name);
    expect(missed.length, missed.join(', ')).toBeLessThanOrEqual(leaks.length * 0.05);
  });

  it('gives an interval that holds the real crossing in nine of ten', () => {
    const told = all.flatMap((each) => {
      const { growth, kind } = judge(each);
      const reach =
        kind === 'leak' && growth && each.limit ? reachOf(each.points, growth, each.limit.bytes) : null;
      return reach && each.limit ? [{ name: each.name, reach, crossedAt: each.limit.crossedAt }] : [];
    });
    const out = told.filter(
      ({ reach, crossedAt }) =>
        crossedAt < reach.earliest || (reach.latest !== null && crossedAt > reach.latest),
    );
    expect(told.length).toBeGreaterThan(30);
    expect(out.length, out.map(({ name }) => name).join(', ')).toBeLessThanOrEqual(told.length * 0.1);
  });
});
