import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** What is posted. A header given here goes before ours. */
export interface PostRequest {
  readonly url: URL;
  readonly body: string;
  readonly headers?: { readonly [name: string]: string };
}

/** What the other side said; `text` is bounded. */
export interface Answer {
  readonly status: number;
  /** `Retry-After` in ms, where there is one. */
  readonly retryAfterMs: number | null;
  readonly text: string;
}

/** `redirect`: the address answers with another one; it is not followed, for the message and its key would go there. */
export type Failure = 'timed-out' | 'unreachable' | 'tls' | 'redirect';

export type Posted =
  | { readonly ok: true; readonly answer: Answer }
  /** `reason`: a code of the system, `ECONNREFUSED`; never a message, for those hold addresses. */
  | { readonly ok: false; readonly failure: Failure; readonly reason: string };

/** More of an answer says nothing more. */
const answerBytes = 64 * 1024;

/**
 * One POST, of JSON unless its headers say otherwise, once, within its time; an `until` that aborts ends it earlier, also as
 * timed out. Never throws. By node:https, not by fetch: that one is WebAssembly inside, which the PM2 module's process
 * (`--jitless`) does not have, and ends it.
 */
export async function post(request: PostRequest, timeoutMs: number, until?: AbortSignal): Promise<Posted> {
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = until === undefined ? limit : AbortSignal.any([limit, until]);
  try {
    const response = await begin(request, signal);
    const status = response.statusCode ?? 0;
    if (status >= 300 && status < 400) {
      response.destroy();
      return { ok: false, failure: 'redirect', reason: `HTTP ${status}` };
    }
    const text = await beginningOf(response);
    return { ok: true, answer: { status, retryAfterMs: retryAfter(response.headers), text } };
  } catch (error) {
    return failed(error, signal.aborted);
  }
}

/** Sends it; answered when the other side's headers are there. A login in the address becomes an Authorization header. */
async function begin({ url, body, headers }: PostRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { request } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  const bytes = Buffer.from(body, 'utf8');
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        signal,
        // No pool: a connection kept for later would hold the process.
        agent: false,
        headers: {
          'Content-Type': 'application/json; charset=utf-8',
          'Content-Length': bytes.length,
          'User-Agent': 'pm2-audit',
          Accept: '*/*',
          ...headers,
        },
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(bytes);
  });
}

/** Reads no more than is of use, and lets go of the rest. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response) {
    if (!Buffer.isBuffer(part)) continue;
    parts.push(part);
    bytes += part.length;
    if (bytes >= answerBytes) break;
  }
  return Buffer.concat(parts).toString('utf8', 0, answerBytes);
}

/** Seconds or a date (RFC 9110, 10.2.3); Feishu has its own name for it. */
function retryAfter(headers: IncomingHttpHeaders): number | null {
  const own = headers['x-ogw-ratelimit-reset'];
  const text = headers['retry-after'] ?? (Array.isArray(own) ? own[0] : own);
  if (text === undefined) return null;
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

function failed(error: unknown, isLate: boolean): Posted {
  if (isLate) return { ok: false, failure: 'timed-out', reason: 'ETIMEDOUT' };
  const reason = codeOf(error) ?? 'no connection';
  if (/TIMEOUT|ETIMEDOUT/.test(reason)) return { ok: false, failure: 'timed-out', reason };
  const isTls = /CERT|TLS|SSL|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ALTNAME|SELF_SIGNED|EPROTO/.test(reason);
  return { ok: false, failure: isTls ? 'tls' : 'unreachable', reason };
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return /^[A-Z0-9_]+$/.test(error.code) ? error.code : null;
}
