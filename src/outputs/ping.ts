import type { ClientRequest, IncomingMessage } from 'node:http';
import type { DeliveryProblem, PingSettings } from '../model/delivery.ts';
import type { Locale } from '../model/text.ts';
import { readSecret } from './secret.ts';

/** A dead-man's switch. Neither call throws or takes longer than some 35 s; null = it was told. */
export interface Ping {
  start(): Promise<DeliveryProblem | null>;
  /** @param log what the run said; its end is kept, with the address taken out. */
  end(exitCode: number, log: string): Promise<DeliveryProblem | null>;
}

export type PingMade =
  | { readonly ok: true; readonly ping: Ping }
  | { readonly ok: false; readonly problem: DeliveryProblem };

/** Tests make them shorter. */
export interface PingLimits {
  readonly timeoutMs: number;
  readonly pauseMs: number;
}

/** 10 s and a few tries, as healthchecks.io asks of `curl -m 10 --retry`. */
const usual: PingLimits = { timeoutMs: 10_000, pauseMs: 1000 };
const tries = 3;
/** What healthchecks.io keeps of a body (docs/attaching_logs, "100 kB"). */
const bodyMaxBytes = 100_000;

const words = {
  en: {
    address:
      'The ping address is no http or https address. Copy it whole from your monitor, e.g. https://hc-ping.com/…',
    failed: (why: string) =>
      `The dead-man's ping was not taken: ${why}. The audit itself is not touched by it; your monitor may raise its alarm.`,
    status: (status: number) =>
      status === 404
        ? 'the monitor knows no such check (HTTP 404); copy the address again'
        : `the monitor answered HTTP ${status}`,
    timeout: (seconds: number) => `no answer within ${seconds} s`,
    network: (code: string) => `no connection (${code})`,
  },
  'zh-CN': {
    address: 'ping 地址不是 http 或 https 地址。请从监控服务中完整复制，例如 https://hc-ping.com/…',
    failed: (why: string) => `心跳 ping 未送达：${why}。审计本身不受影响，但监控服务可能会告警。`,
    status: (status: number) =>
      status === 404 ? '监控服务中没有这个检查项（HTTP 404），请重新复制地址' : `监控服务返回 HTTP ${status}`,
    timeout: (seconds: number) => `${seconds} 秒内没有应答`,
    network: (code: string) => `无法连接（${code}）`,
  },
} as const;

/**
 * Pings as healthchecks.io defined them (healthchecks.io/docs/http_api): `/start`, then `/<exit status>` with the log as
 * the body. The switch is about the run, not about the apps: 0 and 1 (findings) are both told as `/0`, because the audit
 * was made and whoever reads it was told; an alarm there would hide the day on which it really stays away. 2 (could not
 * audit) and 3 (could not deliver) are told as they are, which is a failure. The address is a secret and never shown.
 */
export async function makePing(
  settings: PingSettings,
  env: { readonly [name: string]: string | undefined },
  locale: Locale = 'en',
  limits: PingLimits = usual,
): Promise<PingMade> {
  const found =
    'plain' in settings.url
      ? { ok: true as const, value: settings.url.plain }
      : await readSecret(settings.url, env, locale);
  if (!found.ok) return found;
  const base = parse(found.value.trim());
  if (base === null) return { ok: false, problem: { code: 'settings', words: words[locale].address } };
  const tell = (end: string, body: string): Promise<DeliveryProblem | null> =>
    deliver(withEnd(base, end), body, locale, limits);
  return {
    ok: true,
    ping: {
      start: () => tell('start', ''),
      end: (exitCode, log) => tell(exitCode === 1 ? '0' : String(exitCode), lastBytes(without(log, base))),
    },
  };
}

function parse(text: string): URL | null {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

/** Behind the path, before a query such as `?create=1`. */
function withEnd(base: URL, end: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${end}`;
  return url;
}

/** The address may stand in what a program printed. */
function without(log: string, base: URL): string {
  const path = base.pathname.replace(/\/+$/, '');
  const known = [base.href, base.href.replace(/\/$/, ''), path.length >= 8 ? path.slice(1) : ''];
  return known.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '[ping]')), log);
}

function lastBytes(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= bodyMaxBytes) return text;
  const cut = bytes.subarray(bytes.length - bodyMaxBytes + 8).toString('utf8');
  // The cut may have gone through a character.
  return `…\n${cut.replace(/^\ufffd+/, '')}`;
}

async function deliver(
  url: URL,
  body: string,
  locale: Locale,
  limits: PingLimits,
): Promise<DeliveryProblem | null> {
  let problem: DeliveryProblem | null = null;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, limits.pauseMs * attempt));
    const answer = await post(url, body, limits.timeoutMs);
    if ('status' in answer && answer.status >= 200 && answer.status < 300) return null;
    problem = problemOf(answer, locale, limits);
    // Told again it would answer the same.
    if ('status' in answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429) break;
  }
  return problem;
}

type Answer = { readonly status: number } | { readonly failure: string };

function problemOf(answer: Answer, locale: Locale, { timeoutMs }: PingLimits): DeliveryProblem {
  const own = words[locale];
  if ('status' in answer) return { code: 'refused', words: own.failed(own.status(answer.status)) };
  return answer.failure === 'timed-out'
    ? { code: 'timed-out', words: own.failed(own.timeout(timeoutMs / 1000)) }
    : { code: 'network', words: own.failed(own.network(answer.failure)) };
}

/** node:http instead of fetch: that brings 20 MB along. Redirects are not followed: a ping that is moved is a wrong address. */
async function post(url: URL, body: string, timeoutMs: number): Promise<Answer> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const bytes = Buffer.from(body, 'utf8');
  return new Promise((resolve) => {
    let asked: ClientRequest | null = null;
    const settle = (answer: Answer): void => {
      clearTimeout(timer);
      resolve(answer);
      asked?.destroy();
    };
    // One limit for everything: name, connection, TLS and answer.
    const timer = setTimeout(() => settle({ failure: 'timed-out' }), timeoutMs);
    try {
      asked = request(url, {
        method: 'POST',
        agent: false,
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          'content-length': bytes.length,
          'user-agent': 'pm2-audit',
        },
      });
      asked.on('response', (response: IncomingMessage) => settle({ status: response.statusCode ?? 0 }));
      asked.on('error', (error) => settle({ failure: codeOf(error) }));
      asked.end(bytes);
    } catch (error) {
      settle({ failure: codeOf(error) });
    }
  });
}

/** Node's own word, e.g. ECONNREFUSED; its message would name the address. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'error';
}
