import type { PastEvent } from '../../derive/past/app-events.ts';
import { type AppPast, type LastRestart, metrics, type Past } from '../../derive/past/app-past.ts';
import type { Outlook } from '../../derive/past/outlook.ts';
import type { Json } from '../../model/text.ts';
import { appJson, type Iso, integer, makeIso, short } from '../json-values.ts';

type JsonObject = { readonly [key: string]: Json };

/**
 * `history --json`: schema `pm2-audit.history/1`. Bytes are integers, times ISO 8601 with zone, durations ms, null = not
 * known. Points and all events only of the apps that were asked for (`isDetailed`); lists of points run side by side.
 */
export function historyJson(
  past: Past,
  tool: { readonly name: string; readonly version: string },
  isDetailed: boolean,
): JsonObject {
  const iso = makeIso(past.utcOffsetMinutes);
  return {
    schema: 'pm2-audit.history/1',
    tool: { name: tool.name, version: tool.version },
    window: { from: iso(past.from), to: iso(past.to) },
    metric: past.metric,
    unit: metrics[past.metric].unit,
    resolution: past.resolution,
    stepMs: past.stepMs,
    store: {
      path: past.store.path,
      firstAt: iso(past.store.firstAt),
      lastAt: iso(past.store.lastAt),
      everyMs: past.store.everyMs,
    },
    collectorRuns: past.isFresh,
    gaps: past.gaps.map(({ from, to }) => ({ from: iso(from), to: iso(to) })),
    daemons: past.daemons.map(({ home, isRunning, nowBytes, kind, bytesPerDay, reach }) => ({
      home,
      running: isRunning,
      now: integer(nowBytes),
      trend: kind,
      growthBytesPerDay: integer(bytesPerDay),
      heavyAt: iso(reach?.at ?? null),
    })),
    apps: past.apps.map((app) => appPastJson(app, past, isDetailed, iso)),
  };
}

function appPastJson(app: AppPast, { metric }: Past, isDetailed: boolean, iso: Iso): JsonObject {
  const value = metrics[metric].unit === 'bytes' ? integer : short;
  const list = (values: ArrayLike<number>): readonly (number | null)[] =>
    Array.from(values, (each) => (Number.isNaN(each) ? null : value(each)));
  const { points } = app;
  return {
    app: appJson(app.app),
    status: app.state,
    now: value(app.now),
    peak: app.peak === null ? null : { value: value(app.peak.value), at: iso(app.peak.at) },
    restarts: app.restarts,
    lastRestart: lastRestartJson(app.lastRestart, iso),
    maxMemoryRestartBytes: app.maxMemoryRestartBytes,
    restartsOfWeeks:
      app.weeks === null ? null : { thisWeek: app.weeks.thisWeek, weekBefore: app.weeks.weekBefore },
    trend: app.outlook === null ? null : trendJson(app.outlook, iso),
    eventsTotal: app.events.length,
    ...(isDetailed
      ? {
          events: app.events.map((event) => eventJson(event, iso)),
          points: {
            at: Array.from(points.at, (at) => iso(at)),
            min: list(points.min),
            mean: list(points.mean),
            max: list(points.max),
            last: list(points.last),
          },
        }
      : {}),
  };
}

function lastRestartJson(last: LastRestart | null, iso: Iso): JsonObject | null {
  if (last === null) return null;
  return {
    at: iso(last.at),
    cause: last.cause,
    event: last.event === null ? null : eventJson(last.event, iso),
  };
}

function trendJson({ trend, reaches }: Outlook, iso: Iso): JsonObject {
  const { growth } = trend;
  return {
    kind: trend.kind,
    sure: trend.sure,
    from: iso(trend.from),
    to: iso(trend.to),
    isOfEarlierLife: trend.isOfEarlierLife,
    missingMs: integer(trend.missingMs),
    bytesPerHour: integer(growth?.bytesPerHour ?? null),
    lowPerHour: integer(growth?.lowPerHour ?? null),
    highPerHour: integer(growth?.highPerHour ?? null),
    reaches: reaches.map(({ limit, bytes, at, earliest, latest }) => ({
      limit,
      bytes: integer(bytes),
      at: iso(at),
      earliest: iso(earliest),
      latest: iso(latest),
    })),
  };
}

function eventJson(event: PastEvent, iso: Iso): JsonObject {
  const at = iso(event.at);
  switch (event.kind) {
    case 'kill': {
      const { kind, pid, comm, role, confidence } = event;
      return { kind, at, pid, comm, role, confidence, nextAt: iso(event.nextAt) };
    }
    case 'end': {
      const { kind, code, signal, reason, seenBy, over } = event;
      const end = {
        kind,
        at,
        exitCode: code,
        signal,
        reason,
        nextAt: iso(event.nextAt),
        ...(over === undefined
          ? {}
          : { memoryBytes: integer(over.bytes), limitBytes: integer(over.limitBytes) }),
      };
      return seenBy === undefined ? end : { ...end, seenBy };
    }
    case 'counted':
      return {
        kind: event.kind,
        at,
        restarts: event.restarts,
        linesRead: event.isRead,
        linesKept: event.isKept,
      };
    case 'lines-not-kept':
      return { kind: event.kind, at, from: iso(event.from), lines: event.lines };
    case 'deploy':
      return { kind: event.kind, at, version: event.version };
    default:
      return { kind: event.kind, at };
  }
}
