import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startPrivatePm2, waitFor } from '../lab/private-pm2.ts';
import { bundleWatch, startWatching } from './bundled-watch.ts';

const MB = 1024 * 1024;
const burstBytes = 60 * MB;
/** Prints 60 MB at once, then marks that it is done: in fork mode through the daemon, in cluster mode straight into pm2.log. */
const noisy = `
const fs = require('node:fs');
const block = Buffer.from(('x'.repeat(1023) + '\\n').repeat(64));
let left = ${burstBytes};
const write = () => {
  try {
    while (left > 0) left -= fs.writeSync(1, block);
    fs.writeFileSync(process.argv[2], 'done');
  } catch (error) {
    if (error.code !== 'EAGAIN') throw error;
    setTimeout(write, 1);
  }
};
setTimeout(write, 200);
setInterval(() => {}, 1000);
`;

/** RSS of the daemon some seconds after the burst, bytes. */
async function rssAfterBurst(mode: 'fork' | 'cluster', watched: boolean, bundle: string): Promise<number> {
  const pm2 = await startPrivatePm2();
  const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-burst-'));
  const args = ['--home', pm2.home, '--db', join(folder, 'history.db'), '--interval', '1s'];
  const watching = watched ? startWatching(bundle, args) : null;
  try {
    if (watching !== null) {
      await waitFor(async () => (watching.said().includes('PM2 homes') ? true : null));
      await pause(1500);
      watching.child.kill('SIGSTOP');
    }
    const done = join(pm2.work, 'done');
    writeFileSync(join(pm2.work, 'noisy.cjs'), noisy);
    const wide = mode === 'cluster' ? ['-i', '1'] : [];
    await pm2.pm2(['start', 'noisy.cjs', '--name', 'noisy', ...wide, '--', done]);
    await waitFor(async () => {
      try {
        return readFileSync(done, 'utf8') === 'done' ? true : null;
      } catch {
        return null;
      }
    }, 50_000);
    await pause(3000);
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pm2.pid}/status`, 'utf8'))?.[1];
    if (watching !== null) {
      watching.child.kill('SIGCONT');
      watching.child.kill('SIGTERM');
      expect(await watching.ended).toBe(0);
    }
    return Number(rss) * 1024;
  } finally {
    watching?.child.kill('SIGKILL');
    await pm2.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a collector that is stopped', () => {
  it.each(['fork', 'cluster'] as const)(
    'costs the daemon nothing while an app prints 60 MB (%s)',
    { timeout: 240_000 },
    async (mode) => {
      const bundle = bundleWatch();
      try {
        const without: number[] = [];
        const beside: number[] = [];
        // The daemon's own memory wavers by some MB from run to run: the best of two each.
        for (let run = 0; run < 2; run += 1) {
          without.push(await rssAfterBurst(mode, false, bundle));
          beside.push(await rssAfterBurst(mode, true, bundle));
        }
        const extra = Math.min(...beside) - Math.min(...without);
        process.stderr.write(
          `daemon beside a stopped collector (${mode}): ${(extra / MB).toFixed(1)} MB more\n`,
        );
        // A subscriber of the bus would cost what was printed: 60 MB.
        expect(extra).toBeLessThan(15 * MB);
      } finally {
        rmSync(dirname(bundle), { recursive: true, force: true });
      }
    },
  );
});
