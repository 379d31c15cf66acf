import { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import XOAuth2 from 'nodemailer/lib/xoauth2';
import { failureAt, failureOf, MailError, type MailStage } from './mail-failure.ts';
import type { MailLimits } from './mail-limits.ts';
import type { MailParcel } from './mail-parcel.ts';
import { fetchToken } from './oauth-token.ts';
import type { SmtpAccount } from './smtp-account.ts';

/** What the encrypted connection showed; null = not encrypted. */
export interface TlsFacts {
  readonly protocol: string;
  readonly issuer: string;
  readonly validTo: string;
}

export interface Refusal {
  readonly recipient: string;
  readonly failure: MailError['failure'];
}

export interface SmtpSession {
  /** Resolves, connects, greets, encrypts. */
  connect(): Promise<TlsFacts | null>;
  /** Nothing where the account has no login. */
  login(): Promise<void>;
  /** Hands the mail over; gives the recipients the server would not take, none of them = [] . */
  send(mail: MailParcel): Promise<readonly Refusal[]>;
  /** Says goodbye if there is still time for it; leaves nothing open. */
  close(): Promise<void>;
}

/** Small, so that the stage `finish` begins when nearly all of the mail has left. */
const partBytes = 16 * 1024;

/** One conversation with a mail server. Every step ends by `limits.totalMs` after the session was made, with a MailError. */
export function openSession(account: SmtpAccount, limits: MailLimits): SmtpSession {
  const connection = new SMTPConnection({
    host: account.host,
    port: account.port,
    secure: account.security === 'tls',
    requireTLS: account.security === 'starttls',
    ignoreTLS: account.security === 'none',
    name: account.helo,
    dnsTimeout: limits.resolveMs,
    connectionTimeout: limits.connectMs,
    greetingTimeout: limits.greetingMs,
    socketTimeout: limits.replyMs,
    socketCloseTimeout: limits.closeMs,
    maxResponseSize: 64 * 1024,
    // Said outright: else NODE_TLS_REJECT_UNAUTHORIZED=0 of some other program's sake would switch it off.
    tls: { rejectUnauthorized: true, ...(account.ca === null ? {} : { ca: [...account.ca] }) },
  });
  const abort = new AbortController();
  let stage: MailStage = 'connect';
  let reject: ((error: MailError) => void) | null = null;
  let isOver = false;
  let isOpen = false;
  let token = '';

  const fail = (error: unknown): void => reject?.(new MailError(failureOf(error, stage)));
  connection.on('error', fail);
  connection.on('end', () => {
    isOver = true;
    reject?.(new MailError(failureAt(stage, { code: 'ECONNECTION', detail: 'closed' })));
  });
  const deadline = setTimeout(() => {
    reject?.(new MailError(failureAt(stage, { code: 'EDEADLINE', timedOut: true })));
    abort.abort();
    connection.close();
  }, limits.totalMs);

  /** One step; also ended by whatever ends the connection, which not each of the library's callbacks hears of. */
  const step = <T>(start: (done: (error: unknown, value?: T) => void) => void): Promise<T | undefined> =>
    new Promise<T | undefined>((resolve, refuse) => {
      reject = refuse;
      start((error, value) => (error ? fail(error) : resolve(value)));
      if (isOver) refuse(new MailError(failureAt(stage, { code: 'ECONNECTION', detail: 'closed' })));
    }).finally(() => {
      reject = null;
    });

  return {
    async connect() {
      const oauth2 = account.login?.oauth2 ?? null;
      if (oauth2 !== null) {
        // Before the connection: a mail server does not wait for another one.
        stage = 'token';
        token = await fetchToken(oauth2, limits.replyMs, abort.signal);
        stage = 'connect';
      }
      await step<void>((done) => connection.connect((error) => done(error)));
      isOpen = true;
      return tlsFacts(connection._socket);
    },
    async login() {
      if (account.login === null) return;
      stage = 'login';
      const { user, password, oauth2 } = account.login;
      if (!connection.allowsAuth) throw new MailError(failureAt('login', { code: 'ENOAUTH' }));
      if (oauth2 === null) {
        const credentials = { user, pass: password ?? '' };
        await step<void>((done) => connection.login({ user, credentials }, (error) => done(error)));
        return;
      }
      const given = token;
      const tokens = new XOAuth2({
        user,
        // Asked a second time when the server refused the token: there is no other.
        provisionCallback: (_user, isRenewal, done) =>
          isRenewal ? done(new MailError(failureAt('token', { code: 'refused' }))) : done(null, given),
      });
      await step<void>((done) =>
        connection.login({ user, method: 'XOAUTH2', oauth2: tokens }, (error) => done(error)),
      );
    },
    async send(mail) {
      stage = 'sender';
      const bytes = Buffer.from(mail.mime, 'utf8');
      let at = 0;
      // The library begins to read when the server said 354 to DATA.
      const message = new Readable({
        read() {
          stage = 'message';
          const part = bytes.subarray(at, at + partBytes);
          at += part.length;
          this.push(part.length === 0 ? null : part);
        },
      });
      message.once('end', () => {
        stage = 'finish';
      });
      const envelope = { from: mail.from, to: [...mail.to], size: bytes.length };
      const info = await step<{
        rejectedErrors?: (Error & { recipient?: string | undefined })[] | undefined;
      }>((done) => connection.send(envelope, message, done));
      return (info?.rejectedErrors ?? []).map((error) => ({
        recipient: error.recipient ?? '',
        failure: failureOf(error, 'recipient'),
      }));
    },
    async close() {
      clearTimeout(deadline);
      abort.abort();
      if (isOpen && !isOver) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, limits.closeMs);
          connection.once('end', () => {
            clearTimeout(timer);
            resolve();
          });
          connection.quit();
        });
      }
      connection.close();
    },
  };
}

function tlsFacts(socket: unknown): TlsFacts | null {
  if (!(socket instanceof TLSSocket)) return null;
  const certificate = socket.getPeerCertificate();
  const named = certificate.issuer?.O ?? certificate.issuer?.CN;
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    issuer: String((Array.isArray(named) ? named[0] : named) ?? ''),
    validTo: certificate.valid_to ?? '',
  };
}
