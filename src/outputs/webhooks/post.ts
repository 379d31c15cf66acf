import type { Answer, Request } from './vendor.ts';

/** `redirect`: the address answers with another one; it is not followed, for the message and its key would go there. */
export type Failure = 'timed-out' | 'unreachable' | 'tls' | 'redirect';

export type Posted =
  | { readonly ok: true; readonly answer: Answer }
  /** `reason`: a code of the system, `ECONNREFUSED`; never a message, for those hold addresses. */
  | { readonly ok: false; readonly failure: Failure; readonly reason: string };

/** More of an answer says nothing more. */
const answerBytes = 64 * 1024;

/** One POST of JSON, once, within its time. Never throws. */
export async function post(
  { url, body, headers }: Request,
  timeoutMs: number,
  userAgent: string,
): Promise<Posted> {
  try {
    const target = new URL(url);
    const login = loginOf(target);
    target.username = '';
    target.password = '';
    const response = await fetch(target, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'User-Agent': userAgent,
        ...(login === null ? {} : { Authorization: login }),
        ...headers,
      },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      return { ok: false, failure: 'redirect', reason: `HTTP ${response.status}` };
    }
    const text = await beginningOf(response);
    return { ok: true, answer: { status: response.status, retryAfterMs: retryAfter(response), text } };
  } catch (error) {
    return failed(error);
  }
}

/** A login in the address is sent as HTTP asks for it; fetch refuses such an address. */
function loginOf({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(login, 'utf8').toString('base64')}`;
}

async function beginningOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  if (response.body !== null) {
    for await (const part of response.body) {
      parts.push(part);
      bytes += part.length;
      if (bytes >= answerBytes) break;
    }
  }
  return Buffer.concat(parts).toString('utf8', 0, answerBytes);
}

/** Seconds or a date (RFC 9110, 10.2.3); Feishu has its own name for it. */
function retryAfter(response: Response): number | null {
  const text = response.headers.get('retry-after') ?? response.headers.get('x-ogw-ratelimit-reset');
  if (text === null) return null;
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

function failed(error: unknown): Posted {
  if (error instanceof Error && error.name === 'TimeoutError')
    return { ok: false, failure: 'timed-out', reason: 'ETIMEDOUT' };
  const reason = codeOf(error) ?? codeOf(error instanceof Error ? error.cause : null) ?? 'no connection';
  if (/TIMEOUT|ETIMEDOUT/.test(reason)) return { ok: false, failure: 'timed-out', reason };
  const isTls = /CERT|TLS|SSL|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ALTNAME|SELF_SIGNED|EPROTO/.test(reason);
  return { ok: false, failure: isTls ? 'tls' : 'unreachable', reason };
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return /^[A-Z0-9_]+$/.test(error.code) ? error.code : null;
}
