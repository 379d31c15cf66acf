import type { EpochMs, Locale } from '../../model/text.ts';
import { offsetsOf } from './run-times.ts';

/** `Mon 23 Nov 08:00`, `11 月 23 日（周一）08:00`: a moment in a zone, for people. */
export function when(at: EpochMs, zone: string, locale: Locale): string {
  const part: { [type: string]: string } = {};
  const format = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'zh-CN', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: locale === 'en' ? 'short' : 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  for (const { type, value } of format.formatToParts(at)) part[type] = value;
  const { weekday = '', day = '', month = '', hour = '', minute = '' } = part;
  return locale === 'en'
    ? `${weekday} ${day} ${month.slice(0, 3)} ${hour}:${minute}`
    : `${month.replace('月', '')} 月 ${day.replace('日', '')} 日（${weekday}）${hour}:${minute}`;
}

/** `Europe/Berlin, UTC+01:00`; `UTC`. */
export function zoneName(zone: string, at: EpochMs): string {
  const offset = offsetsOf(zone)(at);
  if (/^(?:Etc\/)?(?:UTC|UCT|GMT|Zulu)$/.test(zone)) return 'UTC';
  const two = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(offset);
  return `${zone}, UTC${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
