import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Parcel, type WebhookKind, webhookKinds } from '../../../src/model/delivery.ts';
import { openWebhook } from '../../../src/outputs/webhooks/open-webhook.ts';
import { tryWebhook } from '../../../src/outputs/webhooks/try-webhook.ts';
import { makeWebhookChannel, testWebhook } from '../../../src/outputs/webhooks/webhook-channel.ts';
import { type Made, madeReport, madeWords } from '../../report/chat/made-report.ts';
import { envOf, settingsOf, stillTools } from './settings.ts';
import { keys, pathOf, secret, startVendor, type VendorServer } from './vendor-server.ts';

const occasion = { reason: 'first', toldAt: null, diff: null } as const;
const files = { html: '/srv/reports/web-01.html', json: null, md: null };
/** Three messages for all chats but the roomiest: eight findings in full, and long ones. */
const long = madeReport(
  Array.from(
    { length: 30 },
    (_, index): Made => ({
      priority: 'P0',
      title: `was killed ${'again and '.repeat(30)}again`,
      quote: 'Killed process '.repeat(40),
      fix: `Do ${index}`,
      command: `pm2 restart ${index}`,
    }),
  ),
);
const short = madeReport([{ priority: 'P0', title: 'was killed', app: 'api' }]);
const delivery = (report = short) => ({ report, words: madeWords, occasion, files });
/** Now, but not in the first minute of an hour or a half. */
const calm = (): number => Date.now() + (Date.now() % 1_800_000 < 60_000 ? 61_000 : 0);

const open: VendorServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});
async function vendor(kind: WebhookKind): Promise<VendorServer> {
  const server = await startVendor(kind);
  open.push(server);
  return server;
}
async function channelOf(
  kind: WebhookKind,
  server: VendorServer,
  tools = stillTools(),
  over: Parameters<typeof settingsOf>[1] = {},
  env = envOf(kind, server.origin),
) {
  const made = await openWebhook(settingsOf(kind, over), env, tools);
  if (!made.ok) throw new Error(made.problem.words);
  return made.channel;
}

describe.each(webhookKinds)('the channel to %s', (kind) => {
  it('holds no key in a parcel, and sends it signed anew', async () => {
    const server = await vendor(kind);
    const channel = await channelOf(kind, server, stillTools());
    const parcel = channel.compose(delivery());
    for (const canary of [keys[kind], secret, server.origin])
      expect(JSON.stringify(parcel)).not.toContain(canary);
    // A parcel of the outbox was made long ago, by another process.
    const kept: Parcel = JSON.parse(JSON.stringify(parcel));
    expect(await channel.send(kept)).toEqual({ ok: true, to: `ops-${kind}` });
    expect(channel.compose(delivery()).id).toBe(parcel.id);
    expect(parcel.id).toMatch(/^[\w-]+$/);
  });

  it('gives back only the messages that were not sent, and they arrive once', async () => {
    const server = await vendor(kind);
    const channel = await channelOf(kind, server);
    const parcel = channel.compose(delivery(long));
    const all = JSON.parse(parcel.body).parts.length;
    server.next.push(...(all > 1 ? [okOf(kind)] : []), { status: 503 });
    const sent = await channel.send(parcel);
    if (sent.ok || sent.rest === null) throw new Error('it should be tried again');
    expect(sent.problem.code).toBe('server');
    expect(JSON.parse(sent.rest.body).parts).toHaveLength(Math.max(1, all - 1));
    expect(sent.rest.id).toBe(parcel.id);
    expect((await channel.send(sent.rest)).ok).toBe(true);
    expect(server.taken).toHaveLength(Math.max(1, all - 1));
  });

  it('keeps to the pace between messages, and asks once more where the wait is short', async () => {
    const server = await vendor(kind);
    const tools = stillTools(calm());
    const channel = await channelOf(kind, server, tools);
    server.next.push(limitedOf(kind, 7));
    const parcel = channel.compose(delivery(long));
    const parts = JSON.parse(parcel.body).parts.length;
    const sent = await channel.send(parcel);
    const isTold = kind !== 'dingtalk' && kind !== 'wecom';
    expect(sent.ok).toBe(isTold);
    if (isTold) {
      expect(tools.waits[0]).toBe(7000);
      expect(tools.waits).toHaveLength(parts);
      for (const pace of tools.waits.slice(1)) expect(pace).toBeGreaterThanOrEqual(600);
    } else expect(sent).toMatchObject({ problem: { code: 'rate-limit' }, rest: parcel });
  });

  it('does not wait for long, nor twice', async () => {
    for (const limits of [[limitedOf(kind, 3600)], [limitedOf(kind, 1), limitedOf(kind, 1)]]) {
      const server = await vendor(kind);
      server.next.push(...limits);
      const channel = await channelOf(kind, server, stillTools(calm()));
      const parcel = channel.compose(delivery());
      expect(await channel.send(parcel)).toMatchObject({
        ok: false,
        problem: { code: 'rate-limit' },
        rest: parcel,
      });
      expect(server.asked.length).toBeLessThanOrEqual(2);
    }
  });

  it('never tries again with a wrong key, and says no part of it', async () => {
    const server = await vendor(kind);
    const env = envOf(kind, server.origin);
    const wrong = {
      HOOK_URL: env['HOOK_URL']!.replace(keys[kind], 'canary-of-another-key'),
      HOOK_SECRET: kind === 'telegram' ? '1:canary-of-another-bot' : secret,
    };
    for (const locale of ['en', 'zh-CN'] as const) {
      const channel = await channelOf(kind, server, stillTools(), { locale }, wrong);
      const sent = await channel.send(channel.compose(delivery()));
      if (sent.ok) throw new Error('it should be refused');
      expect(sent).toMatchObject({ problem: { code: 'login' }, rest: null });
      const text = JSON.stringify(sent);
      for (const canary of ['canary', server.origin, 'sig=', 'access_token'])
        expect(text).not.toContain(canary);
    }
  });

  it('counts as told where the first message arrived and the next is refused for good', async () => {
    const server = await vendor(kind);
    const channel = await channelOf(kind, server);
    const parcel = channel.compose(delivery(long));
    const all = JSON.parse(parcel.body).parts.length;
    server.next.push(...(all > 1 ? [okOf(kind)] : []), {
      status: 404,
      body: '{"ok":false,"error_code":404}',
    });
    const sent = await channel.send(parcel);
    if (sent.ok) throw new Error('it should be refused');
    if (sent.rest !== null) return;
    expect(sent.partly ?? false).toBe(all > 1);
  });

  it('follows no redirect', async () => {
    const server = await vendor(kind);
    const elsewhere = await vendor(kind);
    server.next.push({ status: 307, headers: { location: `${elsewhere.origin}${pathOf[kind]}` } });
    const channel = await channelOf(kind, server);
    expect(await channel.send(channel.compose(delivery()))).toMatchObject({
      ok: false,
      problem: { code: 'settings' },
      rest: null,
    });
    expect(elsewhere.asked).toHaveLength(0);
  });

  it('takes a page of a proxy or a stream without end for no answer', async () => {
    const server = await vendor(kind);
    if (kind !== 'discord' && kind !== 'teams' && kind !== 'json') {
      server.next.push({ status: 200, body: '<html>Log in to the network</html>' });
      const channel = await channelOf(kind, server);
      const parcel = channel.compose(delivery());
      expect(await channel.send(parcel)).toMatchObject({
        ok: false,
        problem: { code: 'answer' },
        rest: parcel,
      });
    }
    server.next.push({ status: 500, body: 'x'.repeat(3_000_000) });
    const channel = await channelOf(kind, server);
    expect(await channel.send(channel.compose(delivery()))).toMatchObject({ problem: { code: 'server' } });
  });

  it('sends a test message, step by step, in both languages', async () => {
    const server = await vendor(kind);
    for (const locale of ['en', 'zh-CN'] as const) {
      const lines: string[] = [];
      const ok = await testWebhook(settingsOf(kind, { locale }), envOf(kind, server.origin), (line, fine) => {
        expect(fine).toBe(true);
        lines.push(line);
      });
      expect(ok).toBe(true);
      expect(lines.join('\n')).toContain(new URL(server.origin).host);
      for (const canary of [keys[kind], secret]) expect(lines.join('\n')).not.toContain(canary);
    }
    expect(server.taken).toHaveLength(2);
  });
});

function okOf(kind: WebhookKind) {
  const body = {
    slack: 'ok',
    discord: '',
    teams: '',
    telegram: '{"ok":true}',
    dingtalk: '{"errcode":0}',
    wecom: '{"errcode":0}',
    feishu: '{"code":0}',
    json: '',
  }[kind];
  return { status: 200, body };
}

function limitedOf(kind: WebhookKind, seconds: number) {
  const header = { 'retry-after': String(seconds) };
  switch (kind) {
    case 'discord':
      return { status: 429, body: JSON.stringify({ message: 'limited', retry_after: seconds }) };
    case 'telegram':
      return {
        status: 429,
        body: JSON.stringify({
          ok: false,
          error_code: 429,
          description: 'Too Many',
          parameters: { retry_after: seconds },
        }),
      };
    case 'dingtalk':
      return { status: 200, body: '{"errcode":130101,"errmsg":"send too fast"}' };
    case 'wecom':
      return { status: 200, body: '{"errcode":45009,"errmsg":"api freq out of limit"}' };
    case 'feishu':
      return {
        status: 429,
        body: '{"code":99991400,"msg":"request trigger frequency limit"}',
        headers: { 'x-ogw-ratelimit-reset': String(seconds) },
      };
    default:
      return { status: 429, headers: header, body: '' };
  }
}

describe('a webhook', () => {
  it('tells problems and steps in the language of the terminal, the message in its own', async () => {
    const server = await vendor('dingtalk');
    const [settings, env] = [settingsOf('dingtalk', { locale: 'zh-CN' }), envOf('dingtalk', server.origin)];
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    expect(await tryWebhook(settings, env, say, stillTools(), 'en')).toBe(true);
    expect(JSON.stringify(server.taken.at(-1))).toMatch(/[\u4e00-\u9fff]/);
    expect(await tryWebhook(settings, {}, say, stillTools(), 'en')).toBe(false);
    const made = await openWebhook(settings, {}, stillTools(), 'en');
    if (!made.ok) throw new Error('no channel');
    const parcel = made.channel.compose(delivery());
    expect(parcel.body).toMatch(/[\u4e00-\u9fff]/);
    const sent = await made.channel.send(parcel);
    if (!sent.ok) lines.push(sent.problem.words);
    expect(lines).toHaveLength(5);
    expect(lines.join('\n')).not.toMatch(/[\u4e00-\u9fff]/);
  });

  it('waits a little for Chinese vendors at full and half hours, and not for a test', async () => {
    for (const kind of ['dingtalk', 'wecom', 'feishu'] as const) {
      const server = await vendor(kind);
      for (const [minute, expected] of [
        [0, [7500]],
        [30, [7500]],
        [1, []],
        [17, []],
      ] as const) {
        const tools = stillTools(Date.UTC(2026, 10, 22, 8, minute, 5));
        const channel = await channelOf(kind, server, tools);
        await channel.send(channel.compose(delivery()));
        expect(tools.waits).toEqual(expected);
      }
      const tools = stillTools(Date.UTC(2026, 10, 22, 8, 0, 5));
      await tryWebhook(settingsOf(kind), envOf(kind, server.origin), () => {}, tools);
      expect(tools.waits).toEqual([]);
    }
  });

  it('ends in time where nothing answers', async () => {
    const server = await vendor('slack');
    server.next.push('hang');
    // So much of the minute for all messages is gone that half a second is left.
    const start = Date.now();
    let asked = 0;
    const tools = { ...stillTools(), now: () => start + (asked++ < 2 ? 0 : 59_500) };
    const channel = await channelOf('slack', server, tools);
    const parcel = channel.compose(delivery());
    expect(await channel.send(parcel)).toMatchObject({
      ok: false,
      problem: { code: 'timed-out' },
      rest: parcel,
    });
  });

  it('says that nothing listens, and keeps the message', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const made = await makeWebhookChannel(settingsOf('slack'), envOf('slack', `http://127.0.0.1:${port}`));
    if (!made.ok) throw new Error(made.problem.words);
    const parcel = made.channel.compose(delivery());
    const sent = await made.channel.send(parcel);
    expect(sent).toMatchObject({ ok: false, problem: { code: 'unreachable' }, rest: parcel });
    expect(JSON.stringify(sent)).toContain('ECONNREFUSED');
  });

  it('is not sent in the clear, but to this host or as the generic kind', async () => {
    const words = async (kind: WebhookKind, url: string): Promise<string> => {
      const made = await openWebhook(
        settingsOf(kind, { url: { plain: url } }),
        { HOOK_SECRET: 'x' },
        stillTools(),
      );
      if (!made.ok) throw new Error(made.problem.words);
      const sent = await made.channel.send(made.channel.compose(delivery()));
      return sent.ok ? 'sent' : sent.problem.words;
    };
    expect(await words('slack', 'http://hooks.slack.invalid/x')).toContain('does not begin with https://');
    expect(await words('slack', 'ftp://hooks.slack.invalid/x')).toContain('does not begin with https://');
    expect(await words('slack', 'hooks.slack.invalid/x')).toContain('is no URL');
    expect(await words('json', 'http://receiver.invalid/x')).toContain('could not be reached');
  });

  it('waits for settings that can be mended: a secret that is not there', async () => {
    const server = await vendor('dingtalk');
    const channel = await channelOf('dingtalk', server, stillTools(), {}, { HOOK_URL: `${server.origin}/x` });
    const parcel = channel.compose(delivery());
    expect(await channel.send(parcel)).toMatchObject({
      ok: false,
      problem: { code: 'settings' },
      rest: parcel,
    });
    expect(server.asked).toHaveLength(0);
  });

  it('says the chat that Telegram needs', async () => {
    const made = await makeWebhookChannel(settingsOf('telegram', { chat: null, locale: 'zh-CN' }), {});
    expect(made).toMatchObject({ ok: false, problem: { code: 'settings' } });
    if (!made.ok) expect(made.problem.words).toContain('chat');
  });

  it('drops a waiting message of another kind, and what is no parcel', async () => {
    const server = await vendor('slack');
    const wecom = await channelOf('wecom', server);
    const slack = await channelOf('slack', server);
    for (const parcel of [wecom.compose(delivery()), { id: 'x', body: 'no JSON' }, { id: 'x', body: '{}' }])
      expect(await slack.send(parcel)).toMatchObject({
        ok: false,
        problem: { code: 'settings' },
        rest: null,
      });
    expect(server.asked).toHaveLength(0);
  });

  it('tells the rate of 20 a minute from the answer in a 200', async () => {
    const server = await vendor('wecom');
    const channel = await channelOf('wecom', server);
    for (let sent = 0; sent < 20; sent += 1)
      expect((await channel.send(channel.compose(delivery()))).ok).toBe(true);
    expect(await channel.send(channel.compose(delivery()))).toMatchObject({
      problem: { code: 'rate-limit' },
    });
    expect(server.taken).toHaveLength(20);
  });

  it('gives a login in the address as HTTP asks for it, and the same id with every attempt', async () => {
    const server = await vendor('json');
    const origin = server.origin.replace('http://', 'http://user:pass%2Fword@');
    const channel = await channelOf('json', server, stillTools(), {}, envOf('json', origin));
    const parcel = channel.compose(delivery());
    server.next.push({ status: 502 });
    await channel.send(parcel);
    await channel.send(parcel);
    expect(server.taken[0]!.headers.authorization).toBe(
      `Basic ${Buffer.from('user:pass/word').toString('base64')}`,
    );
    expect(new Set(server.asked.map(({ headers }) => headers['x-pm2-audit-delivery']))).toEqual(
      new Set([parcel.id]),
    );
  });

  it('explains what is wrong in a test, in the user’s language', async () => {
    const server = await vendor('dingtalk');
    const lines: string[] = [];
    const env = { ...envOf('dingtalk', server.origin), HOOK_SECRET: 'SECwrong-canary-secret' };
    const settings = settingsOf('dingtalk', { locale: 'zh-CN' });
    expect(await testWebhook(settings, env, (line) => lines.push(line))).toBe(false);
    expect(lines.at(-1)).toBe(
      '钉钉拒绝了签名（310000 sign not match）：密钥与机器人的不一致或未设置，或者本机时间不准。请在群设置中的“机器人”重新复制密钥，并用 date 核对本机时间。',
    );
  });
});
