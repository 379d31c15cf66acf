import type { Process } from '../../model/process.ts';
import type { Cleaner } from '../clean.ts';

/** Environments are at most a few pages; PM2 puts its marks before and after the app's own variables. */
export const environMaxBytes = 256 * 1024;

/**
 * PM2's marks in /proc/PID/environ: `PM2_HOME` and `pm_id`, which every process started by a fork-mode app inherits
 * (PM2 7.0.4 lib/God/ForkMode.js). A cluster worker carries one `pm2_env` JSON instead, its children the plain keys.
 * Without PM2_HOME the home is `$HOME/.pm2`, as in lib/paths of PM2. Nothing else of the environment leaves this
 * function. null = not started by PM2.
 */
export function readMark(environ: Buffer, clean: Cleaner): Process['mark'] {
  const id = variable(environ, 'pm_id');
  if (id === null || !/^\d{1,9}$/.test(id)) return null;
  const own = variable(environ, 'PM2_HOME');
  const user = variable(environ, 'HOME');
  // `pm_id` alone could be anybody's word; PM2 also sets `unique_id` or its home.
  if (own === null && variable(environ, 'unique_id') === null) return null;
  const home = own ?? (user === null ? null : `${user}/.pm2`);
  if (home === null || !home.startsWith('/')) return null;
  return { home: clean.text(home.length > 1 ? home.replace(/\/+$/, '') : home), pmId: Number(id) };
}

/** Value of one variable in a block of NUL-terminated `NAME=value`. */
function variable(environ: Buffer, name: string): string | null {
  const label = `${name}=`;
  let at = environ.indexOf(label);
  while (at > 0 && environ[at - 1] !== 0) at = environ.indexOf(label, at + 1);
  if (at < 0) return null;
  const from = at + label.length;
  const end = environ.indexOf(0, from);
  return environ.toString('utf8', from, end < 0 ? environ.length : end);
}
