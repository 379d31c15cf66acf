import type { Why } from '../model/gap.ts';
import type { Outcome } from './host.ts';

/**
 * errno names by what they mean to a reader. Sources: errno(3); connect(2) for ECONNREFUSED (a socket file nobody
 * listens on); proc(5) for ESRCH (the process ended while we read its files). Anything else is `malformed`.
 */
const whys: { readonly [code: string]: Why } = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  ESRCH: 'not-found',
  ECONNREFUSED: 'not-found',
  EACCES: 'permission-denied',
  EPERM: 'permission-denied',
  ETIMEDOUT: 'timed-out',
  ENOSYS: 'not-supported',
  ENOTSUP: 'not-supported',
  EOPNOTSUPP: 'not-supported',
  EINVAL: 'not-supported',
};

/** A failed outcome in the machine's own words: `EACCES: permission denied`, without the path. */
export function failure(why: Why, detail: string): Outcome<never> {
  return { ok: false, why, detail };
}

/** errno name of an error thrown by Node, e.g. `EPIPE`; empty when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Turns whatever Node threw into an outcome. */
export function failureOf(error: unknown): Outcome<never> {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  // Node writes "EACCES: permission denied, open '/path'"; the path is the subject of the gap already.
  const comma = code !== '' && message.startsWith(`${code}: `) ? message.indexOf(', ') : -1;
  return failure(whys[code] ?? 'malformed', comma > 0 ? message.slice(0, comma) : message);
}
