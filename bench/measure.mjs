// Times whole processes in pairs, so that what else the machine does hits both alike.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const peakHook = join(import.meta.dirname, 'peak-memory.cjs');

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Runs one command to its end, output to nowhere. Wall time in ms; peak RSS in bytes for Node processes, else null. */
export async function once({ command, args, env = {}, codes = [0] }) {
  const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-bench-'));
  const peakFile = join(folder, 'peak');
  const isNode = command === process.execPath;
  const all = isNode ? ['--require', peakHook, ...args] : args;
  const started = process.hrtime.bigint();
  const child = spawn(command, all, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env, BENCH_PEAK: peakFile },
  });
  let talk = '';
  child.stderr.on('data', (chunk) => {
    talk = (talk + chunk).slice(-2000);
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  try {
    if (!codes.includes(code))
      throw new Error(`${command} ${args.join(' ')} ended with code ${code}: ${talk}`);
    return {
      ms,
      peakBytes: isNode ? Number(readFileSync(peakFile, 'utf8').trim().split('\n').pop()) * 1024 : null,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Interleaved runs of both; the first pair warms the caches and is not counted. */
export async function pair(ours, yardstick, runs) {
  const result = { ours: [], yardstick: [] };
  for (let run = -1; run < runs; run++) {
    const order = run % 2 ? ['ours', 'yardstick'] : ['yardstick', 'ours'];
    for (const which of order) {
      const sample = await once(which === 'ours' ? ours : yardstick);
      if (run >= 0) result[which].push(sample);
    }
  }
  const summary = (samples) => ({
    ms: median(samples.map(({ ms }) => ms)),
    peakBytes: samples[0]?.peakBytes === null ? null : median(samples.map(({ peakBytes }) => peakBytes)),
  });
  const a = summary(result.ours);
  const b = summary(result.yardstick);
  // Paired ratios: each run against its own neighbour.
  const ratio = median(result.ours.map(({ ms }, n) => ms / result.yardstick[n].ms));
  return {
    ours: a,
    yardstick: b,
    ratio,
    memoryRatio: a.peakBytes && b.peakBytes ? a.peakBytes / b.peakBytes : null,
  };
}
