// The whole audit with all four formats against `pm2 jlist` printing its list, on the same daemon.
import { join } from 'node:path';
import { ManyApps } from './many-apps.mjs';
import { pair } from './measure.mjs';

const bin = join(import.meta.dirname, '..', 'dist', 'bin.cjs');
const mb = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

async function against(apps, runs) {
  const ours = {
    command: process.execPath,
    args: [
      bin,
      '--observe',
      '0',
      '--home',
      apps.home,
      '--out',
      join(apps.folder, 'reports'),
      '--format',
      'terminal,md,html,json',
      '--lang',
      'en',
    ],
    codes: [0, 1],
  };
  return pair(ours, apps.jlist, runs);
}

/** Returns rows: what, measured, limit, ok. `smoke` measures few apps and keeps no limit. */
export async function benchAudit({ runs, smoke }) {
  const rows = [];
  const show = (name, result, limits) => {
    const { ours, yardstick, ratio, memoryRatio } = result;
    rows.push({
      name: `${name}: wall time against pm2 jlist`,
      measured: `${ours.ms.toFixed(0)} ms / ${yardstick.ms.toFixed(0)} ms = ${ratio.toFixed(2)}`,
      limit: limits.time ?? null,
      ok: limits.time === undefined || ratio <= limits.time,
    });
    rows.push({
      name: `${name}: peak memory against pm2 jlist`,
      measured: `${mb(ours.peakBytes)} / ${mb(yardstick.peakBytes)} = ${memoryRatio.toFixed(2)}`,
      limit: limits.memory ?? null,
      ok: limits.memory === undefined || memoryRatio <= limits.memory,
    });
    return result;
  };
  const small = new ManyApps();
  try {
    const steps = smoke ? [10] : [100, 300, 1000];
    const times = [];
    let started = 0;
    for (const count of steps) {
      small.start('small', started, count);
      started = count;
      const result = show(
        `${count} small processes`,
        await against(small, runs),
        count === 100 ? { time: 1, memory: 1.2 } : {},
      );
      times.push([count, result.ours.ms]);
    }
    if (!smoke) {
      // Linear or better: the cost of one more process does not rise from 100..300 to 300..1,000.
      const [[n1, t1], [n2, t2], [n3, t3]] = times;
      const early = (t2 - t1) / (n2 - n1);
      const late = (t3 - t2) / (n3 - n2);
      rows.push({
        name: 'ms a further process, 100 to 300 and 300 to 1,000',
        measured: `${early.toFixed(3)}, ${late.toFixed(3)}`,
        limit: 'no faster than linear',
        ok: late <= Math.max(early, 0.02) * 1.25,
      });
    }
  } finally {
    small.stop();
  }
  const real = new ManyApps();
  try {
    const count = smoke ? 3 : 100;
    real.start('real', 0, count);
    show(`${count} real Node apps`, await against(real, runs), smoke ? {} : { time: 1.5 });
  } finally {
    real.stop();
  }
  return rows;
}
