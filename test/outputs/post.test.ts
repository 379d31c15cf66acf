/** What runs in the process of the PM2 module, which has no WebAssembly: there `fetch` ends the process. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterEach, expect, it } from 'vitest';
import { post } from '../../src/outputs/post.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { closeServers, realServer } from './email/mail-servers.ts';
import { startVendor } from './webhooks/vendor-server.ts';

const root = join(import.meta.dirname, '..', '..');
const closers: (() => void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await closeServers();
});

/** Runs `script` with what `source` exports at hand as `own`; its stdout, parsed. */
async function inModule(source: string, script: string): Promise<unknown> {
  const outfile = join(temporaryFolder('module-process'), 'own.cjs');
  await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    supported: { 'dynamic-import': false },
    outfile,
    logLevel: 'error',
  });
  const flags = ['--no-expose-wasm', '--jitless', '--optimize-for-size'];
  const whole = `const own = require(${JSON.stringify(outfile)}); (async () => { ${script} })();`;
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', whole]);
  return JSON.parse(stdout);
}

it('posts from there', async () => {
  const server = await startVendor('slack');
  server.next.push({ status: 200, body: 'ok' });
  const posted = await inModule(
    "export { post } from './src/outputs/post.ts';",
    `const posted = await own.post({ url: new URL(${JSON.stringify(server.origin)}), body: '{}' }, 5000);
    console.log(JSON.stringify(posted));`,
  );
  await server.close();
  expect(posted).toEqual({ ok: true, answer: { status: 200, retryAfterMs: null, text: 'ok' } });
});

it('gets a token there, and mails with it', async () => {
  const tokens = createServer((_request, response) => response.end('{"access_token":"canary-new"}'));
  await new Promise<void>((ready) => tokens.listen(0, '127.0.0.1', ready));
  closers.push(() => tokens.close());
  const { port, received } = await realServer({
    authMethods: ['XOAUTH2'],
    onAuth: (auth, _session, done) =>
      auth.accessToken === 'canary-new' ? done(null, { user: auth.username }) : done(new Error('no')),
  });
  const account = {
    host: '127.0.0.1',
    port,
    security: 'none',
    ca: null,
    helo: '[127.0.0.1]',
    login: {
      user: 'ops@example.com',
      password: null,
      oauth2: {
        clientId: 'c',
        clientSecret: null,
        refreshToken: 'r',
        accessToken: null,
        tokenUrl: `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`,
      },
    },
  };
  const refused = await inModule(
    `export { openSession } from './src/outputs/email/smtp-session.ts';
    export { mailLimits } from './src/outputs/email/mail-limits.ts';`,
    `const session = own.openSession(${JSON.stringify(account)}, own.mailLimits);
    await session.connect();
    await session.login();
    const mail = { from: 'ops@example.com', to: ['a@example.com'], mime: 'Subject: x\\r\\n\\r\\nx\\r\\n', light: null };
    console.log(JSON.stringify(await session.send(mail)));
    await session.close();`,
  );
  expect(refused).toEqual([]);
  expect(received).toHaveLength(1);
}, 30_000);

it('ends by another deadline than its own as well', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(await post({ url, body: '' }, 60_000, AbortSignal.timeout(50))).toMatchObject({
    ok: false,
    failure: 'timed-out',
  });
});
