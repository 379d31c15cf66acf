import { readAddress } from './outputs/email/mail-address.ts';
import { UsageError } from './usage-error.ts';

/** The quick way, without a settings file. The URL may hold the password: the environment is not the command line. */
export const variables = {
  url: 'PM2_AUDIT_SMTP_URL',
  password: 'PM2_AUDIT_SMTP_PASSWORD',
  to: 'PM2_AUDIT_MAIL_TO',
  from: 'PM2_AUDIT_MAIL_FROM',
  /** PEM file of a private certificate authority. */
  ca: 'PM2_AUDIT_SMTP_CA',
} as const;

/**
 * Who gets a mail, from the settings or the command line; several separated by commas. `allowsLocal`: a user of this host
 * will do, where a local mail server delivers. Throws UsageError naming `key`.
 */
export function addresses(
  said: string | readonly string[],
  key: string,
  allowsLocal: boolean,
): readonly string[] {
  const wanted = (typeof said === 'string' ? said.split(',') : said)
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (wanted.length === 0)
    throw new UsageError(`${key}: names nobody. Give one or more addresses, separated by commas.`);
  for (const text of wanted) {
    // Not quoted: there may be a password in it.
    if (text.includes('://'))
      throw new UsageError(
        `${key}: takes the addresses that get the mail, not a server, and every user of this host can read a command line. Put the server into ${variables.url}.`,
      );
    checked(text, key, allowsLocal);
  }
  return wanted;
}

export function sender(said: string, key: string, allowsLocal: boolean): string {
  return checked(said.trim(), key, allowsLocal);
}

function checked(text: string, key: string, allowsLocal: boolean): string {
  if (readAddress(text, allowsLocal) !== null) return text;
  throw new UsageError(
    `${key}: "${printable(text)}" is not a mail address. Use ops@example.com or Ops <ops@example.com>.`,
  );
}

/** What was typed, for one line of a message. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '').slice(0, 80);
}
