// The whole audit over a pm2.log of a gigabyte against `tail -c` and `grep -c` over the same part of it: whole processes.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManyApps } from './many-apps.mjs';
import { median } from './measure.mjs';
import { writePm2Log } from './pm2-log-file.mjs';

const bin = join(import.meta.dirname, '..', 'dist', 'bin.cjs');
const peakHook = join(import.meta.dirname, 'peak-memory.cjs');
const limits = { week: 2, whole: 3, weekPeakBytes: 150 * 1024 * 1024 };
const dayMs = 86_400_000;
const mb = (bytes) => `${(bytes / 1024 / 1024).toFixed(0)} MB`;

/** One process to its end; stdout is read, since grep stops at the first match when it goes to /dev/null. */
async function once(command, args, { env = {}, codes = [0] } = {}) {
  const started = process.hrtime.bigint();
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  });
  const parts = [];
  child.stdout.on('data', (part) => parts.push(part));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (!codes.includes(code)) throw new Error(`${command} ended with code ${code}`);
  return { ms: Number(process.hrtime.bigint() - started) / 1e6, output: Buffer.concat(parts).toString() };
}

/** Rows for bench/run.mjs. `smoke`: a small log, nothing judged. */
export async function benchPm2Log({ runs, smoke }) {
  const apps = new ManyApps();
  try {
    apps.start('small', 0, 3);
    const log = join(apps.folder, 'big.log');
    const to = Math.floor(Date.now() / 1000) * 1000 - 60_000;
    const from = to - 60 * dayMs;
    const { bytes, lines, exits, days } = writePm2Log(log, {
      lines: smoke ? 50_000 : 5_000_000,
      share: 0.1,
      from,
      to,
      apps: ['small-0', 'small-1', 'small-2'],
    });
    // The daemon goes on writing into its own file, which has lost its name.
    renameSync(log, join(apps.home, 'pm2.log'));
    const empty = join(apps.folder, 'empty', '.pm2');
    mkdirSync(empty, { recursive: true });
    writeFileSync(join(empty, 'pm2.log'), '');
    const file = join(apps.home, 'pm2.log');
    const weekBytes = bytes - (days.findLast(({ at }) => at <= Date.now() - 7 * dayMs)?.offset ?? 0);
    const name = `pm2.log, ${mb(bytes)}, ${lines} lines, ${exits} exits`;
    const audit = (since, home = apps.home) => {
      const args = [
        bin,
        '--home',
        home,
        '--since',
        since,
        '--observe',
        '0',
        '--format',
        'json',
        '--out',
        '-',
      ];
      return { args, codes: [0, 1, 2] };
    };
    const measure = async (ours, yardstick) => {
      const samples = { ours: [], grep: [] };
      // The first pair warms the page cache and is not counted.
      for (let run = -1; run < runs; run += 1) {
        const steps = [
          async () => samples.ours.push((await once(process.execPath, ours.args, { codes: ours.codes })).ms),
          async () => samples.grep.push((await once('sh', ['-c', yardstick, 'sh', file])).ms),
        ];
        for (const step of run % 2 ? steps : steps.reverse()) await step();
      }
      const peakFile = join(apps.folder, 'peak');
      await once(process.execPath, ['--require', peakHook, ...ours.args], {
        env: { BENCH_PEAK: peakFile },
        codes: ours.codes,
      });
      const counted = samples.ours.slice(1);
      return {
        ours: median(counted),
        grep: median(samples.grep.slice(1)),
        ratio: median(counted.map((ms, index) => ms / samples.grep[index + 1])),
        peakBytes: Number(readFileSync(peakFile, 'utf8').trim().split('\n').pop()) * 1024,
      };
    };
    const week = await measure(audit('7d'), `tail -c ${weekBytes} "$1" | grep -c 'exited with code'`);
    const whole = await measure(audit('61d'), `grep -c 'exited with code' "$1"`);
    const fixed = await measure(audit('7d', empty), 'true');
    const row = (what, { ours, grep, ratio }, limit, yardstick) => ({
      name: `${name}: ${what}`,
      measured: `${ours.toFixed(0)} ms / ${grep.toFixed(0)} ms ${yardstick} = ${ratio.toFixed(2)}`,
      limit: smoke ? null : limit,
      ok: smoke || ratio <= limit,
    });
    return [
      row(`7 days, ${mb(weekBytes)}`, week, limits.week, 'tail | grep -c'),
      {
        name: `${name}: 7 days, peak memory`,
        measured: mb(week.peakBytes),
        limit: smoke ? null : mb(limits.weekPeakBytes),
        ok: smoke || week.peakBytes <= limits.weekPeakBytes,
      },
      row('whole file', whole, limits.whole, 'grep -c'),
      { name: `${name}: whole file, peak memory`, measured: mb(whole.peakBytes), limit: null, ok: true },
      {
        name: 'the same audit without a log, not subtracted',
        measured: `${fixed.ours.toFixed(0)} ms, ${mb(fixed.peakBytes)}`,
        limit: null,
        ok: true,
      },
    ];
  } finally {
    apps.stop();
  }
}
