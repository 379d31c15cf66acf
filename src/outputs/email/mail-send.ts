import type { Parcel, Sent } from '../../model/delivery.ts';
import type { Locale } from '../../model/text.ts';
import { type Explained, explainFailure, type MailRoute } from './explain.ts';
import { mailCauses } from './mail-causes.ts';
import { failureOf } from './mail-failure.ts';
import type { MailLimits } from './mail-limits.ts';
import { type MailParcel, packMail } from './mail-parcel.ts';
import { sendByProgram } from './sendmail.ts';
import type { SmtpAccount } from './smtp-account.ts';
import type { Refusal } from './smtp-session.ts';

/** By SMTP. Who was refused alone is tried again alone. */
export async function sendByServer(
  parcel: Parcel,
  mail: MailParcel,
  account: SmtpAccount,
  limits: MailLimits,
  locale: Locale,
): Promise<Sent> {
  const route = routeOf(account, mail);
  const { openSession } = await import('./smtp-session.ts');
  const session = openSession(account, limits);
  try {
    await session.connect();
    await session.login();
    const refused = await session.send(mail);
    if (refused.length === 0) return { ok: true, to: mail.to.join(', ') };
    return partly(parcel, mail, refused, route, locale);
  } catch (error) {
    return wholly(parcel, mail, explainFailure(failureOf(error, 'connect'), route, locale));
  } finally {
    await session.close();
  }
}

/** By the MTA of this host. */
export async function sendByMta(
  parcel: Parcel,
  mail: MailParcel,
  path: string,
  limits: MailLimits,
  locale: Locale,
): Promise<Sent> {
  try {
    await sendByProgram(path, mail, limits.totalMs);
    return { ok: true, to: mail.to.join(', ') };
  } catch (error) {
    const { from, to } = mail;
    const hasFiles = mail.light !== null;
    const place = { host: path, port: 0, security: 'none', user: null } as const;
    const route: MailRoute = { ...place, from, to, hasFiles, secrets: [] };
    return wholly(parcel, mail, explainFailure(failureOf(error, 'program'), route, locale));
  }
}

/** Where an account's mail goes, with what its errors must never hold. */
export function routeOf(account: SmtpAccount, mail: MailParcel): MailRoute {
  const { host, port, security, login } = account;
  const { clientSecret, refreshToken, accessToken } = login?.oauth2 ?? {};
  const secrets = [login?.password, clientSecret, refreshToken, accessToken].filter(
    (one) => typeof one === 'string',
  );
  const { from, to } = mail;
  const user = login?.user ?? null;
  return { host, port, security, user, from, to, hasFiles: mail.light !== null, secrets };
}

function wholly(parcel: Parcel, mail: MailParcel, { cause, problem }: Explained): Sent {
  const { again } = mailCauses[cause];
  if (again === 'same') return { ok: false, problem, rest: parcel };
  const light = again === 'lighter' ? mail.light : null;
  const rest =
    light === null ? null : { id: parcel.id, body: packMail({ ...mail, mime: light, light: null }) };
  return { ok: false, problem, rest };
}

/** The others have their mail. One problem is told: the first of those that are tried again, else the first. */
function partly(
  parcel: Parcel,
  mail: MailParcel,
  refused: readonly Refusal[],
  route: MailRoute,
  locale: Locale,
): Sent {
  const told = refused.map((one) => ({
    ...explainFailure(one.failure, { ...route, to: [one.recipient] }, locale),
    recipient: one.recipient,
  }));
  const kept = told.filter(({ cause }) => mailCauses[cause].again !== 'never');
  const words = told.map(({ problem }) => problem.words).join(' ');
  const delivered = mail.to.filter((one) => !refused.some(({ recipient }) => recipient === one));
  const note = locale === 'en' ? `Delivered to ${delivered.join(', ')}.` : `已送达 ${delivered.join('、')}。`;
  return {
    ok: false,
    problem: { code: told[0]?.problem.code ?? 'recipient', words: `${note} ${words}` },
    partly: true,
    rest:
      kept.length === 0
        ? null
        : { id: parcel.id, body: packMail({ ...mail, to: kept.map(({ recipient }) => recipient) }) },
  };
}
