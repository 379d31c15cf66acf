import type { EpochMs, Locale } from '../model/text.ts';

/** Times further from 1970 than a JavaScript date can say (ECMA-262, 21.4.1.1). */
export const maxTime = 8.64e15;
/** In the place of a number or a time that is none. */
export const shown = '—';

export const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `1,024`. Written out: `toLocaleString` loads locale data on first use. */
export function thousands(value: number): string {
  if (!Number.isFinite(value)) return shown;
  const [whole = '', decimals] = String(Math.abs(value)).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${value < 0 ? '-' : ''}${grouped}${decimals === undefined ? '' : `.${decimals}`}`;
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** 1 KB is 1,024 bytes here, 1 GB 1,024 MB. One decimal below 10 and from GB on; none where it says nothing. */
export function bytes(value: number, decimals?: number): string {
  if (!Number.isFinite(value)) return shown;
  let size = Math.abs(value);
  let unit = 0;
  while (unit < byteUnits.length - 1 && Math.round(size) >= 1024) {
    size /= 1024;
    unit += 1;
  }
  const fraction = decimals ?? (unit === 0 || (unit < 3 && size >= 9.95) ? 0 : 1);
  const digits = size.toFixed(unit === 0 ? 0 : fraction);
  const short = decimals === undefined ? digits.replace(/\.0$/, '') : digits;
  return `${value < 0 ? '-' : ''}${short} ${byteUnits[unit]}`;
}

/** One decimal, and never 100 % for what is less. */
export function percent(value: number): string {
  if (!Number.isFinite(value)) return shown;
  const rounded = Math.round(value * 10) / 10;
  const honest = rounded === 100 && value < 100 ? 99.9 : rounded === 0 && value > 0 ? 0.1 : rounded;
  return `${thousands(honest)} %`;
}

const durationUnits: { readonly [L in Locale]: readonly (readonly [number, string])[] } = {
  en: [
    [day, 'd'],
    [hour, 'h'],
    [minute, 'min'],
    [1000, 's'],
  ],
  'zh-CN': [
    [day, '天'],
    [hour, '小时'],
    [minute, '分钟'],
    [1000, '秒'],
  ],
};

/** The two largest units; the second only where it is not 0. */
export function duration(ms: number, locale: Locale): string {
  if (!Number.isFinite(ms)) return shown;
  const sign = ms < 0 ? '-' : '';
  const size = Math.abs(ms);
  if (size < 1000) return `${sign}${Math.round(size)} ${locale === 'en' ? 'ms' : '毫秒'}`;
  const units = durationUnits[locale];
  const first = units.findIndex(([length]) => size >= length);
  const [length, name] = units[first] ?? [1000, 's'];
  const rest = units[first + 1];
  // Rounded to the smaller unit first, so that 59.6 s after 2 min says 3 min and never "2 min 60 s".
  const step = rest?.[0] ?? 1000;
  const total = Math.round(size / step) * step;
  if (first > 0 && total >= (units[first - 1]?.[0] ?? Number.POSITIVE_INFINITY))
    return duration(sign === '-' ? -total : total, locale);
  const whole = Math.floor(total / length);
  const remainder = rest === undefined ? 0 : Math.round((total - whole * length) / rest[0]);
  const tail = rest === undefined || remainder === 0 ? '' : ` ${remainder} ${rest[1]}`;
  return `${sign}${whole} ${name}${tail}`;
}

/** `a, b and c` / `a、b 和 c`; beyond `max` the rest is counted. */
export function list(items: readonly string[], locale: Locale, max = 5): string {
  const english = locale === 'en';
  if (items.length > max) {
    const first = items.slice(0, Math.max(1, max));
    const left = items.length - first.length;
    return english ? `${first.join(', ')} and ${left} more` : `${first.join('、')} 等 ${items.length} 个`;
  }
  if (items.length < 2) return items[0] ?? '';
  const last = items[items.length - 1] ?? '';
  const rest = items.slice(0, -1);
  return english ? `${rest.join(', ')} and ${last}` : `${rest.join('、')} 和 ${last}`;
}

/** `+08:00` from minutes east of UTC. */
export function zone(utcOffsetMinutes: number): string {
  const size = Math.abs(Math.round(utcOffsetMinutes));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${utcOffsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** `2026-11-21T03:12:44+08:00`; milliseconds only where there are any. null = the time is not one. */
export function isoWithZone(at: EpochMs, utcOffsetMinutes: number): string | null {
  const local = at + utcOffsetMinutes * minute;
  if (!Number.isFinite(local) || Math.abs(local) > maxTime) return null;
  const text = new Date(local).toISOString();
  return text.replace(/(?:\.000)?Z$/, zone(utcOffsetMinutes));
}

/** `20261121-031244`, for file names: the host's own time. */
export function clockStamp(at: EpochMs, utcOffsetMinutes: number): string {
  const iso = isoWithZone(at, utcOffsetMinutes) ?? '1970-01-01T00:00:00';
  return `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 19).replaceAll(':', '')}`;
}
