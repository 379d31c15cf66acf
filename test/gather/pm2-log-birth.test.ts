import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pm2Log } from '../../src/gather/pm2-log.ts';
import { realHost } from '../../src/host/real.ts';
import { c, daemon, day, now, window } from '../factories.ts';
import { gatherContext } from '../gather-context.ts';

let home: string;
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'pm2-log-birth-')), 'h');
  mkdirSync(home);
});
afterEach(() => rmSync(join(home, '..'), { recursive: true }));

const createdAt = async (from: number) => {
  const options = { window: { from, to: window.to } };
  const context = gatherContext({ daemons: [daemon([], { home: c(home) })] }, options);
  const item = await pm2Log.gather(realHost(), context);
  return item.seen ? item.value[0]?.createdAt : undefined;
};
const line = (at: number, times = 3) =>
  `${new Date(at).toISOString().slice(0, 19)}: PM2 log: App [web:0] online\n`.repeat(times);

describe('the birth time of pm2.log', () => {
  it('is told where the log was read to its beginning, and the file system keeps it', async () => {
    const path = join(home, 'pm2.log');
    writeFileSync(path, line(now - day));
    const { birthtimeMs } = statSync(path);
    expect(await createdAt(window.from)).toBe(birthtimeMs > 0 ? Math.round(birthtimeMs) : null);
  });

  it('is not told where older lines were left unread', async () => {
    writeFileSync(join(home, 'pm2.log'), line(now - 30 * day, 100_000) + line(now));
    expect(await createdAt(now - 2 * day)).toBeNull();
  });
});
