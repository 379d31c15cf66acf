import type { EmailSettings, Parcel, Sent, SmtpSettings } from '../../../src/model/delivery.ts';
import type { Channel, Delivery } from '../../../src/outputs/channel.ts';
import { makeEmailChannel } from '../../../src/outputs/email/email-channel.ts';
import { type MailParcel, unpackMail } from '../../../src/outputs/email/mail-parcel.ts';
import { mailContent } from '../../../src/report/mail/mail.ts';
import { auditWords, reportOf } from '../../report/pages.ts';

export const password = 'canary-P4ssw0rd';
export const env = { MAIL_PASSWORD: password };

/** Short, so that a server that hangs is given up within a test's patience. */
export const limits = {
  resolveMs: 2000,
  connectMs: 1500,
  greetingMs: 600,
  replyMs: 900,
  closeMs: 200,
  totalMs: 4000,
};

export const smtp = (port: number, over: Partial<SmtpSettings> = {}): SmtpSettings => ({
  host: 'localhost',
  port,
  security: 'none',
  user: 'ops@example.com',
  password: { env: 'MAIL_PASSWORD' },
  oauth2: null,
  caFile: null,
  ...over,
});

export const settings = (
  transport: SmtpSettings | EmailSettings['transport'],
  over: Partial<EmailSettings> = {},
): EmailSettings => ({
  name: 'email',
  sendOn: 'P1',
  reminderDays: 3,
  locale: 'en',
  to: ['team@example.com'],
  from: null,
  transport: 'kind' in transport ? transport : { kind: 'smtp', smtp: transport },
  attach: [],
  attachMaxBytes: 1_000_000,
  ...over,
});

export const delivery = (over: Partial<Delivery> = {}): Delivery => ({
  report: reportOf('sick-host'),
  words: auditWords,
  occasion: { reason: 'new', toldAt: null, diff: null },
  files: { html: null, json: null, md: null },
  ...over,
});

export async function channelOf(
  wanted: EmailSettings,
  content: typeof mailContent = mailContent,
): Promise<Channel> {
  const made = await makeEmailChannel(wanted, env, { content, limits });
  if (!made.ok) throw new Error(made.problem.words);
  return made.channel;
}

export function unpacked(parcel: Parcel | null): MailParcel {
  const mail = parcel === null ? null : unpackMail(parcel.body);
  if (mail === null) throw new Error('no mail in the parcel');
  return mail;
}

/** What became of a parcel, short enough to be read when a test fails. */
export function outcome(
  sent: Sent,
  parcel: Parcel,
): { code: string; rest: 'all' | 'none' | 'other'; words: string } {
  if (sent.ok) return { code: 'sent', rest: 'none', words: sent.to };
  const { problem, rest } = sent;
  const isAll = rest?.id === parcel.id && rest.body === parcel.body;
  return { ...problem, rest: rest === null ? 'none' : isAll ? 'all' : 'other' };
}
