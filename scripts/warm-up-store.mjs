// A collector's store of a few hours of the warm-up's apps, written by our own store: an audit with a past runs over it.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const minute = 60_000;
const MB = 1024 * 1024;

/** Makes `path`; false = this machine has no SQLite. */
export async function makeStore(path, home, pid) {
  const folder = await mkdtemp(join(root, 'node_modules', '.pm2-audit-'));
  try {
    const outfile = join(folder, 'store.cjs');
    await build({
      stdin: {
        contents: `export { findDriver } from './src/history/driver.ts';
          export { openCollector } from './src/history/sqlite.ts';`,
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
    const { findDriver, openCollector } = createRequire(import.meta.url)(outfile);
    const driver = await findDriver().catch(() => null);
    if (driver === null) return false;
    const end = Math.floor(Date.now() / minute) * minute;
    const from = end - 9 * 60 * minute;
    const collector = openCollector(driver, { path, now: from, everyMs: minute, pid });
    for (let at = from; at <= end; at += minute)
      collector.write({ at, sample: sampleAt(at, from, home, pid) });
    collector.end();
    collector.close();
    return true;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One app leaks, one saws, one rests: so every test of a trend is asked. */
function sampleAt(at, from, home, pid) {
  const minutes = (at - from) / minute;
  const bytes = [80 + minutes / 4, 100 + (minutes % 20), 64 + (minutes % 3)].map((mb) => Math.round(mb * MB));
  const names = ['web', 'worker', 'report'];
  const refs = names.map((name, pmId) => ({ home, pmId, name, namespace: 'default' }));
  return {
    at,
    monotonicMs: at,
    host: {
      memoryTotalBytes: 4096 * MB,
      memoryAvailableBytes: 2048 * MB,
      swapTotalBytes: 0,
      swapUsedBytes: 0,
      memorySomePercent: 0,
      memoryFullPercent: 0,
      load1: 1,
    },
    apps: refs.map((app, index) => ({
      app,
      status: 'online',
      pid: pid + index,
      restartCounter: Math.floor(minutes / 200),
      pm2RssBytes: bytes[index],
      treeRssBytes: bytes[index],
      treePssBytes: null,
      treeSwapBytes: 0,
      processes: 1,
      cpuPercent: 1.5,
    })),
    cgroups: null,
    disks: [{ mount: '/', totalBytes: 9000 * MB, freeBytes: (6000 - minutes) * MB }],
    logs: [{ path: join(home, 'logs', 'web-out.log'), app: refs[0], sizeBytes: 1000 * minutes }],
    processes: refs.map((app, index) => ({
      pid: pid + index,
      ppid: 1,
      startedAt: from,
      home,
      app,
      role: 'main',
      comm: 'node',
      uid: 0,
      cgroup: null,
      rssBytes: bytes[index],
    })),
  };
}
