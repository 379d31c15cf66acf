import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import { describe, expect, it } from 'vitest';
import type { EmailSettings } from '../../../src/model/delivery.ts';
import type { Delivery } from '../../../src/outputs/channel.ts';
import { makeEmailChannel } from '../../../src/outputs/email/email-channel.ts';
import { c, host } from '../../factories.ts';
import { reportOf } from '../../report/pages.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { channelOf, delivery, password, settings, smtp, unpacked } from './mail-case.ts';

const headerOf = (mail: Email, name: string): string | undefined =>
  mail.headers.find(({ key }) => key === name.toLowerCase())?.value;

async function composed(
  over: Partial<EmailSettings> = {},
  what: Partial<Delivery> = {},
  content?: Parameters<typeof channelOf>[1],
): Promise<{ mime: string; head: string; mail: Email; id: string }> {
  const channel = await channelOf(settings(smtp(465), over), content);
  const parcel = channel.compose(delivery(what));
  const { mime } = unpacked(parcel);
  const head = mime.slice(0, mime.indexOf('\r\n\r\n'));
  return { mime, head, mail: await PostalMime.parse(mime), id: parcel.id };
}
const onHost = (name: string): Partial<Delivery> => ({
  report: { ...reportOf('sick-host'), host: host({ name: c(name) }) },
});

describe('the message', () => {
  it.each(['en', 'zh-CN'] as const)('holds the text first, then the HTML, whole, in %s', async (locale) => {
    const { mailContent } = await import('../../../src/report/mail/mail.ts');
    const said = mailContent({ ...delivery(), locale });
    const { mime, mail } = await composed({ locale });
    const lines = (text: string | undefined): string => (text ?? '').replace(/\r\n/g, '\n').trimEnd();
    expect(lines(mail.text)).toBe(lines(said.text));
    expect(lines(mail.html)).toBe(lines(said.html));
    expect(mail.subject).toBe(said.subject);
    expect(mail.attachments).toEqual([]);
    expect(mime.indexOf('text/plain')).toBeLessThan(mime.indexOf('text/html'));
    expect(headerOf(mail, 'Content-Type')).toMatch(/^multipart\/alternative/);
  });

  it('is ASCII with CRLF and short lines, as every server takes it', async () => {
    for (const locale of ['en', 'zh-CN'] as const) {
      const { mime } = await composed({ locale });
      expect(mime).toMatch(/^[\r\n\x20-\x7e\t]+$/);
      expect(mime.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      expect(Math.max(...mime.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    }
  });

  it('encodes a Chinese subject by RFC 2047, no word longer than 75', async () => {
    const subject =
      '[pm2-audit] web-01 严重 · P0×3 · 评分 12 · flask-app 被内核因内存不足强杀，较上次新增两项，请尽快处理';
    const { head, mail } = await composed({ locale: 'zh-CN' }, {}, () => ({
      subject,
      text: '正文',
      html: '<p>正文</p>',
    }));
    expect(mail.subject).toBe(subject);
    const words = head.match(/=\?[^?]+\?[BQ]\?[^?]*\?=/g)!;
    expect(words.length).toBeGreaterThan(1);
    for (const word of words) expect(word.length).toBeLessThanOrEqual(75);
  });

  it('says in its headers what it is', async () => {
    const { mail, id } = await composed();
    expect(headerOf(mail, 'Auto-Submitted')).toBe('auto-generated');
    expect(headerOf(mail, 'X-Auto-Response-Suppress')).toBe('OOF, AutoReply');
    expect(headerOf(mail, 'List-Id')).toBe('"pm2-audit on web-01" <web-01.pm2-audit.localhost>');
    expect(headerOf(mail, 'X-PM2-Audit-Verdict')).toBe('critical');
    expect(mail.messageId).toBe(id);
    expect(id).toMatch(/^<pm2-audit\.[a-z0-9]+\.[0-9a-f]{20}@example\.com>$/);
    expect(mail.inReplyTo).toBe(mail.references);
    expect(mail.from).toEqual({ name: 'pm2-audit web-01', address: 'ops@example.com' });
    expect(Math.abs(Date.parse(mail.date!) - Date.now())).toBeLessThan(120_000);
  });
});

describe('who it is from and to', () => {
  it.each([
    [
      'the settings',
      { from: 'Audit Bot <audit@example.org>' },
      { name: 'Audit Bot', address: 'audit@example.org' },
    ],
    [
      'a name that needs quotes',
      { from: '"Ops, Night <x>" <a@example.org>' },
      { name: 'Ops, Night <x>', address: 'a@example.org' },
    ],
    ['a Chinese name', { from: '审计 <a@example.org>' }, { name: '审计', address: 'a@example.org' }],
  ])('the sender of %s', async (_name, over, from) => {
    expect((await composed(over)).mail.from).toEqual(from);
  });

  it('a recipient with a Chinese domain goes out in Punycode', async () => {
    const { mail } = await composed({ to: ['运维 <ops@例子.中国>'] });
    expect(mail.to).toEqual([{ name: '运维', address: 'ops@xn--fsqu00a.xn--fiqs8s' }]);
  });

  it('without a login that is an address it is pm2-audit at this host', async () => {
    const made = await makeEmailChannel(
      settings({ kind: 'sendmail', path: '/usr/sbin/sendmail' }, { to: ['root'] }),
      {},
    );
    if (!made.ok) throw new Error(made.problem.words);
    const { from, to, mime } = unpacked(made.channel.compose(delivery()));
    expect(from).toMatch(/^pm2-audit@[a-z0-9-]+(\.[a-z0-9-]+)+$/i);
    expect(to).toEqual(['root']);
    expect((await PostalMime.parse(mime)).to![0]!.address).toMatch(/^root@[a-z0-9-]+\./i);
  });
});

describe('identity', () => {
  it('is the same for the same report and differs between hosts, reports, channels and recipients', async () => {
    const ids = [
      (await composed()).id,
      (await composed({}, onHost('web-02'))).id,
      (await composed({}, { report: { ...reportOf('sick-host'), takenAt: 1_700_000_000_000 } })).id,
      (await composed({ name: 'second' })).id,
      (await composed({ to: ['x@example.com'] })).id,
      (await composed({}, { occasion: { reason: 'reminder', toldAt: 5, diff: null } })).id,
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect((await composed()).id).toBe(ids[0]);
  });

  it('one thread a host: mails refer to the same root, other hosts to another', async () => {
    const root = async (what: Partial<Delivery>): Promise<string | undefined> =>
      (await composed({}, what)).mail.references;
    const first = await root({});
    expect(await root({ report: { ...reportOf('sick-host'), takenAt: 5 } })).toBe(first);
    expect(await root(onHost('web-02'))).not.toBe(first);
  });

  it('asked for twice, it comes twice', async () => {
    const asked: Partial<Delivery> = { occasion: { reason: 'asked', toldAt: null, diff: null } };
    const first = await composed({}, asked);
    await expect.poll(async () => (await composed({}, asked)).id).not.toBe(first.id);
  });
});

describe('hostile names', () => {
  const names = [
    'web\r\nBcc: evil@example.com\r\n\r\nbody',
    'web\u202emoc.live\u202c',
    'w'.repeat(300),
    '"><script>alert(1)</script>',
    '生产-主机 <root@evil>',
    '=?utf-8?B?SGVsbG8=?=',
    '',
    '\ud800 lone \u0000\u0007\u2028',
  ];
  it.each(names)('the host %j makes no header and no second line', async (name) => {
    const { head, mail } = await composed({}, onHost(name), () => ({
      subject: `[pm2-audit] ${name} critical`,
      text: name,
      html: '<p>x</p>',
    }));
    const lines = head.split('\r\n');
    for (const line of lines) {
      expect(line).toMatch(/^(?:[A-Za-z0-9-]+: |[ \t])[\x20-\x7e]*$/);
      expect(line.length).toBeLessThanOrEqual(200);
    }
    const keys = lines.flatMap((line) => /^([A-Za-z0-9-]+): /.exec(line)?.[1]?.toLowerCase() ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).not.toContain('bcc');
    expect(headerOf(mail, 'List-Id')).toMatch(
      /^"pm2-audit on [a-z0-9.-]+" <[a-z0-9.-]+\.pm2-audit\.localhost>$/,
    );
    expect(mail.subject).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2028]/);
    expect(mail.subject!.length).toBeLessThanOrEqual(240);
    expect(mail.from).toMatchObject({ address: 'ops@example.com' });
    expect(mail.to).toEqual([{ name: '', address: 'team@example.com' }]);
  });

  it('the report of hostile app names goes through whole', async () => {
    const { head, mail } = await composed({}, { report: reportOf('hostile-names') });
    for (const line of head.split('\r\n')) {
      expect(line).toMatch(/^(?:Auto|X-|List|From|To|In-R|Ref|Sub|Mess|Date|MIME|Content|[ \t])/);
    }
    expect(mail.text!.length).toBeGreaterThan(500);
    expect(mail.html).not.toMatch(/<script/i);
  });
});

describe('attachments', () => {
  const files = (): Delivery['files'] => {
    const folder = temporaryFolder('pm2-audit-mail');
    const paths = { html: join(folder, 'health-web-01.html'), json: join(folder, '报告 01.json'), md: null };
    writeFileSync(paths.html, '<!doctype html><p>报告 é\n');
    writeFileSync(paths.json, Buffer.from([...Array(256).keys()]));
    return paths;
  };

  it('come back byte for byte, beside both parts', async () => {
    const { mail, mime } = await composed({ attach: ['json', 'html', 'md'] }, { files: files() });
    expect(mime).toMatch(/Content-Type: multipart\/mixed/);
    expect(mail.text!.length).toBeGreaterThan(500);
    expect(mail.html).toMatch(/^<!doctype html>/i);
    expect(mail.attachments.map(({ filename }) => filename)).toEqual(['报告 01.json', 'health-web-01.html']);
    expect([...new Uint8Array(mail.attachments[0]!.content as ArrayBuffer)]).toEqual([...Array(256).keys()]);
  });

  it('that are gone, too large or were never written are named, each by its own reason', async () => {
    const paths = { html: '/nowhere/health.html', json: files().json, md: null };
    for (const [locale, ...words] of [
      [
        'en',
        /could not be read any more: health\.html\./,
        /Too large to attach: .*01\.json\./,
        /wrote no such file: md\./,
      ],
      [
        'zh-CN',
        /已无法读取，未附上：health\.html/,
        /体积过大未附上：.*01\.json/,
        /没有生成以下格式的文件，未附上：md/,
      ],
    ] as const) {
      const over = { attach: ['html', 'json', 'md'], attachMaxBytes: 100, locale } as const;
      const { mail } = await composed(over, { files: paths });
      expect(mail.attachments).toEqual([]);
      for (const one of words) expect(mail.text).toMatch(one);
      for (const one of ['health.html', '01.json']) expect(mail.html).toContain(one);
      // Said once, under its own reason.
      expect(mail.text!.match(/health\.html/g)).toHaveLength(2);
    }
  });

  it('are plain files: a pipe in their place is not waited for, a link not followed', async () => {
    const pipe = join(temporaryFolder('pm2-audit-pipe'), 'health.html');
    const link = join(temporaryFolder('pm2-audit-link'), 'health.html');
    execFileSync('mkfifo', [pipe]);
    symlinkSync('/etc/passwd', link);
    for (const html of [pipe, link]) {
      const { mail } = await composed({ attach: ['html'] }, { files: { html, json: null, md: null } });
      expect(mail.attachments).toEqual([]);
      expect(mail.text).toMatch(/could not be read any more: health\.html/);
    }
  });
});

it('no part of the parcel holds a secret of the channel', async () => {
  const url = `smtps://ops%40example.com:${password}@localhost:465`;
  const made = await makeEmailChannel(settings({ kind: 'smtp-url', url: { env: 'URL' }, password: null }), {
    URL: url,
  });
  if (!made.ok) throw new Error(made.problem.words);
  const parcel = made.channel.compose(delivery());
  const decoded = parcel.body.replace(/=\\r\\n/g, '');
  for (const form of [password, Buffer.from(password).toString('base64'), url]) {
    expect(decoded).not.toContain(form);
  }
  expect(JSON.stringify(made.channel.settings)).not.toContain(password);
});
