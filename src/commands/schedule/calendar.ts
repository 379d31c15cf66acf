import type { CronExpression } from './cron-expression.ts';

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/**
 * The same times as `OnCalendar=` lines of a systemd timer (systemd.time(7), "Calendar events"). Two lines where cron
 * takes either day field: systemd asks that weekday and date both fit, and several lines add up.
 */
export function calendarLines({ fields, isBothDays }: CronExpression): readonly string[] {
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${spans(fields.hours, 24, two)}:${spans(fields.minutes, 60, two)}:00`;
  const month = spans(fields.months, 12, two);
  const days = weekdayNames(fields.weekdays);
  const line = (names: string, day: string): string =>
    `${names === '' ? '' : `${names} `}*-${month}-${day} ${clock}`;
  const date = spans(fields.days, 31, two);
  return isBothDays ? [line(days, date)] : [...new Set([line('', date), line(days, '*')])];
}

/** `*`, or values and ranges: `00,15,30..32`. */
function spans(values: readonly number[], all: number, show: (value: number) => string): string {
  if (values.length === all) return '*';
  const parts: string[] = [];
  for (let index = 0; index < values.length; ) {
    const from = values[index] ?? 0;
    let end = index;
    while (values[end + 1] === (values[end] ?? 0) + 1) end += 1;
    const to = values[end] ?? from;
    parts.push(to - from >= 2 ? `${show(from)}..${show(to)}` : show(from));
    index = to - from >= 2 ? end + 1 : index + 1;
  }
  return parts.join(',');
}

/** Weeks of systemd begin on Monday: a range may not run over Sunday. */
function weekdayNames(values: readonly number[]): string {
  if (values.length === 7) return '';
  const fromMonday = values.map((value) => (value + 6) % 7).toSorted((a, b) => a - b);
  return spans(fromMonday, 7, (value) => weekdays[(value + 1) % 7] ?? '');
}
