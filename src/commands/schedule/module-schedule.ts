import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Cron } from 'croner';
import type { Level } from '../../collector/levels.ts';
import { defaultPath } from '../../history/place.ts';
import type { EpochMs } from '../../model/text.ts';
import type { Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';
import { clock, levelWord, watchWords } from '../watch/lines.ts';
import type { ModuleSchedule } from '../watch/module-settings.ts';
import { type WatchFlags, watchSettings } from '../watch/settings.ts';
import { startAudit } from './audit-child.ts';
import { type CronExpression, parseCron } from './cron-expression.ts';
import { jobId } from './job.ts';
import { readRecord, recordFolder, writeRecord } from './run-record.ts';
import { nextTimes, shortestGapMs } from './run-times.ts';
import { runWords } from './run-words.ts';

const words = {
  en: {
    starts: (cron: string, next: string, reports: string) =>
      `Audits by schedule ${cron}, next ${next}. Reports in ${reports}`,
    ended: (code: number, meaning: string, reports: string) =>
      `audit: exit ${code}, ${meaning}. Reports in ${reports}`,
    busy: 'audit: the one before is still at work, this one is left out',
  },
  'zh-CN': {
    starts: (cron: string, next: string, reports: string) =>
      `按计划 ${cron} 审计，下次 ${next}。报告目录 ${reports}`,
    ended: (code: number, meaning: string, reports: string) =>
      `审计：退出码 ${code}，${meaning}。报告目录 ${reports}`,
    busy: '审计：上一次仍在运行，本次跳过',
  },
} as const;

/** `2026-11-22 08:00:00`, as all lines of the module. */
const stamp = (at: EpochMs): string => clock(at, -new Date(at).getTimezoneOffset(), false);

/** The run has a deadline of its own; this one is for a run that does not keep it. */
const deadlineMs = 15 * 60_000;
const jitterMs = 120_000;
const setting = (key: string): string => `pm2 set pm2-audit:${key}`;

/**
 * `pm2 set pm2-audit:schedule "0 8 * * *"`: starts the audit as a process of its own at these times, in the zone of the PM2
 * daemon, so that the collector stays as small as it is. One line of the module's log says how each went. Throws UsageError.
 */
export function startModuleSchedule(
  schedule: ModuleSchedule,
  flags: WatchFlags,
  script: string,
  terminal: Terminal,
): void {
  const cron = parseCron(schedule.cron, setting('schedule'));
  const { locale } = watchSettings(flags, process.env);
  const now = Date.now();
  const [next] = nextTimes(cron, null, now, 1);
  if (next === undefined)
    throw new UsageError(`${setting('schedule')} "${cron.text}": never comes, there is no such day.`);
  const job = jobOf(schedule, cron, script, now);
  const own = words[locale];
  const say = (level: Level, text: string): void => {
    terminal.stdout(
      `${stamp(Date.now())}  ${levelWord(level, watchWords[locale], terminal.color)}  ${text}\n`,
    );
  };
  say('normal', own.starts(cron.text, stamp(next).slice(0, 16), job.reports));
  new Cron(
    cron.text,
    {
      mode: '5-part',
      domAndDow: cron.isBothDays,
      fixedTimeRule: 'no-wildcard',
      protect: () => say('watch', own.busy),
    },
    async () => {
      const { code, stderr } = await startAudit(job.words, environment(), deadlineMs, job.folder).ended;
      const exitCode = code ?? 2;
      const level = exitCode === 0 ? 'normal' : exitCode === 1 ? 'watch' : 'warn';
      say(level, own.ended(exitCode, runWords[locale].meaning(exitCode), job.reports));
      for (const line of stderr.split('\n').filter((each) => each !== '')) say(level, line);
    },
  );
}

interface ModuleJob {
  readonly words: readonly string[];
  readonly folder: string;
  readonly reports: string;
}

/** The module's own folder is no place for files: PM2 may watch it, and an update empties it. */
function jobOf(schedule: ModuleSchedule, cron: CronExpression, script: string, now: number): ModuleJob {
  const { config, out, envFile, homes, email, sends, db, lang } = schedule;
  const state = dirname(defaultPath(process.env));
  const folder = config === null ? state : dirname(resolve(state, config));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const reports = resolve(folder, out ?? 'reports');
  const id = jobId(['pm2-module', ...homes], reports);
  const lateMs = Math.min(jitterMs, Math.floor((shortestGapMs(cron, null, now) ?? jitterMs * 4) / 4));
  const given = (flag: string, value: string | null): readonly string[] =>
    value === null ? [] : [flag, value];
  const args = [
    'audit',
    '--scheduled',
    id,
    '--jitter',
    `${Math.floor(lateMs / 1000)}s`,
    ...homes.flatMap((home) => ['--home', home]),
    ...given('--out', out === null && config !== null ? null : reports),
    ...given('--config', config === null ? null : resolve(state, config)),
    ...given('--secrets', envFile === null ? null : resolve(state, envFile)),
    ...given('--db', db),
    ...given('--lang', lang),
    ...(email === null ? [] : [`--email=${email}`]),
    ...(sends ? ['--send'] : []),
  ];
  remember(id, cron.text, lateMs, script, reports);
  return { words: [script, ...args], folder, reports };
}

/** For `pm2-audit schedule --status`, which knows PM2's settings not at all. */
function remember(id: string, cron: string, lateMs: number, script: string, reports: string): void {
  const folder = recordFolder(process.env);
  const before = readRecord(folder, id);
  const isSame = before.setup?.cron === cron;
  const installedAt = isSame ? (before.setup?.installedAt ?? Date.now()) : Date.now();
  const setup = {
    by: 'pm2-module' as const,
    cron,
    jitterMs: lateMs,
    installedAt,
    node: process.execPath,
    script,
    reports,
    pid: process.pid,
  };
  try {
    writeRecord(folder, { ...before, setup });
  } catch {
    // The runs take place all the same; that they cannot be noted is said by each of them.
  }
}

/** PM2 hands the module's settings on in variables; the audit is not the module. */
function environment(): { readonly [name: string]: string | undefined } {
  return { ...process.env, 'pm2-audit': undefined };
}
