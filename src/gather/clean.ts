import type { CleanText } from '../model/text.ts';
import { learnedSecrets } from './redact/learned-secrets.ts';
import { redactShapes, shapeTrigger } from './redact/secret-shapes.ts';

/** Turns the machine's text into CleanText. Knows the secret values PM2 told us; see `makeCleaner`. */
export interface Cleaner {
  /** Redacts and strips one text; caps it at `maxChars` (default 2000) and marks the cut with `…`. */
  text(raw: string, maxChars?: number): CleanText;
  /** Remembers a secret value, wherever it may turn up later. Values under six characters are ignored. */
  learn(value: string): void;
}

/** A constant of our own source code is clean by nature; the only other way to a CleanText. */
export function ownWords(text: string): CleanText {
  return text as CleanText;
}

const defaultMaxChars = 2000;
/** Redaction may shorten a text; this much of it is looked at for the part that is kept. */
const marginChars = 16 * 1024;
/** A rule's result may fit another rule; one more round shows. Texts made to go on for ever are cut off. */
const maxRounds = 4;
const memoMaxChars = 120;
const memoMaxTexts = 20_000;

/**
 * Everything that must not reach a terminal, a page or a table cell: C0, C1 and DEL, bidirectional and invisible
 * controls, line separators, the private-use marks our own formatter uses, lone surrogates (here: all, to be looked at).
 */
const unwanted =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ue000-\ue00f\ufeff\ud800-\udfff]/;
/** One look that tells of most texts that there is nothing to do but known values. */
const suspicious = new RegExp(`${unwanted.source}|${shapeTrigger.source}`, 'i');
/** CSI, finished OSC and DCS strings, two-character escapes (ECMA-48). An unfinished string loses its start only. */
const escapes =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[PX^_][^\u001b]*\u001b\\|\u001b[ -/]*[0-~]?/g;

function strip(text: string): string {
  if (!unwanted.test(text)) return text;
  return text
    .replace(escapes, '')
    .replace(/\r\n|[\n\r\t\u000b\f\u0085\u2028\u2029]/g, ' ')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(
      /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ue000-\ue00f\ufeff\u{e0000}-\u{e007f}]/gu,
      '',
    );
}

function cap(text: string, maxChars: number, isCut: boolean): string {
  if (text.length <= maxChars && !isCut) return text;
  let end = Math.max(0, Math.min(text.length, maxChars - 1));
  const last = text.charCodeAt(end - 1);
  // Never half a character.
  if (last >= 0xd800 && last <= 0xdbff) end -= 1;
  return `${text.slice(0, end)}…`;
}

/**
 * The one maker of CleanText. Learned values go first, wherever they stand; then what looks like a secret. Time is
 * linear and bounded by `maxChars`: of a 50 MB line only the part that can be kept is looked at.
 */
export function makeCleaner(): Cleaner {
  const learned = learnedSecrets();
  const once = (text: string): string => redactShapes(learned.remove(text));
  /** Names, paths and versions come again with every app. */
  const memo = new Map<string, CleanText>();
  const remember = (raw: string, text: CleanText): CleanText => {
    if (memo.size >= memoMaxTexts) memo.clear();
    memo.set(raw, text);
    return text;
  };
  return {
    learn(value) {
      learned.learn(value);
      memo.clear();
    },
    text(raw, maxChars = defaultMaxChars) {
      const isShort = raw.length <= memoMaxChars && raw.length <= maxChars;
      const known = isShort ? memo.get(raw) : undefined;
      if (known !== undefined && known.length <= maxChars) return known;
      if (raw.length <= maxChars && !suspicious.test(raw) && learned.remove(raw) === raw) {
        return isShort ? remember(raw, raw as CleanText) : (raw as CleanText);
      }
      const lookedAt = maxChars * 2 + marginChars + learned.longest();
      const isCut = raw.length > lookedAt;
      let before = strip(isCut ? raw.slice(0, lookedAt) : raw);
      let after = once(before);
      // The end of a part may hold the first half of a secret.
      if (isCut) after = after.slice(0, Math.max(0, after.length - learned.longest()));
      let out = cap(after, maxChars, isCut);
      for (let round = 1; round < maxRounds && out !== before; round += 1) {
        before = out;
        after = once(before);
        out = cap(after, maxChars, false);
      }
      return isShort && out === after ? remember(raw, out as CleanText) : (out as CleanText);
    },
  };
}
