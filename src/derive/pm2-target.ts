import type { AppRef } from '../model/pm2.ts';

/**
 * How a `pm2` command names these instances of one app: by name, or by ids where the name would mean something else:
 * `all`, a number, a `/regex/`, an option, or text a shell or redaction may have changed (lib/API.js 7.0.4, `actionFromName`).
 */
export function pm2Target(refs: readonly AppRef[]): string {
  const name = refs[0]?.name ?? '';
  if (/^[A-Za-z_][\w.@+-]*$/.test(name) && name !== 'all') return name;
  return refs.map((ref) => String(ref.pmId)).join(' ');
}
