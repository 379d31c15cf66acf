/**
 * The vendors as they document themselves: each takes what keeps its limits and carries its signature, answers as it does
 * in the field, and remembers what it took. Written apart from src, so that a limit misread there shows here.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookKind } from '../../../src/model/delivery.ts';
import type { PostRequest as Request } from '../../../src/outputs/post.ts';

export const keys = {
  slack: 'canary-slack-key-5fK2',
  discord: 'canary-discord-token-81x',
  teams: 'canary-teams-sig-Q0',
  telegram: '110201543:canary-AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw',
  dingtalk: 'canary-dingtalk-token-77',
  wecom: 'canary-693a91f6-7a0c-4bc4',
  feishu: 'canary-f19c-4d2a-hook',
  json: 'canary-hook-path-31',
} as const;
export const secret = 'SECcanary-c1c2+/=signing';
export const chat = '-1001234567890';

export const pathOf: { readonly [K in WebhookKind]: string } = {
  slack: `/services/T0001/B0001/${keys.slack}`,
  discord: `/api/webhooks/1234567890/${keys.discord}`,
  teams: `/workflows/f1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=${keys.teams}`,
  telegram: '',
  dingtalk: `/robot/send?access_token=${keys.dingtalk}`,
  wecom: `/cgi-bin/webhook/send?key=${keys.wecom}`,
  feishu: `/open-apis/bot/v2/hook/${keys.feishu}`,
  json: `/${keys.json}`,
};

export interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}
interface TextObject {
  readonly type: string;
  readonly text: string;
}
/** The fields that any of the vendors reads. */
export interface Body {
  readonly text?: string;
  readonly blocks?: readonly { readonly type: string; readonly text: TextObject }[];
  readonly embeds?: readonly { readonly title: string; readonly description: string }[];
  readonly content?: string;
  readonly type?: string;
  readonly attachments?: readonly { readonly contentType: string }[];
  readonly chat_id?: string;
  readonly parse_mode?: string;
  readonly markdown?: { readonly text?: string; readonly content?: string };
  readonly timestamp?: string;
  readonly sign?: string;
}
export interface Taken {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly raw: string;
  /** null = no JSON. */
  readonly json: Body | null;
}
type Judge = (request: Taken & { readonly json: Body }) => Reply;

const json = (status: number, body: unknown): Reply => ({
  status,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});
const hmac = (key: string, text: string, as: 'base64' | 'hex'): string =>
  createHmac('sha256', key).update(text).digest(as);
const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** Tags that Telegram knows, all closed in order; the text as it is read. null = it cannot be parsed. */
export function telegramText(html: string): string | null {
  const open: string[] = [];
  let text = '';
  for (const [piece] of html.matchAll(/<[^>]*>|&[a-z#0-9]*;?|[^<&]+|[<&]/g)) {
    const tag = /^<(\/?)([a-z]+)>$/.exec(piece);
    if (tag !== null) {
      if (!['b', 'i', 'u', 's', 'code', 'pre', 'blockquote'].includes(tag[2]!)) return null;
      if (tag[1] === '') open.push(tag[2]!);
      else if (open.pop() !== tag[2]) return null;
    } else if (piece.startsWith('<')) return null;
    else if (piece.startsWith('&')) {
      const known = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"' }[piece];
      if (known === undefined) return null;
      text += known;
    } else text += piece;
  }
  return open.length === 0 ? text : null;
}

const judges: { readonly [K in WebhookKind]: Judge } = {
  slack: ({ url, json: body }) => {
    if (url !== pathOf.slack) return { status: 404, body: 'no_service' };
    const { blocks } = body;
    if (!Array.isArray(blocks) || typeof body.text !== 'string')
      return { status: 400, body: 'invalid_payload' };
    const total = blocks.reduce((sum, block) => sum + block.text.text.length, 0);
    if (total > 13_000) return { status: 400, body: 'msg_blocks_too_long' };
    const fine = blocks.every(
      ({ type, text }) =>
        text.text.length > 0 &&
        (type === 'header'
          ? text.type === 'plain_text' && text.text.length <= 150
          : text.text.length <= 3000),
    );
    return blocks.length <= 50 && fine
      ? { status: 200, body: 'ok' }
      : { status: 400, body: 'invalid_blocks' };
  },
  discord: ({ url, json: body }) => {
    if (url !== pathOf.discord) return json(404, { message: 'Unknown Webhook', code: 10015 });
    const embeds = body.embeds ?? [];
    const total = embeds.reduce((sum, { title, description }) => sum + title.length + description.length, 0);
    const fine =
      embeds.length > 0 &&
      embeds.length <= 10 &&
      total <= 6000 &&
      embeds.every(({ title, description }) => title.length <= 256 && description.length <= 4096) &&
      (body.content ?? '').length <= 2000;
    return fine ? { status: 204 } : json(400, { message: 'Invalid Form Body', code: 50035 });
  },
  teams: ({ url, json: body, raw }) => {
    if (url !== pathOf.teams) return json(401, { error: { code: 'DirectApiAuthorizationRequired' } });
    if (bytes(raw) > 28_000) return { status: 413 };
    const card = body.attachments?.[0];
    return body.type === 'message' && card?.contentType === 'application/vnd.microsoft.card.adaptive'
      ? { status: 202 }
      : json(400, { error: { code: 'TriggerRequestSchemaMismatch' } });
  },
  telegram: ({ url, json: body }) => {
    if (url !== `/bot${keys.telegram}/sendMessage`)
      return json(401, { ok: false, error_code: 401, description: 'Unauthorized' });
    if (String(body.chat_id) !== chat)
      return json(400, { ok: false, error_code: 400, description: 'Bad Request: chat not found' });
    const text = body.parse_mode === 'HTML' ? telegramText(body.text ?? '') : (body.text ?? '');
    if (text === null)
      return json(400, { ok: false, error_code: 400, description: "Bad Request: can't parse entities" });
    if (text.length > 4096)
      return json(400, { ok: false, error_code: 400, description: 'Bad Request: message is too long' });
    return json(200, { ok: true, result: { message_id: 1 } });
  },
  dingtalk: ({ url, json: body, raw }) => {
    const query = new URL(url, 'http://x').searchParams;
    if (query.get('access_token') !== keys.dingtalk)
      return json(200, { errcode: 300005, errmsg: 'token is not exist' });
    const timestamp = query.get('timestamp') ?? '';
    if (!/^\d{13}$/.test(timestamp) || Math.abs(Date.now() - Number(timestamp)) > 3_600_000)
      return json(200, { errcode: 310000, errmsg: 'invalid timestamp' });
    if (!same(query.get('sign') ?? '', hmac(secret, `${timestamp}\n${secret}`, 'base64')))
      return json(200, { errcode: 310000, errmsg: 'sign not match' });
    if (bytes(raw) > 20_000)
      return json(200, { errcode: 460101, errmsg: 'message too long, exceed 20000 bytes' });
    if (!/pm2-audit/.test(body.markdown?.text ?? ''))
      return json(200, { errcode: 310000, errmsg: 'keywords not in content' });
    return json(200, { errcode: 0, errmsg: 'ok' });
  },
  wecom: ({ url, json: body }) => {
    if (url !== pathOf.wecom)
      return json(200, { errcode: 93000, errmsg: 'invalid webhook url, hint: [17], from ip: 1.2.3.4' });
    if (bytes(body.markdown?.content ?? '') > 4096)
      return json(200, {
        errcode: 40058,
        errmsg: 'markdown.content exceed max length 4096. invalid Request Parameter',
      });
    return json(200, { errcode: 0, errmsg: 'ok' });
  },
  feishu: ({ url, json: body, raw }) => {
    if (url !== pathOf.feishu)
      return json(200, {
        code: 19001,
        msg: 'param invalid: incoming webhook access token invalid',
        data: {},
      });
    if (bytes(raw) > 20 * 1000) return json(400, { code: 9499, msg: 'Bad Request', data: {} });
    const timestamp = String(body.timestamp);
    if (
      !/^\d{10}$/.test(timestamp) ||
      Math.abs(Date.now() / 1000 - Number(timestamp)) > 3600 ||
      !same(String(body.sign), hmac(`${timestamp}\n${secret}`, '', 'base64'))
    )
      return json(200, {
        code: 19021,
        msg: 'sign match fail or timestamp is not within one hour from current time',
        data: {},
      });
    if (!/pm2-audit/.test(raw)) return json(200, { code: 19024, msg: 'Key Words Not Found', data: {} });
    return json(200, { StatusCode: 0, StatusMessage: 'success', code: 0, data: {}, msg: 'success' });
  },
  json: ({ url, headers, raw }) => {
    if (url !== pathOf.json) return { status: 404 };
    const timestamp = String(headers['x-pm2-audit-timestamp']);
    const signed = `sha256=${hmac(secret, `${timestamp}.${raw}`, 'hex')}`;
    if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return { status: 401 };
    return same(String(headers['x-pm2-audit-signature']), signed)
      ? { status: 200, body: 'thanks' }
      : { status: 401 };
  },
};

/** More than 20 messages in a minute: how the two that count say it. */
const tooMany: { readonly [kind: string]: Reply } = {
  dingtalk: json(200, { errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' }),
  wecom: json(200, { errcode: 45009, errmsg: 'api freq out of limit' }),
};

const isRefusal = ({ status, body }: Reply): boolean =>
  status >= 300 || /"(?:errcode|code)":-?[1-9]/.test(body ?? '');

/** Whether the vendor would take this request, apart from its rate. */
export function takes(kind: WebhookKind, request: Request): true | string {
  const headers = Object.fromEntries(
    Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const reply = judges[kind]({
    url: request.url.pathname + request.url.search,
    headers,
    raw: request.body,
    json: JSON.parse(request.body),
  });
  return isRefusal(reply) ? JSON.stringify(reply) : true;
}

export interface VendorServer {
  readonly origin: string;
  /** What was accepted, in order. */
  readonly taken: Taken[];
  /** All that arrived. */
  readonly asked: Taken[];
  /** Given before any judgement, one a request; `hang` never answers. */
  readonly next: (Reply | 'hang')[];
  close(): Promise<void>;
}

export async function startVendor(kind: WebhookKind): Promise<VendorServer> {
  const taken: Taken[] = [];
  const asked: Taken[] = [];
  const next: (Reply | 'hang')[] = [];
  const answer = (request: Taken): Reply => {
    const { json: body } = request;
    if (body === null) return { status: 400, body: 'invalid_payload' };
    const many = asked.length > 20 ? tooMany[kind] : undefined;
    const reply = many ?? judges[kind]({ ...request, json: body });
    if (!isRefusal(reply)) taken.push(request);
    return reply;
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const raw = Buffer.concat(parts).toString('utf8');
      let body: Body | null = null;
      try {
        body = JSON.parse(raw);
      } catch {}
      const one: Taken = { url: request.url ?? '', headers: request.headers, raw, json: body };
      asked.push(one);
      const given = next.shift();
      if (given === 'hang') return;
      const reply = given ?? answer(one);
      response.writeHead(reply.status, { connection: 'close', ...reply.headers });
      response.end(reply.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    taken,
    asked,
    next,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
