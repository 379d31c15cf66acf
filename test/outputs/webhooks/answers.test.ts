import { describe, expect, it } from 'vitest';
import type { WebhookKind } from '../../../src/model/delivery.ts';
import { vendorOf } from '../../../src/outputs/webhooks/vendors.ts';

const of = (code: number, words = ''): string => JSON.stringify({ errcode: code, errmsg: words });
const fs = (code: number, words = ''): string => JSON.stringify({ code, msg: words, data: {} });
const tg = (code: number, description: string): string =>
  JSON.stringify({ ok: false, error_code: code, description });

/** [vendor, status, body, meaning]: answers as the vendors document them, and as users met them. */
const answers: readonly (readonly [WebhookKind, number, string, string])[] = [
  ['slack', 200, 'ok', 'ok'],
  ['slack', 403, 'invalid_token', 'token'],
  ['slack', 404, 'no_service', 'token'],
  ['slack', 404, 'channel_not_found', 'channel'],
  ['slack', 410, 'channel_is_archived', 'channel'],
  ['slack', 403, 'action_prohibited', 'restricted'],
  ['slack', 400, 'invalid_payload', 'payload'],
  ['slack', 500, 'rollup_error', 'server'],
  ['slack', 429, '', 'rate-limit'],
  ['slack', 200, '<html>Log in to the network</html>', 'answer'],
  ['discord', 204, '', 'ok'],
  ['discord', 404, '{"message":"Unknown Webhook","code":10015}', 'token'],
  ['discord', 401, '{"message":"Invalid Webhook Token","code":50027}', 'token'],
  ['discord', 400, '{"message":"Invalid Form Body","code":50035}', 'payload'],
  [
    'discord',
    429,
    '{"message":"You are being rate limited.","retry_after":0.3,"global":false}',
    'rate-limit',
  ],
  ['discord', 502, '<html>', 'server'],
  ['teams', 202, '', 'ok'],
  ['teams', 200, '1', 'ok'],
  ['teams', 401, '{"error":{"code":"DirectApiAuthorizationRequired"}}', 'token'],
  ['teams', 404, '{"error":{"code":"WorkflowNotFound"}}', 'token'],
  ['teams', 400, '{"error":{"code":"TriggerRequestSchemaMismatch"}}', 'payload'],
  [
    'teams',
    200,
    'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413',
    'size',
  ],
  [
    'teams',
    200,
    'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429',
    'rate-limit',
  ],
  ['teams', 429, '', 'rate-limit'],
  ['telegram', 200, '{"ok":true,"result":{}}', 'ok'],
  ['telegram', 401, tg(401, 'Unauthorized'), 'token'],
  ['telegram', 404, tg(404, 'Not Found'), 'token'],
  ['telegram', 400, tg(400, 'Bad Request: chat not found'), 'channel'],
  ['telegram', 403, tg(403, 'Forbidden: bot was kicked from the supergroup chat'), 'channel'],
  ['telegram', 400, tg(400, 'Bad Request: group chat was upgraded to a supergroup chat'), 'channel'],
  [
    'telegram',
    400,
    tg(400, 'Bad Request: not enough rights to send text messages to the chat'),
    'restricted',
  ],
  ['telegram', 400, tg(400, 'Bad Request: message is too long'), 'size'],
  ['telegram', 400, tg(400, "Bad Request: can't parse entities: Unsupported start tag"), 'payload'],
  ['telegram', 429, tg(429, 'Too Many Requests: retry after 7'), 'rate-limit'],
  ['telegram', 200, '<html>', 'answer'],
  ['dingtalk', 200, of(0, 'ok'), 'ok'],
  [
    'dingtalk',
    200,
    of(310000, 'keywords not in content, more: [https://ding-doc.dingtalk.com/doc]'),
    'keyword',
  ],
  ['dingtalk', 200, of(310000, 'description:关键词不匹配;solution:请联系群管理员'), 'keyword'],
  ['dingtalk', 200, of(310000, 'sign not match'), 'signature'],
  [
    'dingtalk',
    200,
    of(
      310000,
      'description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳必须都放在调用的网址中',
    ),
    'signature',
  ],
  ['dingtalk', 200, of(310000, 'invalid timestamp'), 'clock'],
  ['dingtalk', 200, of(310000, 'ip 1.2.3.4 not in whitelist'), 'address'],
  ['dingtalk', 200, of(130101, 'send too fast, exceed 20 times per minute'), 'rate-limit'],
  ['dingtalk', 200, of(660026, ''), 'rate-limit'],
  ['dingtalk', 200, of(410100, '发送速度太快而限流'), 'rate-limit'],
  ['dingtalk', 200, of(300005, 'token is not exist'), 'token'],
  ['dingtalk', 200, of(400102, '机器人已停用'), 'token'],
  ['dingtalk', 200, of(430102, '含有不合适的文本'), 'content'],
  ['dingtalk', 200, of(460101, 'message too long, exceed 20000 bytes'), 'size'],
  ['dingtalk', 200, of(-1, '系统繁忙'), 'server'],
  ['dingtalk', 200, of(777, 'never seen'), 'other'],
  ['wecom', 200, of(0, 'ok'), 'ok'],
  ['wecom', 200, of(93000, 'invalid webhook url, hint: [1], from ip: 1.2.3.4'), 'token'],
  ['wecom', 200, of(45009, 'api freq out of limit'), 'rate-limit'],
  ['wecom', 200, of(40058, 'markdown.content exceed max length 4096. invalid Request Parameter'), 'size'],
  ['wecom', 200, of(40058, 'invalid Request Parameter'), 'payload'],
  ['wecom', 200, of(93008, 'not in group'), 'channel'],
  ['wecom', 200, of(-1, 'system busy'), 'server'],
  ['wecom', 200, '', 'answer'],
  ['feishu', 200, '{"Extra":null,"StatusCode":0,"StatusMessage":"success"}', 'ok'],
  ['feishu', 200, fs(0, 'success'), 'ok'],
  [
    'feishu',
    200,
    fs(19021, 'sign match fail or timestamp is not within one hour from current time'),
    'signature',
  ],
  ['feishu', 200, fs(19024, 'Key Words Not Found'), 'keyword'],
  ['feishu', 200, fs(19022, 'Ip Not Allowed'), 'address'],
  ['feishu', 200, fs(19001, 'param invalid: incoming webhook access token invalid'), 'token'],
  ['feishu', 200, fs(11232, 'frequency limited psm[lark.oapi.app_platform_runtime]'), 'rate-limit'],
  ['feishu', 429, fs(99991400, 'request trigger frequency limit'), 'rate-limit'],
  ['feishu', 400, fs(9499, 'Bad Request'), 'payload'],
  ['feishu', 429, fs(9499, 'too many request'), 'rate-limit'],
  ['feishu', 502, '<html>', 'server'],
  ['json', 200, 'anything', 'ok'],
  ['json', 202, '', 'ok'],
  ['json', 401, '', 'token'],
  ['json', 404, '', 'token'],
  ['json', 413, '', 'size'],
  ['json', 422, '', 'payload'],
  ['json', 429, '', 'rate-limit'],
  ['json', 503, '', 'server'],
];

describe('an answer', () => {
  it.each(answers)('of %s, %i %s, means %s', async (kind, status, text, meaning) => {
    const reading = (await vendorOf(kind)).read({ status, retryAfterMs: null, text });
    expect(reading.ok ? 'ok' : reading.meaning).toBe(meaning);
  });

  it('says how long to wait, in the vendor’s own place for it', async () => {
    const waitOf = async (kind: WebhookKind, text: string, retryAfterMs: number | null) => {
      const reading = (await vendorOf(kind)).read({ status: 429, retryAfterMs, text });
      return reading.ok ? null : reading.retryAfterMs;
    };
    expect(await waitOf('discord', '{"retry_after":1.337,"code":0}', 2000)).toBe(1337);
    expect(
      await waitOf('telegram', '{"ok":false,"error_code":429,"parameters":{"retry_after":7}}', null),
    ).toBe(7000);
    expect(await waitOf('slack', '', 30_000)).toBe(30_000);
    expect(await waitOf('feishu', fs(99991400), 52_000)).toBe(52_000);
  });
});
