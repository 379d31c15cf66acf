import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { OAuth2Settings } from '../../../src/model/delivery.ts';
import { makeEmailChannel } from '../../../src/outputs/email/email-channel.ts';
import { mailContent } from '../../../src/report/mail/mail.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { delivery, limits, outcome, settings, smtp } from './mail-case.ts';
import { closeServers, conversation, rawServer, realServer } from './mail-servers.ts';

const secrets = { REFRESH: 'canary-refresh', CLIENT: 'canary-client', ACCESS: 'canary-access' };
const closers: (() => void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await closeServers();
});

/** A token server: answers each request with the next of `answers`; null = never. */
async function tokenServer(
  ...answers: (readonly [number, unknown] | null)[]
): Promise<{ url: string; forms: string[] }> {
  const forms: string[] = [];
  const server = createServer((request, response) => {
    let form = '';
    request.on('data', (chunk) => {
      form += String(chunk);
    });
    request.on('end', () => {
      forms.push(form);
      const answer = answers[Math.min(forms.length, answers.length) - 1];
      if (answer) response.writeHead(answer[0]).end(JSON.stringify(answer[1]));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, forms };
}

const oauth2 = (over: Partial<OAuth2Settings>): OAuth2Settings => ({
  clientId: 'client-1',
  clientSecret: { env: 'CLIENT' },
  refreshToken: { env: 'REFRESH' },
  accessToken: null,
  tokenUrl: null,
  ...over,
});

async function send(
  port: number,
  over: Partial<OAuth2Settings>,
  host = 'localhost',
): Promise<ReturnType<typeof outcome>> {
  const wanted = settings(smtp(port, { host, password: null, oauth2: oauth2(over) }));
  const made = await makeEmailChannel(wanted, secrets, { content: mailContent, limits });
  if (!made.ok) throw new Error(made.problem.words);
  const parcel = made.channel.compose(delivery());
  const told = outcome(await made.channel.send(parcel), parcel);
  expect(told.words).not.toMatch(/canary/);
  expect(parcel.body).not.toMatch(/canary-(?:refresh|client|access)/);
  return told;
}
const wanting = (token: string) =>
  realServer({
    authMethods: ['XOAUTH2', 'PLAIN'],
    onAuth: (auth, _session, done) =>
      auth.method === 'XOAUTH2' && auth.accessToken === token
        ? done(null, { user: auth.username })
        : done(null, { data: { status: '400', schemes: 'bearer' } }),
  });

describe('OAuth2', () => {
  it('gets an access token for the refresh token and logs in with it', async () => {
    const tokens = await tokenServer([200, { access_token: 'canary-new', expires_in: 3599 }]);
    const { port, received } = await wanting('canary-new');
    expect(await send(port, { tokenUrl: tokens.url })).toMatchObject({ code: 'sent' });
    expect(received[0]).toMatchObject({ user: 'ops@example.com' });
    expect(Object.fromEntries(new URLSearchParams(tokens.forms[0]))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'client-1',
      client_secret: 'canary-client',
      refresh_token: 'canary-refresh',
    });
  });

  it('uses an access token that is given', async () => {
    const { port, received } = await wanting('canary-access');
    expect(await send(port, { refreshToken: null, accessToken: { env: 'ACCESS' } })).toMatchObject({
      code: 'sent',
    });
    expect(received).toHaveLength(1);
  });

  it.each([
    ['a refused access token', { refreshToken: null, accessToken: { env: 'ACCESS' } }, /no longer valid/],
    ['no token at all', { refreshToken: null }, /without a token/],
    ['a token URL in clear', { tokenUrl: 'http://login.example.com/token' }, /https:\/\//],
    ['a variable that is not set', { refreshToken: { env: 'NONE' } }, /NONE is not set/],
  ] as const)('%s keeps the mail and says what to do', async (_name, over, words) => {
    const { port } = await wanting('another');
    const told = await send(port, over);
    expect(told.rest).toBe('all');
    expect(told.words).toMatch(words);
  });

  it.each([
    [
      'a revoked grant',
      [400, { error: 'invalid_grant', error_description: 'canary-detail' }],
      /new refresh token/,
    ],
    ['a wrong client', [401, { error: 'invalid_client' }], /clientSecret/],
    ['an answer that is none', [500, 'oops'], /http-500/],
    ['a server that hangs', null, /could not be reached/],
  ] as const)('%s at the token server keeps the mail and says what to do', async (_name, answer, words) => {
    const tokens = await tokenServer(answer);
    const { port } = await wanting('another');
    const told = await send(port, { tokenUrl: tokens.url });
    expect(told).toMatchObject({ code: answer === null ? 'unreachable' : 'login', rest: 'all' });
    expect(told.words).toMatch(words);
  });

  it('a token server that is not there', async () => {
    const { port } = await wanting('another');
    const tokens = await tokenServer(null);
    for (const close of closers.splice(0)) close();
    const told = await send(port, { tokenUrl: tokens.url });
    expect(told).toMatchObject({ code: 'unreachable', rest: 'all' });
    expect(told.words).toMatch(/could not be reached \(ECONNREFUSED\)/);
  });

  it('a token server that sends it elsewhere is not followed', async () => {
    const elsewhere = await tokenServer([200, { access_token: 'canary-new' }]);
    const moved = createServer((_request, response) =>
      response.writeHead(307, { location: elsewhere.url }).end(),
    );
    await new Promise<void>((ready) => moved.listen(0, '127.0.0.1', ready));
    closers.push(() => moved.close());
    const { port } = await wanting('canary-new');
    const tokenUrl = `http://127.0.0.1:${(moved.address() as AddressInfo).port}/token`;
    const told = await send(port, { tokenUrl });
    expect(told).toMatchObject({ code: 'login', rest: 'all' });
    expect(told.words).toMatch(/\(redirect\)/);
    expect(elsewhere.forms).toEqual([]);
  });

  it('asks all programs for their secrets at once', async () => {
    const folder = temporaryFolder('pm2-audit-slow');
    // Each ends only when all three run: one after the other, they would wait for ever.
    const slow = (name: string) => ({
      command: [
        'sh',
        '-c',
        `touch ${folder}/${name}; until [ -e ${folder}/a ] && [ -e ${folder}/b ] && [ -e ${folder}/c ]; do sleep 0.05; done; echo canary-${name}`,
      ],
    });
    const tokens = await tokenServer([200, { access_token: 'canary-new' }]);
    const { port } = await wanting('canary-new');
    const over = { clientSecret: slow('a'), refreshToken: slow('b'), accessToken: slow('c') };
    expect(await send(port, { ...over, tokenUrl: tokens.url })).toMatchObject({ code: 'sent' });
    expect(tokens.forms[0]).toMatch(/canary-a/);
  }, 20_000);

  it('a mail server that goes while the token is fetched', async () => {
    const tokens = await tokenServer(null);
    const { port } = await rawServer((socket) => {
      conversation({ EHLO: '250-mail.test\r\n250 AUTH XOAUTH2' })(socket);
      socket.on('data', (chunk) => {
        if (/EHLO/.test(chunk.toString('utf8'))) setTimeout(() => socket.destroy(), 100);
      });
    });
    expect(await send(port, { tokenUrl: tokens.url })).toMatchObject({ rest: 'all' });
  });
});
