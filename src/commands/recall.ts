import { makeTrack } from '../derive/trends/track.ts';
import type { GatherOptions } from '../gather/gatherer.ts';
import { findDriver } from '../history/driver.ts';
import { HistoryProblem } from '../history/problem.ts';
import { openReader } from '../history/sqlite.ts';
import type { HistoryReader } from '../history/store.ts';
import type { Series } from '../model/history.ts';
import type { AttributedKill } from '../model/oom.ts';
import type { PastProcess } from '../model/past.ts';
import type { App, Daemon, Pm2Log, Pm2LogEvent } from '../model/pm2.ts';
import type { AppMemoryPast, Remembered, ReportHead, Track } from '../model/remembered.ts';
import type { CleanText, EpochMs } from '../model/text.ts';
import { rememberDaemons } from './recall-daemons.ts';
import { type Life, lifeOf } from './recall-life.ts';
import { restartWeeks } from './recall-weeks.ts';

type Recall = NonNullable<GatherOptions['recall']>;
type RecallContext = Parameters<Recall>[0];

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** A capture must stay readable: finer than this says nothing of a leak. */
const memoryUnit = 64 * 1024;
/** Disks and logs. */
const sizeUnit = 1024;
const mostLines = 5000;
const sharedLines = 100;
const mostKills = 200;
const mostPids = 200;
const mostLogs = 400;
const mostPassedOver = 200;
const mostReports = 10;

/** Opens the store, asks it what this audit can use, and closes it. What is wrong with it comes back as one sentence. */
export async function recallFrom(path: string, context: RecallContext): ReturnType<Recall> {
  try {
    const reader = openReader(await findDriver(), path);
    try {
      return { ok: true, path, value: remember(reader, context) };
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof HistoryProblem)) throw error;
    const why =
      error.code === 'not-writable'
        ? 'permission-denied'
        : error.code === 'no-driver' || error.code === 'newer' || error.code === 'network-file-system'
          ? 'not-supported'
          : error.code === 'locked'
            ? 'timed-out'
            : error.code === 'no-store'
              ? 'not-found'
              : 'malformed';
    return { ok: false, path, why, message: error.message };
  }
}

/** Everything one audit needs; see `Remembered`. */
export function remember(reader: HistoryReader, { now, window, seen }: RecallContext): Remembered {
  const state = reader.state();
  const from = Math.min(window.from, now - 7 * dayMs);
  const span = { from, to: now };
  const daemons = seen('daemons') ?? [];
  const gaps = reader.gaps(span);
  const hourly = <K extends Series['subject']['kind']>(
    kind: K,
    metric: Parameters<typeof reader.allSeries<K>>[1]['metric'],
  ) => reader.allSeries(kind, { ...span, metric, resolution: 'hour' });
  const grid = { ...span, stepMs: hourMs };
  const track = (series: Series, unit: number, of: 'min' | 'max' | 'last'): Track | null =>
    makeTrack(series.at, series[of], { ...grid, unit }, of);
  const kills = reader
    .events({ ...span, kinds: ['kill'], limit: mostKills })
    .flatMap(({ facts }) => (facts.kind === 'kill' ? [facts.kill] : []));
  const sampledFrom = state.firstAt === null ? null : Math.max(state.firstAt, from);
  return {
    from: sampledFrom,
    to: state.lastAt,
    everyMs: state.everyMs ?? 0,
    gaps: gaps.slice(-100),
    apps: rememberApps(reader, daemons, now, from, state.firstAt),
    daemons: rememberDaemons(reader, daemons, now, from),
    disks: hourly('disk', 'freeBytes').flatMap((series) => {
      const free = track(series, sizeUnit, 'last');
      return series.subject.kind === 'disk' && free !== null ? [{ mount: series.subject.mount, free }] : [];
    }),
    logs: hourly('log', 'sizeBytes')
      .flatMap((series) => {
        const size = track(series, sizeUnit, 'last');
        const { subject } = series;
        return subject.kind === 'log' && size !== null
          ? [{ path: subject.path, app: subject.app, size }]
          : [];
      })
      .toSorted((a, b) => lastOf(b.size) - lastOf(a.size))
      .slice(0, mostLogs),
    killed: killedOf(reader, kills, seen('oomLog')?.kills.map(({ pid }) => pid) ?? [], span),
    kills,
    killsFrom: reader.cursor('kernel') === null ? null : unbrokenFrom(sampledFrom, gaps, now),
    pm2Lines: linesOf(reader, seen('pm2Log') ?? [], window.from, now),
    linesNotKept: reader
      .events({ from: window.from, to: now, kinds: ['lines-not-kept'], limit: mostPassedOver })
      .flatMap(({ facts }) =>
        facts.kind === 'lines-not-kept' ? [{ home: facts.home, from: facts.from, to: facts.to }] : [],
      ),
    reports: headsOf(reader, seen('host')?.name ?? null, now),
  };
}

function rememberApps(
  reader: HistoryReader,
  daemons: readonly Daemon[],
  now: EpochMs,
  from: EpochMs,
  keptFrom: EpochMs | null,
): readonly AppMemoryPast[] {
  const apps = daemons.flatMap((daemon) => [...daemon.apps, ...daemon.modules]);
  if (apps.length === 0) return [];
  const mains = (reader.processes({ from: now - 2 * dayMs, to: now })?.processes ?? []).filter(
    ({ role, app }) => role === 'main' && app !== null,
  );
  const lives = new Map(apps.map((app) => [app, lifeOf(app, mains, now, from)]));
  const fineFrom = [...lives.values()].reduce((least, life) => Math.min(least, life?.fineFrom ?? now), now);
  const isListed = new Set(apps.map(({ ref }) => keyOf(ref)));
  const isFine = new Set(apps.flatMap((app) => (lives.get(app)?.fineFrom == null ? [] : [keyOf(app.ref)])));
  const byApp = (metric: 'treeRssBytes' | 'pm2RssBytes', resolution: 'minute' | 'hour', since: EpochMs) => {
    const all =
      since >= now
        ? []
        : reader.allSeries('app', {
            from: since,
            to: now,
            metric,
            resolution,
            wanted: (subject) =>
              subject.kind === 'app' && (resolution === 'hour' ? isListed : isFine).has(keyOf(subject.app)),
          });
    return new Map(
      all.flatMap((series) =>
        series.subject.kind === 'app' ? [[keyOf(series.subject.app), series] as const] : [],
      ),
    );
  };
  const hasLimit = apps.some(({ settings }) => settings.maxMemoryRestartBytes !== null);
  const week = byApp('treeRssBytes', 'hour', from);
  const fine = byApp('treeRssBytes', 'minute', fineFrom);
  const pm2Week = byApp('pm2RssBytes', 'hour', from);
  const pm2Fine = byApp('pm2RssBytes', 'minute', hasLimit ? fineFrom : now);
  const weeks = restartWeeks(reader, (subject) => isListed.has(keyOf(subject)), now, keptFrom);
  return apps.flatMap((app) => {
    const key = keyOf(app.ref);
    const hours = week.get(key);
    if (hours === undefined) return [];
    const life = lives.get(app) ?? null;
    const isLimited = app.settings.maxMemoryRestartBytes !== null;
    const grid = { from, to: now, stepMs: hourMs, unit: memoryUnit };
    const highest = (series: Series | undefined): Track | null =>
      series === undefined ? null : makeTrack(series.at, series.max, grid, 'max');
    return [
      {
        app: app.ref,
        starts: life?.starts ?? [],
        tree: lifeTrack(life, hours, fine.get(key), now),
        pm2: isLimited ? lifeTrack(life, pm2Week.get(key), pm2Fine.get(key), now) : null,
        week: makeTrack(hours.at, hours.mean, grid, 'mean'),
        pm2Week: highest(pm2Week.get(key)),
        restarts: weeks.get(key) ?? null,
      },
    ];
  });
}

function lifeTrack(
  life: Life | null,
  hours: Series | undefined,
  minutes: Series | undefined,
  now: EpochMs,
): Track | null {
  if (life === null) return null;
  const series = life.fineFrom === null ? hours : minutes;
  if (series === undefined) return null;
  const { from, stepMs } = life;
  return makeTrack(series.at, series.mean, { from, to: now, stepMs, unit: memoryUnit }, 'mean');
}

function keyOf({ home, pmId, name, namespace }: App['ref']): string {
  return [home, pmId, name, namespace].join('\n');
}

function lastOf(track: Track): number {
  return (track.values.findLast((value) => value !== null) ?? 0) * track.unit;
}

/** Processes under the killed pids alone: everything else of the week is of no use here. */
function killedOf(
  reader: HistoryReader,
  kills: readonly AttributedKill[],
  pids: readonly (number | null)[],
  span: { readonly from: EpochMs; readonly to: EpochMs },
): readonly PastProcess[] {
  const wanted = new Set([...kills.map(({ kill }) => kill.pid), ...pids].filter((pid) => pid !== null));
  return [...wanted].slice(-mostPids).flatMap((pid) => reader.processes(span, pid)?.processes ?? []);
}

/** Since when nothing was missed: a collector that stood still reads on where it was, so short gaps lose no kill. */
function unbrokenFrom(
  from: EpochMs | null,
  gaps: readonly { readonly from: EpochMs; readonly to: EpochMs }[],
  now: EpochMs,
): EpochMs | null {
  if (from === null) return null;
  const long = gaps.filter((gap) => gap.to - gap.from > 10 * minuteMs && gap.from >= from);
  const last = long.at(-1);
  if (last === undefined) return from;
  return last.to >= now - minuteMs ? null : last.to;
}

/** Lines that stood before the log's present beginning; and a few that both have, to see that the clocks agree. */
function linesOf(
  reader: HistoryReader,
  logs: readonly Pm2Log[],
  from: EpochMs,
  now: EpochMs,
): readonly { readonly home: CleanText; readonly line: Pm2LogEvent }[] {
  const begin = Math.max(...logs.map(({ coversFrom }) => coversFrom ?? now));
  if (logs.length === 0 || begin <= from) return [];
  const read = (since: EpochMs, to: EpochMs, limit: number) =>
    reader.events({ from: since, to, kinds: ['pm2-log'], limit });
  return [...read(from, begin - 1, mostLines), ...read(begin, now, sharedLines)].flatMap(({ facts }) =>
    facts.kind === 'pm2-log' ? [{ home: facts.home, line: facts.line }] : [],
  );
}

function headsOf(reader: HistoryReader, host: CleanText | null, now: EpochMs): readonly ReportHead[] {
  if (host === null) return [];
  return reader
    .reportHeads({ host, before: now, limit: mostReports })
    .map(({ takenAt, verdict, score, grade }) => ({ takenAt, verdict, score, grade }));
}
