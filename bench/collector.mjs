// What the resident collector costs beside a hundred processes of PM2: resident memory against a bare Node, CPU of one core.
// The whole measurement takes a quarter of an hour; `--smoke` half a minute, without a verdict.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from './measure.mjs';

const root = join(import.meta.dirname, '..');
const pm2 = join(root, 'node_modules/pm2/bin/pm2');
const MB = 1024 * 1024;
const apps = 100;
const ticksPerSecond = 100;

function look(pid) {
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    rssBytes: Number(rss) * 1024,
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond,
  };
}

export async function benchCollector({ smoke }) {
  const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-bench-'));
  const home = join(folder, '.pm2');
  const env = { PATH: process.env.PATH, HOME: folder, PM2_HOME: home, PM2_DISABLE_VERSION_CHECK: '1' };
  const command = (...args) =>
    spawnSync(process.execPath, [pm2, ...args], { env, cwd: folder, stdio: 'ignore' });
  const children = [];
  const start = (...args) => {
    const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
    children.push(child);
    return child.pid;
  };
  try {
    const sleeps = Array.from({ length: apps }, (_, id) => ({
      name: `sleep-${id}`,
      script: 'sleep',
      args: '100000',
      interpreter: 'none',
    }));
    writeFileSync(join(folder, 'bench.config.json'), JSON.stringify({ apps: sleeps }));
    command('start', 'bench.config.json');
    const bare = start('-e', 'setInterval(() => {}, 1e3)');
    const ours = start(
      join(root, 'dist/bin.cjs'),
      'watch',
      '--home',
      home,
      '--db',
      join(folder, 'history.db'),
    );
    // The first minute opens everything once.
    await pause(smoke ? 12_000 : 70_000);
    const from = look(ours);
    const startedMs = performance.now();
    const sizes = [];
    for (let round = 0; round < (smoke ? 2 : 150); round += 1) {
      await pause(5600);
      sizes.push(look(ours).rssBytes);
    }
    const cpuPercent = ((look(ours).cpuMs - from.cpuMs) / (performance.now() - startedMs)) * 100;
    const more = (median(sizes) - look(bare).rssBytes) / MB;
    const growth = (median(sizes.slice(-10)) - median(sizes.slice(0, 10))) / MB;
    return [
      {
        name: 'collector: memory above a bare Node',
        measured: `${more.toFixed(1)} MB`,
        limit: '15 MB',
        ok: more <= 15,
      },
      {
        name: 'collector: CPU of one core',
        measured: `${cpuPercent.toFixed(2)} %`,
        limit: '0.3 %',
        ok: cpuPercent <= 0.3,
      },
      {
        name: 'collector: growth',
        measured: `${growth.toFixed(1)} MB`,
        limit: smoke ? null : '2 MB',
        ok: growth <= 2,
      },
    ];
  } finally {
    for (const child of children) child.kill('SIGTERM');
    command('kill');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
