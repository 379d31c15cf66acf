import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storage } from '../../src/gather/storage.ts';
import type { Host } from '../../src/host/host.ts';
import { realHost } from '../../src/host/real.ts';
import type { App, Pm2Home } from '../../src/model/pm2.ts';
import { app, c, daemon, file, MB, pm2Home, ref } from '../factories.ts';
import { gatherContext } from '../gather-context.ts';

const kB = 1024;
let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm2-audit-storage-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const put = (path: string, bytes: number) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), Buffer.alloc(bytes, 1));
};
const at = (name: string, id: number, cwd: string, over: Partial<App> = {}) =>
  app(name, id, { cwd: c(join(folder, cwd)), outLogPath: null, errLogPath: null, ...over });
async function scan(
  apps: readonly App[],
  budget = { ms: 10_000, files: 20_000 },
  homes: readonly Pm2Home[] = [],
  host: Host = realHost(),
) {
  const daemons = [daemon(apps, { home: c(join(folder, 'home/.pm2')) })];
  const item = await storage.gather(
    host,
    gatherContext({ daemons, pm2Files: homes }, { storageBudget: budget }),
  );
  if (!item.seen) throw new Error('not seen');
  const short = (path: string) => path.replace(`${folder}/`, '');
  return { ...item.value, gaps: item.gaps, folders: item.value.top.map((entry) => short(entry.path)) };
}

describe('the biggest folders', () => {
  it('are the subfolders; a heavy one inside is named instead, big files name the folder itself', async () => {
    put('web/data/db/a.bin', 400 * kB);
    put('web/data/small/a.bin', 20 * kB);
    put('web/uploads/1.bin', 60 * kB);
    put('web/uploads/x/2.bin', 50 * kB);
    put('web/index.js', 2 * kB);
    put('db/main.sqlite', 200 * kB);
    put('db/tmp/x', 4 * kB);
    const found = await scan([at('web', 0, 'web'), at('db', 1, 'db')]);
    expect(found.folders).toEqual(['web/data/db', 'db', 'web/uploads']);
    expect(found.top[0]).toMatchObject({
      bytes: 400 * kB,
      files: 1,
      kind: 'folder',
      complete: true,
      app: { name: 'web' },
    });
    expect(found.top[2]).toMatchObject({ bytes: 112 * kB, files: 2 });
    expect(found).toMatchObject({ complete: true, gaps: [], scannedFiles: 13 });
  });
  it('agree with du', async () => {
    for (let index = 0; index < 40; index++) put(`web/${index % 5}/${index}/file`, index * 700);
    put('web/one', 0);
    const found = await scan([at('web', 0, 'web')]);
    const du = execFileSync('du', ['-s', '-B1', '--files0-from=-'], {
      input: execFileSync('find', [join(folder, 'web'), '-type', 'f', '-print0']),
    });
    const sum = du
      .toString()
      .trim()
      .split('\n')
      .reduce((total, line) => total + Number.parseInt(line, 10), 0);
    expect(found.scannedBytes).toBe(sum);
  });
  it('count a hard link once, holes not at all, and never follow a link', async () => {
    put('web/a/file', 80 * kB);
    linkSync(join(folder, 'web/a/file'), join(folder, 'web/a/again'));
    execFileSync('truncate', ['-s', '1G', join(folder, 'web/a/hole')]);
    put('elsewhere/big', 900 * kB);
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'web/link'));
    symlinkSync(join(folder, 'web'), join(folder, 'web/a/circle'));
    const found = await scan([at('web', 0, 'web')]);
    expect(found.top[0]?.bytes).toBeGreaterThanOrEqual(80 * kB);
    expect(found.top[0]?.bytes).toBeLessThan(100 * kB);
  });
  it('take node_modules as one, and scan it last', async () => {
    put('web/node_modules/left/pad/index.js', 300 * kB);
    for (let index = 0; index < 30; index++) put(`web/node_modules/m${index}/index.js`, 10);
    put('web/zdata/a', 8 * kB);
    expect((await scan([at('web', 0, 'web')])).folders).toEqual(['web/node_modules', 'web/zdata']);
    const cut = await scan([at('web', 0, 'web')], { ms: 10_000, files: 8 });
    expect(cut.folders[0]).toBe('web/zdata');
    expect(cut.top[0]).toMatchObject({ complete: true });
  });
  it('name the app only where it is alone in its folder', async () => {
    put('one/a', 9 * kB);
    put('two/a', 8 * kB);
    const found = await scan([
      at('api', 0, 'one'),
      at('api', 1, 'one'),
      at('x', 2, 'two'),
      at('y', 3, 'two'),
    ]);
    expect(found.top.map((entry) => entry.app?.pmId ?? null)).toEqual([0, null]);
    expect(found.scannedFiles).toBe(2);
  });
  it('count an app inside the folder of another one for itself only', async () => {
    put('outer/own/a', 40 * kB);
    put('outer/inner/a', 90 * kB);
    const found = await scan([at('outer', 0, 'outer'), at('inner', 1, 'outer/inner')]);
    expect(
      found.top.map((entry) => [entry.path.replace(`${folder}/`, ''), entry.app?.name, entry.bytes]),
    ).toEqual([
      ['outer/inner', 'inner', 92 * kB],
      ['outer/own', 'outer', 40 * kB],
    ]);
  });
});

describe('the budget', () => {
  it('ends the scan, and every figure it touched says so', async () => {
    for (let index = 0; index < 60; index++) put(`web/d${index % 6}/deep/f${index}`, 5 * kB);
    const found = await scan([at('web', 0, 'web')], { ms: 10_000, files: 20 });
    expect(found).toMatchObject({
      complete: false,
      scannedFiles: 20,
      gaps: [{ why: 'truncated', remedy: 'raise-budget' }],
    });
    expect(found.top.some((entry) => !entry.complete)).toBe(true);
  });
  it('is shared fairly: a huge first app does not hide the second', async () => {
    for (let index = 0; index < 300; index++) put(`first/a/b${index}/c/f`, 10);
    put('second/data/big', 500 * kB);
    const found = await scan([at('first', 0, 'first'), at('second', 1, 'second')], {
      ms: 10_000,
      files: 400,
    });
    expect(found.folders[0]).toBe('second/data');
  });
  it('bounds an app that runs in /', { timeout: 20_000 }, async () => {
    const found = await scan([app('root', 0, { cwd: c('/'), outLogPath: null, errLogPath: null })], {
      ms: 150,
      files: 3000,
    });
    expect(found.scannedFiles).toBeLessThanOrEqual(3000);
    expect(found.complete).toBe(false);
    expect(found.top.every((entry) => entry.app === null && !entry.path.startsWith('/proc'))).toBe(true);
  });
});

it('lists the biggest log files, from what is known of PM2 and from the apps', async () => {
  put('logs/web.log', 30 * kB);
  const web = at('web', 0, 'none', {
    outLogPath: c(join(folder, 'logs/web.log')),
    errLogPath: c('/dev/null'),
  });
  const home = pm2Home({
    logs: [{ ...file('/home/deploy/.pm2/logs/api-error.log', { sizeBytes: 5 * MB }), app: ref('api', 1) }],
  });
  const found = await scan([web], undefined, [home]);
  expect(
    found.logs.map((entry) => [
      entry.path.replace(`${folder}/`, ''),
      entry.bytes,
      entry.kind,
      entry.app?.name ?? null,
    ]),
  ).toEqual([
    ['/home/deploy/.pm2/logs/api-error.log', 5 * MB, 'log', 'api'],
    ['logs/web.log', 30 * kB, 'log', 'web'],
    ['/home/deploy/.pm2/pm2.log', 4096, 'log', null],
  ]);
});

it('says how many folders it may not list', async () => {
  put('web/a', 5 * kB);
  mkdirSync(join(folder, 'web/secret'));
  chmodSync(join(folder, 'web/secret'), 0o700);
  const host = realHost();
  const denied: Host = {
    ...host,
    list: (path) =>
      path.endsWith('/secret') ? { ok: false, why: 'permission-denied', detail: 'EACCES' } : host.list(path),
  };
  expect(await scan([at('web', 0, 'web')], undefined, [], denied)).toMatchObject({
    complete: false,
    gaps: [{ why: 'permission-denied' }],
    top: [{ complete: false }],
  });
});

it('an app whose folder is gone is no error', async () => {
  expect(await scan([at('gone', 0, 'nowhere')])).toMatchObject({
    top: [],
    logs: [],
    complete: true,
    gaps: [],
  });
});
