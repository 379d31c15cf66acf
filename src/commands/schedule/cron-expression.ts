import { parseDuration } from '../../options.ts';
import { UsageError } from '../../usage-error.ts';

/** The five fields in crontab's order, each as the sorted values it allows. Sunday is 0. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  readonly weekdays: readonly number[];
}

export interface CronExpression {
  /** As it is written to the crontab: five fields, one blank between. */
  readonly text: string;
  readonly fields: CronFields;
  /** Day of month AND weekday must fit; false = either is enough. See `daysMustAgree`. */
  readonly isBothDays: boolean;
}

/** crontab(5), "special strings". `@reboot` is not one of ours: it has no time. */
const specials: { readonly [name: string]: string } = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface FieldRule {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Names stand for low, low + 1 … */
  readonly names: readonly string[];
}
const rules: readonly FieldRule[] = [
  { name: 'minute', low: 0, high: 59, names: [] },
  { name: 'hour', low: 0, high: 23, names: [] },
  { name: 'day of month', low: 1, high: 31, names: [] },
  { name: 'month', low: 1, high: 12, names: monthNames },
  { name: 'day of week', low: 0, high: 7, names: dayNames },
];

/**
 * Reads the five fields that every cron understands: `*`, numbers, names, lists, ranges, and steps after `*` or a range.
 * What only some read (`5/15`, `L`, `W`, `#`, `?`) is refused: Vixie cron drops part of it without a word.
 * `source` is how the user gave it, e.g. `--cron`. Throws UsageError.
 */
export function parseCron(given: string, source: string): CronExpression {
  const trimmed = given.trim();
  if (trimmed.toLowerCase() === '@reboot')
    throw new UsageError(`${source} @reboot: is once a boot, not a time. Use a time such as "0 8 * * *".`);
  const words = (specials[trimmed.toLowerCase()] ?? trimmed).split(/[ \t]+/);
  if (words.length !== 5)
    throw new UsageError(
      `${source} "${shown(given)}": not a cron expression: it has ${words[0] === '' ? 0 : words.length} fields of 5 (minute, hour, day of month, month, day of week). An example is "0 8 * * *".`,
    );
  const sets = rules.map((rule, index) => valuesOf(words[index] ?? '', rule, source));
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = sets;
  const [, , day = '', , weekday = ''] = words;
  const fields = {
    minutes,
    hours,
    days,
    months,
    weekdays: [...new Set(weekdays.map((value) => value % 7))].toSorted((a, b) => a - b),
  };
  return { text: words.join(' '), fields, isBothDays: daysMustAgree(day, weekday) };
}

/** Vixie cron: a day field that begins with `*`, also one with a step, leaves the decision to the other (entry.c, DOM_STAR). */
function daysMustAgree(day: string, weekday: string): boolean {
  return day.startsWith('*') || weekday.startsWith('*');
}

function valuesOf(field: string, rule: FieldRule, source: string): readonly number[] {
  const refuse = (part: string, why: string): UsageError =>
    new UsageError(
      `${source}: ${rule.name} "${shown(part)}" ${why}. Use ${rule.low} to ${rule.high}${rule.names.length === 0 ? '' : ` or ${rule.names[0]} to ${rule.names.at(-1)}`}, lists (1,2), ranges (1-5) and steps (*/5, 1-31/2 style).`,
    );
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(?:(\*)|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:\/([0-9]{1,2}))?$/i.exec(
      part,
    );
    if (match === null) throw refuse(part, 'is not one that every cron reads');
    const [, star, first, last, stepText] = match;
    if (stepText !== undefined && star === undefined && last === undefined)
      throw refuse(part, 'has a step without a range');
    const from = star !== undefined ? rule.low : numberOf(first ?? '', rule);
    const to = star !== undefined ? rule.high : last === undefined ? from : numberOf(last, rule);
    const step = stepText === undefined ? 1 : Number(stepText);
    if (from === null || to === null) throw refuse(part, 'is out of range');
    if (to < from) throw refuse(part, 'is a range that runs backwards');
    if (step === 0 || step > rule.high) throw refuse(part, `has a step of ${step}`);
    for (let value = from; value <= to; value += step) found.add(value);
  }
  return [...found].toSorted((a, b) => a - b);
}

function numberOf(text: string, { low, high, names }: FieldRule): number | null {
  const index = names.indexOf(text.toLowerCase());
  const value = index >= 0 ? index + low : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= low && value <= high ? value : null;
}

/** `--daily 08:00`, `8:00` or `8`, as a cron expression. Throws UsageError. */
export function parseDaily(given: string): CronExpression {
  const match = /^([01]?\d|2[0-3])(?::([0-5]\d))?$/.exec(given.trim());
  if (match === null)
    throw new UsageError(
      `--daily ${shown(given)}: not a time of day. Use 00:00 to 23:59, for instance 08:00.`,
    );
  return parseCron(`${Number(match[2] ?? '0')} ${Number(match[1])} * * *`, '--daily');
}

const everyMinutes = [5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720];

/** `--every 6h`: only spans that divide an hour or a day; others would leave a short gap at midnight. Throws UsageError. */
export function parseEvery(given: string): CronExpression {
  const ms = parseDuration(given, null);
  const minutes = ms === null ? Number.NaN : ms / 60_000;
  if (!everyMinutes.includes(minutes)) {
    throw new UsageError(
      `--every ${shown(given)}: cron counts from midnight and cannot keep this pace. Use 5m, 10m, 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h or 12h, or --daily for once a day.`,
    );
  }
  const text =
    minutes < 60 ? `*/${minutes} * * * *` : minutes === 60 ? '0 * * * *' : `0 */${minutes / 60} * * *`;
  return parseCron(text, '--every');
}

/** Hostile input goes into a sentence on a terminal: printable, and short. */
function shown(text: string): string {
  const plain = text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
  return plain.length > 60 ? `${plain.slice(0, 60)}…` : plain;
}
