import dayjs from 'dayjs';
import zhCn from 'dayjs/locale/zh-cn.js';
import utc from 'dayjs/plugin/utc.js';
import type { Fmt } from '../model/audit.ts';
import type { EpochMs, Locale } from '../model/text.ts';
import { truncate } from './cells.ts';
import {
  bytes,
  duration,
  isoWithZone,
  list,
  maxTime,
  minute,
  percent,
  shown,
  thousands,
  zone,
} from './numbers.ts';
import { markCode, markName } from './prose.ts';

export { cells, pad, truncate } from './cells.ts';
export { bytes, clockStamp, duration, isoWithZone, list, percent, thousands, zone } from './numbers.ts';

dayjs.extend(utc);
dayjs.locale(zhCn, undefined, true);

/** Everything the reports need to write numbers and times; audits get the narrower `Fmt`. */
export interface ReportFmt extends Fmt {
  readonly locale: Locale;
  /** `6.90 GB`: a fixed number of decimals, for columns. */
  bytesFixed(value: number, decimals: number): string;
  /** `2026-11-21`. */
  isoDate(at: EpochMs): string;
  /** `2026-11-21T03:12:44+08:00`. */
  iso(at: EpochMs): string;
  /** `2026-11-21 03:12 +08:00`. */
  stamp(at: EpochMs): string;
  /** `Sat 21 Nov 2026` / `2026 年 11 月 21 日 星期六`. */
  fullDate(at: EpochMs): string;
  /** `19 Nov 09:05:33` / `11-19 09:05:33`: for tables and quoted lines. */
  exact(at: EpochMs): string;
  /** `19 Nov 09:05` / `11-19 09:05`: for narrow tables. */
  tableTime(at: EpochMs): string;
  /** `19 Nov` / `11-19`. */
  tableDate(at: EpochMs): string;
  /** `09:05`. */
  clock(at: EpochMs): string;
}

/** dayjs patterns by locale. */
const patterns = {
  en: {
    time: 'D MMM HH:mm',
    date: 'D MMM',
    fullDate: 'ddd D MMM YYYY',
    exact: 'D MMM HH:mm:ss',
    tableTime: 'D MMM HH:mm',
    tableDate: 'D MMM',
  },
  'zh-CN': {
    time: 'M 月 D 日 HH:mm',
    date: 'M 月 D 日',
    fullDate: 'YYYY 年 M 月 D 日 dddd',
    exact: 'MM-DD HH:mm:ss',
    tableTime: 'MM-DD HH:mm',
    tableDate: 'MM-DD',
  },
} as const;

/** A name in a sentence takes at most this many cells; tables and JSON have the whole of it. */
const nameCells = 48;

/** Answers: how does this reader want numbers, times and lists written? Times stand in the host's own zone. */
export function makeFmt(locale: Locale, utcOffsetMinutes: number): ReportFmt {
  const formatted = (at: EpochMs, pattern: string): string => {
    const local = at + utcOffsetMinutes * minute;
    if (!Number.isFinite(local) || Math.abs(local) > maxTime) return shown;
    const date = dayjs.utc(local);
    return (locale === 'zh-CN' ? date.locale('zh-cn') : date).format(pattern);
  };
  const words = patterns[locale];
  return {
    locale,
    bytes: (value) => bytes(value),
    bytesFixed: bytes,
    ratio: (value) => percent(value * 100),
    percent,
    duration: (ms) => duration(ms, locale),
    time: (at) => formatted(at, words.time),
    date: (at) => formatted(at, words.date),
    count: thousands,
    list: (items, max) => list(items, locale, max),
    code: markCode,
    name: (text) => markName(truncate(text, nameCells)),
    isoDate: (at) => formatted(at, 'YYYY-MM-DD'),
    iso: (at) => isoWithZone(at, utcOffsetMinutes) ?? shown,
    stamp: (at) => `${formatted(at, 'YYYY-MM-DD HH:mm')} ${zone(utcOffsetMinutes)}`,
    fullDate: (at) => formatted(at, words.fullDate),
    exact: (at) => formatted(at, words.exact),
    tableTime: (at) => formatted(at, words.tableTime),
    tableDate: (at) => formatted(at, words.tableDate),
    clock: (at) => formatted(at, 'HH:mm'),
  };
}
