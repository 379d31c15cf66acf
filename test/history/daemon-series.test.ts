import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openReader } from '../../src/history/sqlite.ts';
import type { Subject } from '../../src/model/history.ts';
import { c, day, hour, minute } from '../factories.ts';
import {
  appSample,
  collector,
  driver,
  everyMs,
  MB,
  processSample,
  ref,
  run,
  start,
  tempPath,
} from './factory.ts';

const home = c('/home/deploy/.pm2');
const other = c('/root/.pm2');
const daemon: Subject = { kind: 'daemon', home };
const daemonProcess = (pid: number, rssBytes: number, of = home) =>
  processSample({ pid, rssBytes, home: of, app: null, role: 'daemon', ppid: 1 });
const values = (list: ArrayLike<number> | undefined): readonly number[] => Array.from(list ?? []);

describe('the memory of a daemon', () => {
  it('is kept of each home, before and after the roll-up, with the pid that tells the next daemon', () => {
    const path = tempPath();
    const store = collector(path);
    const change = start + 90 * minute;
    run(store, start, start + 2 * hour + minute, (at) => ({
      processes: [
        daemonProcess(at < change ? 900 : 901, at < change ? 100 * MB : 60 * MB),
        daemonProcess(700, 55 * MB, other),
        processSample(),
      ],
    }));
    const span = { from: start, to: start + 2 * hour + minute };
    const check = (): void => {
      const rss = store.series(daemon, { ...span, metric: 'rss', resolution: 'raw' });
      expect(values(rss?.at)).toHaveLength(726);
      expect(rss?.last[0]).toBe(100 * MB);
      expect(rss?.last[725]).toBe(60 * MB);
      const pid = store.series(daemon, { ...span, metric: 'pid', resolution: 'raw' });
      expect(values(pid?.at)[values(pid?.last).indexOf(901)]).toBe(change);
      const hours = store.series(daemon, { ...span, metric: 'rss', resolution: 'hour' });
      expect(hours?.min[1]).toBe(60 * MB);
      expect(hours?.max[1]).toBe(100 * MB);
      expect(store.allSeries('daemon', { ...span, metric: 'rss' })).toHaveLength(2);
    };
    check();
    // The roll-up of the finished hours comes with the next samples.
    run(store, start + 2 * hour + minute, start + 2 * hour + 5 * minute, () => ({ processes: [] }));
    check();
    expect(store.subjects('daemon')).toEqual([daemon, { kind: 'daemon', home: other }]);
    store.end();
  });

  it('has no point where there was no daemon, and where nobody looked', () => {
    const store = collector(tempPath());
    run(store, start, start + 4 * everyMs, (at) => ({
      processes: at === start + everyMs ? [] : [daemonProcess(900, 80 * MB)],
    }));
    run(store, start + 4 * everyMs, start + 6 * everyMs, () => ({ processes: null }));
    const rss = store.series(daemon, { from: start, to: start + hour, metric: 'rss', resolution: 'raw' });
    expect(values(rss?.at)).toEqual([start, start + 2 * everyMs, start + 3 * everyMs]);
    store.end();
  });

  it('is added to a file that was begun before it was kept', () => {
    const path = tempPath();
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(join(import.meta.dirname, '..', 'fixtures', 'history', 'version-1.db'), path);
    const before = openReader(driver, path);
    expect(before.subjects('daemon')).toEqual([]);
    expect(before.series(daemon, { from: start, to: start + hour, metric: 'rss' })).toBeNull();
    before.close();
    const now = start + day;
    const store = collector(path, { now });
    run(store, now, now + hour + minute, () => ({ processes: [daemonProcess(900, 80 * MB)] }));
    const old = { from: start, to: start + 2 * hour + minute, resolution: 'raw' } as const;
    expect(store.series({ kind: 'app', app: ref() }, { ...old, metric: 'treeRssBytes' })?.at.length).toBe(
      726,
    );
    expect(store.series({ kind: 'app', app: ref() }, { ...old, metric: 'treeRssBytes' })?.last[0]).toBe(
      appSample().treeRssBytes,
    );
    const rss = store.series(daemon, { from: now, to: now + 2 * hour, metric: 'rss', resolution: 'raw' });
    expect(rss?.at.length).toBe(366);
    store.end();
  });
});
