import { failureAt, MailError } from './mail-failure.ts';
import type { OAuth2Values } from './smtp-account.ts';

/**
 * An access token: the one that was given, or a new one for the refresh token (RFC 6749 section 6). Fails with a MailError
 * at the stage `token`; its code is the token server's own word (`invalid_grant`), never more of what it said.
 */
export async function fetchToken(
  oauth2: OAuth2Values,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  const { accessToken, refreshToken, clientId, clientSecret, tokenUrl } = oauth2;
  if (refreshToken === null) {
    if (accessToken !== null) return accessToken;
    throw new MailError(failureAt('token', { code: 'absent' }));
  }
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: refreshToken,
    ...(clientSecret === null ? {} : { client_secret: clientSecret }),
  });
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(tokenUrl, {
      method: 'POST',
      body: form,
      redirect: 'error',
      signal: AbortSignal.any([signal, limit]),
    });
    const body: unknown = await answer.json();
    if (typeof body === 'object' && body !== null) {
      if ('access_token' in body && typeof body.access_token === 'string') return body.access_token;
      if ('error' in body && typeof body.error === 'string') throw refusedToken(body.error);
    }
    throw refusedToken(`http-${answer.status}`);
  } catch (error) {
    if (error instanceof MailError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : null;
    const code = cause !== null && 'code' in cause ? String(cause.code) : '';
    throw new MailError(failureAt('token', { code, timedOut: limit.aborted || signal.aborted }));
  }
}

function refusedToken(word: string): MailError {
  return new MailError(failureAt('token', { code: /^[a-z0-9_-]{1,40}$/.test(word) ? word : 'refused' }));
}
