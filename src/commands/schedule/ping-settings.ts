import { findConfig } from '../../config-path.ts';
import type { PingSettings } from '../../model/delivery.ts';
import type { Locale } from '../../model/text.ts';
import { makePing, type Ping } from '../../outputs/ping.ts';

/** The address without a settings file, as PM2_AUDIT_SMTP_URL is for mail. */
const variable = 'PM2_AUDIT_PING_URL';

/** The ping the settings ask for. A settings file that cannot be read is the audit's to tell, not ours. */
export async function findPing(
  config: string | null,
  env: { readonly [name: string]: string | undefined },
  locale: Locale,
): Promise<{ readonly ping: Ping | null; readonly problem: string | null }> {
  const found = findConfig(config, process.cwd());
  let settings: PingSettings | null = env[variable] ? { url: { env: variable } } : null;
  try {
    const read = found === null ? null : await (await import('../../config.ts')).readConfig(found);
    const url = read?.ping?.url;
    if (url !== undefined) settings = { url: typeof url === 'string' ? { plain: url } : url };
  } catch (error) {
    if (!(error instanceof Error && error.name === 'UsageError')) throw error;
  }
  if (settings === null) return { ping: null, problem: null };
  const made = await makePing(settings, env, locale);
  return made.ok ? { ping: made.ping, problem: null } : { ping: null, problem: made.problem.words };
}
