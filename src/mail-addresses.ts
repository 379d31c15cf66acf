import { settingsWords } from './delivery-settings-words.ts';
import { deliveryUsage } from './delivery-usage.ts';
import type { Locale } from './model/text.ts';
import { readAddress } from './outputs/email/mail-address.ts';

/**
 * Who gets a mail, from the settings or the command line; several separated by commas. `allowsLocal`: a user of this host
 * will do, where a local mail server delivers. Throws UsageError naming `key`.
 */
export function addresses(
  said: string | readonly string[],
  key: string,
  allowsLocal: boolean,
  locale: Locale,
): readonly string[] {
  const wanted = (typeof said === 'string' ? said.split(',') : said)
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (wanted.length === 0) throw deliveryUsage(settingsWords[locale].nobody(key));
  for (const text of wanted) {
    // Not quoted: there may be a password in it.
    if (text.includes('://')) throw deliveryUsage(settingsWords[locale].server(key));
    checked(text, key, allowsLocal, locale);
  }
  return wanted;
}

export function sender(said: string, key: string, allowsLocal: boolean, locale: Locale): string {
  return checked(said.trim(), key, allowsLocal, locale);
}

function checked(text: string, key: string, allowsLocal: boolean, locale: Locale): string {
  if (readAddress(text, allowsLocal) !== null) return text;
  throw deliveryUsage(settingsWords[locale].notAddress(key, printable(text)));
}

/** What was typed, for one line of a message. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '').slice(0, 80);
}
