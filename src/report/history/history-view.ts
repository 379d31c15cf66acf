import type { PastEvent } from '../../derive/past/app-events.ts';
import type { AppPast, Past } from '../../derive/past/app-past.ts';
import type { Locale } from '../../model/text.ts';
import { cells, truncate } from '../cells.ts';
import { type ReportFmt, zone } from '../format.ts';
import { oneLine } from '../prose.ts';
import type { Line, Style } from '../terminal-line.ts';
import { stretch } from '../view/words/numbers.ts';
import { leakStyle, nameOf, tableLines } from './app-table.ts';
import { chartLines } from './chart.ts';
import { figure } from './figures.ts';
import { withoutGone } from './gone-apps.ts';
import { daemonLines, whyLines } from './history-lines.ts';
import { type HistoryWords, historyWords } from './history-words.ts';
import { blank, heading, plain, sentence } from './paint.ts';
import { verdictLines } from './verdict-lines.ts';

export interface HistoryViewOptions {
  readonly locale: Locale;
  readonly fmt: ReportFmt;
  readonly columns: number;
}

interface Context extends HistoryViewOptions {
  readonly past: Past;
  readonly say: HistoryWords;
}

const shownEvents = 15;
/** Less of an empty beginning than this stays: an axis that begins where it was asked to is easier to read. */
const leastEmpty = 0.04;
/** A chart of less is all beginning. */
const leastDrawnMs = 60_000;
/** A span this long needs years in its dates. */
const farMs = 300 * 86_400_000;

/** Answers: how did the apps fare? One row an app; what leaks is told below, with the date of the limit. */
export function overviewLines(
  past: Past,
  options: HistoryViewOptions,
  note: string | null = null,
): readonly Line[] {
  const context = contextOf(clipped(past, past.store.firstAt), options);
  const told = withoutGone(past);
  const folded = past.apps.length - told.length;
  const homes = [...new Set(told.map(({ app }) => app.home))];
  const table = homes.flatMap((home) => {
    const own = told.filter(({ app }) => app.home === home);
    const rows = tableLines(
      context,
      own.toSorted((a, b) => (b.peak?.value ?? -1) - (a.peak?.value ?? -1)),
    );
    return homes.length > 1 ? [blank, plain(context.say.home(oneLine(home)), 'soft'), ...rows] : rows;
  });
  const leaks = past.apps.filter(({ outlook }) => outlook?.trend.kind === 'leak');
  return [
    ...headLines(contextOf(past, options), null),
    blank,
    ...table,
    ...(folded === 0 ? [] : sentence(context.say.appsGone(folded), options.columns, 0, 'soft')),
    ...leaks.flatMap((app) => [
      blank,
      plain(nameOf(app, past), leakStyle(app)),
      ...verdictLines(app, past, context).map((text): Line => plain(text)),
    ]),
    ...daemonLines(context),
    ...(note === null ? [] : [blank, ...sentence(note, options.columns)]),
  ];
}

/** Answers: how did this app fare? Chart, verdict, and what happened, newest last. */
export function appLines(past: Past, app: AppPast, options: HistoryViewOptions): readonly Line[] {
  const context = contextOf(past, options);
  const { say, fmt, columns } = context;
  const begin = firstKnown(app);
  const drawn = clipped(past, begin);
  // A store that is young says so in the head; an app that is younger than the store is told here.
  const isNew =
    drawn !== past && begin !== null && begin > (past.store.firstAt ?? past.from) + 2 * past.stepMs + 60_000;
  const style = leakStyle(app);
  const peak =
    app.peak === null
      ? say.noPeak
      : say.peakAt(figure(past.metric, app.peak.value, fmt), fmt.tableTime(app.peak.at));
  return [
    ...headLines(context, app, isNew),
    ...(isNew ? sentence(say.appSince(fmt.stamp(begin)), columns, 0, 'soft') : []),
    blank,
    ...chartLines(drawn, app, columns, fmt, say),
    blank,
    ...sentence(
      say.facts(
        figure(past.metric, app.now, fmt),
        peak,
        app.restarts === null ? say.unknown : fmt.count(app.restarts),
        say.state[app.state],
      ),
      columns,
    ),
    ...whyLines(context, app),
    ...(past.metric === 'memory'
      ? verdictLines(app, past, context).map(
          (text, index): Line => plain(text, index === 0 ? style : 'plain'),
        )
      : []),
    blank,
    ...eventLines(context, app),
  ];
}

/** The time of the first point with a value; null = none. */
function firstKnown({ points }: AppPast): number | null {
  for (let index = 0; index < points.at.length; index += 1)
    if (!Number.isNaN(points.max[index] ?? Number.NaN)) return points.at[index] ?? null;
  return null;
}

/** The same span without the time before anything was known: hatching says no more than the line above it does. */
function clipped(past: Past, begin: number | null): Past {
  const { from, to } = past;
  if (begin === null || begin < from + leastEmpty * (to - from) || begin > to - leastDrawnMs) return past;
  return { ...past, from: begin };
}

function contextOf(past: Past, options: HistoryViewOptions): Context {
  return { ...options, past, say: historyWords[options.locale](options.fmt) };
}

/** `isNew`: the axis begins later still, with the app; that is told below. */
function headLines(
  { past, say, fmt, columns }: Context,
  app: AppPast | null,
  isNew = false,
): readonly Line[] {
  const { store } = past;
  const isFar = past.to - past.from > farMs;
  const title = say.title(
    say.metric[past.metric],
    isFar ? fmt.isoDate(past.from) : fmt.tableTime(past.from),
    isFar ? fmt.stamp(past.to) : `${fmt.tableTime(past.to)} ${zone(past.utcOffsetMinutes)}`,
    stretch(fmt, past.to - past.from),
  );
  const late = (store.firstAt ?? 0) > past.from + past.stepMs && store.firstAt !== null;
  const missing = past.gaps.reduce(
    (sum, { from, to }) => sum + Math.max(0, to - Math.max(from, store.firstAt ?? from)),
    0,
  );
  return [
    ...(app === null
      ? []
      : [
          [
            { text: `${oneLine(app.app.name)} `, style: 'strong' },
            { text: ` id ${app.app.pmId}   ${oneLine(app.app.home)}`, style: 'soft' },
          ] satisfies Line,
        ]),
    ...sentence(title, columns, 0, app === null ? 'strong' : 'plain'),
    ...(past.isFresh || store.lastAt === null
      ? []
      : sentence(say.notRunning(fmt.stamp(store.lastAt)), columns, 0, 'yellow')),
    ...(late
      ? sentence(
          say.keptSince(fmt.stamp(store.firstAt ?? 0), !isNew && clipped(past, store.firstAt) !== past),
          columns,
          0,
          'soft',
        )
      : []),
    ...(missing >= 60_000 ? sentence(say.missing(fmt.duration(missing)), columns, 0, 'soft') : []),
  ];
}

function eventLines(context: Context, { events }: AppPast): readonly Line[] {
  const { say, columns } = context;
  const shown = events.slice(-shownEvents);
  const left = events.length - shown.length;
  return [
    heading(say.happened(events.length), columns),
    ...(left > 0 ? [plain(say.earlier(left), 'soft')] : []),
    ...(events.length === 0 ? sentence(say.nothing, columns) : []),
    ...shown.flatMap((event) => eventLine(context, event)),
  ];
}

function eventLine({ fmt, say, columns, past }: Context, event: PastEvent): readonly Line[] {
  const isFar = past.to - past.from > farMs;
  const when = isFar ? fmt.stamp(event.at).slice(0, 16) : fmt.exact(event.at);
  const [text, style] = eventText(event, say);
  const indent = cells(when) + 2;
  return sentence(text, columns - indent).map(
    (line, index): Line => [
      { text: index === 0 ? `${when}  ` : ' '.repeat(indent), style: 'soft' },
      ...line.map((piece) => ({ ...piece, style })),
    ],
  );
}

function eventText(event: PastEvent, say: HistoryWords): readonly [string, Style] {
  switch (event.kind) {
    case 'kill': {
      const pid = event.pid === null ? '' : ` (pid ${event.pid})`;
      const next = event.nextAt === null ? '' : say.again(Math.max(0, event.nextAt - event.at));
      return [
        say.kill(truncate(event.comm ?? '?', 24), pid, event.role === 'child', event.confidence) + next,
        'red',
      ];
    }
    case 'end': {
      const next = event.nextAt === null ? say.notAgain : say.again(event.nextAt - event.at);
      const isCalm = event.reason !== null && event.reason !== 'memory-limit';
      const how =
        event.seenBy === 'samples'
          ? say.endSeen
          : say.ended(event.code, event.signal, event.reason, event.over);
      return [how + next, isCalm ? 'plain' : 'yellow'];
    }
    case 'counted':
      return [say.counted(event.restarts, event.isRead, event.isKept), 'yellow'];
    case 'lines-not-kept':
      return [say.notKept(event.lines, event.at - event.from), 'yellow'];
    case 'deploy':
      return [say.deploy(event.version), 'plain'];
    case 'daemon-start':
      return [say.daemonStart, 'plain'];
    case 'daemon-end':
      return [say.daemonEnd, 'plain'];
  }
}
