import { describe, expect, it } from 'vitest';
import { findDriver } from '../../src/history/driver.ts';
import { busKey, kernelKey, logKey } from '../../src/history/event-keys.ts';
import { defaultPath, networkFileSystem, realDisk } from '../../src/history/place.ts';
import { HistoryProblem } from '../../src/history/problem.ts';

const hasOwn = process.getBuiltinModule?.('node:sqlite') !== undefined;

describe('the engine', () => {
  it('is the one of Node where there is one, else libsql', async () => {
    expect((await findDriver()).name).toBe(hasOwn ? 'node:sqlite' : 'libsql');
    expect((await findDriver('libsql')).name).toBe('libsql');
  });

  it.skipIf(hasOwn)('is missing in one sentence', async () => {
    const error = await findDriver('node:sqlite').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HistoryProblem);
    expect(String(error)).toMatch(
      /has no SQLite and libsql is not installed; use Node 22\.13 or newer, or install/,
    );
  });

  it('gives numbers, texts, nulls and bytes back as they were', async () => {
    for (const name of hasOwn ? (['libsql', 'node:sqlite'] as const) : (['libsql'] as const)) {
      const database = (await findDriver(name)).open(':memory:', 0);
      database.exec(
        'CREATE TABLE t (a INTEGER, b TEXT, c BLOB, d) STRICT'.replace('d) STRICT', 'd ANY) STRICT'),
      );
      const row = [2 ** 52, '名', new Uint8Array([0, 1, 255]), null] as const;
      expect(database.prepare('INSERT INTO t VALUES (?, ?, ?, ?)').run(...row)).toBe(1);
      const [read] = database.prepare('SELECT * FROM t').all();
      expect(read).toEqual({ a: row[0], b: row[1], c: read?.['c'], d: null });
      expect(read?.['c']).toBeInstanceOf(Uint8Array);
      expect(Array.from(row[2])).toEqual(Array.from(read?.['c'] instanceof Uint8Array ? read['c'] : []));
      database.close();
    }
  });
});

describe('the place', () => {
  it('is the state folder of the user', () => {
    expect(defaultPath({ XDG_STATE_HOME: '/var/state', HOME: '/home/a' })).toBe(
      '/var/state/pm2-audit/history.db',
    );
    expect(defaultPath({ HOME: '/home/a' })).toBe('/home/a/.local/state/pm2-audit/history.db');
    // The specification: a relative path is no path.
    expect(defaultPath({ XDG_STATE_HOME: 'state', HOME: '/home/a' })).toBe(
      '/home/a/.local/state/pm2-audit/history.db',
    );
  });

  it('is asked what it is', () => {
    expect(networkFileSystem('/', realDisk)).toBeNull();
    expect(realDisk.freeRatioAt('/')).toBeGreaterThan(0);
    expect(realDisk.freeRatioAt('/there/is/none')).toBeNull();
    expect(networkFileSystem('/', { ...realDisk, typeAt: () => 0x01021997 })).toBe('9p');
  });
});

describe('keys of events', () => {
  it('tell sources, boots, files and lines apart', () => {
    const file = { device: 1, inode: 2, bornAt: 3.5 };
    const keys = [
      kernelKey('a', 1),
      kernelKey('b', 1),
      kernelKey('a', 2),
      logKey(file, 0),
      logKey(file, 9),
      logKey({ ...file, bornAt: 8 }, 0),
      busKey({ pid: 1, startedAt: 2 }, 0, 3, 'exit'),
      busKey({ pid: 1, startedAt: 2 }, null, 3, 'exit'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
