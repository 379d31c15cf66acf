import { post } from '../post.ts';
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
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' };
  const posted = await post({ url: new URL(tokenUrl), body: form.toString(), headers }, timeoutMs, signal);
  if (!posted.ok) {
    // Where it points to is not asked: the refresh token would go there.
    if (posted.failure === 'redirect') throw refusedToken('redirect');
    throw new MailError(
      failureAt('token', {
        code: posted.reason === 'no connection' ? '' : posted.reason,
        timedOut: posted.failure === 'timed-out',
      }),
    );
  }
  const { status, text } = posted.answer;
  const said = parsed(text);
  if (typeof said === 'object' && said !== null) {
    if ('access_token' in said && typeof said.access_token === 'string') return said.access_token;
    if ('error' in said && typeof said.error === 'string') throw refusedToken(said.error);
  }
  throw refusedToken(`http-${status}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refusedToken(word: string): MailError {
  return new MailError(failureAt('token', { code: /^[a-z0-9_-]{1,40}$/.test(word) ? word : 'refused' }));
}
