import type { AppSample, DiskSample, Sample } from '../model/history.ts';
import type { App, AppRef, Daemon } from '../model/pm2.ts';
import type { CleanText } from '../model/text.ts';

export const levels = ['normal', 'watch', 'warn'] as const;
export type Level = (typeof levels)[number];

/** One thing that has a level, and its figure: bytes of a limit, or percent of one core. */
export type Figure =
  | { readonly kind: 'memory'; readonly used: number; readonly total: number }
  /** Calm: memory is free beside it, so what is in swap is idle and no shortage; then it counts as normal. */
  | { readonly kind: 'swap'; readonly used: number; readonly total: number; readonly isCalm: boolean }
  | { readonly kind: 'group'; readonly path: CleanText; readonly used: number; readonly total: number }
  | { readonly kind: 'disk'; readonly mount: CleanText; readonly used: number; readonly total: number }
  /** `app-limit`: PM2's own figure against max_memory_restart · `app-memory`: the tree of an app without one against `--threshold`. */
  | {
      readonly kind: 'app-limit' | 'app-memory';
      readonly app: AppRef;
      readonly used: number;
      readonly total: number;
    }
  | { readonly kind: 'cpu'; readonly app: AppRef; readonly used: number }
  | { readonly kind: 'daemon'; readonly home: CleanText; readonly used: number };

interface Limits {
  readonly watch: number;
  readonly warn: number;
}

const MB = 1024 * 1024;
/**
 * Shares of the total, percent of one core, bytes. The same as the report's, where they have their sources (contract
 * section 4); an app without a limit is warned of at `--threshold`, and watched from 80 % of it on.
 */
export const limits: { readonly [K in Figure['kind']]: Limits } = {
  memory: { watch: 0.8, warn: 0.9 },
  group: { watch: 0.8, warn: 0.9 },
  swap: { watch: 0.6, warn: 0.9 },
  disk: { watch: 0.8, warn: 0.9 },
  'app-limit': { watch: 0.8, warn: 0.95 },
  'app-memory': { watch: 0.8, warn: 1 },
  cpu: { watch: 50, warn: 80 },
  daemon: { watch: 150 * MB, warn: 500 * MB },
};

/** A level is left only this far below its limit, so that a figure on the limit does not flutter. */
const fallRatio = 0.95;
/** A busy moment is no alarm: CPU counts once it has stayed there for so many samples. */
const cpuSamples = 3;
/** Available memory from which on a full swap is history: the report's swap-exhausted. */
const calmAvailable = 0.2;
const stallPercent = 1;

/** Answers: which figures of this sample have a level, and what are they? Those that were not read are absent. */
export function figuresOf(
  sample: Sample,
  daemons: readonly Daemon[],
  thresholdBytes: number,
): readonly Figure[] {
  return [
    ...hostFigures(sample),
    ...groupFigures(sample),
    ...(sample.disks ?? []).map(diskFigure),
    ...(sample.apps ?? []).flatMap((row) => appFigures(row, settingsOf(daemons, row.app), thresholdBytes)),
    ...(sample.processes ?? [])
      .filter(({ role }) => role === 'daemon')
      .map(({ home, rssBytes }): Figure => ({ kind: 'daemon', home, used: rssBytes })),
  ];
}

function hostFigures({ host }: Sample): readonly Figure[] {
  if (host === null) return [];
  const { memoryTotalBytes: total, memoryAvailableBytes: available, swapTotalBytes, swapUsedBytes } = host;
  const isCalm =
    available >= total * calmAvailable &&
    available >= swapUsedBytes &&
    (host.memorySomePercent ?? 0) < stallPercent;
  return [
    { kind: 'memory', used: total - available, total },
    ...(swapTotalBytes > 0
      ? [{ kind: 'swap', used: swapUsedBytes, total: swapTotalBytes, isCalm } as const]
      : []),
  ];
}

/** Of a group with a limit: what PM2's processes hold, because the group's own figure has page cache in it. */
function groupFigures({ cgroups, processes }: Sample): readonly Figure[] {
  return (cgroups ?? []).flatMap(({ path, usedBytes, limitBytes }): readonly Figure[] => {
    if (limitBytes === null || usedBytes === null || processes === null) return [];
    const own = processes
      .filter(({ cgroup }) => cgroup === path || cgroup?.startsWith(`${path}/`))
      .reduce((sum, { rssBytes }) => sum + rssBytes, 0);
    return [{ kind: 'group', path, used: Math.min(own, usedBytes), total: limitBytes }];
  });
}

function diskFigure({ mount, totalBytes, freeBytes }: DiskSample): Figure {
  return { kind: 'disk', mount, used: totalBytes - freeBytes, total: totalBytes };
}

function settingsOf(daemons: readonly Daemon[], { home, pmId }: AppRef): App['settings'] | null {
  const daemon = daemons.find((each) => each.home === home);
  const app = [...(daemon?.apps ?? []), ...(daemon?.modules ?? [])].find(({ ref }) => ref.pmId === pmId);
  return app?.settings ?? null;
}

function appFigures(
  { app, pm2RssBytes, treeRssBytes, cpuPercent }: AppSample,
  settings: App['settings'] | null,
  thresholdBytes: number,
): readonly Figure[] {
  const limit = settings?.maxMemoryRestartBytes ?? null;
  const figures: Figure[] = [];
  if (limit !== null && pm2RssBytes !== null)
    figures.push({ kind: 'app-limit', app, used: pm2RssBytes, total: limit });
  if (settings !== null && limit === null && treeRssBytes !== null)
    figures.push({ kind: 'app-memory', app, used: treeRssBytes, total: thresholdBytes });
  if (cpuPercent !== null) figures.push({ kind: 'cpu', app, used: cpuPercent });
  return figures;
}

/** What is remembered of a figure from one sample to the next. */
interface Standing {
  readonly figure: Figure;
  readonly level: Level;
  /** CPU of the samples before. */
  readonly recent: readonly number[];
  /** What RSS counts more than once in the tree, as of the last look at PSS, bytes. */
  readonly shared: number;
}
export type Standings = ReadonlyMap<string, Standing>;

export interface Change {
  readonly figure: Figure;
  readonly from: Level;
  readonly to: Level;
}

/** Answers: what is each figure's level now, and which has changed? One that was not read keeps its own; a new one begins as normal. */
export function judge(
  before: Standings,
  sample: Sample,
  daemons: readonly Daemon[],
  thresholdBytes: number,
): { readonly standings: Standings; readonly changes: readonly Change[] } {
  const standings = new Map<string, Standing>();
  for (const [key, standing] of before) if (!wasRead(standing.figure, sample)) standings.set(key, standing);
  const changes: Change[] = [];
  for (const seen of figuresOf(sample, daemons, thresholdBytes)) {
    const key = keyOf(seen);
    const old = before.get(key);
    const shared = seen.kind === 'app-memory' ? (sharedOf(seen.app, sample) ?? old?.shared ?? 0) : 0;
    const figure = { ...seen, used: Math.max(0, seen.used - shared) };
    const from = old?.level ?? 'normal';
    const recent = figure.kind === 'cpu' ? [...(old?.recent ?? []), figure.used].slice(-cpuSamples) : [];
    const to = levelOf(figure, from, recent);
    standings.set(key, { figure, level: to, recent, shared });
    if (to !== from) changes.push({ figure, from, to });
  }
  return { standings, changes };
}

/** Pages that several processes of a tree share are in the RSS of each; null = PSS was not looked at. */
function sharedOf(app: AppRef, { apps }: Sample): number | null {
  const row = apps?.find((each) => each.app.pmId === app.pmId && each.app.home === app.home);
  if (row === undefined || row.treePssBytes === null || row.treeRssBytes === null) return null;
  return Math.max(0, row.treeRssBytes - row.treePssBytes);
}

/** The worst of all; `normal` where there are none. */
export function worstOf(standings: Standings): Level {
  let worst = 0;
  for (const { level } of standings.values()) worst = Math.max(worst, levels.indexOf(level));
  return levels[worst] ?? 'normal';
}

function levelOf(figure: Figure, before: Level, recent: readonly number[]): Level {
  const value = valueIn(figure);
  const { watch, warn } = limits[figure.kind];
  const isBusy = figure.kind !== 'cpu' || recent.length >= cpuSamples;
  const reaches = (limit: number, level: Level): boolean =>
    levels.indexOf(before) >= levels.indexOf(level)
      ? value >= limit * fallRatio
      : isBusy && value >= limit && recent.every((each) => each >= limit);
  return reaches(warn, 'warn') ? 'warn' : reaches(watch, 'watch') ? 'watch' : 'normal';
}

function valueIn(figure: Figure): number {
  if (!('total' in figure)) return figure.used;
  if (figure.total <= 0 || (figure.kind === 'swap' && figure.isCalm)) return 0;
  return figure.used / figure.total;
}

/** The part of a sample that has this figure was looked at. */
function wasRead(figure: Figure, sample: Sample): boolean {
  switch (figure.kind) {
    case 'memory':
    case 'swap':
      return sample.host !== null;
    case 'group':
      return sample.cgroups !== null && sample.processes !== null;
    case 'disk':
      return sample.disks !== null;
    case 'daemon':
      return sample.processes !== null;
    default:
      return sample.apps !== null;
  }
}

function keyOf(figure: Figure): string {
  const { kind } = figure;
  if ('app' in figure) return `${kind} ${figure.app.home} ${figure.app.pmId}`;
  if ('path' in figure) return `${kind} ${figure.path}`;
  if ('mount' in figure) return `${kind} ${figure.mount}`;
  return 'home' in figure ? `${kind} ${figure.home}` : kind;
}
