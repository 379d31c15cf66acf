// A week of a hundred apps on a clock that runs fast: does the store stay small, and the collector's memory flat?
// Apps in trees of three, a third of them busy; restarts, two crash loops, logs that grow, disks, groups.
// `--smoke` lives through some hours only. Run as a program it is the week itself: node --expose-gc collector-week.mjs HOURS DB
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(import.meta.dirname, '..');
const MB = 1024 * 1024;
const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;
const page = 4096;
const home = '/srv/apps/.pm2';
const begin = Date.UTC(2026, 10, 2);

/** The same week each time. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A hundred apps that live on from look to look. */
function makeApps(chance) {
  return Array.from({ length: 100 }, (_, pmId) => ({
    ref: { home, pmId, name: `app-${pmId}`, namespace: 'default' },
    isBusy: pmId % 3 === 0,
    restartEveryMs: pmId < 2 ? 10 * 60 * second : 2 * day,
    nextRestart: begin + chance() * 2 * day,
    // Each app has numbers of its own: no two processes share a pid.
    pid: 10_000 + pmId * 10_000,
    startedAt: begin - hour,
    restarts: 0,
    pages: [20_000 + chance() * 40_000, 6_000, 3_000].map(Math.round),
    logBytes: [0, 0],
  }));
}

function stepApp(app, at, chance, events) {
  if (at >= app.nextRestart) {
    app.nextRestart = at + app.restartEveryMs * (0.5 + chance());
    app.restarts += 1;
    app.pid += 3;
    app.startedAt = at - 3 * second;
    app.pages = [20_000 + chance() * 40_000, 6_000, 3_000].map(Math.round);
    const { name, pmId } = app.ref;
    const line = (ms, text, event) =>
      events.push({
        key: `log:1:2:3:${at + ms}:${pmId}`,
        at: at + ms,
        facts: { kind: 'pm2-log', home, line: { at: at + ms, text, event } },
      });
    line(-4000, `App [${name}:${pmId}] exited with code [1] via signal [SIGINT]`, {
      kind: 'exited',
      name,
      pmId,
      old: false,
      code: 1,
      signal: 'SIGINT',
    });
    line(-3900, `App [${name}:${pmId}] starting in -fork mode-`, {
      kind: 'starting',
      name,
      pmId,
      mode: 'fork',
    });
    line(-3000, `App [${name}:${pmId}] online`, { kind: 'online', name, pmId, old: false });
  }
  if (app.isBusy) {
    // Allocates, collects, and wavers by some hundred pages at every look.
    const [main = 0] = app.pages;
    app.pages[0] = main > 70_000 ? 30_000 : Math.round(main + chance() * 400 - 120);
    app.pages[1] = Math.round(6_000 + chance() * 300);
  } else if (chance() < 0.15) app.pages[0] = Math.round((app.pages[0] ?? 0) + (chance() - 0.5) * 60);
  app.logBytes[0] += app.isBusy ? Math.round(chance() * 4000) : chance() < 0.05 ? 120 : 0;
}

function sampleOf(apps, at, chance) {
  const isMinute = (at / second) % 60 === 0;
  return {
    at,
    monotonicMs: at,
    host: {
      memoryTotalBytes: 32_768 * MB,
      memoryAvailableBytes: Math.round(9000 + chance() * 200) * MB + Math.round(chance() * 200) * page,
      swapTotalBytes: 2048 * MB,
      swapUsedBytes: 100 * MB,
      memorySomePercent: chance() < 0.1 ? 0.2 : 0,
      memoryFullPercent: 0,
      load1: Math.round((1 + chance()) * 100) / 100,
    },
    apps: apps.map(({ ref, isBusy, restarts, pid, pages }) => ({
      app: ref,
      status: 'online',
      pid,
      restartCounter: restarts,
      pm2RssBytes: pages[0] * page,
      treeRssBytes: (pages[0] + pages[1] + pages[2]) * page,
      treePssBytes:
        at % (10 * 60 * second) === 0 ? Math.round((pages[0] + pages[1] + pages[2]) * 0.8) * page : null,
      treeSwapBytes: isMinute ? 0 : null,
      processes: 3,
      cpuPercent: isBusy ? Math.round(chance() * 400) / 10 : chance() < 0.1 ? 0.1 : 0,
    })),
    cgroups: isMinute
      ? [
          {
            path: '/system.slice/pm2-root.service',
            usedBytes: Math.round(6000 + chance() * 300) * MB,
            limitBytes: null,
          },
        ]
      : null,
    disks: isMinute
      ? ['/', '/var', '/data'].map((mount, index) => ({
          mount,
          totalBytes: 500_000 * MB,
          freeBytes: 300_000 * MB - Math.round((at - begin) / 60_000) * 500_000 * (index + 1),
        }))
      : null,
    logs: isMinute
      ? apps.flatMap(({ ref, logBytes }) =>
          ['out', 'error'].map((name, index) => ({
            path: `/srv/apps/.pm2/logs/${ref.name}-${name}.log`,
            app: ref,
            sizeBytes: logBytes[index],
          })),
        )
      : null,
    processes: [
      {
        pid: 900,
        ppid: 1,
        startedAt: begin - day,
        home,
        app: null,
        role: 'daemon',
        comm: 'PM2 v7.0.4: God',
        uid: 0,
        cgroup: null,
        rssBytes: 70 * MB,
      },
      ...apps.flatMap(({ ref, pid, startedAt, pages }) =>
        pages.map((count, index) => ({
          pid: pid + index,
          ppid: index === 0 ? 900 : pid,
          startedAt: startedAt + index * 100,
          home,
          app: ref,
          role: index === 0 ? 'main' : 'child',
          comm: index === 0 ? 'node' : 'python3',
          uid: 1000,
          cgroup: '/system.slice/pm2-root.service',
          rssBytes: count * page,
        })),
      ),
    ],
  };
}

const sizeOf = (path) => {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
};

async function live(hours, path, bundle) {
  createRequire(import.meta.url)('../scripts/lean.cjs');
  const store = createRequire(import.meta.url)(bundle);
  const collector = store.openCollector(await store.findDriver(), {
    path,
    now: begin,
    everyMs: 10 * second,
    pid: process.pid,
    disk: { typeAt: () => 0, freeRatioAt: () => 0.5 },
  });
  const chance = random(4);
  const apps = makeApps(chance);
  const marks = [];
  let biggestBytes = 0;
  const end = begin + hours * hour;
  for (let at = begin; at < end; at += 10 * second) {
    const events = [];
    for (const app of apps) stepApp(app, at, chance, events);
    if (events.length > 0) collector.write({ at, events });
    const written = collector.write({ at, sample: sampleOf(apps, at, chance) });
    if (!written.kept) throw written.problem;
    if (written.notices.length > 0) throw new Error(written.notices.join('\n'));
    if (at % (hour / 2) === 0) {
      biggestBytes = Math.max(biggestBytes, sizeOf(path) + sizeOf(`${path}-wal`) + sizeOf(`${path}-shm`));
      // What waits for the event loop must not pile up.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if ((at + 10 * second - begin) % ((hours * hour) / 14) === 0) {
      globalThis.gc();
      globalThis.gc();
      const rss = /VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
      marks.push({
        hours: Math.round((at - begin) / hour),
        heapBytes: process.memoryUsage().heapUsed,
        rssBytes: Number(rss) * 1024,
        storeBytes: sizeOf(path),
      });
    }
  }
  const usedBytes = collector.state().usedBytes;
  collector.end();
  process.stdout.write(JSON.stringify({ marks, biggestBytes, usedBytes, endBytes: sizeOf(path) }));
}

export function benchCollectorWeek({ smoke }) {
  const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-week-'));
  try {
    const bundle = join(folder, 'store.cjs');
    buildSync({
      stdin: {
        contents: `export { findDriver } from './src/history/driver.ts'; export { openCollector } from './src/history/sqlite.ts';`,
        resolveDir: root,
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20.19',
      external: ['libsql'],
      supported: { 'dynamic-import': false },
      outfile: bundle,
      logLevel: 'warning',
    });
    const hours = smoke ? 3.5 : 7 * 24;
    const run = spawnSync(
      process.execPath,
      [fileURLToPath(import.meta.url), String(hours), join(folder, 'history.db'), bundle],
      { env: { ...process.env, NODE_PATH: join(root, 'node_modules') }, encoding: 'utf8', maxBuffer: MB },
    );
    if (run.status !== 0) throw new Error(`the week ended early: ${run.stderr}`);
    const { marks, biggestBytes, endBytes } = JSON.parse(run.stdout);
    if (process.env.WEEK_MARKS) for (const mark of marks) console.error(JSON.stringify(mark));
    // By then raw samples are dropped as fast as they come: after the second day nothing may grow but the store.
    const settled = marks[Math.ceil(marks.length * 0.35)];
    const last = marks.at(-1);
    const heapMb = (last.heapBytes - settled.heapBytes) / MB;
    const rssMb = (last.rssBytes - settled.rssBytes) / MB;
    return [
      {
        name: `collector: store after ${hours} h of 100 apps`,
        measured: `${(endBytes / MB).toFixed(1)} MB (with its log at most ${(biggestBytes / MB).toFixed(1)} MB)`,
        limit: smoke ? null : '15 MB',
        ok: endBytes <= 15 * MB,
      },
      {
        name: 'collector: heap growth in that time',
        measured: `${heapMb.toFixed(2)} MB`,
        limit: smoke ? null : '0.5 MB',
        ok: heapMb <= 0.5,
      },
      {
        name: 'collector: RSS growth in that time',
        measured: `${rssMb.toFixed(1)} MB`,
        limit: smoke ? null : '2 MB',
        ok: rssMb <= 2,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await live(Number(process.argv[2]), process.argv[3], process.argv[4]);
