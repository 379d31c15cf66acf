import type { CleanText } from '../model/text.ts';

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
