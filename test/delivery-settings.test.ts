import { describe, expect, it } from 'vitest';
import type { DeliveryConfig } from '../src/config-delivery.ts';
import { deliverySettings, lackOf, wantedChannels } from '../src/delivery-settings.ts';
import { cells } from '../src/report/cells.ts';
import { UsageError } from '../src/usage-error.ts';

type Env = { readonly [name: string]: string };
const none = { emailTo: null, sendOn: null };
const of = (config: DeliveryConfig, env: Env = {}, flags: Partial<typeof none> & object = {}) =>
  deliverySettings(config, { ...none, ...flags }, env, 'en');
const smtpOf = (smtp: NonNullable<DeliveryConfig['email']>['smtp']) => {
  const transport = of({ email: { to: 'a@example.com', ...(smtp === undefined ? {} : { smtp }) } }).email
    ?.transport;
  return transport?.kind === 'smtp' ? transport.smtp : null;
};
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('the mail', () => {
  it('is none where nothing is said of it', () => {
    expect(of({}).email).toBeNull();
    expect(of({}, { PM2_AUDIT_MAIL_TO: 'a@example.com' }).email).toBeNull();
    expect(of({}, { PM2_AUDIT_SMTP_URL: 'smtps://h' }).email).toBeNull();
  });

  it('can be said in the environment alone, and its URL is not read here', () => {
    const { email } = of(
      {},
      { PM2_AUDIT_SMTP_URL: 'smtps://u:canary@h', PM2_AUDIT_MAIL_TO: 'a@example.com, b@example.com' },
    );
    expect(email).toMatchObject({
      name: 'email',
      to: ['a@example.com', 'b@example.com'],
      transport: { kind: 'smtp-url', url: { env: 'PM2_AUDIT_SMTP_URL' }, password: null, caFile: null },
      sendOn: 'P1',
      reminderDays: 1,
      locale: 'en',
      attach: [],
      attachMaxBytes: 5 * 1024 * 1024,
      from: null,
    });
    expect(JSON.stringify(email)).not.toMatch(/canary/);
  });

  it('takes a private authority beside an address of either way', () => {
    const caOf = (config: Parameters<typeof of>[0], env: Parameters<typeof of>[1] = {}): unknown => {
      const transport = of(config, env).email?.transport;
      return transport?.kind === 'smtp'
        ? transport.smtp.caFile
        : transport?.kind === 'smtp-url'
          ? transport.caFile
          : '';
    };
    const to = 'a@example.com';
    const url = { PM2_AUDIT_SMTP_URL: 'smtps://u@h', PM2_AUDIT_MAIL_TO: to };
    const ca = { PM2_AUDIT_SMTP_CA: '/env.pem' };
    expect(caOf({}, { ...url, ...ca })).toBe('/env.pem');
    expect(caOf({ email: { to, smtp: 'smtps://u@h' } }, ca)).toBe('/env.pem');
    expect(caOf({ email: { to, smtp: 'smtps://u@h', caFile: '/own.pem' } }, ca)).toBe('/own.pem');
    expect(caOf({ email: { to, caFile: '/own.pem' } }, { ...url, ...ca })).toBe('/own.pem');
    expect(caOf({ email: { to, smtp: { host: 'h', caFile: '/field.pem' } } }, ca)).toBe('/field.pem');
    expect(caOf({ email: { to, smtp: { host: 'h' } } })).toBeNull();
  });

  it('takes the command line over the file over the environment', () => {
    const env = { PM2_AUDIT_MAIL_TO: 'env@example.com', PM2_AUDIT_MAIL_FROM: 'from-env@example.com' };
    const email = {
      to: ['file@example.com'],
      smtp: 'smtps://me@mail.example.com',
      sendOn: 'change' as const,
    };
    expect(of({ email }, env).email).toMatchObject({
      to: ['file@example.com'],
      from: 'from-env@example.com',
      sendOn: 'change',
    });
    expect(
      of({ email }, env, { emailTo: 'flag@example.com', sendOn: 'always' } as never).email,
    ).toMatchObject({
      to: ['flag@example.com'],
      sendOn: 'always',
    });
  });

  it('knows the usual ports', () => {
    expect(smtpOf('smtps://me@mail.example.com')).toMatchObject({ port: 465, security: 'tls', user: 'me' });
    expect(smtpOf({ host: 'mail.example.com' })).toMatchObject({
      port: 587,
      security: 'starttls',
      user: null,
    });
    expect(smtpOf({ host: 'mail.example.com', port: 465 })).toMatchObject({ security: 'tls' });
    expect(smtpOf({ host: 'mail.example.com', port: 25 })).toMatchObject({ security: 'starttls' });
    expect(smtpOf({ host: '127.0.0.1', security: 'none' })).toMatchObject({ port: 25, security: 'none' });
  });

  it('knows where the password stands, in the file or the environment', () => {
    const email = { to: 'a@example.com', smtp: 'smtps://me@mail.example.com' };
    const password = (config: DeliveryConfig, env: Env = {}) => {
      const transport = of(config, env).email?.transport;
      return transport?.kind === 'smtp' ? transport.smtp.password : undefined;
    };
    expect(password({ email })).toBeNull();
    expect(password({ email }, { PM2_AUDIT_SMTP_PASSWORD: 'canary' })).toEqual({
      env: 'PM2_AUDIT_SMTP_PASSWORD',
    });
    expect(
      password({ email: { ...email, password: { file: '/etc/p' } } }, { PM2_AUDIT_SMTP_PASSWORD: 'x' }),
    ).toEqual({
      file: '/etc/p',
    });
  });

  it('goes by the local mail server when told so, also to a user of this host', () => {
    expect(of({ email: { to: 'root', sendmail: true } }).email).toMatchObject({
      to: ['root'],
      transport: { kind: 'sendmail', path: '/usr/sbin/sendmail' },
    });
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'a password in the file',
      () => of({ email: { to: 'a@example.com', smtp: 'smtps://me:canary@h.example' } }),
      /^email\.smtp: holds a password/,
    ],
    ['a URL that is none', () => of({ email: { to: 'a@example.com', smtp: 'canary' } }), /^email\.smtp: /],
    ['no server', () => of({ email: { to: 'a@example.com' } }), /^email: no mail server is named/],
    [
      'two ways',
      () => of({ email: { to: 'a@example.com', smtp: 'smtps://h.example', sendmail: true } }),
      /^email: has both/,
    ],
    [
      'no address',
      () => of({ email: { to: 'ops', smtp: 'smtps://h.example' } }),
      /^email\.to: "ops" is not a mail address/,
    ],
    ['nobody', () => of({ email: { to: ' , ', smtp: 'smtps://h.example' } }), /^email\.to: names nobody/],
    [
      'a header in an address',
      () => of({ email: { to: 'a@example.com\r\nBcc: x@example.com', smtp: 'smtps://h.example' } }),
      /^email\.to: "a@example\.comBcc/,
    ],
    [
      'a sender',
      () => of({ email: { to: 'a@example.com', from: 'x', smtp: 'smtps://h.example' } }),
      /^email\.from: /,
    ],
    [
      'a language',
      () => of({ email: { to: 'a@example.com', lang: 'fr', smtp: 'smtps://h.example' } }),
      /^email\.lang: "fr"/,
    ],
    [
      'a token that is nowhere',
      () => of({ email: { to: 'a@example.com', smtp: 'smtps://h.example', oauth2: { clientId: 'c' } } }),
      /^email\.oauth2: needs/,
    ],
    [
      'a server on the command line',
      () => of({}, {}, { emailTo: 'smtps://me:canary@h.example' } as never),
      /^--email: takes the addresses/,
    ],
    ['a chat without address', () => of({ webhooks: [{ kind: 'slack' }] }), /^webhooks\.0\.url: is missing/],
    [
      'a chat address that is none',
      () => of({ webhooks: [{ kind: 'slack', url: 'canary' }] }),
      /^webhooks\.0\.url: is not an address/,
    ],
    [
      'telegram without chat',
      () => of({ webhooks: [{ kind: 'telegram', secret: { env: 'T' } }] }),
      /^webhooks\.0: a telegram channel needs "chat"/,
    ],
    [
      'two of one name',
      () =>
        of({
          webhooks: [
            { kind: 'slack', url: { env: 'A' } },
            { kind: 'slack', url: { env: 'B' } },
          ],
        }),
      /two channels are called "slack"/,
    ],
    ['a ping that is none', () => of({ ping: { url: 'canary' } }), /^ping\.url: is not an address/],
    [
      'nothing at all',
      () => wantedChannels(of({}), 'all', '--send', 'en', null),
      /^--send: nothing is configured\. Set PM2_AUDIT_SMTP_URL/,
    ],
    [
      'no mail among the channels',
      () =>
        wantedChannels(
          of({ webhooks: [{ kind: 'slack', url: { env: 'A' } }] }),
          'email',
          '--email',
          'en',
          null,
        ),
      /^--email: no mail is configured/,
    ],
  ])('refuses %s by the name of the key, without what may be a secret', (_name, work, words) => {
    const message = refusal(work);
    expect(message).toMatch(words);
    expect(message).not.toMatch(/canary|\n/);
  });
});

describe('what is missing', () => {
  const ask = (env: Env, locale: 'en' | 'zh-CN' = 'en', emailTo: string | null = null) =>
    refusal(() =>
      wantedChannels(of({}, env), 'email', '--email', locale, lackOf({}, { ...none, emailTo }, env)),
    );
  const url = { PM2_AUDIT_SMTP_URL: 'smtps://me:canary@h.example' };

  it('is named, where the other half is there', () => {
    expect(ask(url)).toMatch(/^--email: no recipient: set PM2_AUDIT_MAIL_TO, or --email TO\./);
    expect(ask({ PM2_AUDIT_MAIL_TO: 'a@example.com' })).toMatch(/^--email: no mail server is named\. Set /);
    expect(ask({})).toMatch(/^--email: no mail is configured/);
    expect(ask(url, 'zh-CN')).toMatch(/^--email：没有收件人：请设置 PM2_AUDIT_MAIL_TO/);
    expect(ask(url)).not.toMatch(/canary/);
  });

  it('is told in the language of the run, folded for a terminal', () => {
    for (const locale of ['en', 'zh-CN'] as const) {
      let folded = '';
      try {
        wantedChannels(of({}), 'all', 'send', locale, null);
      } catch (error) {
        if (error instanceof UsageError) folded = error.folded ?? '';
      }
      expect(folded).toMatch(locale === 'en' ? /^pm2-audit: send: nothing/ : /^pm2-audit: send：尚未配置/);
      for (const line of folded.split('\n')) expect(cells(line), line).toBeLessThanOrEqual(80);
    }
  });

  it.each<[DeliveryConfig]>([
    [{ email: { to: 'nobody', smtp: 'smtps://h.example' } }],
    [{ email: { to: 'a@example.com', smtp: 'canary' } }],
    [{ email: { to: 'a@example.com', smtp: 'smtps://me:canary@h.example' } }],
    [{ email: { to: 'a@example.com', lang: 'fr', smtp: 'smtps://h.example' } }],
    [{ webhooks: [{ kind: 'slack' }] }],
    [{ webhooks: [{ kind: 'telegram' }] }],
    [{ ping: { url: 'canary' } }],
  ])('is told in Chinese: %j', (config) => {
    expect(refusal(() => deliverySettings(config, none, {}, 'zh-CN'))).toMatch(
      /[\u4e00-\u9fff]{2}.*(?:。|:465)$/,
    );
  });
});

describe('chats and webhooks', () => {
  it('are Chinese where Chinese platforms are, unless told otherwise', () => {
    const { webhooks } = of({
      webhooks: [
        { kind: 'dingtalk', url: { env: 'A' }, secret: { env: 'S' } },
        { kind: 'wecom', url: { file: '/x' }, lang: 'en' },
        { kind: 'slack', url: 'https://hooks.slack.com/x' },
        { kind: 'telegram', chat: -100, secret: { env: 'T' }, reminderDays: 0 },
      ],
    });
    expect(
      webhooks.map(({ name, locale, url, chat, reminderDays }) => [name, locale, url, chat, reminderDays]),
    ).toEqual([
      ['dingtalk', 'zh-CN', { env: 'A' }, null, 1],
      ['wecom', 'en', { file: '/x' }, null, 1],
      ['slack', 'en', { plain: 'https://hooks.slack.com/x' }, null, 1],
      ['telegram', 'en', { plain: 'https://api.telegram.org' }, '-100', 0],
    ]);
  });

  it('have nothing to do with --email', () => {
    const settings = of({
      email: { to: 'a@example.com', smtp: 'smtps://h.example' },
      webhooks: [{ kind: 'slack', url: { env: 'A' } }],
    });
    expect(wantedChannels(settings, 'email', '--email', 'en', null).webhooks).toEqual([]);
    expect(wantedChannels(settings, 'all', '--send', 'en', null).webhooks).toHaveLength(1);
  });
});
