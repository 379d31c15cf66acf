import type { AppPast, Past } from '../../derive/past/app-past.ts';
import type { Locale } from '../../model/text.ts';
import type { ReportFmt } from '../format.ts';
import { wrap } from '../wrap.ts';
import { farTime } from './figures.ts';
import type { HistoryWords } from './history-words.ts';

/** What the memory of an app does, in sentences: the verdict, the slope, and when a limit is reached. */
export function verdictLines(
  app: AppPast,
  past: Past,
  {
    fmt,
    say,
    columns,
  }: {
    readonly fmt: ReportFmt;
    readonly say: HistoryWords;
    readonly columns: number;
    readonly locale: Locale;
  },
): readonly string[] {
  return sentencesOf(app, past, fmt, say).flatMap((text) => wrap(text, columns));
}

function sentencesOf({ outlook }: AppPast, past: Past, fmt: ReportFmt, say: HistoryWords): readonly string[] {
  if (outlook === null) return [say.noVerdict];
  const { trend, reaches } = outlook;
  const from = fmt.time(trend.from ?? past.from);
  const slope = (bytesPerHour: number): string => fmt.bytes(Math.max(0, bytesPerHour));
  const note = trend.isOfEarlierLife ? [say.earlierLife] : [];
  switch (trend.kind) {
    case 'unknown':
      return [say.unknownTrend(fmt.duration(trend.missingMs ?? 0))];
    case 'stable':
      return [say.stable(from), ...note];
    case 'sawtooth':
      return [say.sawtooth(from), ...note];
    case 'warm-up':
      return [say.warmUp(slope(trend.growth?.bytesPerHour ?? 0)), ...note];
    case 'leak': {
      const { growth } = trend;
      const [middle, low, high] = [growth?.bytesPerHour, growth?.lowPerHour, growth?.highPerHour].map(
        (value) => slope(value ?? 0),
      );
      const leak =
        trend.sure === 'likely' || trend.isOfEarlierLife
          ? say.leak(middle ?? '', low ?? '', high ?? '', from)
          : say.perhapsLeak(
              middle ?? '',
              low ?? '',
              high ?? '',
              from,
              fmt.duration((trend.to ?? 0) - (trend.from ?? 0)),
            );
      const when = (at: number): string => farTime(fmt, at, past.to);
      const reached = reaches.map(({ limit, bytes, at, earliest, latest }) =>
        say.reach(limit, fmt.bytes(bytes), when(at), when(earliest), latest === null ? null : when(latest)),
      );
      return [leak, ...(reached.length === 0 ? [say.noReach] : reached), ...note];
    }
  }
}
