import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Config } from '../../config.ts';
import { findConfig } from '../../config-path.ts';
import type { Locale } from '../../model/text.ts';
import { parseFailOn, parseLocale } from '../../options.ts';
import { localeOf } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';
import type { CronExpression } from './cron-expression.ts';
import { variablesIn } from './crontab-text.ts';
import { checkDelivery, type DeliveryCheck, findsChannel } from './delivery-check.ts';
import { readEnvFile } from './env-file.ts';
import { type Installer, type Job, jobId, makeJob } from './job.ts';
import { hostZone } from './run-times.ts';
import { jitterOf, type ScheduleFlags, timeOf } from './schedule-flags.ts';
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
export async function planOf(flags: ScheduleFlags, setting: Setting, crontab: Buffer | null): Promise<Plan> {
  const { installer, zone, now } = setting;
  const cron = timeOf(flags, zone, now);
  const jitterMs = jitterOf(flags, cron, zone, now);
  const config = await configOf(flags, installer.folder);
  if (flags.out === '-' || flags.out === '')
    throw new UsageError('--out: a scheduled run needs a folder for its reports. Name one, or leave it out.');
  const kept = flags.secrets === undefined ? [] : readEnvFile(resolve(installer.folder, flags.secrets));
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
      email: flags.email ?? null,
      sends: flags.send ?? false,
      envFile: flags.secrets ?? null,
      jitterMs: flags.systemd ? 0 : jitterMs,
    },
    installer,
  );
  const check: DeliveryCheck = {
    config,
    emailTo: typeof flags.email === 'string' ? flags.email : null,
    ways: flags.send ? 'all' : flags.email !== undefined ? 'email' : 'none',
    // Lines such as NAME=value of the crontab itself reach its jobs.
    jobEnv: {
      ...variablesIn(crontab ?? Buffer.alloc(0)),
      ...Object.fromEntries(job.env),
      ...Object.fromEntries(kept),
    },
    env: installer.env,
    locale: setting.locale,
  };
  const missing = checkDelivery(check);
  if (!findsChannel(check)) throw new UsageError(setting.words.secrets(missing));
  return { job, cron, jitterMs, reports: resolve(installer.folder, reports), missing };
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
