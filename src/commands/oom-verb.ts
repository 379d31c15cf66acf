import { realHost } from '../host/real.ts';
import { parseLocale, parseSince, windowOf } from '../options.ts';
import type { Flags } from '../resolve-options.ts';
import { localeOf, type Terminal } from '../terminal.ts';
import { runOom } from './oom.ts';

const weekMs = 7 * 86_400_000;

/** `pm2-audit oom`: flags in, exit code out. */
export async function runOomVerb(
  files: readonly string[],
  flags: Flags & { readonly json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const host = realHost();
  const now = host.now();
  const locale = flags.lang === undefined ? localeOf(host.env) : parseLocale(flags.lang);
  const since = flags.since === undefined ? null : windowOf(parseSince(flags.since, now), now).from;
  return runOom(
    host,
    files,
    {
      json: flags.json ?? false,
      since,
      color: terminal.color,
      lang: locale,
      verbose: flags.verbose ?? false,
    },
    { stdout: (text) => terminal.stdout(text), stderr: (text) => terminal.stderr(text) },
    // Files alone say nothing of apps, and may come from another machine.
    files.length > 0
      ? null
      : await (await import('./oom-live.ts')).attributeHere(host, since ?? now - weekMs),
  );
}
