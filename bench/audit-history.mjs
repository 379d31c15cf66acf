// What a collector's history adds to an audit: two years of 100 apps, with the store and without it, on the same daemon.
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fillHistory } from './history-fill.mjs';
import { ManyApps } from './many-apps.mjs';
import { median, once } from './measure.mjs';

const bin = join(import.meta.dirname, '..', 'dist', 'bin.cjs');
/** What it may add, ms. */
const limitMs = 150;

/** The store's apps become those of the daemon: same home, names and ids. */
function adopt(path, home) {
  const Database = createRequire(import.meta.url)('libsql');
  const database = new Database(path);
  database.prepare("UPDATE subject SET home = ?, name = 'small-' || pm_id WHERE kind = 0").run([home]);
  database.prepare("UPDATE text SET value = ? WHERE value LIKE '%/.pm2'").run([home]);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

/** Returns rows: what, measured, limit, ok. `smoke` measures few apps and keeps no limit. */
export async function benchAuditHistory({ runs, smoke }) {
  const count = smoke ? 5 : 100;
  const apps = new ManyApps();
  try {
    apps.start('small', 0, count);
    const state = join(apps.folder, 'state');
    const path = join(state, 'history.db');
    mkdirSync(state, { recursive: true });
    await fillHistory(path, { apps: count, days: smoke ? 9 : 730 });
    adopt(path, apps.home);
    // By default an audit listens to the bus for two seconds, behind which the history is read; here it does not.
    const audit = (observe, ...more) => ({
      command: process.execPath,
      args: [
        bin,
        '--observe',
        observe,
        '--home',
        apps.home,
        '--out',
        '-',
        '--format',
        'json',
        '--lang',
        'en',
        ...more,
      ],
      // No other store, wherever it is run.
      env: { XDG_STATE_HOME: join(apps.folder, 'none') },
      codes: [0, 1],
    });
    const rows = [];
    // All apps have just been started, so each is judged by the life before: the dearest case there is.
    for (const [name, observe, most] of [
      ['history of 2 years, 100 apps', '2s', limitMs],
      ['the same without listening to the bus, not judged', '0', null],
    ]) {
      const added = [];
      const plain = [];
      for (let run = -1; run < runs; run += 1) {
        const order = run % 2 === 0 ? [true, false] : [false, true];
        const ms = {};
        for (const isWith of order)
          ms[isWith] = (await once(audit(observe, ...(isWith ? ['--db', path] : [])))).ms;
        if (run < 0) continue;
        added.push(ms.true - ms.false);
        plain.push(ms.false);
      }
      rows.push({
        name: `${name}: what it adds to an audit`,
        measured: `${median(added).toFixed(0)} ms to ${median(plain).toFixed(0)} ms`,
        limit: smoke || most === null ? null : `${most} ms`,
        ok: smoke || most === null || median(added) <= most,
      });
    }
    return rows;
  } finally {
    apps.stop();
    if (existsSync(apps.folder)) process.exitCode ||= 1;
  }
}
