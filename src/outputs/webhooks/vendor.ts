import type { WebhookKind } from '../../model/delivery.ts';
import type { Json, Locale } from '../../model/text.ts';
import type { ChatDigest } from '../../report/chat/digest.ts';
import type { Part } from '../../report/chat/fill.ts';
import type { Answer, PostRequest } from '../post.ts';

/** What is posted, without what makes it valid: signature, time and chat are added when it is sent. */
export type Payload = { readonly [key: string]: Json };

/**
 * What an answer means, apart from the vendor's number for it. Trying again helps with `rate-limit`, `server`, `answer`
 * (not the vendor: a proxy's page, say) and `other` (a number we do not know); with none of the others.
 */
export type Meaning =
  | 'token'
  | 'signature'
  | 'clock'
  | 'keyword'
  | 'address'
  | 'content'
  | 'channel'
  | 'restricted'
  | 'size'
  | 'payload'
  | 'rate-limit'
  | 'server'
  | 'answer'
  | 'other';

export type Reading =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly meaning: Meaning;
      /** The vendor's own number and word for it, for a search engine: `310000 sign not match`. */
      readonly said: string;
      readonly retryAfterMs: number | null;
    };

/** What is needed to reach the vendor; read anew for each message. */
export interface Access {
  readonly url: URL;
  readonly secret: string | null;
  readonly chat: string | null;
}

/** One vendor of chats: the form of its messages, its limits, its signature, its answers. */
export interface Vendor {
  readonly kind: WebhookKind;
  /** As users call it. */
  readonly name: { readonly [L in Locale]: string };
  /** Where in its settings the address is made and its protection is set. */
  readonly place: { readonly [L in Locale]: string };
  /** Between two messages to the same address, ms. */
  readonly paceMs: number;
  /** Asks not to be called on the full and the half hour. */
  readonly avoidsFullHours: boolean;
  payload(part: Part, digest: Pick<ChatDigest, 'verdict' | 'locale'>): Payload;
  /** Whether a payload keeps all documented limits. */
  fits(payload: Payload): boolean;
  /** null = `access` lacks something this vendor needs: `secret` or `chat`. */
  lacks(access: Access): 'secret' | 'chat' | null;
  /** Address and body with signature and time, made at this moment. */
  request(payload: Payload, access: Access, nowMs: number, id: string): PostRequest;
  read(answer: Answer): Reading;
}

export const accepted: Reading = { ok: true };

export function refused(meaning: Meaning, said: string, retryAfterMs: number | null = null): Reading {
  return { ok: false, meaning, said, retryAfterMs };
}

/** By the status alone (RFC 9110, 15.5 and 15.6; 429: RFC 6585): for what a vendor does not say better in its body. */
export function readStatus({ status, retryAfterMs }: Answer, said = ''): Reading {
  const words = `HTTP ${status}${said === '' ? '' : ` ${said}`}`;
  if (status >= 200 && status < 300) return accepted;
  if (status === 429) return refused('rate-limit', words, retryAfterMs);
  if (status === 401 || status === 404 || status === 410) return refused('token', words);
  if (status === 403) return refused('restricted', words);
  if (status === 413) return refused('size', words);
  if (status === 408 || status >= 500) return refused('server', words, retryAfterMs);
  return refused('payload', words);
}

export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The object of a JSON text; null = it is none. */
export function recordOf(text: string): { readonly [key: string]: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

export const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const utf8Bytes = (text: string): number => Buffer.byteLength(text, 'utf8');

export const jsonBytes = (payload: Payload): number => utf8Bytes(JSON.stringify(payload));
