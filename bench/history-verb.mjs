// `history` over two years of 100 apps, a whole process, against a bare `node`: its start is what every run pays.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillHistory } from './history-fill.mjs';
import { pair } from './measure.mjs';

const bin = join(import.meta.dirname, '..', 'dist', 'bin.cjs');
/** 300 ms on a machine where `node` alone takes 40. */
const limit = 7.5;

export async function benchHistoryVerb({ runs, smoke }) {
  const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-bench-'));
  try {
    const db = join(folder, 'history.db');
    await fillHistory(db, smoke ? { apps: 5, days: 3 } : { apps: 100, days: 730 });
    const node = { command: process.execPath, args: ['-e', '0'] };
    const rows = [];
    for (const [name, args] of [
      ['history, table of 100 apps', []],
      ['history, chart of one app', ['app-1']],
    ]) {
      const verb = { command: process.execPath, args: [bin, 'history', ...args, '--db', db, '--lang', 'en'] };
      const { ours, yardstick, ratio } = await pair(verb, node, runs);
      rows.push({
        name,
        measured: `${ours.ms.toFixed(0)} ms, node alone ${yardstick.ms.toFixed(0)} ms: ${ratio.toFixed(1)} times`,
        limit: `${limit} times`,
        ok: ratio <= limit,
      });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
