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
import { counterSteps } from '../../derive/past/counter-steps.ts';
import {
  type LifeSpan,
  lifeSpan,
  mainsByApp,
  type Outlook,
  outlookOf,
  refKey,
} from '../../derive/past/outlook.ts';
import type { SizePoint } from '../../derive/trends/growth.ts';
import { makeTrack, pointsOf } from '../../derive/trends/track.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { HistoryEvent, Metrics, Resolution, Series } from '../../model/history.ts';
import { statusCodes } from '../../model/history.ts';
import type { PastProcess } from '../../model/past.ts';
import type { AppRef, AppStatus } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import { type ReportedApp, reportedApps } from './report-facts.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** A collector is late after this many intervals (history/gaps.ts). */
const lateIntervals = 3;
const fewEvents = 3000;
const manyEvents = 20_000;
/** The verdict looks back so far, whatever span is shown. */
const trendMs = 7 * dayMs;
const livesMs = 2 * dayMs;
const staleMs = 2 * hourMs;
const memoryUnit = 4096;

export interface PastQuery {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly metric: MetricName;
  /** These apps; null = all that have anything in the span. */
  readonly apps: readonly AppRef[] | null;
  /** About so many points are wanted. */
  readonly points: number;
  readonly utcOffsetMinutes: number;
}

const stepOf: { readonly [R in Resolution]: number } = { raw: 0, minute: minuteMs, hour: hourMs };

/** Answers: what does the store hold of these apps? Each series costs a walk over the newest samples, so few are asked for. */
export function readPast(reader: HistoryReader, query: PastQuery): Past {
  const { from, to, metric } = query;
  const state = reader.state();
  const everyMs = state.everyMs ?? 10_000;
  const lastAt = state.lastAt ?? from;
  const resolution = resolutionFor(to - from, query.points, everyMs);
  const span = { from, to };
  const read = (column: Metrics['app']) => readColumn(reader, query.apps, column, span, resolution);
  const series = read(metrics[metric].column);
  const counters = metric === 'restarts' ? series : read('restartCounter');
  const refs = [...series.values()].map(appOfSeries).filter((app) => app !== null);
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
  const hours = metric === 'memory' && resolution === 'hour' && to - from >= trendMs ? series : null;
  const outlooks =
    metric === 'memory' && isRecent
      ? readOutlooks(reader, { apps: alive, mains, hours, isAll: query.apps === null, reported, now: to })
      : null;
  const apps = [...series.values()].flatMap((one): AppPast[] => {
    const app = appOfSeries(one);
    if (app === null) return [];
    const key = refKey(app);
    const counter = counters.get(key);
    const steps = counter === undefined ? [] : counterSteps(counter.at, counter.last, stepOf[resolution]);
    const happened = appEvents(app, told.of(app), steps, told.from);
    const facts = reported.get(key) ?? null;
    const state = isAlive(app) ? 'online' : (states.get(key) ?? 'gone');
    return [
      {
        app,
        points: one,
        state,
        now: isAlive(app) ? lastKnown(one) : null,
        peak: peakOf(one),
        steps,
        restarts: hasKnown(counter) ? steps.reduce((sum, { restarts }) => sum + restarts, 0) : null,
        lastRestart: lastRestartOf(happened, facts, from),
        events: happened,
        outlook: outlooks?.get(key) ?? null,
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
    kinds: ['exit', 'start', 'deploy', 'kill', 'daemon-start', 'daemon-end', 'pm2-log'],
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
  if ('app' in facts) return `${facts.app.home}\n${facts.app.pmId}`;
  return `${'home' in facts ? facts.home : ''}\n`;
}

/** The coarsest that still gives a point for every two that can be shown; a bucket must be there to be asked for. */
function resolutionFor(spanMs: number, points: number, everyMs: number): Resolution {
  if (spanMs / hourMs >= points / 2) return 'hour';
  return spanMs / minuteMs >= points / 2 || spanMs > 24 * hourMs || everyMs >= minuteMs ? 'minute' : 'raw';
}

function readColumn(
  reader: HistoryReader,
  apps: readonly AppRef[] | null,
  metric: Metrics['app'],
  span: { from: EpochMs; to: EpochMs },
  resolution: Resolution,
): ReadonlyMap<string, Series> {
  const query = { ...span, metric, resolution };
  const found =
    apps === null
      ? reader.allSeries('app', query)
      : apps.flatMap((app) => {
          const one = reader.series({ kind: 'app', app }, query);
          return one === null || one.at.length === 0 ? [] : [one];
        });
  return new Map(
    found.flatMap((series) => {
      const app = appOfSeries(series);
      return app === null ? [] : [[refKey(app), series] as const];
    }),
  );
}

function appOfSeries({ subject }: Series): AppRef | null {
  return subject.kind === 'app' ? subject.app : null;
}

function lastKnown(series: Points): number | null {
  const value = series.last[series.at.length - 1] ?? Number.NaN;
  return Number.isNaN(value) ? null : value;
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

interface OutlookQuery {
  readonly apps: readonly AppRef[];
  readonly mains: ReadonlyMap<string, readonly PastProcess[]>;
  /** Hours that have been read already and reach back far enough; null = to be read. */
  readonly hours: ReadonlyMap<string, Series> | null;
  readonly isAll: boolean;
  readonly reported: ReadonlyMap<string, ReportedApp>;
  readonly now: EpochMs;
}

function readOutlooks(reader: HistoryReader, query: OutlookQuery): ReadonlyMap<string, Outlook> {
  const { now, reported } = query;
  const lives = new Map<string, LifeSpan>();
  for (const app of query.apps) {
    const life = lifeSpan(query.mains.get(refKey(app)) ?? [], now - trendMs, now);
    if (life !== null) lives.set(refKey(app), life);
  }
  const refs = query.apps.filter((app) => lives.has(refKey(app)));
  const trees = lifePoints(reader, 'treeRssBytes', refs, lives, query);
  const told = new Map(
    [...trees].flatMap(([key, points]) => {
      const life = lives.get(key);
      const unlimited = { own: null, hostLeftBytes: null };
      return life === undefined ? [] : [[key, outlookOf(points, life, now, unlimited)] as const];
    }),
  );
  // Limits are looked up for those alone that leak: few, if any.
  const leaking = refs.filter((app) => told.get(refKey(app))?.trend.kind === 'leak');
  if (leaking.length === 0) return told;
  const left = reader.series(
    { kind: 'host' },
    { from: now - 10 * minuteMs, to: now, metric: 'memoryAvailableBytes', resolution: 'raw' },
  );
  const hostLeftBytes = left === null ? null : lastKnown(left);
  const limited = leaking.filter((app) => reported.get(refKey(app))?.maxMemoryRestartBytes != null);
  const own = lifePoints(reader, 'pm2RssBytes', limited, lives, { ...query, hours: null });
  const leaks = leaking.flatMap((app) => {
    const key = refKey(app);
    const [points, life, pm2Points] = [trees.get(key), lives.get(key), own.get(key)];
    const bytes = reported.get(key)?.maxMemoryRestartBytes ?? null;
    if (points === undefined || life === undefined) return [];
    const limit = pm2Points === undefined || bytes === null ? null : { bytes, points: pm2Points };
    return [[key, outlookOf(points, life, now, { own: limit, hostLeftBytes })] as const];
  });
  return new Map([...told, ...leaks]);
}

/** Of each app the life that counts, as fine as it needs: hours of the old ones, minutes of the young ones. */
function lifePoints(
  reader: HistoryReader,
  column: 'treeRssBytes' | 'pm2RssBytes',
  apps: readonly AppRef[],
  lives: ReadonlyMap<string, LifeSpan>,
  { hours, isAll, now }: OutlookQuery,
): ReadonlyMap<string, readonly SizePoint[]> {
  const found = new Map<string, readonly SizePoint[]>();
  for (const resolution of ['hour', 'minute'] as const) {
    const own = apps.filter((app) => (lives.get(refKey(app))?.stepMs === hourMs) === (resolution === 'hour'));
    if (own.length === 0) continue;
    const from = own.reduce((least, app) => Math.min(least, lives.get(refKey(app))?.from ?? now), now);
    // One question for all is cheaper than many; a few apps are asked one by one.
    const all = isAll && own.length > 3 ? null : own;
    const series =
      (resolution === 'hour' ? hours : null) ??
      readColumn(reader, all, column, { from, to: now }, resolution);
    for (const app of own) {
      const [one, life] = [series.get(refKey(app)), lives.get(refKey(app))];
      if (one === undefined || life === undefined) continue;
      const grid = { from: life.from, to: now, stepMs: life.stepMs, unit: memoryUnit };
      found.set(refKey(app), pointsOf(makeTrack(one.at, one.mean, grid, 'mean')));
    }
  }
  return found;
}
