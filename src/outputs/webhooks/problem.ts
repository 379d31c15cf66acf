import type { DeliveryProblem, WebhookSettings } from '../../model/delivery.ts';
import { beginning } from '../../report/chat/lines.ts';
import { oneLine } from '../../report/prose.ts';
import type { Failure } from '../post.ts';
import { problemWords } from './problem-words.ts';
import type { Access, Meaning, Vendor } from './vendor.ts';

/** Each meaning's stable word, and whether trying again may help. */
const kinds: { readonly [M in Meaning | Failure]: { readonly code: string; readonly mayPass: boolean } } = {
  token: { code: 'login', mayPass: false },
  signature: { code: 'login', mayPass: false },
  clock: { code: 'clock', mayPass: true },
  keyword: { code: 'refused', mayPass: false },
  address: { code: 'refused', mayPass: false },
  content: { code: 'refused', mayPass: false },
  channel: { code: 'recipient', mayPass: false },
  restricted: { code: 'refused', mayPass: false },
  size: { code: 'size', mayPass: false },
  payload: { code: 'refused', mayPass: false },
  'rate-limit': { code: 'rate-limit', mayPass: true },
  server: { code: 'server', mayPass: true },
  answer: { code: 'answer', mayPass: true },
  other: { code: 'refused', mayPass: true },
  'timed-out': { code: 'timed-out', mayPass: true },
  unreachable: { code: 'unreachable', mayPass: true },
  tls: { code: 'tls', mayPass: true },
  redirect: { code: 'settings', mayPass: false },
};

export const mayPass = (meaning: Meaning | Failure): boolean => kinds[meaning].mayPass;

/** The vendor's words are for a search engine; this is enough of them. */
const saidLength = 120;

/** The problem in words for the user. What the other side said is shown without addresses, keys and what follows a hint. */
export function problemOf(
  settings: WebhookSettings,
  vendor: Vendor,
  meaning: Meaning | Failure,
  said: string,
  access: Access,
): DeliveryProblem {
  const { locale } = settings;
  const words = problemWords[locale][meaning]({
    vendor: vendor.name[locale],
    place: vendor.place[locale],
    said: harmless(said, access),
  });
  return { code: kinds[meaning].code, words: capital(words) };
}

const capital = (sentence: string): string => sentence.slice(0, 1).toUpperCase() + sentence.slice(1);

/** No part of the address or the secret, no URL, no id of a request. */
export function harmless(said: string, { url, secret }: Access): string {
  const parts = [
    ...url.pathname.split(/[/:]/),
    ...url.search.slice(1).split(/[&=]/),
    url.username,
    url.password,
    secret ?? '',
  ].flatMap((part) => (part.length < 6 ? [] : [part, decoded(part)]));
  const text = parts
    .sort((a, b) => b.length - a.length)
    .reduce((words, part) => words.replaceAll(part, '***'), oneLine(said))
    .replace(/,? ?(?:more info at|more:|hint:).*$/i, '')
    .replace(/[\w+.-]+:\/\/\S+/g, '***')
    .trim();
  return beginning(text, saidLength);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
