import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Disk, realDisk } from '../../src/history/place.ts';
import { HistoryProblem, type ProblemCode } from '../../src/history/problem.ts';
import { openCollector, openReader, saveReport } from '../../src/history/sqlite.ts';
import type { Subject } from '../../src/model/history.ts';
import { c, day, hour, minute } from '../factories.ts';
import { bundleStore, nodes, runScript, startScript } from './bundle.ts';
import {
  appSample,
  collector,
  driver,
  everyMs,
  exitEvent,
  processSample,
  ref,
  run,
  sample,
  start,
  tempPath,
  wideDisk,
} from './factory.ts';

const paths: string[] = [];
const place = (): string => {
  const path = tempPath();
  paths.push(path);
  return path;
};
let bundle = '';
beforeAll(() => {
  bundle = bundleStore();
});
afterAll(() => rmSync(dirname(bundle), { recursive: true, force: true }));
afterEach(() => {
  for (const path of paths.splice(0)) rmSync(dirname(dirname(path)), { recursive: true, force: true });
});
const api: Subject = { kind: 'app', app: ref() };
const span = { from: start - day, to: start + 400 * day };

/** One clear sentence: names the file, says what to do, and no more. */
function problemFrom(work: () => unknown): HistoryProblem {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HistoryProblem)) throw error;
    expect(error.message).toMatch(/^history .+: .+; .+[^.]$/);
    expect(error.message).not.toMatch(/\n|undefined|Error:/);
    return error;
  }
  throw new Error('it did not fail');
}
const codeFrom = (work: () => unknown): ProblemCode => problemFrom(work).code;

describe('kill -9', () => {
  it('at 100 random moments loses at most the sample at hand, and doubles nothing', async () => {
    const path = place();
    let seed = 20261122;
    const random = (): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    const kills = 100;
    let told = 0;
    for (let turn = 0; turn < kills; turn += 1) {
      const node = nodes[turn % nodes.length];
      // Goes on from its own cursor, reads the last events again as a log would be, says what is safely kept.
      const child = startScript(
        node?.path ?? process.execPath,
        bundle,
        path,
        `const driver = await store.findDriver();
        const collector = store.openCollector(driver, { path, now: start, everyMs: 10e3, pid: process.pid, disk });
        let next = Number(collector.cursor('kmsg') ?? -1) + 1;
        const { writeSync } = require('node:fs');
        for (let number = next; ; number += 1) {
          const at = start + number * 10e3;
          const events = [exit(Math.max(number - 1, 0), at - 10e3), exit(number, at)];
          const written = collector.write({ at, sample: sample(at, number), events, cursors: { kmsg: String(number) } });
          if (!written.kept || written.notices.length > 0) { writeSync(2, JSON.stringify(written)); process.exit(1); }
          writeSync(1, number + '\\n');
        }`,
      );
      let out = '';
      let errors = '';
      child.stderr?.on('data', (chunk) => {
        errors += chunk;
      });
      const gone = new Promise((resolve) => child.on('close', resolve));
      await new Promise<void>((resolve) => {
        let wanted = 1 + Math.floor(random() * 120);
        child.stdout?.on('data', (chunk: Buffer) => {
          out += chunk;
          wanted -= chunk.toString().split('\n').length - 1;
          if (wanted <= 0) resolve();
        });
        child.on('close', () => resolve());
      });
      child.kill('SIGKILL');
      await gone;
      expect(errors).toBe('');
      told = Number(
        out
          .trim()
          .split('\n')
          .filter((line) => line !== '')
          .at(-1) ?? told,
      );

      if (turn % 10 !== 9) continue;
      const reader = openReader(driver, path);
      const kept = Number(reader.cursor('kmsg'));
      // Everything it said was kept is; the one it was at may be.
      expect(kept).toBeGreaterThanOrEqual(told);
      const events = reader
        .events({ ...span, limit: 1_000_000 })
        .filter(({ facts }) => facts.kind === 'exit');
      expect(events.map(({ key }) => Number(key.split(':')[2]))).toEqual(
        Array.from({ length: kept + 1 }, (_, number) => number),
      );
      const series = reader.series(api, { ...span, metric: 'restartCounter', resolution: 'raw' });
      expect(Array.from(series?.last ?? [])).toEqual(Array.from({ length: kept + 1 }, (_, number) => number));
      expect(reader.processes(span)?.processes).toHaveLength(1);
      reader.close();
    }
    const said = await runScript(
      process.execPath,
      bundle,
      path,
      `const driver = await store.findDriver(); const db = driver.open(path, 1000);
      console.log(JSON.stringify(db.prepare('PRAGMA integrity_check').all())); db.close();`,
    );
    expect(JSON.parse(said)).toEqual([{ integrity_check: 'ok' }]);
    expect(readdirSync(dirname(path)).filter((name) => name.includes('corrupt'))).toEqual([]);
  }, 240_000);
});

describe('two at once', () => {
  it('lets one collector write, names it to the second, and lets everybody read', async () => {
    const path = place();
    const child = startScript(
      process.execPath,
      bundle,
      path,
      `const collector = store.openCollector(await store.findDriver(), { path, now: start, everyMs: 10e3, pid: process.pid, disk });
      collector.write({ at: start, sample: sample(start, 1) }); console.log('open'); setInterval(() => {}, 1000);`,
    );
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    const problem = problemFrom(() => collector(path));
    expect(problem.code).toBe('locked');
    expect(problem.message).toContain(`(pid ${child.pid})`);
    const reader = openReader(driver, path);
    expect(reader.series(api, { ...span, metric: 'pid' })?.at.length).toBe(1);
    reader.close();
    saveReport(
      driver,
      path,
      { takenAt: start, host: c('h'), verdict: 'healthy', score: 1, grade: 'A', summary: null },
      { disk: wideDisk },
    );
    const gone = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGKILL');
    await gone;
    // Its lock went with it.
    const next = collector(path, { now: start + minute });
    expect(next.reports({ limit: 1 })).toHaveLength(1);
    // The same process may not have two either, and end() gives the lock back.
    expect(codeFrom(() => collector(path))).toBe('locked');
    next.end();
    collector(path).end();
  });
});

describe('a damaged file', () => {
  const broken: readonly (readonly [string, (path: string) => void])[] = [
    [
      'is no database at all',
      (path) => writeFileSync(path, 'this is not a database, and never was one '.repeat(40)),
    ],
    [
      'has pages of zeros',
      (path) => {
        const bytes = readFileSync(path);
        bytes.fill(0, 1024, Math.min(bytes.length, 40 * 1024));
        writeFileSync(path, bytes);
      },
    ],
    ['is cut in the middle', (path) => writeFileSync(path, readFileSync(path).subarray(0, 9 * 1024 + 100))],
  ];
  it.each(broken)('that %s is moved aside, said, and begun anew; never deleted', async (_name, spoil) => {
    const path = place();
    // By a process that is gone, and without goodbye: so the next run looks the pages through.
    await runScript(
      process.execPath,
      bundle,
      path,
      `const collector = store.openCollector(await store.findDriver(), { path, now: start, everyMs: 10e3, pid: 1, disk });
      for (let at = start; at < start + 7200e3; at += 10e3) collector.write({ at, sample: sample(at, 1) });
      process.reallyExit(0);`,
    );
    for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    spoil(path);
    const bytes = readFileSync(path);
    const next = collector(path, { now: start + 3 * hour });
    const written = next.write({ at: start + 3 * hour, sample: sample(start + 3 * hour) });
    expect(written).toMatchObject({ kept: true });
    expect(written.notices).toHaveLength(1);
    expect(written.notices[0]).toMatch(
      /was damaged \(.+\); moved to .+\.corrupt-2026-11-20, a new one begun$/,
    );
    expect(readFileSync(`${path}.corrupt-2026-11-20`)).toEqual(bytes);
    expect(next.events({ ...span, kinds: ['store-replaced'] })).toHaveLength(1);
    expect(next.series(api, { ...span, metric: 'pid' })?.at.length).toBe(1);
    expect(
      next.write({ at: start + 3 * hour + everyMs, sample: sample(start + 3 * hour + everyMs) }),
    ).toMatchObject({ notices: [] });
    next.end();
  });

  it('is only reported by a reader', () => {
    const path = place();
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'not a database '.repeat(400));
    expect(codeFrom(() => openReader(driver, path))).toBe('corrupt');
    expect(readdirSync(dirname(path))).toEqual(['history.db']);
  });

  it('loses one block, not the series, when a single one is damaged', () => {
    const path = place();
    const store = collector(path);
    run(store, start, start + 4 * hour);
    run(store, start + 4 * hour, start + 5 * hour);
    const before = store.series(api, { ...span, metric: 'pid', resolution: 'raw' })?.at.length ?? 0;
    store.end();
    const database = driver.open(path, 0);
    const [row] = database.prepare('SELECT min(id) AS id FROM block').all();
    database
      .prepare('UPDATE block SET data = ? WHERE id = ?')
      .run(new Uint8Array([1, 255, 255, 255]), Number(row?.['id']));
    database.close();
    const reader = openReader(driver, path);
    const series = reader.series(api, { ...span, metric: 'pid', resolution: 'raw' });
    expect(series?.at.length).toBe(before - 360);
    expect(series?.gaps).toContainEqual({ from: start, to: start + hour });
    reader.close();
  });
});

describe('no room', () => {
  it('below 5 % it stops with one line, and goes on by itself', () => {
    let free = 0.04;
    const disk: Disk = { typeAt: () => 0, freeRatioAt: () => free };
    const store = collector(place(), { disk });
    free = 0.5;
    run(store, start, start + minute);
    free = 0.049;
    const at = (number: number): number => start + minute + number * everyMs;
    const stopped = store.write({ at: at(0), sample: sample(at(0)) });
    expect(stopped).toMatchObject({ kept: false, problem: { code: 'disk-full' } });
    expect(stopped.notices).toEqual([
      expect.stringMatching(/only 4\.9 % of the disk is free, nothing more is written; make room/),
    ]);
    for (let number = 1; number < 30; number += 1)
      expect(store.write({ at: at(number), sample: sample(at(number)) })).toMatchObject({
        kept: false,
        notices: [],
      });
    // A little more does not yet do: it would flutter.
    free = 0.055;
    expect(store.write({ at: at(30), sample: sample(at(30)) }).kept).toBe(false);
    free = 0.07;
    expect(store.write({ at: at(31), sample: sample(at(31)) })).toMatchObject({
      kept: true,
      notices: [expect.stringMatching(/room again/)],
    });
    expect(
      store
        .events({ ...span })
        .map(({ facts }) => facts.kind)
        .sort(),
    ).toEqual(['gap', 'store-resumed', 'store-stopped']);
    expect(store.gaps({ from: start, to: at(31) })).toEqual([{ from: start + minute - everyMs, to: at(31) }]);
    store.end();
  });

  it.each([
    { name: 'a full disk', disk: realDisk, mostLines: 2 },
    // A quota, say: there seems to be room.
    { name: 'a full disk that hides it', disk: wideDisk, mostLines: 6 },
  ])('on $name it says so, and is whole when there is room again', ({ disk, mostLines }) => {
    const mount = mkdtempSync(join(tmpdir(), 'history-full-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', mount]);
    if (mounted.status !== 0) {
      rmSync(mount, { recursive: true });
      if (process.env['CI'] && process.getuid?.() === 0) throw new Error(`no tmpfs: ${mounted.stderr}`);
      console.warn('SKIPPED: a full disk needs the right to mount a tmpfs');
      return;
    }
    try {
      const store = collector(join(mount, 'history.db'), { disk });
      const notices: string[] = [];
      let kept = 0;
      let refused = 0;
      for (let at = start; at < start + 4 * hour; at += everyMs) {
        if (at === start + minute) writeFileSync(join(mount, 'ballast'), Buffer.alloc(330 * 1024));
        if (at === start + 2 * hour) rmSync(join(mount, 'ballast'));
        const apps = [0, 1, 2, 3, 4].map((id) =>
          appSample({ app: ref(id), treeRssBytes: ((at * (id + 7)) % 99_991) * 4096 }),
        );
        const written = store.write({ at, sample: sample(at, { apps }), events: [exitEvent(`k:${at}`, at)] });
        notices.push(...written.notices);
        if (written.kept) kept += 1;
        else refused += 1;
        if (!written.kept) expect(written.problem.code).toBe('disk-full');
        if (at === start + 3 * hour) break;
      }
      expect(refused).toBeGreaterThan(10);
      const said = notices.filter((line) => /make room/.test(line)).length;
      expect(said).toBeGreaterThan(0);
      expect(said).toBeLessThanOrEqual(mostLines);
      expect(store.events({ ...span, kinds: ['exit'], limit: 10_000 })).toHaveLength(kept);
      store.end();
      const again = openReader(driver, join(mount, 'history.db'));
      expect(again.series(api, { ...span, metric: 'pid', resolution: 'raw' })?.at.length).toBe(kept);
      again.close();
    } finally {
      execFileSync('umount', ['-l', mount]);
      rmSync(mount, { recursive: true });
    }
  });
});

describe('a place where there can be no store', () => {
  it('is refused on a network file system', () => {
    const path = place();
    const nfs: Disk = { typeAt: () => 0x6969, freeRatioAt: () => 0.5 };
    expect(problemFrom(() => collector(path, { disk: nfs })).message).toMatch(
      /network file system \(NFS\); name a local path with --db$/,
    );
    expect(existsSync(path)).toBe(false);
    // CIFS as a signed number, as some kernels give it.
    expect(codeFrom(() => collector(path, { disk: { ...nfs, typeAt: () => -11317950 } }))).toBe(
      'network-file-system',
    );
    collector(path).end();
    expect(codeFrom(() => openReader(driver, path, nfs))).toBe('network-file-system');
  });

  it('is refused where a file stands for the folder, or nothing may be written', () => {
    const path = place();
    writeFileSync(join(dirname(dirname(path)), 'state'), '');
    expect(codeFrom(() => collector(path))).toBe('failed');
    const readOnly = mkdtempSync(join(tmpdir(), 'history-ro-'));
    paths.push(join(readOnly, 'x', 'history.db'));
    chmodSync(readOnly, 0o555);
    if (process.getuid?.() === 0) {
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', readOnly]);
      if (mounted.status !== 0) {
        console.warn('SKIPPED: root may write everywhere, and may not mount a read-only folder here');
        return;
      }
    }
    try {
      const problem = problemFrom(() => collector(join(readOnly, 'history.db')));
      expect(problem.code).toBe('not-writable');
      expect(codeFrom(() => openReader(driver, join(readOnly, 'history.db')))).toBe('no-store');
    } finally {
      if (process.getuid?.() === 0) execFileSync('umount', ['-l', readOnly]);
      chmodSync(readOnly, 0o755);
    }
  });

  it('is refused where there is no store yet, by a reader', () => {
    expect(codeFrom(() => openReader(driver, place()))).toBe('no-store');
  });
});

describe('a clock that jumps', () => {
  const ticks = (store: ReturnType<typeof collector>, from: number, count: number, upFrom: number): void => {
    for (let number = 0; number < count; number += 1) {
      const at = from + number * everyMs;
      const written = store.write({
        at,
        sample: { ...sample(at, { processes: [processSample()] }), monotonicMs: upFrom + number * everyMs },
        events: [exitEvent(`k:${upFrom + number * everyMs}`, at)],
      });
      expect(written).toMatchObject({ kept: true, notices: [] });
    }
  };

  it.each([
    ['forwards', day],
    ['backwards', -day],
    ['back by half an hour', -30 * minute],
  ])('a day %s doubles no bucket and keeps the order of events', (_name, jump) => {
    const path = place();
    const store = collector(path);
    ticks(store, start, 400, 0);
    ticks(store, start + 400 * everyMs + jump, 400, 400 * everyMs);
    const back = start + 800 * everyMs;
    ticks(store, back, 800, 800 * everyMs);
    const check = (reader: Pick<typeof store, 'series' | 'events' | 'processes'>): void => {
      for (const resolution of ['raw', 'minute', 'hour'] as const) {
        const at = Array.from(reader.series(api, { ...span, metric: 'treeRssBytes', resolution })?.at ?? []);
        expect(at.length).toBeGreaterThan(0);
        expect(at).toEqual([...new Set(at)].sort((a, b) => a - b));
      }
      const events = reader.events({ ...span, limit: 10_000 }).filter(({ facts }) => facts.kind === 'exit');
      expect(events).toHaveLength(1600);
      const told = [...events]
        .sort((a, b) => a.sequence - b.sequence)
        .map(({ key }) => Number(key.split(':')[1]));
      expect(told).toEqual(Array.from({ length: 1600 }, (_, number) => number * everyMs));
    };
    check(store);
    const jumps = store.events({ ...span, kinds: ['clock-jump'] });
    expect(
      jumps
        .map(({ facts }) => (facts.kind === 'clock-jump' ? facts.to - facts.from : 0))
        .sort((a, b) => a - b),
    ).toEqual([jump, -jump].sort((a, b) => a - b));
    expect(store.events({ ...span, kinds: ['gap'] })).toEqual([]);
    expect(store.processes(span)?.processes).toHaveLength(1);
    store.end();
    const reader = openReader(driver, path);
    check(reader);
    reader.close();
  });

  it('a jump of years does not empty the store', () => {
    const store = collector(place());
    run(store, start, start + 3 * hour);
    run(store, start + 1000 * day, start + 1000 * day + 3 * hour);
    run(store, start + 4 * hour, start + 5 * hour);
    expect(
      store.series(api, { from: start, to: start + day, metric: 'pid', resolution: 'minute' })?.at.length,
    ).toBe(240);
    store.end();
  });
});

describe('a file of another time', () => {
  it('of a newer version is refused, and left as it is', () => {
    const path = place();
    collector(path).end();
    const database = driver.open(path, 0);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(problemFrom(() => collector(path)).message).toMatch(
      /written by a newer pm2-audit \(layout 99, this one knows \d+\)/,
    );
    expect(codeFrom(() => openReader(driver, path))).toBe('newer');
    expect(readdirSync(dirname(path)).filter((name) => name.includes('corrupt'))).toEqual([]);
  });

  it('of another program is refused, and left as it is', () => {
    const path = place();
    mkdirSync(dirname(path), { recursive: true });
    const database = driver.open(path, 0);
    database.exec('CREATE TABLE theirs (a)');
    database.close();
    expect(codeFrom(() => openCollector(driver, { path, now: start, everyMs, pid: 1, disk: wideDisk }))).toBe(
      'foreign',
    );
    expect(codeFrom(() => openReader(driver, path))).toBe('foreign');
    expect(readdirSync(dirname(path)).filter((name) => name.includes('corrupt'))).toEqual([]);
  });
});
