import { UsageError } from '../../usage-error.ts';
import type { WatchFlags } from './settings.ts';

/**
 * The keys of `pm2 set pm2-audit:KEY VALUE`, with what they are when nobody has set them: the same as in package.json
 * "config", which PM2 does not hand to a module that was never configured.
 */
export const moduleDefaults = {
  interval: '10s',
  threshold: '1G',
  home: '',
  db: '',
  lang: '',
  schedule: '',
  out: '',
  email: '',
  send: '',
  config: '',
  envFile: '',
} as const;

const moduleName = 'pm2-audit';

/**
 * PM2 hands all settings as JSON in a variable named after the module, and each in a variable of its own; all are text
 * (lib/API/Modules/NPM.js, 7.0.4). Only the first is looked at: a variable called `home` or `lang` may be anybody's.
 * `home` may name several folders, parted by `:`; empty = every daemon this user may read. Throws UsageError.
 */
export function moduleFlags(env: { readonly [name: string]: string | undefined }): WatchFlags {
  const set = settingsIn(env[moduleName]);
  const known = Object.keys(moduleDefaults);
  const unknown = [...set.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new UsageError(
      `pm2 set ${moduleName}:${unknown}: not a setting. Settings are ${known.join(', ')}.`,
    );
  const value = (key: keyof typeof moduleDefaults): string => set.get(key) ?? moduleDefaults[key];
  const homes = value('home')
    .split(':')
    .filter((path) => path !== '');
  return {
    interval: value('interval'),
    threshold: value('threshold'),
    home: homes,
    ...(value('db') === '' ? {} : { db: value('db') }),
    ...(value('lang') === '' ? {} : { lang: value('lang') }),
    color: false,
    isModule: true,
  };
}

/** The audits the module starts by itself. Paths as they were given. */
export interface ModuleSchedule {
  /** Five fields. */
  readonly cron: string;
  readonly out: string | null;
  readonly email: string | null;
  readonly sends: boolean;
  readonly config: string | null;
  readonly envFile: string | null;
  readonly homes: readonly string[];
  readonly db: string | null;
  readonly lang: string | null;
}

/** null = `pm2-audit:schedule` is not set. Throws UsageError. */
export function moduleSchedule(env: { readonly [name: string]: string | undefined }): ModuleSchedule | null {
  const set = settingsIn(env[moduleName]);
  const value = (key: keyof typeof moduleDefaults): string | null => set.get(key)?.trim() || null;
  const cron = value('schedule');
  const send = value('send');
  if (send !== null && send !== 'true' && send !== 'false')
    throw new UsageError(`pm2 set ${moduleName}:send ${send}: use true or false.`);
  const alone = (['out', 'email', 'send', 'config', 'envFile'] as const).find((key) => value(key) !== null);
  if (cron === null) {
    if (alone === undefined) return null;
    throw new UsageError(
      `pm2 set ${moduleName}:${alone}: has no use without a time. Add pm2 set ${moduleName}:schedule "0 8 * * *", or pm2 unset ${moduleName}:${alone}.`,
    );
  }
  return {
    cron,
    out: value('out'),
    email: value('email'),
    sends: send === 'true',
    config: value('config'),
    envFile: value('envFile'),
    homes: (value('home') ?? '').split(':').filter((path) => path !== ''),
    db: value('db'),
    lang: value('lang'),
  };
}

function settingsIn(text: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const parsed: unknown = text === undefined || text === '' ? {} : parse(text);
  if (typeof parsed !== 'object' || parsed === null) return found;
  for (const [key, value] of Object.entries(parsed)) found.set(key, String(value));
  return found;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`the variable ${moduleName} holds no JSON. Set the module up again with pm2 set.`);
  }
}
