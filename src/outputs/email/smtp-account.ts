import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { rootCertificates } from 'node:tls';
import type {
  DeliveryProblem,
  MailTransport,
  OAuth2Settings,
  SecretSource,
  SmtpSecurity,
} from '../../model/delivery.ts';
import type { Locale } from '../../model/text.ts';
import { readSecret } from '../secret.ts';
import { providerOf } from './mail-provider.ts';
import { type AccountTrouble, accountWords } from './smtp-account-words.ts';
import { isLoopback, parseSmtpUrl, type SmtpPlace } from './smtp-url.ts';

export interface OAuth2Values {
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly refreshToken: string | null;
  readonly accessToken: string | null;
  readonly tokenUrl: string;
}

/** One of the two: a password, or OAuth2. */
export interface SmtpLogin {
  readonly user: string;
  readonly password: string | null;
  readonly oauth2: OAuth2Values | null;
}

/** All that is needed to talk to the server, secrets included: made for one delivery, never kept. */
export interface SmtpAccount {
  readonly host: string;
  readonly port: number;
  readonly security: SmtpSecurity;
  /** null = the server takes mail without a login. */
  readonly login: SmtpLogin | null;
  /** Certificates to trust (PEM); null = the public ones. */
  readonly ca: readonly string[] | null;
  /** How this host names itself to the server. */
  readonly helo: string;
}

export type Environment = { readonly [name: string]: string | undefined };
export type SmtpTransport = Exclude<MailTransport, { readonly kind: 'sendmail' }>;
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: DeliveryProblem };

interface Place extends SmtpPlace {
  /** Password that the URL itself carries. */
  readonly password: string | null;
}

/** Where the mail goes, and as whom: without the secrets, but of a URL, which has to be read for it. */
export async function readPlace(
  transport: SmtpTransport,
  env: Environment,
  locale: Locale,
): Promise<Read<Place>> {
  if (transport.kind === 'smtp') return { ok: true, value: { ...transport.smtp, password: null } };
  const url = await readSecret(transport.url, env, locale);
  if (!url.ok) return url;
  const parsed = parseSmtpUrl(url.value, locale);
  if (!parsed.ok) return { ok: false, problem: { code: 'settings', words: parsed.words } };
  return { ok: true, value: { ...parsed.smtp, password: parsed.password } };
}

/** The whole account. Reads the password, the tokens and the CA file now, so that a changed one is used at once. */
export async function readAccount(
  transport: SmtpTransport,
  env: Environment,
  locale: Locale,
): Promise<Read<SmtpAccount>> {
  const refuse = (trouble: AccountTrouble, place = ''): Read<never> => ({
    ok: false,
    problem: { code: 'settings', words: accountWords[locale](trouble, place) },
  });
  const read = await readPlace(transport, env, locale);
  if (!read.ok) return read;
  const { host, port, security, user, password } = read.value;
  const oauth2 = transport.kind === 'smtp' ? transport.smtp.oauth2 : null;
  const source = transport.kind === 'smtp' ? transport.smtp.password : transport.password;
  const caFile = transport.kind === 'smtp' ? transport.smtp.caFile : (transport.caFile ?? null);
  if (user === null && (oauth2 !== null || source !== null)) return refuse('no-user');

  let login: SmtpLogin | null = null;
  if (user !== null && oauth2 !== null) {
    const values = await readOAuth2(oauth2, host, env, locale);
    if (!values.ok) return values.problem.code === 'token-url' ? refuse('token-url') : values;
    login = { user, password: null, oauth2: values.value };
  } else if (user !== null) {
    const secret =
      source === null ? { ok: true as const, value: password } : await readSecret(source, env, locale);
    if (!secret.ok) return secret;
    if (secret.value === null) return refuse('no-password', user);
    login = { user, password: secret.value, oauth2: null };
  }
  let ca: readonly string[] | null = null;
  if (caFile !== null) {
    const pem = await readFile(caFile, 'utf8').catch(() => null);
    if (pem === null || !pem.includes('-----BEGIN CERTIFICATE-----')) return refuse('ca-file', caFile);
    ca = [...rootCertificates, pem];
  }
  return { ok: true, value: { host, port, security, login, ca, helo: heloName() } };
}

/** Where the well-known services give out tokens: their own documentation of OAuth2 for SMTP. */
const tokenUrls: { readonly [provider: string]: string } = {
  gmail: 'https://oauth2.googleapis.com/token',
  microsoft: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
};

async function readOAuth2(
  oauth2: OAuth2Settings,
  host: string,
  env: Environment,
  locale: Locale,
): Promise<Read<OAuth2Values>> {
  const tokenUrl = oauth2.tokenUrl ?? tokenUrls[providerOf(host)] ?? '';
  const read = async (source: SecretSource | null): Promise<Read<string | null>> =>
    source === null ? { ok: true, value: null } : readSecret(source, env, locale);
  // Together: three programs that are slow take as long as one.
  const [secret, refresh, access] = await Promise.all([
    read(oauth2.clientSecret),
    read(oauth2.refreshToken),
    read(oauth2.accessToken),
  ]);
  if (!secret.ok) return secret;
  if (!refresh.ok) return refresh;
  if (!access.ok) return access;
  const [clientSecret, refreshToken, accessToken] = [secret.value, refresh.value, access.value];
  if (refreshToken !== null && !isSafe(tokenUrl)) {
    return { ok: false, problem: { code: 'token-url', words: '' } };
  }
  return {
    ok: true,
    value: { clientId: oauth2.clientId, clientSecret, refreshToken, accessToken, tokenUrl },
  };
}

/** The refresh token goes there: encrypted, or to this host itself. */
function isSafe(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null) return false;
  return parsed.protocol === 'https:' || (parsed.protocol === 'http:' && isLoopback(parsed.hostname));
}

/** A name with a dot, else an address literal (RFC 5321 section 4.1.4): strict servers refuse bare names. */
function heloName(): string {
  const name = hostname();
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(name) ? name : '[127.0.0.1]';
}
