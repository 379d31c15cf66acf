import type { AppRef } from '../../model/pm2.ts';
import { pm2Command } from './pm2-command.ts';
import { shellQuote } from './shell-quote.ts';

/**
 * How a `pm2` command names these instances of one app: by name, or by ids where the name would mean something else:
 * `all`, a number, a `/regex/`, an option, or text a shell or redaction may have changed (lib/API.js 7.0.4, `actionFromName`).
 */
export function pm2Target(refs: readonly AppRef[]): string {
  const name = refs[0]?.name ?? '';
  if (/^[A-Za-z_][\w.@+-]*$/.test(name) && name !== 'all') return name;
  return refs.map((ref) => String(ref.pmId)).join(' ');
}

/** The same command line inside a list that root runs: as the owner of the home, so that no file there becomes root's. */
export function pm2CommandAs(user: string, home: string, args: string): string {
  return user === 'root'
    ? pm2Command(home, args)
    : `sudo -u ${shellQuote(user)} env ${pm2Command(home, args)}`;
}
