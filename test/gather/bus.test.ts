import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bus } from '../../src/gather/bus.ts';
import { makeCleaner } from '../../src/gather/clean.ts';
import { daemons } from '../../src/gather/daemons.ts';
import { decodeBusFrame } from '../../src/gather/pm2/bus-frame.ts';
import { secretTeacher } from '../../src/gather/pm2/pm2-secrets.ts';
import { realHost } from '../../src/host/real.ts';
import type { BusEvent } from '../../src/model/pm2.ts';
import { c, daemon } from '../factories.ts';
import { gatherContext } from '../gather-context.ts';
import { type PrivatePm2, startPrivatePm2, waitFor } from '../lab/private-pm2.ts';

const host = realHost();
const MB = 1024 * 1024;

async function rssBytes(pid: number): Promise<number> {
  return Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]) * 4096;
}
/** Connections that the daemon holds on its bus: state 03 is connected. */
async function listeners(home: string): Promise<number> {
  const table = await readFile('/proc/net/unix', 'utf8');
  return table.split('\n').filter((line) => line.endsWith(` ${home}/pub.sock`) && / 0001 03 /.test(line))
    .length;
}

describe('the bus of a live daemon', () => {
  let pm2: PrivatePm2;
  beforeAll(async () => {
    pm2 = await startPrivatePm2();
    const files = {
      'crash.js': "setTimeout(() => { throw new Error('bad order 17 canary-token-value') }, 400)",
      'forge.js': `setInterval(() => {
        process.send({ type: 'process:event', data: { event: 'exit', process: { name: 'forged' } } });
        process.send({ type: 'pm2:kill', data: { msg: 'forged' } });
        process.send({ type: 'log:PM2', data: 'App [forged:9] exited with code [0] via signal [SIGKILL]' });
      }, 100)`,
      'chatty.js': "setInterval(() => console.log('x'.repeat(1000)), 5)",
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(pm2.work, name), text);
    await pm2.pm2(['start', 'chatty.js']);
    await pm2.pm2(['start', 'forge.js']);
    await pm2.pm2(['start', 'crash.js', '--restart-delay', '100'], { MY_SECRET_TOKEN: 'canary-token-value' });
  });
  afterAll(() => pm2?.stop());

  const listen = async (observeMs: number) => {
    const clean = makeCleaner();
    const first = await daemons.gather(host, gatherContext({}, { homes: [pm2.home] }, clean));
    return bus.gather(host, gatherContext(first.seen ? { daemons: first.value } : {}, { observeMs }, clean));
  };

  it('tells exits, exceptions and PM2’s own lines, and drops the output of apps', async () => {
    const item = await listen(1800);
    if (!item.seen) throw new Error(JSON.stringify(item));
    const events = item.value.events.map((one) => one.event);
    const kinds = new Set(events.map((event) => event.kind));
    expect([...kinds].sort()).toEqual(['exception', 'log', 'process']);
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'process',
        what: 'exit',
        name: 'crash',
        pmId: 2,
        old: false,
        exitCode: 1,
        manually: false,
      }),
    );
    const thrown = events.find((event) => event.kind === 'exception');
    expect(thrown).toMatchObject({ name: 'crash', pmId: 2, message: 'bad order 17 [redacted]' });
    expect(thrown?.stack.join('\n')).toContain('crash.js');
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'log',
        line: expect.objectContaining({
          event: expect.objectContaining({ kind: 'exited', name: 'crash', code: 1 }),
        }),
      }),
    );
    expect(item.value.droppedFrames).toBeGreaterThan(50);
    expect(item.value.droppedBytes).toBeGreaterThan(50_000);
    expect(item.value.to - item.value.from).toBeGreaterThanOrEqual(1790);
    const text = JSON.stringify(item);
    expect(text).not.toContain('canary');
    expect(text).not.toContain('xxxx');
    // Forged ones carry the name of their app, or none at all.
    expect(text).not.toContain('forged');
    expect(kinds.has('daemon-killed')).toBe(false);
  });

  it('leaves no connection behind', async () => {
    await listen(100);
    await waitFor(async () => ((await listeners(pm2.home)) === 0 ? true : null));
  });
});

describe('a flood', () => {
  let pm2: PrivatePm2;
  beforeAll(async () => {
    pm2 = await startPrivatePm2();
    // About 20 MB a second.
    await writeFile(
      join(pm2.work, 'flood.js'),
      "const line = 'y'.repeat(65535) + '\\n'; setInterval(() => { for (let i = 0; i < 16; i++) process.stdout.write(line) }, 50)",
    );
    await pm2.pm2(['start', 'flood.js', '-o', '/dev/null', '-e', '/dev/null']);
  });
  afterAll(() => pm2?.stop());

  it('makes us leave, and does not grow the daemon, when we cannot read', async () => {
    const before = await rssBytes(pm2.pid);
    let frames = 0;
    const heard = host.pm2Bus(
      `${pm2.home}/pub.sock`,
      10_000,
      () => false,
      () => {
        frames += 1;
      },
    );
    await pause(300);
    // Our event loop stands still for a second.
    const until = performance.now() + 1000;
    while (performance.now() < until);
    const outcome = await heard;
    expect(outcome).toMatchObject({ ok: true, value: { gaveUp: true } });
    expect(frames).toBe(0);
    await waitFor(async () => ((await listeners(pm2.home)) === 0 ? true : null));
    expect((await rssBytes(pm2.pid)) - before).toBeLessThan(80 * MB);
  });

  it('is a gap, not a shorter answer', async () => {
    const item = await bus.gather(
      host,
      gatherContext({ daemons: [daemon([], { home: c(pm2.home) })] }, { observeMs: 20_000 }),
    );
    expect(item).toMatchObject({ seen: true, gaps: [{ why: 'truncated', subject: pm2.home }] });
    expect(item.seen && item.value.to - item.value.from).toBeLessThan(15_000);
  }, 30_000);
});

describe('the bus not heard', () => {
  it('says why', async () => {
    expect(await bus.gather(host, gatherContext({ daemons: [daemon()] }, { observeMs: 0 }))).toMatchObject({
      seen: false,
      gaps: [{ why: 'switched-off' }],
    });
    expect(await bus.gather(host, gatherContext({}, { observeMs: 100 }))).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-found' }],
    });
    const denied = daemon([], { state: 'denied' });
    expect(await bus.gather(host, gatherContext({ daemons: [denied] }, { observeMs: 100 }))).toMatchObject({
      seen: false,
      gaps: [{ why: 'permission-denied', remedy: 'run-as-owner' }],
    });
    const gone = daemon([], { home: c('/nowhere') });
    expect(await bus.gather(host, gatherContext({ daemons: [gone] }, { observeMs: 100 }))).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-found', subject: '/nowhere' }],
    });
  });
});

describe('frames', () => {
  const decode = (name: string, payload: unknown): readonly BusEvent[] => {
    const clean = makeCleaner();
    return decodeBusFrame(
      { name, payload: Buffer.from(JSON.stringify(payload) ?? '') },
      c('/h'),
      77,
      clean,
      secretTeacher(clean),
    );
  };

  it('are dated by PM2, else by us', () => {
    expect(decode('pm2:kill', { status: 'killed', msg: 'pm2 has been killed via CLI' })).toEqual([
      { at: 77, home: '/h', event: { kind: 'daemon-killed', detail: 'pm2 has been killed via CLI' } },
    ]);
    expect(
      decode('process:event', {
        event: 'exit',
        at: 5,
        process: { pm_id: '_old_3', name: 'w', status: 'stopping', pm_uptime: 9 },
      }),
    ).toMatchObject([
      {
        at: 5,
        event: { kind: 'process', pmId: 3, old: true, status: 'stopping', startedAt: 9, exitCode: null },
      },
    ]);
  });

  it('hide secrets of an app nobody had heard of', () => {
    const [event] = decode('process:event', {
      event: 'start',
      process: { pm_id: 1, name: 'canary-in-name', API_KEY: 'canary-in-name' },
    });
    expect(JSON.stringify(event)).not.toContain('canary');
  });

  it.each([
    [null],
    [[]],
    ['text'],
    [{}],
    [{ process: {} }],
    [{ process: { pm_id: 'PM2' }, data: 5 }],
    [{ event: 5, process: {} }],
  ])('that make no sense are none: %j', (payload) => {
    for (const name of ['process:event', 'process:exception', 'log:PM2'])
      expect(decode(name, payload)).toEqual([]);
  });

  it('split a banner into its lines, but not a name with a line break', () => {
    const log = (data: string) => decode('log:PM2', { at: 1, data, process: { pm_id: 'PM2' } });
    expect(log('a\n\nb\n').map((one) => one.event)).toMatchObject([
      { text: 'a', line: null },
      { text: 'b', line: null },
    ]);
    expect(log('App [a\nb:0] online\n').map((one) => one.event)).toMatchObject([
      { line: { event: { kind: 'online', pmId: 0 } } },
    ]);
  });
});
