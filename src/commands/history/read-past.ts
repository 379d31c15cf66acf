import { appEvents, type PastEvent } from '../../derive/past/app-events.ts';
import {
  type AppPast,
  type LastRestart,
  type MetricName,
  metrics,
  type Past,
  type Points,
  peakOf,
} from '../../derive/past/app-past.ts';
import { type CounterStep, counterSteps, restartsOf } from '../../derive/past/counter-steps.ts';
import { mainsByApp, refKey } from '../../derive/past/outlook.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { HistoryEvent, Metrics, Resolution, Series } from '../../model/history.ts';
import { statusCodes } from '../../model/history.ts';
import type { AppRef, AppStatus } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import { restartWeeks } from '../recall-weeks.ts';
import { firstCounters } from './first-counters.ts';
import { appOfSeries, lastKnown, readColumn } from './read-column.ts';
import { readDaemons } from './read-daemons.ts';
import { readOutlooks, trendMs } from './read-outlooks.ts';
import { type ReportedApp, reportedApps } from './report-facts.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** A collector is late after this many intervals (history/gaps.ts). */
const lateIntervals = 3;
const fewEvents = 3000;
const manyEvents = 8000;
/** Hours of a longer span are not unpacked for the verdict: those of its own week are read again. */
const mostSharedMs = 14 * dayMs;
const livesMs = 2 * dayMs;
const staleMs = 2 * hourMs;

export interface PastQuery {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly metric: MetricName;
  /** These apps; null = all that have anything in the span. */
  readonly apps: readonly AppRef[] | null;
  /** About so many points are wanted. */
  readonly points: number;
  readonly utcOffsetMinutes: number;
  /** It is drawn, so buckets of a day will do for years. Lists of numbers (JSON, CSV) keep their hours. */
  readonly isDrawn: boolean;
}

const stepOf: { readonly [R in Resolution]: number } = {
  raw: 0,
  minute: minuteMs,
  hour: hourMs,
  day: dayMs,
};
/** Below this, hours say more and cost little. */
const leastForDaysMs = 30 * dayMs;
/** Restarts of the newest days are told to the hour, also where the rest is told to the day. */
const fineCountersMs = 14 * dayMs;

/** Answers: what does the store hold of these apps? Each series costs a walk over the newest samples, so few are asked for. */
export function readPast(reader: HistoryReader, query: PastQuery): Past {
  const { from, to, metric } = query;
  const state = reader.state();
  const everyMs = state.everyMs ?? 10_000;
  const lastAt = state.lastAt ?? from;
  const daysFrom = query.isDrawn ? state.daysFrom : null;
  const hasDays = daysFrom !== null && daysFrom <= Math.max(from, state.firstAt ?? from) + dayMs;
  // A young store has few hours: its samples tell more.
  const keptMs = to - Math.min(to, Math.max(from, state.firstAt ?? from));
  const resolution = resolutionFor(keptMs, query.points, everyMs, hasDays);
  const span = { from, to };
  const read = (column: Metrics['app']) => readColumn(reader, query.apps, column, span, resolution);
  const series = read(metrics[metric].column);
  const counters = metric === 'restarts' ? series : read('restartCounter');
  const fineFrom = Math.ceil((to - fineCountersMs) / dayMs) * dayMs;
  const fine =
    resolution === 'day'
      ? readColumn(reader, query.apps, 'restartCounter', { from: fineFrom, to }, 'hour')
      : null;
  const refs = [...series.values()].map(appOfSeries).filter((app) => app !== null);
  const firsts = firstCounters(reader, counters, refs, from, stepOf[resolution]);
  const mains = mainsByApp(reader.processes({ from: to - livesMs, to })?.processes ?? []);
  const isAlive = (app: AppRef): boolean =>
    (mains.get(refKey(app)) ?? []).some(({ lastSeen }) => lastSeen >= lastAt - everyMs);
  const alive = refs.filter(isAlive);
  const states = readStates(
    reader,
    refs.filter((app) => !isAlive(app)),
    lastAt,
  );
  const told = readTold(reader, span, query.apps === null ? fewEvents : manyEvents);
  const reported = reportedApps(reader);
  // A forecast is of a process that runs, and of now.
  const isRecent = to - lastAt <= staleMs;
  const isShared = resolution === 'hour' && to - from >= trendMs && to - from <= mostSharedMs;
  const hours = metric === 'memory' && isShared ? series : null;
  const outlooks =
    metric === 'memory' && isRecent
      ? readOutlooks(reader, { apps: alive, mains, hours, isAll: query.apps === null, reported, now: to })
      : null;
  const wantedKeys = new Set(query.apps?.map(refKey) ?? []);
  const weeks =
    query.apps === null || !isRecent
      ? null
      : restartWeeks(reader, (app) => wantedKeys.has(refKey(app)), to, state.firstAt);
  const apps = [...series.values()].flatMap((one): AppPast[] => {
    const app = appOfSeries(one);
    if (app === null) return [];
    const key = refKey(app);
    const counter = counters.get(key);
    const hours = fine?.get(key);
    const steps =
      counter === undefined
        ? []
        : hours === undefined
          ? counterSteps(counter.at, counter.last, stepOf[resolution], firsts.get(key))
          : finerSteps(counter, hours, fineFrom, firsts.get(key));
    const happened = appEvents(app, told.of(app), steps, told.from);
    const facts = reported.get(key) ?? null;
    const state = isAlive(app) ? 'online' : (states.get(key) ?? 'gone');
    return [
      {
        app,
        points: one,
        state,
        now: isAlive(app) ? lastKnown(one) : null,
        peak: resolution === 'day' && query.apps !== null ? finePeak(reader, one, peakOf(one)) : peakOf(one),
        steps,
        restarts: hasKnown(counter)
          ? restartsOf(steps, startsAfterEnds(happened), firsts.get(key) ?? null)
          : null,
        lastRestart: lastRestartOf(happened, facts, from),
        events: happened,
        outlook: outlooks?.get(key) ?? null,
        weeks: weeks?.get(key) ?? null,
        maxMemoryRestartBytes: facts?.maxMemoryRestartBytes ?? null,
      },
    ];
  });
  return {
    from,
    to,
    utcOffsetMinutes: query.utcOffsetMinutes,
    metric,
    resolution,
    stepMs: resolution === 'raw' ? everyMs : stepOf[resolution],
    gaps: reader.gaps(span),
    store: { path: state.path, firstAt: state.firstAt, lastAt: state.lastAt, everyMs: state.everyMs },
    isFresh: state.lastAt !== null && to - state.lastAt <= lateIntervals * everyMs,
    apps: apps.toSorted(byPlace),
    daemons: metric === 'memory' && isRecent ? readDaemons(reader, to, lastAt) : [],
  };
}

/** What PM2 said at the newest sample of apps without a process; those that are not in it are gone. */
function readStates(
  reader: HistoryReader,
  apps: readonly AppRef[],
  lastAt: EpochMs,
): ReadonlyMap<string, AppStatus> {
  if (apps.length === 0) return new Map();
  const newest = { from: lastAt - 1000, to: lastAt + 1000 };
  const series = readColumn(reader, apps.length > 3 ? null : apps, 'status', newest, 'raw');
  return new Map(
    [...series].map(([key, one]) => [key, statusCodes[lastKnown(one) ?? 0] ?? 'unknown'] as const),
  );
}

interface Told {
  /** Older events are kept, but were not read. */
  readonly from: EpochMs;
  /** Events that may be about this app, in their order. */
  of(app: AppRef): readonly HistoryEvent[];
}

/** The newest events of the span, sorted by home and id once: a hundred apps need not each look at all. */
function readTold(reader: HistoryReader, span: { from: EpochMs; to: EpochMs }, limit: number): Told {
  const events = reader.events({
    ...span,
    kinds: ['exit', 'start', 'deploy', 'kill', 'daemon-start', 'daemon-end', 'pm2-log', 'lines-not-kept'],
    limit,
  });
  const byKey = new Map<string, HistoryEvent[]>();
  for (const event of events) {
    const key = placeOf(event);
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [event]);
    else list.push(event);
  }
  return {
    from: events.length < limit ? span.from : (events[0]?.at ?? span.from),
    of({ home, pmId }) {
      const own = byKey.get(`${home}\n${pmId}`) ?? [];
      const shared = byKey.get(`${home}\n`) ?? [];
      if (shared.length === 0) return own;
      return [...own, ...shared].toSorted((a, b) => a.at - b.at || a.sequence - b.sequence);
    },
  };
}

/** Home and id of the app an event is about; without an id it may be about any of its home. */
function placeOf({ facts }: HistoryEvent): string {
  if (facts.kind === 'kill') return `${facts.kill.app?.home ?? ''}\n${facts.kill.app?.pmId ?? ''}`;
  if (facts.kind === 'pm2-log') {
    const { event } = facts.line;
    return `${facts.home}\n${'pmId' in event ? event.pmId : ''}`;
  }
  if (facts.kind === 'lines-not-kept') return `${facts.home}\n${facts.pmId ?? ''}`;
  if ('app' in facts) return `${facts.app.home}\n${facts.app.pmId}`;
  return `${'home' in facts ? facts.home : ''}\n`;
}

/** The coarsest that still gives a point for every two that can be shown; a bucket must be there to be asked for. */
function resolutionFor(spanMs: number, points: number, everyMs: number, hasDays: boolean): Resolution {
  if (hasDays && spanMs >= leastForDaysMs && spanMs / dayMs >= points / 2) return 'day';
  if (spanMs / hourMs >= points / 2) return 'hour';
  return spanMs / minuteMs >= points / 2 || spanMs > 24 * hourMs || everyMs >= minuteMs ? 'minute' : 'raw';
}

/** Days up to `fineFrom`, hours from there on. */
function finerSteps(
  days: Points,
  hours: Points,
  fineFrom: EpochMs,
  first?: Parameters<typeof counterSteps>[3],
): readonly CounterStep[] {
  const ends: EpochMs[] = [];
  const counters: number[] = [];
  for (const [{ at, last }, stepMs, from, to] of [
    [days, dayMs, Number.NEGATIVE_INFINITY, fineFrom],
    [hours, hourMs, fineFrom, Number.POSITIVE_INFINITY],
  ] as const) {
    for (let index = 0; index < at.length; index += 1) {
      const begin = at[index] ?? 0;
      if (begin < from || begin >= to) continue;
      ends.push(begin + stepMs);
      counters.push(last[index] ?? Number.NaN);
    }
  }
  return counterSteps(ends, counters, 0, first);
}

/** The hour of a peak that is known to the day. */
function finePeak(
  reader: HistoryReader,
  { subject, metric }: Series,
  peak: AppPast['peak'],
): AppPast['peak'] {
  if (peak === null) return null;
  const span = { from: peak.at, to: peak.at + dayMs - 1 };
  const hours = reader.series(subject, { ...span, metric, resolution: 'hour' });
  return (hours === null ? null : peakOf(hours)) ?? peak;
}

/** Ends that PM2 made good by itself; one that was asked for may be a stop and a later start. */
function startsAfterEnds(events: readonly PastEvent[]): readonly EpochMs[] {
  return events.flatMap((event) =>
    (event.kind === 'kill' || (event.kind === 'end' && event.reason !== 'asked')) && event.nextAt !== null
      ? [event.nextAt]
      : [],
  );
}

function hasKnown(points: Points | undefined): boolean {
  for (let index = 0; index < (points?.at.length ?? 0); index += 1)
    if (!Number.isNaN(points?.last[index] ?? Number.NaN)) return true;
  return false;
}

function byPlace(a: AppPast, b: AppPast): number {
  if (a.app.home !== b.app.home) return a.app.home < b.app.home ? -1 : 1;
  return a.app.pmId - b.app.pmId || (a.app.name < b.app.name ? -1 : 1);
}

/** An audit has seen more than the lines kept here: its cause counts where it speaks of the same restart. */
function lastRestartOf(
  events: readonly PastEvent[],
  reported: ReportedApp | null,
  from: EpochMs,
): LastRestart | null {
  const event =
    events.findLast(
      (each) =>
        each.kind === 'counted' || ((each.kind === 'end' || each.kind === 'kill') && each.nextAt !== null),
    ) ?? null;
  const told = reported?.last ?? null;
  if (event === null) return told === null || told.at < from ? null : { ...told, event: null };
  const again = event.kind === 'end' || event.kind === 'kill' ? event.nextAt : null;
  const isSame =
    told !== null &&
    Math.min(Math.abs(told.at - event.at), Math.abs(told.at - (again ?? event.at))) <= 15_000;
  return { at: event.at, cause: isSame && told.cause !== 'unknown' ? told.cause : null, event };
}
