import { chmod, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCleaner } from '../../src/gather/clean.ts';
import { pm2Files } from '../../src/gather/pm2-files.ts';
import type { Host } from '../../src/host/host.ts';
import { realHost } from '../../src/host/real.ts';
import { app, c, daemon, ref } from '../factories.ts';
import { gatherContext } from '../gather-context.ts';

const host = realHost();
let home: string;
beforeEach(async () => {
  home = join(await mkdtemp(join(tmpdir(), 'pa-')), '.pm2');
  await mkdir(join(home, 'logs'), { recursive: true });
});
afterEach(() => rm(join(home, '..'), { recursive: true, force: true }));

const look = async (over: Partial<Host> = {}, apps = [app('web', 0)]) => {
  const clean = makeCleaner();
  const item = await pm2Files.gather(
    { ...host, ...over },
    gatherContext({ daemons: [daemon(apps, { home: c(home) })] }, {}, clean),
  );
  return { item, clean, found: item.seen ? item.value[0] : undefined };
};
const dump = (records: unknown) => writeFile(join(home, 'dump.pm2'), JSON.stringify(records));

describe('dump.pm2', () => {
  it('gives names and states, and no environment; its secrets are known from then on', async () => {
    await dump([
      { name: 'web', status: 'online', DB_PASSWORD: 'canary-flat', env: { API_TOKEN: 'canary-env' } },
      { name: 5 },
      'x',
    ]);
    await chmod(join(home, 'dump.pm2'), 0o644);
    const { item, found, clean } = await look();
    expect(found?.dump).toMatchObject({
      mode: 0o644,
      uid: process.getuid?.(),
      apps: [
        { name: 'web', status: 'online' },
        { name: '5', status: 'unknown' },
      ],
    });
    expect(JSON.stringify(item)).not.toContain('canary');
    expect(clean.text('canary-flat canary-env')).toBe('[redacted] [redacted]');
  });

  it.each([
    ['half of it', '[{"name":"web","env":{"A"'],
    ['nothing', ''],
    ['no list', '{"name":"web"}'],
  ])('%s is a gap, not an empty list', async (_name, text) => {
    await writeFile(join(home, 'dump.pm2'), text);
    const { item, found } = await look();
    expect(found?.dump).toMatchObject({ apps: null });
    expect(item.gaps).toMatchObject([{ key: 'pm2Files', why: 'malformed', subject: join(home, 'dump.pm2') }]);
  });

  it('is not read when it is huge', async () => {
    await dump([]);
    await truncate(join(home, 'dump.pm2'), 33 * 1024 * 1024);
    const { item, found } = await look();
    expect(found?.dump).toMatchObject({ apps: null, sizeBytes: 33 * 1024 * 1024 });
    expect(item.gaps).toMatchObject([{ why: 'truncated' }]);
  });

  it('that is not there is null, and no gap', async () => {
    const { item, found } = await look();
    expect(found).toMatchObject({
      dump: null,
      dumpBackup: null,
      rpcSocket: null,
      moduleConf: null,
      pm2Log: null,
    });
    expect(item.gaps).toEqual([]);
  });

  it('that may not be read is a gap', async () => {
    await dump([]);
    const { item } = await look({
      read: () => ({ ok: false, why: 'permission-denied', detail: 'EACCES: permission denied' }),
    });
    expect(item.gaps).toMatchObject([
      { why: 'permission-denied', remedy: 'run-as-owner', tried: [{ detail: 'EACCES: permission denied' }] },
    ]);
  });
});

describe('the rest of a home', () => {
  it('lists logs biggest first with the app they belong to, rotated ones and those elsewhere too', async () => {
    const logs = join(home, 'logs');
    const elsewhere = join(home, '..', 'worker.log');
    await writeFile(join(logs, 'web-out.log'), 'x'.repeat(10));
    await writeFile(join(logs, 'web-out__2026-11-20_00-00-00.log.gz'), 'x'.repeat(30));
    await writeFile(join(logs, 'web-error.log.1'), 'x'.repeat(20));
    await writeFile(join(logs, 'gone-out.log'), 'x'.repeat(5));
    await writeFile(elsewhere, 'x'.repeat(40));
    const own = { outLogPath: c(join(logs, 'web-out.log')), errLogPath: c(join(logs, 'web-error.log')) };
    const { found } = await look({}, [
      app('web', 0, own),
      app('worker', 1, { outLogPath: c(elsewhere), errLogPath: c('/dev/null') }),
    ]);
    expect(
      found?.logs.map((log) => [log.path.split('/').at(-1), log.sizeBytes, log.app?.name ?? null]),
    ).toEqual([
      ['worker.log', 40, 'worker'],
      ['web-out__2026-11-20_00-00-00.log.gz', 30, 'web'],
      ['web-error.log.1', 20, 'web'],
      ['web-out.log', 10, 'web'],
      ['gone-out.log', 5, null],
    ]);
    expect(found?.logs[0]?.app).toEqual(ref('worker', 1));
  });

  it('names modules, scoped ones too, and modes', async () => {
    await mkdir(join(home, 'modules/pm2-logrotate'), { recursive: true });
    await mkdir(join(home, 'modules/@acme/meter'), { recursive: true });
    await writeFile(join(home, 'module_conf.json'), '{"pm2-logrotate":{"secret":"canary"}}');
    await chmod(join(home, 'module_conf.json'), 0o640);
    await chmod(home, 0o750);
    await chmod(join(home, '..'), 0o755);
    const { item, found } = await look();
    expect(found?.modules).toEqual(['@acme/meter', 'pm2-logrotate']);
    expect(found).toMatchObject({ homeMode: 0o750, moduleConf: { mode: 0o640 } });
    expect(JSON.stringify(item)).not.toContain('canary');
    // Who may not search the folder above reaches nothing in the home.
    await chmod(join(home, '..'), 0o700);
    expect((await look()).found?.homeMode).toBe(0o700);
  });

  it('is a gap where the home is not there, or none is known', async () => {
    await rm(home, { recursive: true });
    expect((await look()).item).toMatchObject({ seen: false, gaps: [{ why: 'not-found', subject: home }] });
    expect(await pm2Files.gather(host, gatherContext())).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-found' }],
    });
  });
});
