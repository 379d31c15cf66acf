import { scryptSync } from 'node:crypto';
import type { SmtpAccount } from './smtp-account.ts';

/**
 * A salted, slow hash (scrypt, RFC 7914; Node's default cost) of what an account logs in with, and where: by it a changed
 * password is known without the password being kept. Of OAuth2 with a refresh token, the access token is not part of it.
 */
export function secretMark({ host, port, login }: SmtpAccount, salt: string): string {
  const { clientSecret = null, refreshToken = null, accessToken = null } = login?.oauth2 ?? {};
  const secrets = [login?.password ?? null, clientSecret, refreshToken ?? accessToken];
  const all = JSON.stringify([host, port, login?.user ?? null, ...secrets]);
  return scryptSync(all, salt, 32).toString('hex');
}
