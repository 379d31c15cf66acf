import type { EpochMs, Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';

/** When something was, inside a sentence. English comes with its preposition, Chinese stands before the comma. */
export interface PeriodWords {
  minute(at: EpochMs): string;
  oneDay(from: EpochMs, to: EpochMs): string;
  overMidnight(from: EpochMs, to: EpochMs): string;
  /** Two or three days, each by name; `clock` are the words of `clock` below, null = all day long. */
  days(days: readonly EpochMs[], clock: string | null): string;
  each(count: number, from: EpochMs, to: EpochMs, clock: string | null): string;
  some(count: number, from: EpochMs, to: EpochMs, clock: string | null): string;
  clock(from: EpochMs, to: EpochMs, isAll: boolean, isNight: boolean): string;
}

const dayOfMonth = (fmt: ReportFmt, at: EpochMs): string => String(Number(fmt.isoDate(at).slice(8)));
const month = (fmt: ReportFmt, at: EpochMs): string => fmt.isoDate(at).slice(0, 7);
const isOneMonth = (fmt: ReportFmt, days: readonly EpochMs[]): boolean =>
  new Set(days.map((day) => month(fmt, day))).size === 1;

/** `3 and 4 Nov`, `30 Nov and 1 Dec`: the month is said once where it is one. */
function englishDays(fmt: ReportFmt, days: readonly EpochMs[], and: string): string {
  const isOne = isOneMonth(fmt, days);
  const said = days.map((day, index) =>
    isOne && index < days.length - 1 ? dayOfMonth(fmt, day) : fmt.date(day),
  );
  return said.length < 2 ? (said[0] ?? '') : `${said.slice(0, -1).join(', ')} ${and} ${said.at(-1)}`;
}

/** `11 月 3 日和 4 日`. */
function chineseDays(fmt: ReportFmt, days: readonly EpochMs[], and: string): string {
  const isOne = isOneMonth(fmt, days);
  const said = days.map((day, index) => (isOne && index > 0 ? `${dayOfMonth(fmt, day)} 日` : fmt.date(day)));
  const last = said.at(-1) ?? '';
  // Where it begins with a digit, Chinese puts a space before it.
  return said.length < 2 ? last : `${said.slice(0, -1).join('、')}${and} ${last}`;
}

const after = (clock: string | null): string => (clock === null ? '' : `, ${clock}`);

const en = (fmt: ReportFmt): PeriodWords => ({
  minute: (at) => `on ${fmt.date(at)} at ${fmt.clock(at)}`,
  oneDay: (from, to) => `on ${fmt.date(from)} between ${fmt.clock(from)} and ${fmt.clock(to)}`,
  overMidnight: (from, to) => `from ${fmt.time(from)} to ${fmt.time(to)}`,
  days: (days, clock) => `on ${englishDays(fmt, days, 'and')}${after(clock)}`,
  each: (count, from, to, clock) =>
    `on each of the ${fmt.count(count)} days from ${englishDays(fmt, [from, to], 'to')}${after(clock)}`,
  some: (count, from, to, clock) =>
    `on ${fmt.count(count)} days between ${englishDays(fmt, [from, to], 'and')}${after(clock)}`,
  clock: (from, to, isAll, isNight) =>
    `${isAll ? 'always' : 'mostly'} ${isNight ? 'at night ' : ''}${clocks(fmt, from, to, 'at', 'between', 'and')}`,
});

const clocks = (
  fmt: ReportFmt,
  from: EpochMs,
  to: EpochMs,
  at: string,
  between: string,
  and: string,
): string =>
  fmt.clock(from) === fmt.clock(to)
    ? `${at} ${fmt.clock(from)}`
    : `${between} ${fmt.clock(from)} ${and} ${fmt.clock(to)}`;

const zh = (fmt: ReportFmt): PeriodWords => ({
  minute: (at) => fmt.time(at),
  oneDay: (from, to) => `${fmt.time(from)} 至 ${fmt.clock(to)}`,
  overMidnight: (from, to) => `${fmt.time(from)} 至 ${fmt.time(to)}`,
  days: (days, clock) => `${chineseDays(fmt, days, '和')}${clock === null ? '' : `（${clock}）`}`,
  each: (_count, from, to, clock) =>
    `${chineseDays(fmt, [from, to], '至')}（每天${clock === null ? '' : `，${clock}`}）`,
  some: (count, from, to, clock) =>
    `${chineseDays(fmt, [from, to], '至')}之间的 ${fmt.count(count)} 天${clock === null ? '' : `（${clock}）`}`,
  clock: (from, to, isAll, isNight) =>
    `${isAll ? '均' : '多'}在${isNight ? '夜间' : ''} ${fmt.clock(from)}${fmt.clock(from) === fmt.clock(to) ? '' : ` 至 ${fmt.clock(to)}`}`,
});

export const periodWords: { readonly [L in Locale]: (fmt: ReportFmt) => PeriodWords } = { en, 'zh-CN': zh };
