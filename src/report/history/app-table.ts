import type { AppPast, Past } from '../../derive/past/app-past.ts';
import type { Locale } from '../../model/text.ts';
import { cells, pad, truncate } from '../cells.ts';
import type { ReportFmt } from '../format.ts';
import { oneLine } from '../prose.ts';
import type { Line, Style } from '../terminal-line.ts';
import { causeText, figure } from './figures.ts';
import { trendOf } from './history-lines.ts';
import type { HistoryWords } from './history-words.ts';
import { sparkline } from './sparkline.ts';

interface Context {
  readonly past: Past;
  readonly say: HistoryWords;
  readonly fmt: ReportFmt;
  readonly locale: Locale;
  readonly columns: number;
}

const gap = '  ';

/** Red once a full day was seen of it; before, it may be the rise of a daily load. */
export function leakStyle({ outlook }: AppPast): Style {
  if (outlook?.trend.kind !== 'leak') return 'plain';
  return outlook.trend.sure === 'likely' ? 'red' : 'yellow';
}

/** `api (id 3)`: ids where a name stands for several. */
export function nameOf({ app }: AppPast, { apps }: Past): string {
  const isShared = apps.some(
    ({ app: other }) => other.name === app.name && other.home === app.home && other.pmId !== app.pmId,
  );
  return isShared ? `${oneLine(app.name)} ${app.pmId}` : oneLine(app.name);
}

interface Column {
  readonly title: string;
  readonly isRight: boolean;
  readonly most: number;
  text(app: AppPast): string;
  style?(app: AppPast): Style;
}

/** One row an app; the sparkline last, as wide as there is room. */
export function tableLines(
  { past, say, fmt, locale, columns }: Context,
  apps: readonly AppPast[],
): readonly Line[] {
  const isMemory = past.metric === 'memory';
  const wide = Math.max(16, Math.min(40, columns - 64));
  const list: readonly Column[] = [
    { title: say.head.app, isRight: false, most: wide, text: (app) => nameOf(app, past) },
    {
      title: say.head.now,
      isRight: true,
      most: 10,
      text: ({ now, state }) =>
        now === null ? (state === 'online' ? '-' : say.state[state]) : figure(past.metric, now, fmt),
    },
    {
      title: say.head.peak,
      isRight: true,
      most: 9,
      text: ({ peak }) => figure(past.metric, peak?.value ?? null, fmt),
    },
    ...(isMemory
      ? [
          {
            title: say.head.trend,
            isRight: false,
            most: 8,
            text: ({ outlook }: AppPast) => (outlook === null ? '-' : trendOf(outlook.trend, say)),
            style: leakStyle,
          },
        ]
      : []),
    {
      title: say.head.restarts,
      isRight: true,
      most: 8,
      text: ({ restarts }) => (restarts === null ? '?' : fmt.count(restarts)),
    },
    {
      title: say.head.cause,
      isRight: false,
      most: 14,
      text: ({ lastRestart }) => causeText(lastRestart, say, locale),
    },
  ];
  const widths = list.map(({ title, most, text }) =>
    Math.min(most, Math.max(cells(title), ...apps.map((app) => cells(text(app))))),
  );
  const used = widths.reduce((sum, width) => sum + width + gap.length, 0);
  // Block characters are of ambiguous width: many Chinese terminals give them two cells. So they come last.
  const room = Math.max(0, Math.min(48, Math.floor((columns - used) / (locale === 'zh-CN' ? 2 : 1))));
  const row = (text: (column: Column) => string, style: (column: Column) => Style, tail: string): Line => [
    ...list.flatMap((column, index) => [
      {
        text: pad(
          truncate(text(column), widths[index] ?? 0),
          widths[index] ?? 0,
          column.isRight ? 'right' : 'left',
        ),
        style: style(column),
      },
      { text: gap, style: 'plain' } as const,
    ]),
    { text: tail, style: 'plain' },
  ];
  return [
    row(
      ({ title }) => title,
      () => 'soft',
      '',
    ),
    ...apps.map((app) =>
      row(
        ({ text }) => text(app),
        ({ style }) => style?.(app) ?? 'plain',
        room < 4 ? '' : sparkline(app.points, past, app.peak?.value ?? 0, room),
      ),
    ),
  ];
}
