/** A look that meets a crash loop of a real PM2 just between two starts, where PM2 calls the app `stopped`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { answer } from '../../../src/commands/check/examine.ts';
import { askedOf } from '../../../src/commands/check/question.ts';
import { gather } from '../../../src/gather/run.ts';
import type { Host } from '../../../src/host/host.ts';
import { realHost } from '../../../src/host/real.ts';
import { tool } from '../../../src/version.ts';
import { hasPm2, type Pm2Major, type PrivatePm2, startPrivatePm2 } from '../../lab/private-pm2.ts';

const real = realHost();
let pm2: PrivatePm2 | null = null;
afterEach(async () => {
  await pm2?.stop();
  pm2 = null;
});

/** Asks PM2 again and again until it says `stopped` of the app, and hands over that very reply. */
function inTheGap(name: string, isLate: (restarts: number) => boolean): Host {
  const isMet = (record: { name: string; pm2_env: { status: string; restart_time: number } }) =>
    record.name === name && record.pm2_env.status === 'stopped' && isLate(record.pm2_env.restart_time);
  return {
    ...real,
    pm2Call: async (socket, method, { onPiece, ...limits }) => {
      if (method !== 'getMonitorData') return real.pm2Call(socket, method, limits);
      // Milliseconds long: no pause between two looks.
      for (const deadline = Date.now() + 90_000; Date.now() < deadline; ) {
        const reply = await real.pm2Call(socket, method, limits);
        const list = reply.ok ? JSON.parse(reply.value.toString()).args[0] : [];
        if (!reply.ok || !list.some(isMet)) continue;
        onPiece?.(reply.value);
        return onPiece === undefined ? reply : { ok: true, value: Buffer.alloc(0) };
      }
      throw new Error('never met between two starts');
    },
  };
}

describe.each([5, 6, 7] as const)('a crash loop of PM2 %i, met between two starts', (version: Pm2Major) => {
  it.runIf(hasPm2(version))(
    'is no stopped app, and its loop has not ended',
    async () => {
      pm2 = await startPrivatePm2({ version });
      writeFileSync(join(pm2.work, 'loop.js'), 'setTimeout(() => process.exit(1), 150)');
      const apps = [{ name: 'loop', script: 'loop.js', cwd: pm2.work, min_uptime: 100, max_restarts: 9999 }];
      writeFileSync(join(pm2.work, 'ecosystem.config.js'), `module.exports = ${JSON.stringify({ apps })}`);
      await pm2.pm2(['start', 'ecosystem.config.js']);
      const host = inTheGap('loop', (restarts) => restarts >= 5);
      const to = Date.now();
      const question = askedOf({ app: 'loop', without: 'oomLog' });
      const evidence = await gather(
        host,
        {
          homes: [pm2.home],
          window: { from: to - 86_400_000, to },
          observeMs: 0,
          kernelLogs: [],
          storageBudget: { ms: 0, files: 0 },
          without: ['storage', 'oomLog'],
          recall: null,
        },
        tool,
      );
      const [app] = evidence.items.daemons.seen ? (evidence.items.daemons.value[0]?.apps ?? []) : [];
      expect(app).toMatchObject({ status: 'launching', pid: null });
      expect(app?.lastPid).toBeGreaterThan(1);
      const { text } = answer(evidence, question, { limits: {}, ignore: [], locale: 'en' }, () => 1);
      expect(text).toMatch(/loop/);
      expect(text).not.toMatch(/does not run|stopped|ended/);
    },
    120_000,
  );
});
