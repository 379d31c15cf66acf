import { parseDuration } from '../../options.ts';
import { UsageError } from '../../usage-error.ts';
import { type CronExpression, parseCron, parseDaily, parseEvery } from './cron-expression.ts';
import { nextTimes, shortestGapMs } from './run-times.ts';

/** As the command line gives them. */
export interface ScheduleFlags {
  readonly daily?: string;
  readonly cron?: string;
  readonly every?: string;
  /** `--email` alone is `true`: as configured. */
  readonly email?: string | boolean;
  readonly send?: boolean;
  readonly systemd?: boolean;
  readonly out?: string;
  readonly config?: string;
  readonly home?: readonly string[];
  readonly failOn?: string;
  readonly db?: string;
  readonly secrets?: string;
  readonly jitter?: string;
  readonly lang?: string;
  readonly yes?: boolean;
  readonly remove?: boolean;
  readonly status?: boolean;
  readonly color?: boolean;
}

/** What the user asks for. Throws UsageError when it is two things. */
export function verbOf(flags: ScheduleFlags): 'install' | 'remove' | 'status' {
  const times = (['daily', 'cron', 'every'] as const).filter((name) => flags[name] !== undefined);
  if (times.length > 1)
    throw new UsageError(`--${times.join(' and --')}: both name a time. Give one of them.`);
  const asked = [
    ...(times.length > 0 ? [`--${times[0]}`] : []),
    ...(flags.remove ? ['--remove'] : []),
    ...(flags.status ? ['--status'] : []),
  ];
  if (asked.length > 1) throw new UsageError(`${asked.join(' and ')}: cannot go together. Give one of them.`);
  if (flags.remove) return 'remove';
  if (times.length > 0) return 'install';
  const needsTime = (['email', 'send', 'systemd', 'secrets', 'jitter', 'yes'] as const).find(
    (name) => flags[name],
  );
  if (needsTime !== undefined && !flags.status)
    throw new UsageError(
      `--${needsTime}: needs a time. Add --daily 08:00, --every 6h or --cron "0 8 * * *".`,
    );
  return 'status';
}

/** Throws UsageError for a time that is none, and for one that never comes. */
export function timeOf(flags: ScheduleFlags, zone: string, now: number): CronExpression {
  const cron =
    flags.daily !== undefined
      ? parseDaily(flags.daily)
      : flags.every !== undefined
        ? parseEvery(flags.every)
        : parseCron(flags.cron ?? '', '--cron');
  if (nextTimes(cron, zone, now, 1).length === 0)
    throw new UsageError(`--cron "${cron.text}": never comes, there is no such day. Correct day and month.`);
  return cron;
}

const usualJitterMs = 120_000;

/** Two minutes, or less where it comes often: it must stay far from the next run. Throws UsageError. */
export function jitterOf(flags: ScheduleFlags, cron: CronExpression, zone: string, now: number): number {
  const gapMs = shortestGapMs(cron, zone, now) ?? Number.POSITIVE_INFINITY;
  if (flags.jitter === undefined) return Math.min(usualJitterMs, Math.floor(gapMs / 4000) * 1000);
  const ms = parseDuration(flags.jitter, 's');
  if (ms === null || ms > 3_600_000)
    throw new UsageError(`--jitter ${flags.jitter}: not a duration. Use 0 to 1h, for instance 2m.`);
  if (ms >= gapMs)
    throw new UsageError(
      `--jitter ${flags.jitter}: is as long as the time between two runs. Use less, or leave it out.`,
    );
  return ms;
}
