const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const nicknames: { readonly [name: string]: string } = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * Answers: does this cron expression fire at this second of the wall clock (ms as if UTC)? Five fields, or six with
 * seconds first, as the croner package reads them (PM2 lib/Worker.js 7.0.4). null = a form we do not read (`L`, `#`, `W`).
 */
export function matchesCron(expression: string, wallMs: number): boolean | null {
  const text = expression.trim().toLowerCase();
  const fields = (nicknames[text] ?? text).split(/\s+/);
  if (fields.length === 5) fields.unshift('0');
  const [second, minute, hour, dayOfMonth, month, dayOfWeek] = fields;
  if (fields.length !== 6 || second === undefined || minute === undefined || hour === undefined) return null;
  if (dayOfMonth === undefined || month === undefined || dayOfWeek === undefined) return null;
  const time = new Date(wallMs);
  const weekday = time.getUTCDay();
  const date = fits(dayOfMonth, time.getUTCDate(), 1, 31, []);
  const onSunday = weekday === 0 ? fits(dayOfWeek, 7, 0, 7, days) : false;
  const day = fits(dayOfWeek, weekday, 0, 7, days);
  const rest = [
    fits(second, time.getUTCSeconds(), 0, 59, []),
    fits(minute, time.getUTCMinutes(), 0, 59, []),
    fits(hour, time.getUTCHours(), 0, 23, []),
    fits(month, time.getUTCMonth() + 1, 1, 12, ['', ...months]),
  ];
  if (date === null || day === null || onSunday === null || rest.includes(null)) return null;
  const isDay = day || onSunday;
  // crontab(5): where both are restricted, either is enough.
  const isAnyDay = isOpen(dayOfMonth) || isOpen(dayOfWeek) ? date && isDay : date || isDay;
  return isAnyDay && rest.every((each) => each === true);
}

function isOpen(field: string): boolean {
  return field === '*' || field === '?';
}

function fits(
  field: string,
  value: number,
  low: number,
  high: number,
  names: readonly string[],
): boolean | null {
  let isFit = false;
  for (const part of field.split(',')) {
    const match = /^(\*|\?|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/.exec(part);
    if (match === null) return null;
    const [, first = '', last, step] = match;
    const open = isOpen(first);
    const from = open ? low : numberOf(first, names);
    const to = open ? high : last !== undefined ? numberOf(last, names) : step !== undefined ? high : from;
    const by = step === undefined ? 1 : Number(step);
    if (from === null || to === null || by === 0) return null;
    if (value >= from && value <= to && (value - from) % by === 0) isFit = true;
  }
  return isFit;
}

function numberOf(text: string, names: readonly string[]): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names.indexOf(text);
  return index < 0 ? null : index;
}
