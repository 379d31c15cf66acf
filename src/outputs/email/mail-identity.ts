import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type { EpochMs } from '../../model/text.ts';

export interface MailIdentity {
  /** With its angle brackets. The same for every attempt, so that a receiver that got it twice shows it once. */
  readonly messageId: string;
  /** Never sent itself: all mails of a host refer to it, and clients that group by References put them together. */
  readonly threadRoot: string;
  /** RFC 2919; for filters (`list:` in Gmail). */
  readonly listId: string;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 20);

/**
 * Message-ID, thread and list of one mail. The root is in both In-Reply-To and References: Thunderbird, Apple Mail and
 * Outlook group by it. Gmail also asks for the same subject, and ours changes with what it says: there each mail stands
 * alone, which keeps a conversation from growing until it is clipped.
 */
export function mailIdentity(mail: {
  /** Never empty. */
  readonly host: string;
  readonly takenAt: EpochMs;
  readonly channel: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Tells apart two mails about one report: why it comes, and when it was asked for. */
  readonly occasion: string;
}): MailIdentity {
  const domain = domainOf(mail.from);
  const one = hash([mail.host, mail.takenAt, mail.channel, mail.occasion, ...mail.to].join('\n'));
  const label = hostLabel(mail.host);
  return {
    messageId: `<pm2-audit.${mail.takenAt.toString(36)}.${one}@${domain}>`,
    threadRoot: `<pm2-audit.host.${hash(mail.host)}@${domain}>`,
    // No list of the mail domain's owner: RFC 2919 section 3 gives unmanaged lists the namespace `localhost`.
    listId: `"pm2-audit on ${label}" <${label}.pm2-audit.localhost>`,
  };
}

/** The domain of an address, ASCII; one that is none (a bare user of sendmail, an odd host name) becomes `localhost.localdomain`. */
export function domainOf(address: string): string {
  const domain = domainToASCII(address.slice(address.lastIndexOf('@') + 1)).toLowerCase();
  const isDomain = /^(?=.{1,200}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;
  return isDomain.test(domain) ? domain : 'localhost.localdomain';
}

/** A host name as one label: letters, digits, hyphens; a name that had to be changed keeps its own mark. */
function hostLabel(host: string): string {
  const label = host
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/\.+/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, 60)
    .replace(/[.-]+$/, '');
  return label === host.toLowerCase() ? label : [label, hash(host).slice(0, 8)].filter(Boolean).join('-');
}
