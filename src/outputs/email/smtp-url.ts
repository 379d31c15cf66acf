import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import type { SmtpSecurity } from '../../model/delivery.ts';
import type { Locale } from '../../model/text.ts';
import { type UrlTrouble, urlWords } from './smtp-url-words.ts';

export interface SmtpPlace {
  readonly host: string;
  readonly port: number;
  readonly security: SmtpSecurity;
  readonly user: string | null;
}

export type SmtpUrl =
  | { readonly ok: true; readonly smtp: SmtpPlace; readonly password: string | null }
  | { readonly ok: false; readonly words: string };

/** TLS from the first byte: RFC 8314 section 7.3, and its twin that Amazon SES and others offer where 465 is blocked. */
const tlsPorts: readonly number[] = [465, 2465];

/**
 * Port and security where the settings name only one of them. 465 is TLS from the first byte; everything else must offer
 * STARTTLS (RFC 8314: 587 is submission). Without encryption only when it is spelled out.
 */
export function smtpDefaults(
  port: number | null,
  security: SmtpSecurity | null,
): { readonly port: number; readonly security: SmtpSecurity } {
  const chosen = security ?? (port !== null && tlsPorts.includes(port) ? 'tls' : 'starttls');
  return { port: port ?? (chosen === 'tls' ? 465 : chosen === 'none' ? 25 : 587), security: chosen };
}

/** This host itself: what goes there never touches a wire. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|::1)\.?$/i.test(host);
}

/**
 * `smtp://`, `smtps://` or `smtp+starttls://`, then `user:password@host:port`, then `?security=tls|starttls|none`. User and
 * password are percent-decoded. The host begins after the last `@`, so a login that is an address may stand as it is.
 * Words never quote any part of the text: a mistake may make the password look like a host.
 */
export function parseSmtpUrl(text: string, locale: Locale = 'en'): SmtpUrl {
  const read = parse(text.trim());
  return typeof read === 'string' ? { ok: false, words: urlWords[locale](read) } : { ok: true, ...read };
}

type Read = { readonly smtp: SmtpPlace; readonly password: string | null };

function parse(text: string): Read | UrlTrouble {
  const scheme = /^(smtps|smtp|smtp\+starttls):\/\//i.exec(text);
  if (scheme === null) return 'scheme';
  const rest = text.slice(scheme[0].length);
  const at = rest.lastIndexOf('@');
  const login = at < 0 ? null : readLogin(rest.slice(0, at));
  if (typeof login === 'string') return login;
  const place = /^(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?\/?(?:\?([^#]*))?$/.exec(rest.slice(at + 1));
  if (place === null) return 'shape';
  const host = readHost(place[1] ?? '');
  if (host === null) return 'host';
  const port = place[2] ? Number(place[2]) : null;
  if (port !== null && (port < 1 || port > 65_535)) return 'port';
  const asked = readSecurity(place[3]);
  if (asked === 'query') return 'query';
  const named = scheme[1]?.toLowerCase() === 'smtps' ? 'tls' : scheme[1]?.includes('+') ? 'starttls' : null;
  return {
    smtp: { host, ...smtpDefaults(port, asked ?? named), user: login?.user ?? null },
    password: login?.password ?? null,
  };
}

function readLogin(text: string): { user: string | null; password: string | null } | UrlTrouble {
  const colon = text.indexOf(':');
  const user = decode(colon < 0 ? text : text.slice(0, colon));
  const password = decode(colon < 0 ? '' : text.slice(colon + 1));
  if (user === null || password === null) return 'percent';
  if (/[\u0000-\u001f\u007f]/.test(user + password)) return 'control';
  if (user === '' && password !== '') return 'no-user';
  return { user: user || null, password: password || null };
}

/** null = a `%` that is not followed by two hexadecimal digits of UTF-8: guessing would give a wrong password. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function readHost(text: string): string | null {
  if (text.startsWith('[')) {
    const address = text.slice(1, -1);
    return isIPv6(address) ? address : null;
  }
  const host = domainToASCII(text);
  return /^[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_.])?$/i.test(host) ? host : null;
}

function readSecurity(query: string | undefined): SmtpSecurity | null | 'query' {
  if (!query) return null;
  const value = /^security=(tls|starttls|none)$/i.exec(query)?.[1]?.toLowerCase();
  return value === 'tls' || value === 'starttls' || value === 'none' ? value : 'query';
}
