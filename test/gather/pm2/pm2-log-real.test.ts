/** Real daemons with date formats of the user's. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCleaner } from '../../../src/gather/clean.ts';
import { pm2Log } from '../../../src/gather/pm2-log.ts';
import { realHost } from '../../../src/host/real.ts';
import { c, daemon } from '../../factories.ts';
import { type PrivatePm2, startPrivatePm2, waitFor } from '../../lab/private-pm2.ts';

let pm2: PrivatePm2 | null = null;
afterEach(async () => {
  await pm2?.stop();
  pm2 = null;
});

const formats = [
  { format: 'DD/MM/YYYY HH:mm:ss', zone: 'UTC', precisionMs: 1000 },
  { format: 'MM/DD/YY hh:mm:ss A', zone: 'America/New_York', precisionMs: 1000 },
  { format: 'YYYY年MM月DD日 HH:mm:ss', zone: 'Asia/Shanghai', precisionMs: 1000 },
  { format: 'YYYY-MM-DD HH:mm:ss.SSS Z', zone: 'Asia/Kolkata', precisionMs: 1 },
  { format: 'ddd MMM D HH:mm:ss YYYY', zone: 'Europe/Berlin', precisionMs: 1000 },
  { format: 'HH:mm:ss', zone: 'UTC', precisionMs: 1000 },
];

describe('a daemon of its own date format', () => {
  it.each(formats)('$format in $zone', { timeout: 60_000 }, async ({ format, zone, precisionMs }) => {
    const from = Date.now();
    const own = await startPrivatePm2({ env: { PM2_LOG_DATE_FORMAT: format, TZ: zone } });
    pm2 = own;
    await writeFile(join(own.work, 'short.js'), 'process.exit(3);\n');
    await own.pm2(['start', join(own.work, 'short.js'), '--name', 'short', '--restart-delay', '300']);
    await waitFor(async () => {
      const text = await readFile(join(own.home, 'pm2.log'), 'utf8');
      return text.split('exited with code [3]').length > 3 ? true : null;
    });
    const host = realHost();
    const daemons = [daemon([], { home: c(own.home) })];
    const item = await pm2Log.gather(host, {
      options: {
        homes: [],
        window: { from: from - 86_400_000, to: Date.now() },
        observeMs: 0,
        kernelLogs: [],
        storageBudget: { ms: 0, files: 0 },
      },
      clean: makeCleaner(),
      seen: (key) => (key === 'daemons' ? (daemons as never) : null),
    });
    const to = Date.now();
    if (!item.seen) throw new Error('not seen');
    expect(item.gaps).toEqual([]);
    const events = item.value[0]?.events ?? [];
    expect(events.filter(({ event }) => event.kind === 'exited').length).toBeGreaterThanOrEqual(3);
    expect(events.filter(({ event }) => event.kind === 'daemon-started')).toHaveLength(1);
    for (const { at } of events) {
      expect(at).toBeGreaterThan(from - precisionMs);
      expect(at).toBeLessThanOrEqual(to);
    }
  });
});
