import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makePing, type Ping } from '../../src/outputs/ping.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const secret = '5f0c1e2a-canary-4b7d';
const limits = { timeoutMs: 300, pauseMs: 5 };
const folder = temporaryFolder('pm2-audit-ping');
const running: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly body: string;
}

/** A monitor that answers with these statuses in turn, the last one for ever. */
async function monitor(
  ...statuses: readonly number[]
): Promise<{ readonly base: string; readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const status = statuses[Math.min(seen.length, statuses.length - 1)] ?? 200;
      seen.push({ method: request.method, url: request.url, body: Buffer.concat(parts).toString() });
      response
        .writeHead(status, status === 301 ? { location: 'http://127.0.0.1:9/elsewhere' } : {})
        .end('OK');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push(server);
  const { port } = server.address() as AddressInfo;
  return { base: `http://127.0.0.1:${port}/${secret}`, seen };
}

async function pingOf(url: string): Promise<Ping> {
  const made = await makePing({ url: { plain: url } }, {}, 'en', limits);
  if (!made.ok) throw new Error(made.problem.words);
  return made.ping;
}

describe('the ping', () => {
  it.each([
    [0, '0'],
    // The audit was made: what it found is no failure of the run.
    [1, '0'],
    [2, '2'],
    [3, '3'],
  ])('tells the start, then exit %s as /%s with the log', async (code, end) => {
    const { base, seen } = await monitor(200);
    const ping = await pingOf(base);
    expect(await ping.start()).toBeNull();
    expect(await ping.end(code, 'what it said 中文\n')).toBeNull();
    expect(seen).toEqual([
      { method: 'POST', url: `/${secret}/start`, body: '' },
      { method: 'POST', url: `/${secret}/${end}`, body: 'what it said 中文\n' },
    ]);
  });

  it('puts its word before a query, and needs no exact end of the address', async () => {
    const { base, seen } = await monitor(200);
    await (await pingOf(`${base}?create=1`)).start();
    await (await pingOf(`${base}//`)).start();
    expect(seen.map(({ url }) => url)).toEqual([`/${secret}/start?create=1`, `/${secret}/start`]);
  });

  it('tries three times where the monitor is in trouble, once where it says no', async () => {
    const ill = await monitor(503, 500, 200);
    expect(await (await pingOf(ill.base)).start()).toBeNull();
    expect(ill.seen).toHaveLength(3);
    const down = await monitor(502);
    expect((await (await pingOf(down.base)).start())?.words).toMatch(/HTTP 502/);
    expect(down.seen).toHaveLength(3);
    const unknown = await monitor(404);
    expect(await (await pingOf(unknown.base)).start()).toMatchObject({
      code: 'refused',
      words: expect.stringMatching(/no such check/),
    });
    expect(unknown.seen).toHaveLength(1);
    const moved = await monitor(301);
    expect((await (await pingOf(moved.base)).start())?.words).toMatch(/HTTP 301/);
  });

  it('ends where the monitor is silent, half-closed or gone, and never shows the address', async () => {
    const silent = createTcp(() => {});
    const rude = createTcp((socket) => socket.end('HTTP/1.1 200'));
    for (const server of [silent, rude]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      running.push(server);
    }
    const at = (server: typeof silent): string =>
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`;
    const gone = at(rude).replace(/:\d+/, ':9');
    const codes: string[] = [];
    for (const url of [at(silent), at(rude), gone, `https://${secret}.invalid/${secret}`]) {
      const problem = await (await pingOf(url)).end(0, 'log');
      codes.push(problem?.code ?? 'none');
      expect(JSON.stringify(problem)).not.toContain(secret);
    }
    expect(codes).toEqual(['timed-out', 'network', 'network', 'network']);
  });

  it('keeps the end of a long log, whole characters, below 100 kB, without its own address', async () => {
    const { base, seen } = await monitor(200);
    await (await pingOf(base)).end(2, `${'中'.repeat(60_000)}\nlast line, ${base} and /${secret}/2`);
    const { body = '' } = seen[0] ?? {};
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(100_000);
    expect(body.startsWith('…\n中')).toBe(true);
    expect(body).toMatch(/last line, \[ping\] and \/\[ping\]\/2$/);
    expect(body).not.toContain('\ufffd');
  });

  it('reads its address where it stands, and says what is wrong with it without showing it', async () => {
    const { base, seen } = await monitor(200);
    const file = join(folder, 'ping');
    writeFileSync(file, `${base}\n`);
    chmodSync(file, 0o600);
    for (const url of [{ env: 'PING' }, { file }, { command: ['/bin/cat', file] }]) {
      const made = await makePing({ url }, { PING: base, PATH: '/bin' });
      if (!made.ok) throw new Error(made.problem.words);
      expect(await made.ping.start()).toBeNull();
    }
    expect(seen).toHaveLength(3);
    for (const text of [secret, `ftp://${secret}`, `javascript:${secret}`]) {
      const made = await makePing({ url: { env: 'PING' } }, { PING: text }, 'zh-CN');
      expect(made).toMatchObject({ ok: false, problem: { code: 'settings' } });
      expect(JSON.stringify(made)).not.toContain(secret);
    }
    expect(await makePing({ url: { env: 'PING' } }, {})).toMatchObject({
      ok: false,
      problem: { code: 'settings' },
    });
  });
});
