import type { ProcessRow } from '../../model/report.ts';
import { type Sparkline, sparkline } from '../chart/sparkline.ts';
import type { Context } from './context.ts';
import { type TrendWords, trendWords } from './words/trend.ts';

/** A trend in the table: the word, its tone, the day of the limit, and the line of the week. */
export interface TrendView {
  /** `leak +12 MB/h`. */
  readonly word: string;
  readonly tone: '' | 'red' | 'orange';
  /** `reaches its limit 22 Nov 02:45`; null = it does not. */
  readonly reach: string | null;
  readonly spark: (Sparkline & { readonly title: string; readonly hasLimit: boolean }) | null;
}

/** Answers: what stands in the column Trend? */
export function trendView({ report, fmt, locale }: Context, row: ProcessRow): TrendView {
  const say = trendWords[locale](fmt);
  const spark = sparkline(row.week, report.takenAt, row.app.settings.maxMemoryRestartBytes);
  const { trend } = row;
  const reach = trend?.reach ?? null;
  const isSoon =
    reach !== null &&
    reach.at <= report.takenAt + (trend?.sure === 'likely' ? 7 * 86_400_000 : 6 * 3_600_000);
  return {
    word: trendWord(say, row),
    tone: trend?.kind === 'leak' ? (isSoon ? 'red' : 'orange') : '',
    reach:
      reach === null
        ? null
        : reach.at <= report.takenAt + 60_000
          ? say.reached(reach.kind)
          : say.reaches(reach.kind, fmt.tableTime(reach.at)),
    spark:
      spark === null
        ? null
        : {
            ...spark,
            hasLimit: spark.limitY !== null,
            title: say.week(
              fmt.bytes(spark.lowBytes),
              fmt.bytes(spark.highBytes),
              fmt.bytes(spark.lastBytes),
              spark.limitY === null ? null : fmt.bytes(row.app.settings.maxMemoryRestartBytes ?? 0),
            ),
          },
  };
}

/** `stable`, `leak +12 MB/h`, `rising +12 MB/h`, `unknown, 40 min more`, `new`. */
export function trendWord(say: TrendWords, { trend, app, week }: ProcessRow): string {
  if (trend === null) return app.pid === null && week !== null ? say.stopped : say.none;
  if (trend.kind === 'leak') return say.leak(trend.bytesPerHour ?? 0, trend.sure === 'likely');
  if (trend.kind === 'unknown') return say.unknown(trend.missingMs);
  return say.kind[trend.kind];
}
