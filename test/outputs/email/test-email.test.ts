import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EmailSettings } from '../../../src/model/delivery.ts';
import { testEmail } from '../../../src/outputs/email/test-email.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { env, limits, password, settings, smtp } from './mail-case.ts';
import {
  type Authority,
  closeServers,
  conversation,
  makeAuthority,
  rawServer,
  realServer,
  reply,
} from './mail-servers.ts';

let authority: Authority;
beforeAll(() => {
  authority = makeAuthority('DNS:localhost');
});
afterEach(closeServers);

async function walk(
  wanted: EmailSettings,
  with_ = env,
  shown = wanted.locale,
): Promise<{ ok: boolean; lines: string[]; last: boolean }> {
  const lines: string[] = [];
  let last = true;
  const ok = await testEmail(
    wanted,
    with_,
    (line, isGood) => {
      lines.push(line);
      last = isGood;
    },
    limits,
    shown,
  );
  for (const line of lines) {
    expect(line).not.toContain(password);
    expect(line).not.toMatch(/[\r\n]/);
  }
  return { ok, lines, last };
}

describe('the test of the whole way', () => {
  it.each([
    ['starttls', false],
    ['tls', true],
  ] as const)('tells each step over %s and sends a mail that says it is a test', async (security, secure) => {
    const { port, received } = await realServer({ key: authority.key, cert: authority.cert, secure });
    const { ok, lines } = await walk(settings(smtp(port, { security, caFile: authority.caFile })));
    expect(lines.join('\n')).toMatch(
      /^Password of ops@example\.com found\.\nlocalhost resolves to .*\.\nlocalhost answers as a mail server on port \d+\.\nEncrypted with TLSv1\.[23]; the certificate is from Test Authority and valid for (29|30) days\.\nLogin of ops@example\.com accepted\.\nSender ops@example\.com and recipients team@example\.com accepted\.\nTest mail sent to team@example\.com\./,
    );
    expect(ok).toBe(true);
    const mail = await PostalMime.parse(received[0]!.mime);
    expect(mail.subject).toMatch(/^\[pm2-audit\] \S+ test mail$/);
    expect(mail.text).toMatch(/pm2-audit send --test/);
    expect(mail.html).toMatch(/pm2-audit send --test/);
    expect(mail.headers).toContainEqual(
      expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }),
    );
  });

  it('speaks Chinese', async () => {
    const { port, received } = await realServer();
    const { ok, lines } = await walk(settings(smtp(port), { locale: 'zh-CN' }));
    expect(ok).toBe(true);
    for (const line of lines) expect(line).toMatch(/[\u4e00-\u9fff]{2}.*。$/);
    expect((await PostalMime.parse(received[0]!.mime)).subject).toMatch(/测试邮件$/);
  });

  it('speaks the language of the terminal, and writes the mail in that of the settings', async () => {
    const { port, received } = await realServer();
    const wanted = settings(smtp(port), { locale: 'zh-CN' });
    const { lines } = await walk(wanted, env, 'en');
    expect(lines.join('\n')).not.toMatch(/[\u4e00-\u9fff]/);
    expect((await PostalMime.parse(received[0]!.mime)).subject).toMatch(/测试邮件$/);
    for (const [bad, with_] of [
      [wanted, { MAIL_PASSWORD: 'wrong' }],
      [wanted, { MAIL_PASSWORD: '' }],
      [{ ...wanted, to: ['nobody'] }, env],
      [settings(smtp(1), { locale: 'zh-CN' }), env],
    ] as const)
      expect((await walk(bad, with_, 'en')).lines.join('\n')).not.toMatch(/[\u4e00-\u9fff]/);
  });

  it('tells of a recipient that is refused, and that the other has its mail', async () => {
    const { port, received } = await realServer({
      onRcptTo: (one, _session, done) =>
        done(one.address.startsWith('gone') ? reply(550, '5.1.1 no such user') : null),
    });
    const { ok, lines } = await walk(settings(smtp(port), { to: ['team@example.com', 'gone@example.com'] }));
    expect(ok).toBe(false);
    expect(lines.join('\n')).toMatch(/does not exist: gone@example\.com/);
    expect(lines.at(-1)).toMatch(/Test mail sent to team@example\.com\./);
    expect(received).toHaveLength(1);
  });

  it('goes through the MTA of the host', async () => {
    const path = join(temporaryFolder('pm2-audit-mta'), 'sendmail');
    writeFileSync(path, '#!/bin/sh\ncat >/dev/null\n');
    chmodSync(path, 0o755);
    const { ok, lines } = await walk(settings({ kind: 'sendmail', path }, { to: ['root'] }));
    expect(lines).toEqual([expect.stringContaining(`${path} took the test mail for root`)]);
    expect(ok).toBe(true);
  });
});

describe('the step that fails is the last and is explained', () => {
  it('the secret', async () => {
    const { lines, ok, last } = await walk(settings(smtp(1)), { MAIL_PASSWORD: '' });
    expect([ok, last]).toEqual([false, false]);
    expect(lines).toEqual([expect.stringMatching(/\$MAIL_PASSWORD is empty/)]);
  });

  it('the name', async () => {
    const { lines, ok } = await walk(settings(smtp(25, { host: 'no-such-host.invalid' })));
    expect(ok).toBe(false);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/no-such-host\.invalid does not resolve|could not be resolved/),
    ]);
  });

  it('the connection', async () => {
    const { lines, ok } = await walk(settings(smtp(1)));
    expect(ok).toBe(false);
    expect(lines.at(-1)).toMatch(/localhost:1 refused the connection/);
  });

  it('the certificate', async () => {
    const { port } = await realServer({ key: authority.key, cert: authority.cert, secure: true });
    const { lines, ok } = await walk(settings(smtp(port, { security: 'tls' })));
    expect(ok).toBe(false);
    expect(lines.at(-1)).toMatch(/certificate of localhost:\d+ .*caFile/);
  });

  it('the login', async () => {
    const { port } = await realServer();
    const { lines, ok } = await walk(settings(smtp(port)), { MAIL_PASSWORD: 'wrong' });
    expect(ok).toBe(false);
    expect(lines.at(-1)).toMatch(/refused the login of ops@example\.com.*535/);
    expect(lines).toHaveLength(5);
  });

  it('a server that hangs', async () => {
    const { port } = await rawServer(conversation({ MAIL: null }));
    const { lines, ok } = await walk(settings(smtp(port)));
    expect(ok).toBe(false);
    expect(lines.at(-1)).toMatch(/stopped answering/);
    expect(lines.join('\n')).not.toMatch(/is kept|next run/);
  });

  it('an address', async () => {
    const { lines, ok } = await walk(settings(smtp(1), { to: ['nobody'] }));
    expect(ok).toBe(false);
    expect(lines).toEqual([expect.stringMatching(/“nobody” is not a mail address/)]);
  });
});
