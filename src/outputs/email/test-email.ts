import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import type { EmailSettings } from '../../model/delivery.ts';
import type { Locale } from '../../model/text.ts';
import { explainFailure } from './explain.ts';
import { withHost } from './mail-address.ts';
import { failureOf, type MailError } from './mail-failure.ts';
import { domainOf } from './mail-identity.ts';
import { type MailLimits, mailLimits } from './mail-limits.ts';
import type { MailParcel } from './mail-parcel.ts';
import { mailSides } from './mail-sides.ts';
import { oneLine } from './mail-text.ts';
import { type Environment, readAccount, type SmtpAccount } from './smtp-account.ts';
import { isLoopback } from './smtp-url.ts';
import { testWords } from './test-words.ts';

type Say = (line: string, ok: boolean) => void;

/**
 * Walks the whole way of a mail, one line a step: secret, name, connection, certificate, login, sender and recipients, and
 * a short test mail at the end. The step that fails is explained; what comes after it is not tried. The lines are in
 * `shown`, the language of the terminal; only the mail itself is in that of its settings. true = all went well.
 */
export async function testEmail(
  settings: EmailSettings,
  env: Environment,
  say: Say,
  limits: MailLimits = mailLimits,
  shown: Locale = settings.locale,
): Promise<boolean> {
  const { transport } = settings;
  const words = testWords[shown];
  const sides = await mailSides({ ...settings, locale: shown }, env);
  if (!sides.ok) {
    say(sides.problem.words, false);
    return false;
  }
  const mail = await testMail(settings, sides.value);
  if (transport.kind === 'sendmail') {
    const { sendByMta } = await import('./mail-send.ts');
    const sent = await sendByMta({ id: '', body: '' }, mail, transport.path, limits, shown);
    say(sent.ok ? words.handedOver(transport.path, mail.to.join(', ')) : sent.problem.words, sent.ok);
    return sent.ok;
  }
  const account = await readAccount(transport, env, shown);
  if (!account.ok) {
    say(account.problem.words, false);
    return false;
  }
  const { login } = account.value;
  say(login === null ? words.noLogin : words.secret(login.user, login.oauth2 !== null), true);
  return walk(account.value, mail, shown, say, limits);
}

async function walk(
  account: SmtpAccount,
  mail: MailParcel,
  shown: Locale,
  say: Say,
  limits: MailLimits,
): Promise<boolean> {
  const words = testWords[shown];
  const { routeOf } = await import('./mail-send.ts');
  const { openSession } = await import('./smtp-session.ts');
  const explain = (failure: MailError['failure'], to = mail.to): string =>
    explainFailure(failure, { ...routeOf(account, mail), to }, shown, true).problem.words;
  const session = openSession(account, limits);
  try {
    const addresses = await resolve(account.host, limits.resolveMs);
    if (addresses.length > 0) say(words.resolved(account.host, addresses.join(', ')), true);
    const tls = await session.connect();
    say(words.connected(account.host, account.port), true);
    const clear = isLoopback(account.host) ? words.clear : words.clearAway;
    const daysLeft = tls === null ? 0 : Math.floor((Date.parse(tls.validTo) - Date.now()) / 86_400_000);
    say(tls === null ? clear : words.encrypted(tls.protocol, oneLine(tls.issuer, 80), daysLeft), true);
    await session.login();
    if (account.login !== null) say(words.loggedIn(account.login.user), true);
    const refused = await session.send(mail);
    for (const { recipient, failure } of refused) say(explain(failure, [recipient]), false);
    const taken = mail.to.filter((one) => !refused.some(({ recipient }) => recipient === one));
    say(words.accepted(mail.from, taken.join(', ')), true);
    say(words.sent(taken.join(', ')), true);
    return refused.length === 0;
  } catch (error) {
    say(explain(failureOf(error, 'connect')), false);
    return false;
  } finally {
    await session.close();
  }
}

/** The addresses of the name; [] = unknown in time: the connection itself then says what is wrong. */
async function resolve(host: string, timeoutMs: number): Promise<readonly string[]> {
  const late = new Promise<readonly string[]>((done) => setTimeout(done, timeoutMs, []).unref());
  const found = lookup(host, { all: true }).then(
    (all) => all.map(({ address }) => address).slice(0, 4),
    () => [],
  );
  return Promise.race([found, late]);
}

async function testMail(
  settings: EmailSettings,
  { from, to }: { from: { name: string; address: string }; to: readonly { name: string; address: string }[] },
): Promise<MailParcel> {
  const { composeMime } = await import('./mail-compose.ts');
  const words = testWords[settings.locale];
  const host = oneLine(hostname(), 60);
  const date = new Date();
  const escaped = words.body(host).replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
  const mime = composeMime({
    from: { name: from.name || `pm2-audit ${host}`, address: from.address },
    to: to.map(withHost),
    subject: words.subject(host),
    text: `${words.body(host)}\n`,
    html: `<!doctype html><html lang="${settings.locale}"><head><meta charset="utf-8"><title>pm2-audit</title></head><body><p style="font:16px/1.5 sans-serif">${escaped}</p></body></html>\n`,
    identity: null,
    messageId: `<pm2-audit.test.${date.getTime().toString(36)}.${process.pid}@${domainOf(from.address)}>`,
    date,
    headers: {},
    files: [],
  });
  return { from: from.address, to: to.map((one) => one.address), mime, light: null };
}
