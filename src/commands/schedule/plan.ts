import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Config } from '../../config.ts';
import { findConfig } from '../../config-path.ts';
import type { Locale } from '../../model/text.ts';
import { parseFailOn, parseLocale } from '../../options.ts';
import { localeOf } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';
import type { CronExpression } from './cron-expression.ts';
import { readEnvFile } from './env-file.ts';
import { type Installer, type Job, jobId, makeJob } from './job.ts';
import { hostZone } from './run-times.ts';
import { checkEmail, jitterOf, type ScheduleFlags, timeOf } from './schedule-flags.ts';
import { type UnitPlace, unitPlace } from './systemd.ts';
import { type ScheduleWords, scheduleWords } from './words.ts';

/** Where and for whom a schedule is made. */
export interface Setting {
  readonly user: string;
  readonly installer: Installer;
  readonly place: UnitPlace;
  readonly zone: string;
  readonly now: number;
  readonly locale: Locale;
  readonly words: ScheduleWords;
}

export function settingOf(flags: ScheduleFlags): Setting {
  const { username, homedir, uid } = userInfo();
  const { env } = process;
  const locale = flags.lang === undefined ? localeOf(env) : parseLocale(flags.lang);
  return {
    user: username,
    installer: {
      execPath: process.execPath,
      script: resolve(process.argv[1] ?? ''),
      folder: process.cwd(),
      env,
      passwdHome: homedir,
    },
    place: unitPlace(uid, env['HOME'] || homedir, env),
    zone: hostZone(),
    now: Date.now(),
    locale,
    words: scheduleWords[locale],
  };
}

export interface Plan {
  readonly job: Job;
  readonly cron: CronExpression;
  /** ms; the job itself waits it out under cron, systemd does it for its own. */
  readonly jitterMs: number;
  /** Folder of the reports, absolute. */
  readonly reports: string;
  /** Secrets of this shell that the run will not have. */
  readonly missing: readonly string[];
}

/** What the flags ask for, all of it checked. Throws UsageError; changes nothing. */
export async function planOf(flags: ScheduleFlags, setting: Setting): Promise<Plan> {
  const { installer, zone, now } = setting;
  const cron = timeOf(flags, zone, now);
  const jitterMs = jitterOf(flags, cron, zone, now);
  const config = await configOf(flags, installer.folder);
  if (flags.out === '-' || flags.out === '')
    throw new UsageError('--out: a scheduled run needs a folder for its reports. Name one, or leave it out.');
  const kept = flags.envFile === undefined ? null : readEnvFile(resolve(installer.folder, flags.envFile));
  const reports = reportsOf(flags, config);
  const job = makeJob(
    {
      homes: flags.home ?? config?.homes ?? [],
      out: flags.out ?? null,
      reports,
      config: flags.config ?? null,
      lang: flags.lang === undefined ? null : parseLocale(flags.lang),
      failOn: flags.failOn === undefined ? null : parseFailOn(flags.failOn),
      db: flags.db ?? null,
      email: flags.email === undefined ? null : checkEmail(flags.email),
      sends: flags.send ?? false,
      envFile: flags.envFile ?? null,
      jitterMs: flags.systemd ? 0 : jitterMs,
    },
    installer,
  );
  return {
    job,
    cron,
    jitterMs,
    reports: resolve(installer.folder, reports),
    missing: secretNames(config, installer.env).filter((name) => kept?.has(name) !== true),
  };
}

/** Id of the schedule these flags mean, for `--remove`; null = all of them. */
export async function wantedId(flags: ScheduleFlags, { installer }: Setting): Promise<string | null> {
  if (flags.out === undefined && flags.home === undefined && flags.config === undefined) return null;
  const config = await configOf(flags, installer.folder);
  const homes = (flags.home ?? config?.homes ?? []).map((home) => resolve(installer.folder, home));
  const key = homes.length > 0 ? homes : [installer.env['PM2_HOME'] ?? ''];
  return jobId(key, resolve(installer.folder, reportsOf(flags, config)));
}

async function configOf(flags: ScheduleFlags, folder: string): Promise<Config | null> {
  const found = findConfig(flags.config ?? null, folder);
  return found === null ? null : (await import('../../config.ts')).readConfig(found);
}

const reportsOf = (flags: ScheduleFlags, config: Config | null): string =>
  flags.out ?? (config?.out === '-' ? undefined : config?.out) ?? './reports';

/** Names, never values: `{"env": NAME}` anywhere in the settings, and our own variables that are set now. */
function secretNames(config: Config | null, env: Installer['env']): readonly string[] {
  const names = new Set(
    Object.keys(env).filter((name) => /^PM2_AUDIT_\w+$/.test(name) && name !== 'PM2_AUDIT_WARM_UP'),
  );
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'env' && typeof inner === 'string') names.add(inner);
      else look(inner);
    }
  };
  look([config?.email, config?.webhooks, config?.ping]);
  return [...names].sort();
}
