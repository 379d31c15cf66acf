import type { App } from '../../model/pm2.ts';
import { type AppTree, appKey } from '../apps/process-tree.ts';
import type { KillBound } from './kill-bound.ts';

/** Why no limit is advised. `killed-near`: the kernel came before the app could grow beyond its ordinary size. */
export type NoLimit = 'host-unseen' | 'use-unknown' | 'in-children' | 'killed-near' | 'no-room';

/** One entry of the ecosystem file: all instances of one name get one value. Bytes. */
export interface LimitEntry {
  readonly home: string;
  readonly apps: readonly App[];
  readonly instances: number;
  /** What the main processes really take together, pages shared with others counted once. */
  readonly useBytes: number;
  readonly floorBytes: number;
  readonly wantedBytes: number;
  /** Where the wish comes from. A limit in force need not prove that it fits beside the others. */
  readonly from: 'guess' | 'force' | 'kill';
}

const MB = 1024 * 1024;
/** Room to grow: half as much again as now, so that ordinary peaks restart nothing. */
const roomRatio = 1.5;
/** A limit closer than this to today's use would restart a healthy app. */
export const leastRoomRatio = 1.2;
/** A small app swings by more than a fifth: one and a half semi-spaces of V8, 16 MB each (Node 20, --max-semi-space-size). */
const leastRoomBytes = 24 * MB;
/** PM2's agent and an idle Node alone take 60 to 80 MB (measured, PM2 7.0.4, Node 20): where there is room, nothing lower. */
const leastLimitBytes = 150 * MB;
/** Of the size at which the kernel killed it: the app kept growing at half of it, and three quarters come too late. */
const ofKillRatio = 0.6;

/**
 * Answers: what would this entry like, and what does it need at least? Or why no limit can be defended. The rules are told
 * at `limitAdvice`; here no other app is looked at.
 */
export function judgeEntry(
  home: string,
  apps: readonly App[],
  trees: ReadonlyMap<string, AppTree> | null,
  bound: KillBound | undefined,
  tightestBytes: number,
): LimitEntry | NoLimit {
  const uses = apps.map((app) => mainUse(app, trees?.get(appKey(app.ref)) ?? null));
  if (uses.includes('in-children')) return 'in-children';
  const sizes = uses.filter((use) => use !== null && use !== 'in-children');
  const mainBytes = Math.max(0, ...sizes.map(({ rssBytes }) => rssBytes));
  if (mainBytes === 0) return 'use-unknown';
  const ceiling = bound?.ceilingBytes ?? Infinity;
  const floorBytes = roundUp(Math.max(mainBytes * leastRoomRatio, mainBytes + leastRoomBytes), 10 * MB);
  if (floorBytes > ceiling) return 'killed-near';
  const set = Math.max(0, ...apps.map((app) => app.settings.maxMemoryRestartBytes ?? 0));
  const isSet = set >= mainBytes * leastRoomRatio && set <= ceiling && set <= tightestBytes * 0.85;
  const fresh = Math.max(stepUp(mainBytes * roomRatio), leastLimitBytes);
  const ofKill = stepDown((bound?.leastBytes ?? 0) * ofKillRatio);
  const wantedBytes = isSet ? set : Math.min(ceiling, Math.max(fresh, ofKill));
  return {
    home,
    apps,
    instances: apps.filter((app) => app.pid !== null).length || apps.length,
    useBytes: sizes.reduce((total, { pssBytes }) => total + pssBytes, 0),
    floorBytes: Math.min(floorBytes, wantedBytes),
    wantedBytes,
    from: isSet ? 'force' : bound !== undefined ? 'kill' : 'guess',
  };
}

/** RSS of the main process, which PM2 compares, and its true share; null = not known. */
function mainUse(
  app: App,
  tree: AppTree | null,
): { readonly rssBytes: number; readonly pssBytes: number } | 'in-children' | null {
  if (tree === null || tree.main === null) {
    if (app.pid === null || !app.pm2RssBytes) return null;
    return { rssBytes: Math.max(app.pm2RssBytes, app.learnedPeakBytes ?? 0), pssBytes: app.pm2RssBytes };
  }
  const { main } = tree;
  const own = tree.pssBytes === null ? main.rssBytes : (main.pssBytes ?? main.rssBytes);
  const all = tree.pssBytes ?? tree.rssBytes;
  if (tree.members.length > 1 && own * 2 <= all) return 'in-children';
  // What it was seen to need on other days counts as much as what it needs now.
  const rssBytes = Math.max(main.rssBytes, app.learnedPeakBytes ?? 0);
  return { rssBytes, pssBytes: main.pssBytes ?? main.rssBytes };
}

function roundUp(bytes: number, step: number): number {
  return Math.ceil(bytes / step) * step;
}

function stepUp(bytes: number): number {
  return roundUp(bytes, bytes <= 1024 * MB ? 50 * MB : 100 * MB);
}

function stepDown(bytes: number): number {
  const step = bytes < 200 * MB ? 10 * MB : bytes <= 1024 * MB ? 50 * MB : 100 * MB;
  return Math.floor(bytes / step) * step;
}
