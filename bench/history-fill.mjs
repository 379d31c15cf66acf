// Fills a store with years of many apps, in seconds: blocks of a few shapes are made once and laid down for every app.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const MB = 1024 * 1024;
const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;
const home = '/home/deploy/.pm2';

async function loadStore() {
  const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-fill-'));
  const outfile = join(folder, 'store.cjs');
  await build({
    stdin: {
      contents: `export { findDriver } from './src/history/driver.ts';
        export { openCollector, saveReport } from './src/history/sqlite.ts';
        export { byBlock, packTable, toBuckets } from './src/history/table.ts';
        export { columnsOf } from './src/history/columns.ts';
        export { blockId, tiers } from './src/history/tiers.ts';`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    external: ['libsql'],
    supported: { 'dynamic-import': false },
    outfile,
    logLevel: 'warning',
  });
  // The bundle asks for libsql from where it lies.
  process.env.NODE_PATH = join(root, 'node_modules');
  createRequire(import.meta.url)('node:module').Module._initPaths();
  const store = createRequire(import.meta.url)(outfile);
  rmSync(folder, { recursive: true, force: true });
  return store;
}

/** Bytes at a time, by shape; `bornAt` is when the process that runs began. */
const shapes = [
  (at) => 120 * MB + 6 * MB * Math.sin(at / hour),
  (at, end) => 90 * MB + Math.max(0, 6 * day - (end - at)) * ((1 * MB) / hour),
  (at) => 200 * MB + 60 * MB * ((at % (2 * hour)) / (2 * hour)),
  (at) => 64 * MB + ((at * 2654435761) % (4 * MB)),
];

/** Samples `stepMs` apart, as the integers that are stored (history/columns.ts). */
function samples(shape, from, end, stepMs) {
  const count = Math.floor((end - from) / stepMs);
  const column = (value) => Float64Array.from({ length: count }, (_, index) => value(from + index * stepMs));
  const pages = column((at) => Math.round(shape(at, end) / 4096));
  return {
    steps: column((at) => Math.floor(at / second)),
    columns: [
      pages,
      pages.map((value) => value - 100),
      column(() => Number.NaN),
      column(() => 0),
      column((at) => (at / 10_000) % 37),
      column(() => 3),
      column((at) => Math.floor(at / day) - 18_000),
      column((at) => 1000 + (Math.floor(at / day) % 30_000)),
      column(() => 1),
    ],
  };
}

/** Makes `path`. The last hour is written as a collector does, up to `end`. */
export async function fillHistory(path, { apps = 100, days = 730, end = Date.now(), restartsADay = 1 } = {}) {
  const store = await loadStore();
  const driver = await store.findDriver();
  const { tiers, columnsOf } = store;
  const columns = columnsOf.app;
  const refs = Array.from({ length: apps }, (_, pmId) => ({
    home,
    pmId,
    name: `app-${pmId}`,
    namespace: 'default',
  }));
  const lastHour = Math.floor((end - 2 * second) / hour) * hour;
  const disk = { typeAt: () => 0, freeRatioAt: () => 0.5 };
  const collector = store.openCollector(driver, {
    path,
    now: lastHour,
    everyMs: 10 * second,
    pid: process.pid,
    disk,
  });
  const sampleAt = (at) => ({
    at,
    monotonicMs: at,
    host: {
      memoryTotalBytes: 32_768 * MB,
      memoryAvailableBytes: 9000 * MB,
      swapTotalBytes: 0,
      swapUsedBytes: 0,
      memorySomePercent: 0,
      memoryFullPercent: 0,
      load1: 1,
    },
    apps: refs.map((app, index) => {
      const bytes = Math.round(shapes[index % shapes.length](at, end));
      return {
        app,
        status: 'online',
        pid: 1000 + index,
        restartCounter: Math.floor(at / day) - 18_000,
        pm2RssBytes: bytes - 400_000,
        treeRssBytes: bytes,
        treePssBytes: null,
        treeSwapBytes: 0,
        processes: 3,
        cpuPercent: 1.5,
      };
    }),
    cgroups: null,
    disks: null,
    logs: null,
    processes: refs.map((app, index) => ({
      pid: 1000 + index,
      ppid: 900,
      startedAt: index % 4 === 3 ? end - 5 * hour : end - 6 * day,
      home,
      app,
      role: 'main',
      comm: 'node',
      uid: 1000,
      cgroup: null,
      rssBytes: 100 * MB,
    })),
  });
  for (let at = lastHour; at < end; at += 10 * second) {
    const written = collector.write({ at, sample: sampleAt(at) });
    if (!written.kept) throw written.problem;
  }
  collector.end();
  collector.close();

  const database = driver.open(path, 2000);
  const ids = database
    .prepare('SELECT id FROM subject WHERE kind = 0 ORDER BY id')
    .all()
    .map(({ id }) => id);
  database.exec('BEGIN IMMEDIATE');
  const add = database.prepare('INSERT INTO block (id, data) VALUES (?, ?) ON CONFLICT (id) DO NOTHING');
  shapes.forEach((shape, kind) => {
    const parts = [
      [tiers.raw, samples(shape, Math.max(end - 2 * day, end - days * day), lastHour, 10 * second)],
      [
        tiers.minute,
        store.toBuckets(
          samples(shape, Math.max(end - 30 * day, end - days * day), lastHour, 30 * second),
          columns,
          tiers.minute,
        ),
      ],
      [
        tiers.hour,
        store.toBuckets(samples(shape, end - days * day, lastHour, 600 * second), columns, tiers.hour),
      ],
      [
        tiers.day,
        store.toBuckets(samples(shape, end - days * day, lastHour, 3600 * second), columns, tiers.day),
      ],
    ];
    for (const [tier, table] of parts) {
      for (const [first, rows] of store.byBlock(table, tier)) {
        const bytes = store.packTable(rows, first, columns, tier);
        ids.forEach((id, index) => {
          if (index % shapes.length === kind) add.run(store.blockId(id, tier, first * tier.stepMs), bytes);
        });
      }
    }
  });
  const event = database.prepare('INSERT INTO event (at, kind, key, facts) VALUES (?, ?, ?, ?)');
  let number = 0;
  // The counter rises at midnight.
  for (let at = Math.ceil((end - days * day) / day) * day; at < end - hour; at += day / restartsADay) {
    for (const { name, pmId } of refs) {
      const line = (ms, facts) =>
        event.run(
          at + ms,
          'pm2-log',
          `fill:${number++}`,
          JSON.stringify({
            kind: 'pm2-log',
            home,
            line: {
              at: at + ms,
              text: `App [${name}:${pmId}] exited with code [1] via signal [SIGINT]`,
              event: facts,
            },
          }),
        );
      line(0, { kind: 'exited', name, pmId, old: false, code: 1, signal: 'SIGINT' });
      line(1000, { kind: 'online', name, pmId, old: false });
    }
  }
  database
    .prepare("INSERT OR REPLACE INTO meta VALUES ('first_at', ?), ('days_from', ?)")
    .run(end - days * day, end - days * day);
  database.exec('COMMIT');
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}
