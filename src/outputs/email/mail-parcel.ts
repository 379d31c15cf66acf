/** A whole mail as it waits in the outbox: the envelope, and the message byte for byte (ASCII, CRLF). */
export interface MailParcel {
  readonly from: string;
  readonly to: readonly string[];
  readonly mime: string;
  /** The same mail without its attachments, for a server that finds it too large; null = it has none. */
  readonly light: string | null;
}

/** Text of Parcel.body. */
export function packMail(mail: MailParcel): string {
  return JSON.stringify(mail);
}

/** null = not a mail of ours: a damaged outbox. */
export function unpackMail(body: string): MailParcel | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (!('from' in value && 'to' in value && 'mime' in value && 'light' in value)) return null;
  const { from, to, mime, light } = value;
  if (typeof from !== 'string' || typeof mime !== 'string' || !Array.isArray(to)) return null;
  if (light !== null && typeof light !== 'string') return null;
  const recipients = to.filter((one): one is string => typeof one === 'string');
  return recipients.length === 0 ? null : { from, to: recipients, mime, light };
}

/**
 * The one thing of a kept mail that follows the settings: its sender. A server that refused it for its sender (it must be
 * the login, a verified address …) is mended by other settings, and the mail would never go out with the old one.
 */
export function withSender(mail: MailParcel, address: string): MailParcel {
  if (address === mail.from) return mail;
  const change = (mime: string): string => {
    const end = mime.indexOf('\r\n\r\n');
    const head = mime
      .slice(0, end)
      .replace(/^From: [^\r]*(?:\r\n[ \t][^\r]*)*/m, (from) =>
        from.replace(`<${mail.from}>`, () => `<${address}>`),
      );
    return head + mime.slice(end);
  };
  return {
    ...mail,
    from: address,
    mime: change(mail.mime),
    light: mail.light === null ? null : change(mail.light),
  };
}
