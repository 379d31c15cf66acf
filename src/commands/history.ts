import { type AppPast, type MetricName, metrics, type Past } from '../derive/past/app-past.ts';
import type { HistoryReader } from '../history/store.ts';
import type { AppRef } from '../model/pm2.ts';
import type { EpochMs } from '../model/text.ts';
import { parseLocale, parseSince, windowOf } from '../options.ts';
import { truncate } from '../report/cells.ts';
import { makeFmt } from '../report/format.ts';
import { historyCsv } from '../report/history/history-csv.ts';
import { historyJson } from '../report/history/history-json.ts';
import { appLines, overviewLines } from '../report/history/history-view.ts';
import { historyWords } from '../report/history/history-words.ts';
import { blank, paint } from '../report/history/paint.ts';
import { oneLine } from '../report/prose.ts';
import { localeOf, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { tool } from '../version.ts';
import { readPast } from './history/read-past.ts';
import { asking, needStore } from './history/store.ts';

export interface HistoryFlags {
  readonly color?: boolean;
  readonly since?: string;
  readonly metric?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly db?: string;
  readonly lang?: string;
}

/** More charts than this say less than a table. */
const mostCharts = 4;
/** The table's sparkline has no more cells than this; a chart has two points a cell. */
const sparkPoints = 48;
const chartPoints = 160;
const leastSpanMs = 60_000;

/** `pm2-audit history [APP]`: what the collector has kept. Without a store it is a UsageError (2). */
export async function runHistory(
  wanted: string | null,
  flags: HistoryFlags,
  terminal: Terminal,
): Promise<number> {
  if (flags.json && flags.csv) throw new UsageError('history: --json and --csv at once. Name one of them.');
  const locale = flags.lang === undefined ? localeOf(process.env) : parseLocale(flags.lang);
  const metric = parseMetric(flags.metric ?? 'memory');
  const to = Date.now();
  const { from } = windowOf(parseSince(flags.since ?? '7d', to), to);
  if (to - from < leastSpanMs)
    throw new UsageError(`--since ${flags.since}: too short a span. Use a minute or more, such as 1h.`);
  const store = await needStore(flags.db, process.env);
  try {
    const past = asking(() => {
      const apps = wanted === null ? null : matching(store, wanted);
      const isWide = wanted === null && !flags.csv && !flags.json;
      const offset = -new Date(to).getTimezoneOffset();
      return readPast(store, {
        from,
        to,
        metric,
        apps,
        points: isWide ? sparkPoints : chartPoints,
        utcOffsetMinutes: offset,
        isDrawn: !flags.csv && !flags.json,
      });
    });
    if (past.apps.length === 0) throw nothingKept(store, past, wanted);
    if (flags.json) terminal.stdout(`${JSON.stringify(historyJson(past, tool, wanted !== null), null, 2)}\n`);
    else if (flags.csv) for (const rows of historyCsv(past)) terminal.stdout(rows);
    else {
      const { columns, color } = terminal;
      const options = { locale, fmt: makeFmt(locale, past.utcOffsetMinutes), columns };
      const [first] = past.apps;
      const lines =
        wanted === null
          ? overviewLines(past, options)
          : past.apps.length > mostCharts && first !== undefined
            ? overviewLines(
                past,
                options,
                historyWords[locale](options.fmt).manyInstances(
                  oneLine(first.app.name),
                  past.apps.length,
                  first.app.pmId,
                ),
              )
            : past.apps.flatMap((app: AppPast, index) => [
                ...(index === 0 ? [] : [blank, blank]),
                ...appLines(past, app, options),
              ]);
      terminal.stdout(paint(lines, columns, color));
    }
    return 0;
  } finally {
    store.close();
  }
}

function parseMetric(text: string): MetricName {
  const names: readonly string[] = Object.keys(metrics);
  if (isMetric(text)) return text;
  throw new UsageError(`--metric ${text}: not kept. Use one of ${names.join(', ')}.`);
}

function isMetric(text: string): text is MetricName {
  return Object.hasOwn(metrics, text);
}

/** By name, else by PM2's id; all instances, of all homes. Throws UsageError with the names there are. */
function matching(store: HistoryReader, wanted: string): readonly AppRef[] {
  const apps = store.subjects('app').map(({ app }) => app);
  const named = apps.filter(({ name }) => name === wanted);
  const found = named.length > 0 ? named : apps.filter(({ pmId }) => String(pmId) === wanted);
  if (found.length > 0) return found;
  throw new UsageError(
    `history ${shown(wanted)}: no app of that name or id is kept. There ${apps.length === 0 ? 'is none so far' : `are ${namesOf(apps)}`}.`,
  );
}

function nothingKept(store: HistoryReader, past: Past, wanted: string | null): UsageError {
  const { firstAt, lastAt } = past.store;
  const time = (at: EpochMs): string => makeFmt('en', past.utcOffsetMinutes).stamp(at);
  if (firstAt === null || lastAt === null)
    return new UsageError(
      `history ${past.store.path}: holds no samples so far. Start pm2-audit watch, and look again in a minute.`,
    );
  const apps = store.subjects('app').map(({ app }) => app);
  const kept = `Samples are kept from ${time(firstAt)} to ${time(lastAt)}`;
  return new UsageError(
    wanted === null
      ? `history: no app has samples in this span. ${kept}; name an earlier --since.`
      : `history ${shown(wanted)}: it has no samples in this span. ${kept}, of ${namesOf(apps)}; name an earlier --since.`,
  );
}

function namesOf(apps: readonly AppRef[]): string {
  const names = [...new Set(apps.map(({ name }) => shown(name)))].sort();
  const left = names.length - 20;
  return left > 0 ? `${names.slice(0, 20).join(', ')} and ${left} more` : names.join(', ');
}

function shown(text: string): string {
  return truncate(oneLine(text), 48);
}
