import type { AppPast, Past } from '../../derive/past/app-past.ts';
import { heavyDaemonBytes } from '../../derive/trends/daemon-trend.ts';
import type { MemoryTrend } from '../../derive/trends/memory-trend.ts';
import type { Locale } from '../../model/text.ts';
import type { ReportFmt } from '../format.ts';
import { oneLine } from '../prose.ts';
import type { Line } from '../terminal-line.ts';
import { causeText, farTime } from './figures.ts';
import type { HistoryWords } from './history-words.ts';
import { blank, sentence } from './paint.ts';

interface Context {
  readonly past: Past;
  readonly say: HistoryWords;
  readonly fmt: ReportFmt;
  readonly locale: Locale;
  readonly columns: number;
}

/** A word of the verdict, as a table has room for. */
export function trendOf({ kind, sure }: Pick<MemoryTrend, 'kind' | 'sure'>, say: HistoryWords): string {
  return kind === 'leak' && sure !== 'likely' ? say.rising : say.trend[kind];
}

/** So many are named. */
const fewGone = 2;

/** PM2's own daemons, below the table of apps: no row of it is theirs. */
export function daemonLines({ past, say, fmt, columns }: Context): readonly Line[] {
  const gone = past.daemons.filter(({ isRunning }) => !isRunning).map(({ home }) => oneLine(home));
  const running = past.daemons.filter(({ isRunning }) => isRunning);
  const lines = running.flatMap(({ home, nowBytes, kind, bytesPerDay, reach }) => {
    const trend =
      kind === 'leak'
        ? say.daemonGrows(
            fmt.bytes(bytesPerDay ?? 0),
            fmt.bytes(heavyDaemonBytes),
            reach === null ? null : farTime(fmt, reach.at, past.to),
          )
        : kind === 'unknown'
          ? say.trendUnknown
          : say.trend[kind];
    const text = say.daemon(oneLine(home), nowBytes === null ? say.unknown : fmt.bytes(nowBytes), trend);
    return sentence(text, columns, 0, kind === 'leak' ? 'yellow' : 'soft');
  });
  if (gone.length > 0)
    lines.push(
      ...sentence(
        say.daemonsGone(gone.length, gone.length > fewGone ? null : gone),
        columns,
        0,
        running.length === 0 ? 'yellow' : 'soft',
      ),
    );
  return lines.length === 0 ? [] : [blank, ...lines];
}

/** What ended it how often in the span, and PM2's counter of this week and the one before. */
export function whyLines({ say, locale, columns }: Context, { events, weeks }: AppPast): readonly Line[] {
  const counts = new Map<string, number>();
  for (const event of events) {
    const count =
      event.kind === 'counted' ? event.restarts : event.kind === 'end' || event.kind === 'kill' ? 1 : 0;
    if (count === 0) continue;
    const cause = causeText({ at: event.at, cause: null, event }, say, locale);
    counts.set(cause, (counts.get(cause) ?? 0) + count);
  }
  const list = [...counts].toSorted((a, b) => b[1] - a[1]);
  return [
    ...(list.length === 0 ? [] : sentence(say.causes(list), columns)),
    ...(weeks === null || (weeks.thisWeek === 0 && (weeks.weekBefore ?? 0) === 0)
      ? []
      : sentence(say.weeks(weeks.thisWeek, weeks.weekBefore), columns)),
  ];
}
