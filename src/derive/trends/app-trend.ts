import type { Cgroup, HostFacts } from '../../model/host.ts';
import type { App, Daemon } from '../../model/pm2.ts';
import type { ProcessTable } from '../../model/process.ts';
import type { AppMemoryPast, Remembered } from '../../model/remembered.ts';
import type { EpochMs } from '../../model/text.ts';
import type { AppTrend, LimitKind, LimitReach } from '../../model/trend.ts';
import { type AppTree, appKey, processTrees } from '../apps/process-tree.ts';
import { hourMs, type SizePoint } from './growth.ts';
import { reachOf } from './limit-forecast.ts';
import { type MemoryTrend, memoryTrend } from './memory-trend.ts';
import { pointsOf } from './track.ts';

export interface TrendEvidence {
  readonly daemons: readonly Daemon[];
  readonly history: Remembered | null;
  readonly processes: ProcessTable | null;
  readonly host: HostFacts | null;
  readonly cgroups: readonly Cgroup[] | null;
}

/** The keys an audit lists under `wants` to ask for trends. */
export const trendWants = [
  'processes',
  'host',
  'cgroups',
] as const satisfies readonly (keyof TrendEvidence)[];

const MiB = 1024 * 1024;
/** What was seen last must not be older: a collector that stands still knows nothing of now. */
const staleMs = 2 * hourMs;

const known = new WeakMap<
  Remembered,
  { readonly seen: TrendEvidence; readonly now: EpochMs; readonly result: ReadonlyMap<string, AppTrend> }[]
>();

/**
 * Answers: how does each app's memory move, and when does it reach the limit that stops it first? By `appKey`; apps
 * that do not run, and those of which nothing recent is kept, are left out. Remembered for the same evidence.
 */
export function appTrends(seen: TrendEvidence, now: EpochMs): ReadonlyMap<string, AppTrend> {
  const { history } = seen;
  if (history === null) return new Map();
  const earlier = known.get(history) ?? [];
  known.set(history, earlier);
  const keys = ['daemons', 'processes', 'host', 'cgroups'] as const;
  const before = earlier.find((one) => one.now === now && keys.every((key) => one.seen[key] === seen[key]));
  if (before !== undefined) return before.result;
  const result = findTrends(seen, history, now);
  earlier.push({ seen, now, result });
  return result;
}

/** The same apps with more said of them: what was found holds for both lists. */
export function sameTrends(history: Remembered, before: readonly Daemon[], after: readonly Daemon[]): void {
  const entries = known.get(history) ?? [];
  for (const entry of entries.filter(({ seen }) => seen.daemons === before))
    entries.push({ ...entry, seen: { ...entry.seen, daemons: after } });
}

function findTrends(seen: TrendEvidence, history: Remembered, now: EpochMs): ReadonlyMap<string, AppTrend> {
  const trees = seen.processes === null ? null : processTrees(seen.daemons, seen.processes).byApp;
  const pasts = new Map(history.apps.map((past) => [appKey(past.app), past]));
  const apps = seen.daemons.flatMap((daemon) => [...daemon.apps, ...daemon.modules]);
  const found = new Map<string, AppTrend>();
  for (const app of apps) {
    const past = pasts.get(appKey(app.ref));
    const points = pointsOf(past?.tree ?? null);
    const last = points.at(-1)?.at ?? -Infinity;
    if (past === undefined || app.pid === null || last < now - staleMs) continue;
    const trend = memoryTrend(points, past.starts, now);
    const tree = trees?.get(appKey(app.ref)) ?? null;
    found.set(appKey(app.ref), {
      app: app.ref,
      kind: trend.kind,
      sure: trend.sure,
      bytesPerHour: trend.growth?.bytesPerHour ?? null,
      lowPerHour: trend.growth?.lowPerHour ?? null,
      highPerHour: trend.growth?.highPerHour ?? null,
      from: trend.from,
      to: trend.to,
      isOfEarlierLife: trend.isOfEarlierLife,
      missingMs: trend.missingMs,
      reach: trend.kind === 'leak' ? firstReach(app, past, points, trend, { seen, tree, trees, now }) : null,
    });
  }
  return found;
}

interface Around {
  readonly seen: TrendEvidence;
  readonly tree: AppTree | null;
  readonly trees: ReadonlyMap<string, AppTree> | null;
  readonly now: EpochMs;
}

/** The limit that is reached first, by its likeliest time. */
function firstReach(
  app: App,
  past: AppMemoryPast,
  points: readonly SizePoint[],
  trend: MemoryTrend,
  around: Around,
): LimitReach | null {
  const { seen, tree, trees, now } = around;
  const found: LimitReach[] = [];
  const add = (kind: LimitKind, own: readonly SizePoint[], judged: MemoryTrend, bytes: number): void => {
    const reach = whenReached(own, judged, bytes, now);
    if (reach !== null) found.push({ kind, ...reach });
  };
  const restart = app.settings.maxMemoryRestartBytes;
  const pm2Points = pointsOf(past.pm2);
  const pm2Trend = restart === null ? null : memoryTrend(pm2Points, past.starts, now);
  // PM2 looks at the main process alone: where its children grow, this limit is never reached.
  if (restart !== null && pm2Trend?.kind === 'leak') add('max-memory-restart', pm2Points, pm2Trend, restart);
  const heap = heapLimit(app, tree);
  if (heap !== null) add('v8-heap', points, trend, heap);
  const held = points.at(-1)?.bytes ?? 0;
  for (const group of seen.cgroups ?? []) {
    if (group.home !== app.ref.home || group.limitBytes === null) continue;
    const others = othersOf(app, seen.daemons, trees);
    if (others !== null && group.limitBytes > others + held)
      add('cgroup', points, trend, group.limitBytes - others);
  }
  const own = seen.host?.limit ?? null;
  if (own !== null && own.usedBytes !== null && own.bytes > own.usedBytes)
    add('cgroup', points, trend, held + own.bytes - own.usedBytes);
  if (seen.host !== null) add('host', points, trend, held + seen.host.memory.availableBytes);
  return found.toSorted((a, b) => a.at - b.at)[0] ?? null;
}

/** A process that is too young is held against the slope of the one before it. */
function whenReached(
  points: readonly SizePoint[],
  { growth, isOfEarlierLife }: MemoryTrend,
  bytes: number,
  now: EpochMs,
): Omit<LimitReach, 'kind'> | null {
  if (growth === null) return null;
  if (!isOfEarlierLife) return reachOf(points, growth, bytes);
  const left = Math.max(0, bytes - (points.at(-1)?.bytes ?? 0));
  const after = (slope: number): EpochMs => now + (left / slope) * hourMs;
  return {
    bytes,
    at: after(growth.bytesPerHour),
    earliest: after(growth.highPerHour),
    latest: growth.lowPerHour > 0 ? after(growth.lowPerHour) : null,
  };
}

/**
 * The RSS at which V8 gives up: its old space, and what the process holds beside it now. Only where PM2's agent tells
 * the heap in use and it is most of the process: a leak outside V8's heap never reaches this limit.
 */
function heapLimit(app: App, tree: AppTree | null): number | null {
  const { maxOldSpaceMb } = app.settings;
  const rss = tree?.rssBytes ?? app.pm2RssBytes;
  if (maxOldSpaceMb === null || app.heapUsedBytes === null || rss === null) return null;
  return app.heapUsedBytes > rss / 2 ? maxOldSpaceMb * MiB + rss - app.heapUsedBytes : null;
}

/** What the other apps of the home hold, with their daemon; null = the process table was not seen. */
function othersOf(
  app: App,
  daemons: readonly Daemon[],
  trees: ReadonlyMap<string, AppTree> | null,
): number | null {
  const daemon = daemons.find(({ home }) => home === app.ref.home);
  if (trees === null || daemon === undefined) return null;
  return [...daemon.apps, ...daemon.modules]
    .filter((other) => other !== app)
    .map((other) => trees.get(appKey(other.ref)))
    .reduce((sum, tree) => sum + (tree?.pssBytes ?? tree?.rssBytes ?? 0), daemon.rssBytes ?? 0);
}
