import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeEmailChannel } from '../../../src/outputs/email/email-channel.ts';
import { mailContent } from '../../../src/report/mail/mail.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import {
  channelOf,
  delivery,
  env,
  limits,
  outcome,
  password,
  settings,
  smtp,
  unpacked,
} from './mail-case.ts';
import { type Authority, closeServers, makeAuthority, realServer, reply } from './mail-servers.ts';

let authority: Authority;
beforeAll(() => {
  authority = makeAuthority('DNS:localhost');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await closeServers();
});

describe('a mail that goes out', () => {
  it.each([
    ['in clear to this host', 'none', {}],
    ['over STARTTLS', 'starttls', {}],
    ['over TLS from the first byte', 'tls', { secure: true }],
  ] as const)('%s arrives as it was composed, once, after a login', async (_name, security, options) => {
    const { port, received } = await realServer({ key: authority.key, cert: authority.cert, ...options });
    const caFile = security === 'none' ? null : authority.caFile;
    const channel = await channelOf(settings(smtp(port, { security, caFile })));
    const parcel = channel.compose(delivery());
    expect(await channel.send(parcel)).toEqual({ ok: true, to: 'team@example.com' });
    expect(received).toHaveLength(1);
    const [mail] = received;
    expect(mail).toMatchObject({
      from: 'ops@example.com',
      to: ['team@example.com'],
      user: 'ops@example.com',
      isEncrypted: security !== 'none',
    });
    expect(mail!.mime).toBe(unpacked(parcel).mime);
    expect(mail!.mime + parcel.body + parcel.id).not.toContain(password);
  });

  it('comes by a URL kept in a file, with the password in it', async () => {
    const { port, received } = await realServer();
    const path = join(temporaryFolder('pm2-audit-url'), 'smtp-url');
    writeFileSync(path, `smtp://ops%40example.com:${password}@localhost:${port}?security=none\n`, {
      mode: 0o600,
    });
    const channel = await channelOf(settings({ kind: 'smtp-url', url: { file: path }, password: null }));
    expect((await channel.send(channel.compose(delivery()))).ok).toBe(true);
    expect(received[0]).toMatchObject({ from: 'ops@example.com', user: 'ops@example.com' });
  });

  it('needs no login where the settings have none', async () => {
    const { port, received } = await realServer({ authOptional: true });
    const channel = await channelOf(
      settings(smtp(port, { user: null, password: null }), { from: 'a@example.com' }),
    );
    expect((await channel.send(channel.compose(delivery()))).ok).toBe(true);
    expect(received[0]).toMatchObject({ from: 'a@example.com', user: null });
  });

  it('goes out byte for byte from the outbox, also through a channel made later', async () => {
    const { port, received } = await realServer();
    const first = await channelOf(settings(smtp(1)));
    const parcel = first.compose(delivery());
    const failed = await first.send(parcel);
    expect(outcome(failed, parcel)).toMatchObject({ code: 'refused', rest: 'all' });
    const kept = JSON.parse(JSON.stringify(parcel)) as typeof parcel;
    const second = await channelOf(settings(smtp(port)));
    expect((await second.send(kept)).ok).toBe(true);
    expect(received.map(({ mime }) => mime)).toEqual([unpacked(parcel).mime]);
  });

  it('follows the settings in one thing only, its sender: a refused one is mended there', async () => {
    const { port, received } = await realServer({
      onMailFrom: (from, _session, done) =>
        done(from.address === 'ops@example.com' ? null : reply(553, 'Mail from must equal authorized user')),
    });
    const first = await channelOf(settings(smtp(port), { from: 'Audit 审计 <wrong@example.com>' }));
    const parcel = first.compose(delivery());
    const failed = await first.send(parcel);
    expect(outcome(failed, parcel)).toMatchObject({ code: 'sender', rest: 'all' });
    const second = await channelOf(settings(smtp(port)));
    expect((await second.send(parcel)).ok).toBe(true);
    const mail = await PostalMime.parse(received[0]!.mime);
    expect(mail.from).toEqual({ name: 'Audit 审计', address: 'ops@example.com' });
    expect(mail.messageId).toBe(parcel.id);
    const own = unpacked(parcel).mime.replace('<wrong@example.com>', '<ops@example.com>');
    expect(received[0]!.mime).toBe(own);
  });

  it('leaves no recipient out and none twice', async () => {
    const { port, received } = await realServer();
    const to = ['A <a@example.com>', 'b@example.com', 'a@example.com'];
    const channel = await channelOf(settings(smtp(port), { to }));
    expect(await channel.send(channel.compose(delivery()))).toEqual({
      ok: true,
      to: 'a@example.com, b@example.com',
    });
    expect(received[0]!.to).toEqual(['a@example.com', 'b@example.com']);
  });
});

describe('encryption', () => {
  it('is never without proof of the server, not even with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    for (const [security, secure] of [
      ['starttls', false],
      ['tls', true],
    ] as const) {
      const { port, received } = await realServer({ key: authority.key, cert: authority.cert, secure });
      const channel = await channelOf(settings(smtp(port, { security })));
      const parcel = channel.compose(delivery());
      const sent = await channel.send(parcel);
      expect(outcome(sent, parcel)).toMatchObject({ code: 'tls', rest: 'all' });
      expect(sent.ok ? '' : sent.problem.words).toMatch(/email\.smtp\.caFile/);
      expect(received).toHaveLength(0);
    }
  });

  it('trusts a private authority by the URL way too', async () => {
    const { port, received } = await realServer({ key: authority.key, cert: authority.cert, secure: true });
    const url = `smtps://ops%40example.com:${password}@localhost:${port}`;
    for (const [caFile, isGood] of [
      [null, false],
      [authority.caFile, true],
    ] as const) {
      const wanted = settings({ kind: 'smtp-url', url: { env: 'URL' }, password: null, caFile });
      const made = await makeEmailChannel(wanted, { ...env, URL: url }, { content: mailContent, limits });
      if (!made.ok) throw new Error(made.problem.words);
      expect((await made.channel.send(made.channel.compose(delivery()))).ok).toBe(isGood);
    }
    expect(received).toMatchObject([{ isEncrypted: true }]);
  });

  it('asks for the right name', async () => {
    const other = makeAuthority('DNS:mail.example.org');
    const { port, received } = await realServer({ key: other.key, cert: other.cert, secure: true });
    const channel = await channelOf(settings(smtp(port, { security: 'tls', caFile: other.caFile })));
    const sent = await channel.send(channel.compose(delivery()));
    expect(sent).toMatchObject({ ok: false, problem: { code: 'tls' } });
    expect(sent.ok ? '' : sent.problem.words).toMatch(/for another name than localhost/);
    expect(received).toHaveLength(0);
  });

  it('names the setting when the CA file is none', async () => {
    const channel = await channelOf(settings(smtp(1, { caFile: '/nowhere/ca.pem' })));
    const parcel = channel.compose(delivery());
    expect(outcome(await channel.send(parcel), parcel)).toEqual({
      code: 'settings',
      words: expect.stringMatching(/caFile \/nowhere\/ca\.pem/),
      rest: 'all',
    });
  });
});

describe('a server that refuses', () => {
  it.each([
    [
      'the login',
      {
        onAuth: (_a, _s, done) =>
          done(reply(535, `5.7.8 no, not ${password} nor ${Buffer.from(password).toString('base64')}`)),
      },
      'login',
      true,
    ],
    ['the sender', { onMailFrom: (_a, _s, done) => done(reply(550, '5.7.1 no')) }, 'sender', true],
    [
      'an unknown recipient',
      { onRcptTo: (_a, _s, done) => done(reply(550, '5.1.1 User unknown')) },
      'recipient',
      false,
    ],
    [
      'a recipient for now',
      { onRcptTo: (_a, _s, done) => done(reply(450, '4.2.0 Greylisted, come back')) },
      'rate-limit',
      true,
    ],
    ['the size', { size: 2000 }, 'size', false],
  ] as const satisfies readonly (readonly [string, Parameters<typeof realServer>[0], string, boolean])[])(
    '%s: the right word, and kept where another try makes sense',
    async (_name, options, code, isKept) => {
      const { port } = await realServer(options);
      const channel = await channelOf(settings(smtp(port)));
      const parcel = channel.compose(delivery());
      const sent = await channel.send(parcel);
      expect(outcome(sent, parcel)).toMatchObject({ code, rest: isKept ? 'all' : 'none' });
      const words = sent.ok ? '' : sent.problem.words;
      expect(words).not.toContain(password);
      expect(words).not.toContain(Buffer.from(password).toString('base64'));
    },
  );

  it('one of two recipients: the other has its mail, only the refused one is tried again', async () => {
    let isOpen = false;
    const { port, received } = await realServer({
      onRcptTo: (address, _session, done) =>
        done(address.address.startsWith('late') && !isOpen ? reply(451, '4.3.0 later') : null),
    });
    const channel = await channelOf(settings(smtp(port), { to: ['team@example.com', 'late@example.com'] }));
    const parcel = channel.compose(delivery());
    const sent = await channel.send(parcel);
    expect(sent.ok).toBe(false);
    if (sent.ok) return;
    expect(sent.problem.words).toMatch(/^Delivered to team@example\.com\. .*late/);
    expect(sent.partly).toBe(true);
    expect(sent.rest?.id).toBe(parcel.id);
    expect(unpacked(sent.rest)).toEqual({ ...unpacked(parcel), to: ['late@example.com'] });
    isOpen = true;
    expect(await channel.send(sent.rest!)).toEqual({ ok: true, to: 'late@example.com' });
    expect(received.map(({ to }) => to)).toEqual([['team@example.com'], ['late@example.com']]);
  });

  it('one of two recipients for good: the channel is told, and nothing is left to try', async () => {
    const { port, received } = await realServer({
      onRcptTo: (address, _session, done) =>
        done(address.address.startsWith('gone') ? reply(550, '5.1.1 User unknown') : null),
    });
    const channel = await channelOf(settings(smtp(port), { to: ['team@example.com', 'gone@example.com'] }));
    const parcel = channel.compose(delivery());
    expect(await channel.send(parcel)).toMatchObject({ ok: false, rest: null, partly: true });
    expect(received.map(({ to }) => to)).toEqual([['team@example.com']]);
    const nobody = await channelOf(settings(smtp(port), { to: ['gone@example.com'] }));
    const refused = await nobody.send(nobody.compose(delivery()));
    expect(refused).toMatchObject({ ok: false, rest: null });
    expect(refused).not.toHaveProperty('partly');
  });

  it('the size of the attachments: the mail goes without them', async () => {
    const path = join(temporaryFolder('pm2-audit-files'), 'health.json');
    writeFileSync(path, JSON.stringify({ big: 'x'.repeat(600_000) }));
    const { port, received } = await realServer({ size: 400_000 });
    const channel = await channelOf(settings(smtp(port), { attach: ['json'] }));
    const parcel = channel.compose(delivery({ files: { html: null, json: path, md: null } }));
    const sent = await channel.send(parcel);
    expect(outcome(sent, parcel)).toMatchObject({ code: 'size', rest: 'other' });
    const rest = sent.ok ? null : sent.rest;
    expect((await channel.send(rest!)).ok).toBe(true);
    const mail = await PostalMime.parse(received[0]!.mime);
    expect(mail.attachments).toEqual([]);
    expect(mail.text).toContain('health.json');
    expect(mail.messageId).toBe(parcel.id);
  });
});

describe('settings that cannot work', () => {
  it('a secret that is missing keeps the mail and names the variable', async () => {
    const made = await makeEmailChannel(settings(smtp(1)), {}, undefined);
    if (!made.ok) throw new Error(made.problem.words);
    const parcel = made.channel.compose(delivery());
    expect(outcome(await made.channel.send(parcel), parcel)).toEqual({
      code: 'settings',
      words: expect.stringContaining('MAIL_PASSWORD'),
      rest: 'all',
    });
  });

  it.each([
    ['ops', /email\.to: “ops” is not a mail address/],
    ['ops@example.com\r\nBcc: evil@example.com', /not a mail address/],
    ['-oQ/tmp@example.com', /not a mail address/],
    ['a@b.c, d@e.f', /not a mail address/],
    ['a@b@c.d', /not a mail address/],
    ['@example.com', /not a mail address/],
    [`${'a'.repeat(250)}@example.com`, /not a mail address/],
  ])('the recipient %j is refused', async (to, words) => {
    const made = await makeEmailChannel(settings(smtp(1), { to: [to] }), env);
    expect(made).toEqual({ ok: false, problem: { code: 'settings', words: expect.stringMatching(words) } });
  });

  it('a damaged parcel is taken out with a word', async () => {
    const channel = await channelOf(settings(smtp(1)));
    for (const body of ['', '{', '{"from":"a@b.c","to":[],"mime":"","light":null}', '[1]']) {
      expect(await channel.send({ id: 'x', body })).toMatchObject({
        ok: false,
        problem: { code: 'damaged' },
        rest: null,
      });
    }
  });

  it('an attachment beyond the cap stays out, whole, and the mail says so in both parts', async () => {
    const folder = temporaryFolder('pm2-audit-files');
    const paths = {
      html: join(folder, 'health.html'),
      json: join(folder, 'health.json'),
      md: join(folder, 'health.md'),
    };
    writeFileSync(paths.html, 'h'.repeat(5000));
    // It would fit alone, and not beside the other.
    writeFileSync(paths.json, `"${'j'.repeat(4000)}"`);
    writeFileSync(paths.md, '# 报告\n');
    const channel = await channelOf(
      settings(smtp(1), { attach: ['html', 'json', 'md'], attachMaxBytes: 6000, locale: 'zh-CN' }),
    );
    const mail = await PostalMime.parse(unpacked(channel.compose(delivery({ files: paths }))).mime);
    expect(mail.attachments.map(({ filename, mimeType }) => [filename, mimeType])).toEqual([
      ['health.html', 'text/html'],
      ['health.md', 'text/markdown'],
    ]);
    const [html, md] = mail.attachments.map(({ content }) =>
      Buffer.from(content as ArrayBuffer).toString('utf8'),
    );
    expect([html, md]).toEqual([readFileSync(paths.html, 'utf8'), readFileSync(paths.md, 'utf8')]);
    expect(mail.text).toContain('health.json');
    expect(mail.html).toContain('health.json');
  });
});

it('all times together stay below a minute, the ten seconds of a password program too', async () => {
  const { mailLimits } = await import('../../../src/outputs/email/mail-limits.ts');
  expect(10_000 + mailLimits.totalMs + mailLimits.closeMs).toBeLessThan(60_000);
  expect(limits.totalMs).toBeLessThan(mailLimits.totalMs);
});
