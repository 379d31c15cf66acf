import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { domainToASCII } from 'node:url';
import { oneLine } from './mail-text.ts';

export interface MailAddress {
  /** Display name; '' = none. */
  readonly name: string;
  readonly address: string;
}

/**
 * `ops@example.com` or `Ops <ops@example.com>`; a bare user of this host (`root`) where a local MTA delivers. null = not an
 * address that could be handed to a mail server.
 */
export function readAddress(text: string, allowsLocal: boolean): MailAddress | null {
  const parts = /^(.*)<([^<>]*)>$/s.exec(text.trim());
  const address = asciiDomain((parts?.[2] ?? text).trim());
  const name = oneLine((parts?.[1] ?? '').trim().replace(/^"(.*)"$/s, '$1'), 80);
  // RFC 5321: at most 254 bytes. A leading hyphen would be an option to sendmail.
  const isGood = Buffer.byteLength(address) <= 254 && !address.startsWith('-');
  return isGood && (whole.test(address) || (allowsLocal && local.test(address))) ? { name, address } : null;
}

const whole = /^[^\s@<>()[\],;:\\"\u0000-\u001f\u007f]+@[^\s@<>()[\],;:\\"\u0000-\u001f\u007f]+$/;
const local = /^[a-z_][a-z0-9_.-]*$/i;

/** `ops@例子.中国` as mail servers write it: the domain in Punycode. */
function asciiDomain(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  if (at < 0 || /^[\u0000-\u007f]*$/.test(domain)) return address;
  return `${address.slice(0, at)}@${domainToASCII(domain)}`;
}

/** `pm2-audit@<this host>`: where the settings and the login name no sender. */
export function ownAddress(): string {
  return `pm2-audit@${mailName()}`;
}

/** As the header shows it: a bare user of this host with the host's name, for a header takes whole addresses only. */
export function withHost(one: MailAddress): MailAddress {
  return one.address.includes('@') ? one : { ...one, address: `${one.address}@${mailName()}` };
}

/** What this host calls itself in mail: /etc/mailname (Debian Policy 11.6), a host name with a dot, or its long name in /etc/hosts. */
function mailName(): string {
  const name = hostname();
  const candidates = [firstLine('/etc/mailname'), name, longName(name)];
  const isName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i;
  const found = candidates.find((one) => isName.test(one));
  return found ?? `${name.replace(/[^a-z0-9-]+/gi, '-').replace(/^-+|-+$/g, '') || 'localhost'}.localdomain`;
}

function longName(name: string): string {
  const lines = readText('/etc/hosts').split('\n');
  const own = lines.map((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  return own.find((names) => names.includes(name))?.find((one) => one.startsWith(`${name}.`)) ?? '';
}

const firstLine = (path: string): string => readText(path).split('\n', 1)[0]?.trim() ?? '';

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
