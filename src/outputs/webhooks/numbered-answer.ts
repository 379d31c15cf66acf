import type { Answer } from '../post.ts';
import {
  accepted,
  type Meaning,
  numberOf,
  type Reading,
  readStatus,
  recordOf,
  refused,
  textOf,
} from './vendor.ts';

/**
 * How DingTalk, WeCom and Feishu answer: JSON with a number (0 = taken) and words for it, in a 200 also where they refuse.
 * `names`: of number and words, the newer first.
 */
export function readNumbered(
  answer: Answer,
  names: { readonly number: readonly string[]; readonly words: readonly string[] },
  meaningOf: (number: number, words: string) => Meaning,
): Reading {
  const body = recordOf(answer.text);
  const number = names.number.map((name) => numberOf(body?.[name])).find((found) => found !== null) ?? null;
  if (body === null || number === null)
    return answer.status === 200 ? refused('answer', 'HTTP 200') : readStatus(answer);
  if (number === 0) return accepted;
  const words = names.words.map((name) => textOf(body[name])).find((found) => found !== '') ?? '';
  const known = meaningOf(number, words);
  const meaning = known === 'other' && answer.status >= 500 ? 'server' : known;
  const isTold = meaning === 'rate-limit' || meaning === 'payload';
  return refused(meaning, `${number} ${words}`, isTold ? answer.retryAfterMs : null);
}
