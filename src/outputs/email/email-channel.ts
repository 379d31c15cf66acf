import { hostname } from 'node:os';
import type { DeliveryProblem, EmailSettings, Parcel } from '../../model/delivery.ts';
import type { Locale } from '../../model/text.ts';
import { type MailContent, type MailInput, mailContent } from '../../report/mail/mail.ts';
import type { Channel, Delivery } from '../channel.ts';
import { withHost } from './mail-address.ts';
import { channelWords } from './mail-channel-words.ts';
import { readMailFiles } from './mail-files.ts';
import { mailIdentity } from './mail-identity.ts';
import { type MailLimits, mailLimits } from './mail-limits.ts';
import { packMail, unpackMail, withSender } from './mail-parcel.ts';
import { mailSides } from './mail-sides.ts';
import { oneLine } from './mail-text.ts';
import { secretMark } from './secret-mark.ts';
import { type Environment, readAccount } from './smtp-account.ts';

export type MadeChannel =
  | { readonly ok: true; readonly channel: Channel }
  | { readonly ok: false; readonly problem: DeliveryProblem };

/** What a test may put in another's place. */
export interface MailParts {
  readonly content: (input: MailInput) => MailContent;
  readonly limits: MailLimits;
}

const ownParts: MailParts = { content: mailContent, limits: mailLimits };

/**
 * The mail channel of these settings, or why there can be none: an address that is none, an SMTP URL that cannot be read.
 * Passwords and tokens are read when a mail is sent: a mail that fails for want of one is composed, kept, and goes out
 * when the user has mended it. Nodemailer is loaded here and not before. The mail speaks the language of its settings,
 * problems are told in `shown`, the language of whoever reads the terminal.
 */
export async function makeEmailChannel(
  settings: EmailSettings,
  env: Environment,
  parts: MailParts = ownParts,
  shown: Locale = settings.locale,
): Promise<MadeChannel> {
  const { locale, transport } = settings;
  const sides = await mailSides({ ...settings, locale: shown }, env);
  if (!sides.ok) return sides;
  const { composeMime } = await import('./mail-compose.ts');

  const compose = (delivery: Delivery): Parcel => {
    const { report, words, occasion } = delivery;
    const { from, to } = sides.value;
    const host = oneLine(report.host?.name ?? '', 200) || hostname();
    const date = new Date();
    const { files, leftOut, unreadable, notWritten } = readMailFiles(
      settings.attach,
      delivery.files,
      settings.attachMaxBytes,
    );
    const identity = mailIdentity({
      host,
      takenAt: report.takenAt,
      channel: settings.name,
      from: from.address,
      to: to.map((one) => one.address),
      // Asked for twice, the user wants to see two mails; a receiver shows one Message-ID once.
      occasion: `${occasion.reason} ${occasion.toldAt} ${occasion.reason === 'asked' ? date.getTime() : ''}`,
    });
    const write = (some: typeof files, missing: readonly string[]): string => {
      const content = parts.content({
        report,
        words,
        occasion,
        locale,
        files: delivery.files,
        attached: some.map((file) => file.name),
        leftOut: missing,
        unreadable,
        notWritten,
      });
      return composeMime({
        from: { name: from.name || `pm2-audit ${host}`.slice(0, 80), address: from.address },
        to: to.map(withHost),
        ...content,
        identity,
        messageId: identity.messageId,
        // When it was written, not when the host was looked at: old dates look like spam, and the text tells the time.
        date,
        headers: { 'X-PM2-Audit-Verdict': report.verdict },
        files: some,
      });
    };
    const light = files.length === 0 ? null : write([], [...leftOut, ...files.map((file) => file.name)]);
    const mail = { from: from.address, to: to.map((one) => one.address), mime: write(files, leftOut), light };
    return { id: identity.messageId, body: packMail(mail) };
  };

  const send: Channel['send'] = async (parcel) => {
    const kept = unpackMail(parcel.body);
    if (kept === null) {
      return { ok: false, problem: { code: 'damaged', words: channelWords[shown].damaged }, rest: null };
    }
    const mail = withSender(kept, sides.value.from.address);
    const { sendByMta, sendByServer } = await import('./mail-send.ts');
    if (transport.kind === 'sendmail') return sendByMta(parcel, mail, transport.path, parts.limits, shown);
    const account = await readAccount(transport, env, shown);
    if (!account.ok) return { ok: false, problem: account.problem, rest: parcel };
    return sendByServer(parcel, mail, account.value, parts.limits, shown);
  };
  const mark = async (salt: string): Promise<string | null> => {
    if (transport.kind === 'sendmail') return null;
    const account = await readAccount(transport, env, shown);
    return account.ok ? secretMark(account.value, salt) : null;
  };
  return { ok: true, channel: { settings, compose, send, secretMark: mark } };
}
