import MailComposer from 'nodemailer/lib/mail-composer';
import type MimeNode from 'nodemailer/lib/mime-node';
import { encode, wrap } from 'nodemailer/lib/qp';
import type { MailIdentity } from './mail-identity.ts';
import { bodyLines, oneLine } from './mail-text.ts';

export interface MailFile {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
}

export interface MailMessage {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: readonly { readonly name: string; readonly address: string }[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly identity: MailIdentity | null;
  /** Of the Message-ID where there is no identity (the mail of `send --test`). */
  readonly messageId: string;
  readonly date: Date;
  readonly headers: { readonly [name: string]: string };
  readonly files: readonly MailFile[];
}

const maxSubjectChars = 240;

/** The whole message (RFC 5322, ASCII, CRLF): multipart/alternative with the text first, in multipart/mixed where files come along. */
export function composeMime(message: MailMessage): string {
  const { identity } = message;
  const composer = new MailComposer({
    from: message.from,
    to: [...message.to],
    subject: oneLine(message.subject, maxSubjectChars),
    text: bodyLines(message.text),
    html: bodyLines(message.html),
    date: message.date,
    messageId: message.messageId,
    ...(identity === null ? {} : { inReplyTo: identity.threadRoot, references: identity.threadRoot }),
    headers: {
      // RFC 3834: keeps holiday replies and ticket systems from answering; the second is the same word for Exchange.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'OOF, AutoReply',
      // Ready as it is: an encoded word around the angle brackets would hide the list from filters.
      ...(identity === null
        ? {}
        : { 'List-Id': { prepared: true, foldLines: true, value: identity.listId } }),
      ...Object.fromEntries(
        Object.entries(message.headers).map(([name, value]) => [name, oneLine(value, 200)]),
      ),
    },
    attachments: message.files.map((file) => ({
      filename: oneLine(file.name, 120),
      contentType: file.type,
      content: file.content,
      contentDisposition: 'attachment',
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return `${written(composer.compile())}\r\n`;
}

/**
 * The composer's tree as text, at once: its own `build` is a stream, and a channel composes synchronously, so that the
 * parcel is in the outbox before anything can fail. All content is a string or a Buffer here.
 */
function written(node: MimeNode): string {
  const head = `${node.buildHeaders()}\r\n\r\n`;
  if (node.childNodes.length > 0) {
    const parts = node.childNodes.map((child) => `--${node.boundary}\r\n${written(child)}`);
    return `${head}${parts.join('\r\n')}\r\n--${node.boundary}--\r\n`;
  }
  const content = typeof node.content === 'string' || Buffer.isBuffer(node.content) ? node.content : '';
  const bytes = Buffer.from(content);
  switch (node.getTransferEncoding()) {
    case 'base64':
      return head + bytes.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n');
    case 'quoted-printable':
      return head + wrap(encode(bytes));
    default:
      return head + bytes.toString('utf8');
  }
}
