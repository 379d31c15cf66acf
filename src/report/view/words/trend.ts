import type { Locale } from '../../../model/text.ts';
import type { LimitKind } from '../../../model/trend.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf } from './numbers.ts';

/** Words of trends, short enough for a table. */
export interface TrendWords {
  readonly kind: { readonly [K in 'stable' | 'warm-up' | 'sawtooth']: string };
  /** `isSure`: a full day was seen; else it may be the rise of a daily load. */
  leak(bytesPerHour: number, isSure: boolean): string;
  unknown(missingMs: number | null): string;
  /** No collector, or it has not seen this app yet. */
  readonly none: string;
  readonly stopped: string;
  reaches(kind: LimitKind, at: string): string;
  reached(kind: LimitKind): string;
  /** Text beside the line of the week. */
  week(low: string, high: string, last: string, limit: string | null): string;
  /** All trees now, and a week ago at this hour. */
  weekAgo(then: string, now: string, isMore: boolean, share: string): string;
  /** PM2's counters of the last seven days and the seven before. */
  restartWeeks(thisWeek: number, weekBefore: number): string;
  /** PM2's own daemon grows; `heavyAt`: when it holds `heavy`. */
  daemon(home: string, bytesPerDay: string, heavy: string, heavyAt: string | null): string;
  /** Growth of a file or a disk a day. */
  perDay(bytes: number): string;
  disk(mount: string, bytesPerDay: string, full: string | null): string;
  readonly noDisk: string;
  readonly newNote: string;
}

const en = (fmt: ReportFmt): TrendWords => ({
  kind: { stable: 'stable', 'warm-up': 'warm-up', sawtooth: 'sawtooth' },
  leak: (bytesPerHour, isSure) => `${isSure ? 'leak' : 'rising'} +${fmt.bytes(bytesPerHour)}/h`,
  unknown: (missingMs) => (missingMs === null ? 'unknown' : `unknown, ${fmt.duration(missingMs)} more`),
  none: 'new',
  stopped: 'stopped',
  reaches: (kind, at) => `${limitsEn[kind]} on ${at}`,
  reached: (kind) => `${limitsEn[kind]} reached`,
  week: (low, high, last, limit) =>
    `Seven days: ${low} to ${high}, last ${last}${limit === null ? '' : `; dotted: limit ${limit}`}`,
  weekAgo: (then, now, isMore, share) =>
    `A week ago at this hour the trees that were there held ${then}, now ${now}: ${share} ${isMore ? 'more' : 'less'}.`,
  restartWeeks: (thisWeek, weekBefore) =>
    `PM2’s counters rose by ${countOf(fmt, thisWeek, 'restart', 'restarts')} in the last seven days, by ${fmt.count(weekBefore)} in the seven before.`,
  daemon: (home, bytesPerDay, heavy, heavyAt) =>
    `PM2’s own daemon of ${home} grows by ${bytesPerDay} a day${heavyAt === null ? '' : ` and holds ${heavy} on ${heavyAt} at this pace`}.`,
  perDay: (bytes) => `${fmt.bytes(bytes)} a day`,
  disk: (mount, bytesPerDay, full) =>
    `${mount} grows by ${bytesPerDay} a day${full === null ? '' : ` and is full on ${full} at this pace`}.`,
  noDisk: 'No disk fills steadily in the days that were watched.',
  newNote: ' Trend “new”: no samples are kept yet.',
});

const limitsEn: { readonly [K in LimitKind]: string } = {
  'max-memory-restart': 'its limit',
  'v8-heap': 'V8 heap limit',
  cgroup: 'cgroup limit',
  host: 'host memory used up',
};

const zh = (fmt: ReportFmt): TrendWords => ({
  kind: { stable: '平稳', 'warm-up': '预热中', sawtooth: '锯齿' },
  leak: (bytesPerHour, isSure) => `${isSure ? '泄漏' : '上升'} +${fmt.bytes(bytesPerHour)}/小时`,
  unknown: (missingMs) => (missingMs === null ? '无法判断' : `无法判断，还需 ${fmt.duration(missingMs)}`),
  none: '新',
  stopped: '已停止',
  reaches: (kind, at) => `${at} ${limitsZh[kind]}`,
  reached: (kind) => `已${limitsZh[kind]}`,
  week: (low, high, last, limit) =>
    `七天内 ${low} 至 ${high}，最新 ${last}${limit === null ? '' : `；虚线为上限 ${limit}`}`,
  weekAgo: (then, now, isMore, share) =>
    `上周同一时刻，同样这些进程树占用 ${then}，现在为 ${now}，${isMore ? '增加' : '减少'} ${share}。`,
  restartWeeks: (thisWeek, weekBefore) =>
    `按 PM2 的计数，最近七天重启 ${fmt.count(thisWeek)} 次，此前七天 ${fmt.count(weekBefore)} 次。`,
  daemon: (home, bytesPerDay, heavy, heavyAt) =>
    `${home} 的 PM2 守护进程自身每天增长 ${bytesPerDay}${heavyAt === null ? '' : `，照此速度将于 ${heavyAt}达到 ${heavy}`}。`,
  perDay: (bytes) => `每天 ${fmt.bytes(bytes)}`,
  disk: (mount, bytesPerDay, full) =>
    `${mount} 每天增长 ${bytesPerDay}${full === null ? '' : `，照此速度将于 ${full}写满`}。`,
  noDisk: '观察期内没有磁盘持续增长。',
  newNote: '趋势“新”表示尚无历史采样。',
});

const limitsZh: { readonly [K in LimitKind]: string } = {
  'max-memory-restart': '到达上限',
  'v8-heap': '到达 V8 堆上限',
  cgroup: '到达 cgroup 上限',
  host: '耗尽主机内存',
};

export const trendWords: { readonly [L in Locale]: (fmt: ReportFmt) => TrendWords } = { en, 'zh-CN': zh };
