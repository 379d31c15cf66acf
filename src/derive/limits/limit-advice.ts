import type { Cgroup, HostFacts } from '../../model/host.ts';
import type { OomLog } from '../../model/oom.ts';
import type { App, AppRef, Daemon, Pm2Log } from '../../model/pm2.ts';
import type { ProcessTable } from '../../model/process.ts';
import type { AppLog } from '../../model/storage.ts';
import type { StartupFacts } from '../../model/systemd.ts';
import { entryKey, groupApps } from '../apps/app-groups.ts';
import { appKey, processTrees } from '../apps/process-tree.ts';
import { attributeKills } from '../kills/oom-attribution.ts';
import { killBounds } from './kill-bound.ts';
import { judgeEntry, type LimitEntry, leastRoomRatio, type NoLimit } from './limit-entry.ts';
import { fitsAlone, fitTogether } from './limit-fit.ts';
import { limitRooms } from './limit-room.ts';

export type { NoLimit } from './limit-entry.ts';

/** The one value each memory setting of an app gets in all advice, so that no two findings contradict each other. */
export interface LimitAdvice {
  readonly app: AppRef;
  /** Proposed `max_memory_restart`, as PM2 takes it (`700M`), and in bytes; null = no value can be defended. */
  readonly maxMemoryRestart: string | null;
  readonly maxMemoryRestartBytes: number | null;
  /** null = a limit is advised. */
  readonly none: NoLimit | null;
  /** Proposed `--max-old-space-size` in MiB for Node apps; null = leave it. */
  readonly maxOldSpaceMb: number | null;
}

/** All that the advice rests on. */
export interface AdviceEvidence {
  readonly daemons: readonly Daemon[];
  readonly processes: ProcessTable | null;
  readonly host: HostFacts | null;
  readonly cgroups: readonly Cgroup[] | null;
  readonly oomLog: OomLog | null;
  readonly pm2Log: readonly Pm2Log[] | null;
  readonly appLogs: readonly AppLog[] | null;
  readonly startup: StartupFacts | null;
}

/** What every audit that gives this advice asks for: with less, two audits would name two values. */
export const adviceWants = [
  'processes',
  'host',
  'cgroups',
  'oomLog',
  'pm2Log',
  'appLogs',
  'startup',
] as const satisfies readonly (keyof AdviceEvidence)[];

const MB = 1024 * 1024;
/** V8's old space is the biggest part of a Node process, not all of it: stacks, buffers, code and the new space come on top. */
const heapRatio = 0.75;

const known = new WeakMap<
  readonly Daemon[],
  { readonly seen: AdviceEvidence; readonly advice: ReadonlyMap<string, LimitAdvice> }[]
>();

/**
 * Answers: what limit should each app have on this host? Keyed by `appKey`; modules are left out. Remembered for the
 * same evidence.
 *
 * 1. PM2 compares `max_memory_restart` with the RSS of the main process alone (lib/Worker.js 7.0.4), so that figure is
 *    the base: the biggest one among the instances of a name. Where children hold half of the memory or more, the limit
 *    could never fire: no value. The same for an app whose use is not known.
 * 2. A limit in force stays, unless it is proven wrong: below 1.2 times the use it restarts a healthy app; above the
 *    ceiling of 3, or above 85 % of the memory there is, it comes too late.
 * 3. Killed for memory by its own growth (`killBounds`): 60 % of the smallest size it was killed at, up to 75 % where its
 *    use needs that, and at most 80 % of the limit of the group that was full. If that is not above its use, no value: it
 *    was killed at its ordinary size, so it needs more memory and not a restart.
 * 4. Otherwise 1.5 times the use, in steps of 50 MB (100 MB above 1 GB), at least 150 MB.
 * 5. Apps seldom leak all at once: each limit must fit into 85 % of the memory beside what everything else uses now
 *    (`fitsAlone`), and all limits together promise no more than there is (`fitTogether`, what memory-overcommit counts).
 *    To fit, values go down to 1.2 times the use (24 MB more at least), guesses first, then limits in force, those of 3 last.
 * 6. Node apps get a V8 heap of 75 % of the limit, so that V8 collects hard and ends with a stack trace before PM2 or the
 *    kernel ends it without one. A heap size already between 50 % and 85 % stays. None where the heap in use is within a
 *    fifth of it.
 *
 * The figures are today's, or the peak that a collector has learned over days; without one a limit can be too low for an
 * app that has just started. Without the host's memory no value can be checked, so none is given.
 */
export function limitAdvice(seen: AdviceEvidence): ReadonlyMap<string, LimitAdvice> {
  const earlier = known.get(seen.daemons) ?? [];
  known.set(seen.daemons, earlier);
  const before = earlier.find((one) => adviceWants.every((key) => one.seen[key] === seen[key]));
  if (before !== undefined) return before.advice;
  const advice = findAdvice(seen);
  earlier.push({ seen, advice });
  return advice;
}

function findAdvice(seen: AdviceEvidence): ReadonlyMap<string, LimitAdvice> {
  const { daemons, processes, host, cgroups, oomLog } = seen;
  const advice = new Map<string, LimitAdvice>();
  const note = (apps: readonly App[], none: NoLimit | null, bytes: number | null = null) => {
    for (const app of apps) advice.set(appKey(app.ref), advise(app, none, bytes));
  };
  const trees = processes === null ? null : processTrees(daemons, processes).byApp;
  const bounds = killBounds(oomLog === null ? [] : attributeKills({ ...seen, oomLog }), cgroups);
  const rooms = host === null ? [] : limitRooms(daemons, processes, host, cgroups);
  const entries: LimitEntry[] = [];
  const limitsLeft: { readonly home: string; readonly bytes: number }[] = [];
  for (const { home, apps } of groupApps(daemons)) {
    const [first] = apps;
    const bound = first === undefined ? undefined : bounds.get(entryKey(first.ref));
    const tightest = Math.min(
      ...rooms.filter((room) => room.home === null || room.home === home).map((room) => room.bytes),
    );
    const entry = host === null ? 'host-unseen' : judgeEntry(home, apps, trees, bound, tightest);
    const fitted = typeof entry === 'string' ? null : fitsAlone(entry, rooms);
    if (typeof entry !== 'string' && fitted !== null) entries.push({ ...entry, wantedBytes: fitted });
    else {
      note(apps, typeof entry === 'string' ? entry : 'no-room');
      for (const app of apps)
        if (app.pid !== null) limitsLeft.push({ home, bytes: app.settings.maxMemoryRestartBytes ?? 0 });
    }
  }
  for (const [entry, bytes] of fitTogether(entries, limitsLeft, rooms)) note(entry.apps, null, bytes);
  return advice;
}

function advise(app: App, none: NoLimit | null, bytes: number | null): LimitAdvice {
  return {
    app: app.ref,
    maxMemoryRestart: bytes === null ? null : pm2Size(bytes),
    maxMemoryRestartBytes: bytes,
    none,
    maxOldSpaceMb: bytes === null || !isNode(app) ? null : heapFor(app, bytes),
  };
}

function heapFor(app: App, limitBytes: number): number | null {
  const limitMb = limitBytes / MB;
  const set = app.settings.maxOldSpaceMb;
  if (set !== null && set >= limitMb * 0.5 && set <= limitMb * 0.85) return set;
  const heapMb = Math.floor((limitMb * heapRatio) / 5) * 5;
  return app.heapUsedBytes !== null && app.heapUsedBytes * leastRoomRatio > heapMb * MB ? null : heapMb;
}

function isNode(app: App): boolean {
  return app.interpreter === null ? app.nodeVersion !== null : /(^|\/)node(js)?$/.test(app.interpreter);
}

/** PM2 takes whole numbers with K, M or G (lib/API/schema.json 7.0.4: `^\d+(G|M|K)?$`), powers of 1024. */
function pm2Size(bytes: number): string {
  if (bytes % MB === 0) return `${bytes / MB}M`;
  return bytes % 1024 === 0 ? `${bytes / 1024}K` : String(bytes);
}
