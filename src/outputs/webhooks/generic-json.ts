import { createHmac } from 'node:crypto';
import type { PostRequest } from '../post.ts';
import { type Access, type Payload, readStatus, type Vendor } from './vendor.ts';

/**
 * A POST of `pm2-audit.notice/1` (report/chat/notice.ts), with:
 *
 * - `X-PM2-Audit-Delivery`: the same for every attempt at one message, so that a receiver can drop what it has;
 * - `X-PM2-Audit-Timestamp`: seconds since 1970;
 * - `X-PM2-Audit-Signature`: `sha256=` and the HMAC-SHA256, in hexadecimal, of `<timestamp>.<body>` with the secret; only
 *   where there is one. A receiver compares it in constant time, and refuses old timestamps.
 *
 * Any 2xx is a success.
 */
function request(payload: Payload, { url, secret }: Access, nowMs: number, id: string): PostRequest {
  const body = JSON.stringify(payload);
  const timestamp = String(Math.floor(nowMs / 1000));
  const headers = { 'X-PM2-Audit-Delivery': id, 'X-PM2-Audit-Timestamp': timestamp };
  if (secret === null) return { url, body, headers };
  const hmac = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { url, body, headers: { ...headers, 'X-PM2-Audit-Signature': `sha256=${hmac}` } };
}

export const genericJson: Vendor = {
  kind: 'json',
  name: { en: 'the receiver', 'zh-CN': '接收方' },
  place: { en: 'its settings', 'zh-CN': '其设置' },
  paceMs: 0,
  avoidsFullHours: false,
  payload: ({ title }) => ({ schema: 'pm2-audit.notice/1', reason: 'test', title }),
  fits: () => true,
  lacks: () => null,
  request,
  read: (answer) => readStatus(answer),
};
