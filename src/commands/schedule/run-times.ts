import { readFileSync, readlinkSync } from 'node:fs';
import { Cron } from 'croner';
import type { EpochMs } from '../../model/text.ts';
import type { CronExpression } from './cron-expression.ts';

/** The zone cron and systemd go by: the host's own. `TZ` of this shell is not theirs. */
export function hostZone(
  readLink: (path: string) => string = readlinkSync,
  readText: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): string {
  const tries = [
    () => /zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(readLink('/etc/localtime'))?.[1],
    () => readText('/etc/timezone').trim(),
  ];
  for (const find of tries) {
    try {
      const zone = find();
      if (zone !== undefined && isZone(zone)) return zone;
    } catch {
      // The next place, or none: many containers have neither, and go by UTC.
    }
  }
  return 'UTC';
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone !== '';
  } catch {
    return false;
  }
}

/**
 * The day fields go as plain lists: croner reads some steps otherwise than Vixie cron. `no-wildcard` is Vixie cron's rule
 * where the clock is put forward: a job of fixed hours runs right after the change.
 */
function timer(cron: CronExpression, zone: string | null): Cron {
  const [minute, hour] = cron.text.split(' ');
  const { days, months, weekdays } = cron.fields;
  const text = [minute, hour, days.join(','), months.join(','), weekdays.join(',')].join(' ');
  return new Cron(text, {
    mode: '5-part',
    paused: true,
    ...(zone === null ? {} : { timezone: zone }),
    domAndDow: cron.isBothDays,
    fixedTimeRule: 'no-wildcard',
  });
}

/** The next `count` times after a moment; empty = it never comes (31 February). Zone null = that of this process, without Intl. */
export function nextTimes(
  cron: CronExpression,
  zone: string | null,
  after: EpochMs,
  count: number,
): readonly EpochMs[] {
  return timer(cron, zone)
    .nextRuns(count, new Date(after))
    .map((time) => time.getTime());
}

/** The last time it was due at or before a moment; null = never. */
export function lastTime(cron: CronExpression, zone: string, at: EpochMs): EpochMs | null {
  // croner looks for times before the second it is given.
  const [last] = timer(cron, zone).previousRuns(1, new Date(Math.floor(at / 1000) * 1000 + 1000));
  return last === undefined ? null : last.getTime();
}

/** The shortest span between two of the coming times, ms; null = it comes once or never. */
export function shortestGapMs(cron: CronExpression, zone: string | null, after: EpochMs): number | null {
  const times = nextTimes(cron, zone, after, 100);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return gaps.length === 0 ? null : Math.min(...gaps);
}

/** A night on which the clock is put forward over a time of the schedule. */
export interface SkippedTime {
  /** When the clock is put forward. */
  readonly at: EpochMs;
  /** The time of day that does not exist then, `02:30`. */
  readonly clock: string;
}

const dayMs = 86_400_000;

/** The first such night of the coming 400 days; null = none. `*` and its steps are not asked: they lose one run of many. */
export function skippedTime(cron: CronExpression, zone: string, after: EpochMs): SkippedTime | null {
  const { hours, minutes } = cron.fields;
  const [minute = '', hour = ''] = cron.text.split(' ');
  if (minute.startsWith('*') || hour.startsWith('*')) return null;
  const offset = offsetsOf(zone);
  for (let day = 0; day < 400; day += 1) {
    let low = after + day * dayMs;
    let high = low + dayMs;
    if (offset(high) <= offset(low)) continue;
    while (high - low > 60_000) {
      const middle = Math.floor((low + high) / 2);
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    const at = Math.floor(high / 60_000) * 60_000;
    const from = at + offset(low) * 60_000;
    const to = at + offset(high) * 60_000;
    for (let wall = from; wall < to; wall += 60_000) {
      const time = new Date(wall);
      if (!hours.includes(time.getUTCHours()) || !minutes.includes(time.getUTCMinutes())) continue;
      if (fitsDay(cron, time)) return { at, clock: time.toISOString().slice(11, 16) };
    }
  }
  return null;
}

function fitsDay({ fields, isBothDays }: CronExpression, time: Date): boolean {
  if (!fields.months.includes(time.getUTCMonth() + 1)) return false;
  const isDay = fields.days.includes(time.getUTCDate());
  const isWeekday = fields.weekdays.includes(time.getUTCDay());
  return isBothDays ? isDay && isWeekday : isDay || isWeekday;
}

/** Minutes east of UTC in a zone at a moment. */
export function offsetsOf(zone: string): (at: EpochMs) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const part: { [type: string]: number } = {};
    for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part;
    return Math.round(Date.UTC(year, month - 1, day, hour, minute) / 60_000 - Math.floor(at / 60_000));
  };
}
