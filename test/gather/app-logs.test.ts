import { chmod, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appLogs } from '../../src/gather/app-logs.ts';
import { makeCleaner } from '../../src/gather/clean.ts';
import type { Host } from '../../src/host/host.ts';
import { realHost } from '../../src/host/real.ts';
import type { App, DaemonState, Pm2LogEvent } from '../../src/model/pm2.ts';
import { app, c, daemon, logLine, pm2Log } from '../factories.ts';
import { gatherContext } from '../gather-context.ts';

const host = realHost();
const window = { from: Date.now() - 86_400_000, to: Date.now() };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pa-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (name: string, text: string) => writeFile(join(folder, name), text);
const named = (id: number, err: string, out: string): App =>
  app(`app-${id}`, id, { errLogPath: c(join(folder, err)), outLogPath: c(join(folder, out)) });
const look = async (apps: readonly App[], over: Partial<Host> = {}, learn: readonly string[] = []) => {
  const clean = makeCleaner();
  for (const value of learn) clean.learn(value);
  const item = await appLogs.gather(
    { ...host, ...over },
    gatherContext({ daemons: [daemon(apps)] }, { window }, clean),
  );
  return { item, logs: item.seen ? item.value : [] };
};

const heapDeath = `<--- Last few GCs --->
FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
 1: 0xb9c1f0 node::Abort() [node]
`;

describe('the end of app logs', () => {
  it('shows known texts and the last exception, without secrets', async () => {
    await put(
      'e.log',
      `${heapDeath}Error: login of canary-user failed, token=canary-shape\n    at login (${folder}/app.js:3:5)\n`,
    );
    await put('o.log', 'all is well\n');
    const { item, logs } = await look([named(0, 'e.log', 'o.log')], {}, ['canary-user']);
    expect(item.gaps).toEqual([]);
    expect(logs.map((log) => [log.stream, log.app.name, log.readBytes > 0])).toEqual([
      ['err', 'app-0', true],
      ['out', 'app-0', true],
    ]);
    expect(logs[0]?.texts).toMatchObject([{ kind: 'v8-heap-oom' }]);
    expect(logs[0]?.lastException?.headline).toBe(
      `Error: login of [redacted] failed, token=[redacted] (${folder}/app.js:3:5)`,
    );
    expect(logs[1]).toMatchObject({ texts: [], lastException: null });
    expect(JSON.stringify(item)).not.toContain('canary');
  });

  it('dates a text by its own stamp', async () => {
    const stamp = new Date(Date.now() - 3_600_000).toISOString().slice(0, 19);
    await put(
      'e.log',
      `${stamp}Z: FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n`,
    );
    const { logs } = await look([named(0, 'e.log', 'o.log')]);
    expect(logs[0]?.texts[0]?.at).toBe(Date.parse(`${stamp}Z`));
  });

  it('reads the last part only, and never the rest of a line it cut', async () => {
    await put('e.log', `${'x'.repeat(200_000)}canary\nError: late\n    at f (/srv/a.js:1:1)\n`);
    await put('o.log', `canary${'y'.repeat(200_000)}`);
    const { item, logs } = await look([named(0, 'e.log', 'o.log')]);
    expect(logs[0]).toMatchObject({
      readBytes: 65_536,
      lastException: { headline: 'Error: late (/srv/a.js:1:1)' },
    });
    expect(logs[1]?.lastException).toBeNull();
    expect(JSON.stringify(item)).not.toContain('canary');
  });

  it('reads a log once that instances share, and passes over empty, missing and old ones', async () => {
    await put('e.log', 'Error: x\n');
    await put('empty.log', '');
    await put('old.log', 'Error: last year\n    at f (/srv/a.js:1:1)\n');
    await utimes(join(folder, 'old.log'), 1e9, 1e9);
    const { item, logs } = await look([
      named(0, 'e.log', 'empty.log'),
      named(1, 'e.log', 'missing.log'),
      named(2, 'old.log', 'e.log'),
    ]);
    expect(logs.map((log) => [log.path.split('/').at(-1), log.app.pmId, log.readBytes])).toEqual([
      ['e.log', 0, 9],
      ['old.log', 2, 0],
    ]);
    expect(logs[1]?.lastException).toBeNull();
    expect(item.gaps).toEqual([]);
  });

  it('stays within two megabytes on a host with many apps, error logs first, and says what it left out', async () => {
    const text = `${'Error: x\n'.repeat(1000)}`;
    const apps = Array.from({ length: 600 }, (_, id) => named(id, `e${id}.log`, `o${id}.log`));
    await Promise.all(apps.flatMap((_, id) => [put(`e${id}.log`, text), put(`o${id}.log`, text)]));
    const { item, logs } = await look(apps);
    expect(logs.reduce((sum, log) => sum + log.readBytes, 0)).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(logs.every((log) => log.stream === 'err')).toBe(true);
    expect(item.gaps).toMatchObject([{ why: 'truncated' }]);
  });

  const exited = (id: number, at: number): Pm2LogEvent =>
    logLine(at, '', {
      kind: 'exited',
      name: c(`app-${id}`),
      pmId: id,
      old: false,
      code: 1,
      signal: c('SIGINT'),
    });
  const started = (id: number, at: number): Pm2LogEvent =>
    logLine(at, '', { kind: 'starting', name: c(`app-${id}`), pmId: id, old: false });
  const lookAfter = async (apps: readonly App[], events: readonly Pm2LogEvent[]) => {
    const seen = { daemons: [daemon(apps)], pm2Log: [pm2Log(events)] };
    const item = await appLogs.gather(host, gatherContext(seen, { window }));
    return item.seen ? item.value : [];
  };

  it('reads more of an app that ended by itself, where the whole leaves room', async () => {
    await put('e.log', 'x\n'.repeat(200_000));
    await put('f.log', 'x\n'.repeat(200_000));
    const apps = [named(0, 'e.log', 'none'), named(1, 'f.log', 'none')];
    const logs = await lookAfter(apps, [exited(1, Date.now())]);
    expect(logs.map(({ app: { pmId }, readBytes }) => [pmId, readBytes]).toSorted()).toEqual([
      [0, 64 * 1024],
      [1, 256 * 1024],
    ]);
  });

  it('cuts the last lines at the newest end, by their stamps', async () => {
    const end = Math.floor(Date.now() / 1000) * 1000 - 60_000;
    const line = (after: number, text: string) => `${new Date(end + after).toISOString()}: ${text}\n`;
    await put(
      'e.log',
      `${line(-2000, 'two')}${line(-900, 'one')}    more\n${line(300, 'same second')}${line(2000, 'up')}`,
    );
    const apps = [named(0, 'e.log', 'none')];
    const cut = async (events: readonly Pm2LogEvent[]) =>
      (await lookAfter(apps, events))[0]?.beforeEnd?.lines.map((text) => text.replace(/^\S+Z: /, ''));
    expect(await cut([exited(0, end), started(0, end + 1500)])).toEqual([
      'two',
      'one',
      '    more',
      'same second',
    ]);
    // The process that was started in that second may have written it.
    expect(await cut([exited(0, end), started(0, end)])).toEqual(['two', 'one', '    more']);
    expect(await cut([])).toBeUndefined();
    expect((await lookAfter(apps, []))[0]?.tail).toMatchObject({ at: end + 2000, lines: { length: 5 } });
  });

  it('says which instances share a log', async () => {
    await put('e.log', 'Error: x\n');
    const { logs } = await look([named(0, 'e.log', 'none'), named(1, 'e.log', 'none')]);
    expect(logs.map(({ app: { pmId }, sharedBy }) => [pmId, sharedBy?.map((ref) => ref.pmId)])).toEqual([
      [0, [1]],
    ]);
  });

  it('says which logs may not be read', async () => {
    await put('e.log', 'Error: x\n');
    const { item, logs } = await look([named(0, 'e.log', 'o.log')], {
      open: () => ({ ok: false, why: 'permission-denied', detail: 'EACCES: permission denied' }),
    });
    expect(logs).toEqual([]);
    expect(item.gaps).toMatchObject([
      { why: 'permission-denied', remedy: 'readable-logs', subject: join(folder, 'e.log') },
    ]);
  });

  it('reads no device and waits for no FIFO in the place of a log', async () => {
    const { item, logs } = await look([
      app('web', 0, { errLogPath: c('/dev/null'), outLogPath: c('/proc/self/fd/0') }),
      app('b', 1, { errLogPath: c('NULL') }),
    ]);
    expect([item.seen, logs.filter((log) => log.readBytes > 0)]).toEqual([true, []]);
  });

  it('withholds everything where PM2 told us no secrets', async () => {
    await put('e.log', 'Error: x\n');
    await chmod(join(folder, 'e.log'), 0o644);
    for (const state of ['dead', 'hung', 'denied', 'malformed'] as const satisfies readonly DaemonState[]) {
      const item = await appLogs.gather(
        host,
        gatherContext({ daemons: [daemon([named(0, 'e.log', 'o.log')], { state })] }),
      );
      expect(item).toMatchObject({ seen: false, gaps: [{ key: 'appLogs', subject: daemon().home }] });
    }
    expect(await appLogs.gather(host, gatherContext())).toMatchObject({
      seen: false,
      gaps: [{ key: 'appLogs', why: 'not-found' }],
    });
  });
});
