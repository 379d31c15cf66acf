import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { daemons } from '../../src/gather/daemons.ts';
import { encodeFrame } from '../../src/host/amp.ts';
import { realHost } from '../../src/host/real.ts';
import { gatherContext } from '../gather-context.ts';
import { daemonsAs } from '../lab/gather-as.ts';
import { startPrivatePm2 } from '../lab/private-pm2.ts';

const host = realHost();
const look = (home: string) => daemons.gather(host, gatherContext({}, { homes: [home] }));

let home: string;
const servers: Server[] = [];
const open: Socket[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'pa-'));
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
  await rm(home, { recursive: true, force: true });
});

/** A server in the place of a daemon. */
async function serve(answer: (socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => {
    open.push(socket);
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(join(home, 'rpc.sock'), done));
}
const state = async () => {
  const item = await look(home);
  return item.seen
    ? [item.value[0]?.state, item.gaps[0]?.why, item.gaps[0]?.remedy]
    : ['unseen', item.gaps[0].why, item.gaps[0].remedy];
};

describe('a home without an answer', () => {
  it('a home that was asked for and does not exist is not found', async () => {
    expect(await look(join(home, 'nowhere'))).toMatchObject({
      seen: false,
      gaps: [{ key: 'daemons', why: 'not-found', subject: join(home, 'nowhere') }],
    });
  });

  it('a folder without a socket is dead', async () => {
    expect(await state()).toEqual(['dead', 'not-found', 'start-pm2']);
  });

  it('a socket file nobody listens on is dead', async () => {
    const pm2 = await startPrivatePm2();
    try {
      process.kill(pm2.pid, 'SIGKILL');
      await expect
        .poll(async () => (await look(pm2.home)).gaps[0]?.tried[0]?.detail)
        .toContain('ECONNREFUSED');
      expect(await look(pm2.home)).toMatchObject({
        seen: true,
        value: [{ state: 'dead', pid: null, apps: [] }],
        gaps: [{ why: 'not-found', remedy: 'start-pm2' }],
      });
    } finally {
      await pm2.stop();
    }
  });

  it('a stopped daemon is hung, and is still described', async () => {
    const pm2 = await startPrivatePm2();
    try {
      process.kill(pm2.pid, 'SIGSTOP');
      const item = await look(pm2.home);
      expect(item).toMatchObject({
        seen: true,
        value: [{ state: 'hung', pid: pm2.pid, apps: [] }],
        gaps: [{ why: 'timed-out', remedy: 'restart-hung-daemon' }],
      });
      expect(item.seen && item.value[0]?.rssBytes).toBeGreaterThan(1_000_000);
    } finally {
      await pm2.stop();
    }
  }, 30_000);

  it.skipIf(process.getuid?.() !== 0)('another user is denied, and told whose it is', async () => {
    const pm2 = await startPrivatePm2();
    try {
      await chmod(join(pm2.home, '..'), 0o755);
      await chmod(pm2.home, 0o755);
      const item = await daemonsAs(65_534, [pm2.home]);
      expect(item).toMatchObject({
        seen: true,
        value: [{ state: 'denied', uid: 0, user: 'root', apps: [] }],
        gaps: [{ why: 'permission-denied', remedy: 'run-as-owner' }],
      });
      await chmod(pm2.home, 0o700);
      expect(await daemonsAs(65_534, [pm2.home])).toMatchObject({
        seen: true,
        value: [{ state: 'denied' }],
        gaps: [{ why: 'permission-denied' }],
      });
    } finally {
      await pm2.stop();
    }
  });
});

describe('an answer that is none', () => {
  it('silence is hung', async () => {
    await serve(() => {});
    expect(await state()).toEqual(['hung', 'timed-out', 'restart-hung-daemon']);
  }, 15_000);

  it.each<[string, Buffer]>([
    ['HTTP', Buffer.from('HTTP/1.1 200 OK\r\n\r\n')],
    ['text in a frame', encodeFrame(['s:hello', 's:id'])],
    ['broken JSON', encodeFrame(['j:{"args":[[', 's:id'])],
    ['an error', encodeFrame(['j:{"error":"no such method","stack":"Error"}', 's:id'])],
    ['zeroes', Buffer.alloc(100)],
  ])('%s is malformed', async (_name, bytes) => {
    await serve((socket) => socket.write(bytes));
    expect(await state()).toEqual(['malformed', 'malformed', 'none']);
  });

  it('a connection closed in the middle is malformed', async () => {
    await serve((socket) => socket.end(encodeFrame(['j:{"args":[[]]}', 's:id']).subarray(0, 9)));
    expect(await state()).toEqual(['malformed', 'malformed', 'none']);
  });

  it('a reply above the cap is refused before it arrives', async () => {
    await serve((socket) =>
      socket.write(Buffer.concat([Buffer.from([0x12, 0x7f, 0xff, 0xff, 0xff]), Buffer.from('j:[')])),
    );
    expect(await state()).toEqual(['malformed', 'truncated', 'none']);
  });

  it('a reply in many small pieces is one reply', async () => {
    const records = Array.from({ length: 300 }, (_, id) => ({
      pm_id: id,
      name: `app-${id}`,
      pm2_env: { status: 'online', filler: 'x'.repeat(1000) },
    }));
    const bytes = encodeFrame([`j:${JSON.stringify({ args: [records] })}`, 's:id']);
    await serve((socket) => {
      socket.setNoDelay(true);
      for (let at = 0; at < bytes.length; at += 777) socket.write(bytes.subarray(at, at + 777));
    });
    const item = await look(home);
    expect(item.seen && item.value[0]?.apps).toHaveLength(300);
  });
});

describe('homes nobody asked for', () => {
  const quiet = (folder: string) =>
    daemons.gather(
      {
        ...host,
        uid: 1000,
        homeFolder: folder,
        env: {},
        list: () => ({ ok: true, value: [] }),
        readText: () => ({ ok: false, why: 'not-found', detail: '' }),
      },
      gatherContext(),
    );

  it('no home at all is one gap', async () => {
    expect(await quiet(home)).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-found', remedy: 'start-pm2' }],
    });
  });

  it('an empty one is not listed, one with saved apps is', async () => {
    await mkdir(join(home, '.pm2'));
    await writeFile(join(home, '.pm2/pm2.log'), 'PM2 successfully stopped');
    expect(await quiet(home)).toMatchObject({ seen: false });
    await writeFile(join(home, '.pm2/dump.pm2'), '[{"name":"web"}]');
    expect(await quiet(home)).toMatchObject({
      seen: true,
      value: [{ state: 'dead', foundBy: ['~/.pm2'] }],
      gaps: [{ why: 'not-found' }],
    });
  });
});
