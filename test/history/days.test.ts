import { expect, it } from 'vitest';
import { openReader } from '../../src/history/sqlite.ts';
import type { Subject } from '../../src/model/history.ts';
import { day, hour, minute } from '../factories.ts';
import { appSample, collector, driver, MB, ref, run, start, tempPath, wideDisk } from './factory.ts';

const api: Subject = { kind: 'app', app: ref() };

it('keeps a bucket for each day, which says what the hours of that day say', () => {
  const path = tempPath();
  const store = collector(path, { now: start, everyMs: 10 * minute });
  const end = start + 4 * day;
  run(
    store,
    start,
    end,
    (at) => ({ apps: [appSample({ treeRssBytes: Math.round((100 + (at - start) / hour) * MB) })] }),
    10 * minute,
  );
  store.end();
  store.close();
  const reader = openReader(driver, path, wideDisk);
  const read = (resolution: 'day' | 'hour') =>
    reader.series(api, { from: start, to: end, metric: 'treeRssBytes', resolution })!;
  const [days, hours] = [read('day'), read('hour')];
  expect(reader.state().daysFrom).toBe(start);
  const dates = new Set(Array.from(hours.at, (at) => Math.floor(at / day)));
  expect(Array.from(days.at, (at) => at / day)).toEqual([...dates]);
  for (const [index, date] of [...dates].entries()) {
    const own = Array.from(hours.at, (at, place) => (Math.floor(at / day) === date ? place : -1)).filter(
      (place) => place >= 0,
    );
    expect(days.max[index]).toBe(Math.max(...own.map((place) => hours.max[place] ?? 0)));
    expect(days.min[index]).toBe(Math.min(...own.map((place) => hours.min[place] ?? 0)));
    const mean = own.reduce((sum, place) => sum + (hours.mean[place] ?? 0), 0) / own.length;
    expect(Math.abs((days.mean[index] ?? 0) - mean)).toBeLessThan(MB);
  }
  // Two metrics one after the other, out of what is unpacked already, are the same as each alone.
  const last = reader.series(api, { from: end - day, to: end, metric: 'treeRssBytes', resolution: 'minute' });
  expect(last?.last[last.at.length - 1]).toBeGreaterThan(190 * MB);
  reader.close();
});

it('forgets what it has unpacked once another process has written', () => {
  const path = tempPath();
  const store = collector(path, { now: start, everyMs: 10 * minute });
  const sampled = (from: number, to: number): void => {
    run(store, from, to, () => ({ apps: [appSample()] }), 10 * minute);
  };
  sampled(start, start + 2 * hour);
  const reader = openReader(driver, path, wideDisk);
  const count = (): number | undefined =>
    reader.series(api, { from: start, to: start + day, metric: 'treeRssBytes', resolution: 'raw' })?.at
      .length;
  const before = count()!;
  expect(count()).toBe(before);
  sampled(start + 2 * hour + 10 * minute, start + 4 * hour);
  // `run` stops before its end.
  expect(count()).toBe(before + 11);
  reader.close();
  store.close();
});
