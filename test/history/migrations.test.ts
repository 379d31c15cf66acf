import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { migrate, newestVersion, versionOf } from '../../src/history/migrations/index.ts';
import { openReader } from '../../src/history/sqlite.ts';
import type { Subject } from '../../src/model/history.ts';
import { c, day, hour } from '../factories.ts';
import {
  appSample,
  collector,
  driver,
  exitEvent,
  processSample,
  ref,
  run,
  start,
  tempPath,
} from './factory.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'history');
const api: Subject = { kind: 'app', app: ref() };
const paths: string[] = [];
const place = (): string => {
  const path = tempPath();
  mkdirSync(dirname(path), { recursive: true });
  paths.push(path);
  return path;
};
afterEach(() => {
  for (const path of paths.splice(0)) rmSync(dirname(dirname(path)), { recursive: true, force: true });
});

/** What every fixture holds: two hours, one event, one process, one cursor. Made once by the code of its own version. */
function makeFixture(path: string): void {
  const store = collector(path);
  run(store, start, start + 2 * hour + 60_000, () => ({
    apps: [appSample()],
    processes: [processSample()],
    disks: [{ mount: c('/'), totalBytes: 4096, freeBytes: 4096 }],
  }));
  store.write({ at: start, events: [exitEvent('kmsg:b:1', start)], cursors: { kmsg: '1' } });
  store.end();
}

const fixture = (version: number): string => join(fixtures, `version-${version}.db`);
if (!existsSync(fixture(newestVersion))) {
  if (process.env['CI'])
    throw new Error(`no fixture of version ${newestVersion}: run this test once and commit it`);
  const path = place();
  makeFixture(path);
  mkdirSync(fixtures, { recursive: true });
  copyFileSync(path, fixture(newestVersion));
}

describe('a file of every version there ever was', () => {
  it('is here', () => {
    expect(
      readdirSync(fixtures)
        .filter((name) => name.endsWith('.db'))
        .sort(),
    ).toEqual(Array.from({ length: newestVersion }, (_, index) => `version-${index + 1}.db`));
  });

  it.each(Array.from({ length: newestVersion }, (_, index) => index + 1))(
    'version %d opens with all it held',
    (version) => {
      const path = place();
      copyFileSync(fixture(version), path);
      const check = (store: ReturnType<typeof openReader>): void => {
        const span = { from: start, to: start + 2 * hour + 60_000 };
        expect(store.state().version).toBe(newestVersion);
        expect(store.series(api, { ...span, metric: 'treeRssBytes', resolution: 'raw' })?.at.length).toBe(
          726,
        );
        expect(store.series(api, { ...span, metric: 'treeRssBytes', resolution: 'minute' })?.at.length).toBe(
          121,
        );
        expect(store.series(api, { ...span, metric: 'treeRssBytes', resolution: 'hour' })?.at.length).toBe(3);
        expect(store.events({ ...span, kinds: ['exit'] })).toHaveLength(1);
        expect(store.processes(span)?.processes).toMatchObject([{ pid: 4242, app: ref(), comm: 'node' }]);
        expect(store.cursor('kmsg')).toBe('1');
      };
      const reader = openReader(driver, path);
      check(reader);
      reader.close();
      const writer = collector(path, { now: start + day });
      check(writer);
      run(writer, start + day, start + day + 60_000);
      writer.end();
    },
  );
});

describe('steps', () => {
  const one = 'CREATE TABLE a (x)';
  const two = 'ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES (1, 2)';

  it('run in order, each once', () => {
    const database = driver.open(place(), 0);
    migrate(database, 'p', [one]);
    expect(versionOf(database).version).toBe(1);
    migrate(database, 'p', [one, two]);
    migrate(database, 'p', [one, two]);
    expect(versionOf(database).version).toBe(2);
    expect(database.prepare('SELECT x, y FROM a').all()).toEqual([{ x: 1, y: 2 }]);
    database.close();
  });

  it('that fail leave the file as it was', () => {
    const database = driver.open(place(), 0);
    migrate(database, 'p', [one]);
    expect(() => migrate(database, 'p', [one, `${two}; SELECT nonsense FROM nowhere`])).toThrow(/nowhere/);
    expect(versionOf(database).version).toBe(1);
    expect(database.prepare('SELECT * FROM a').all()).toEqual([]);
    migrate(database, 'p', [one, two]);
    expect(versionOf(database).version).toBe(2);
    database.close();
  });
});
