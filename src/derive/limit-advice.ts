import type { Cgroup, HostFacts } from '../model/host.ts';
import type { App, AppRef, Daemon } from '../model/pm2.ts';
import type { ProcessTable } from '../model/process.ts';
import { groupBy } from './grouping.ts';
import { type AppTree, appKey, processTrees } from './process-tree.ts';

/** The one value each memory setting of an app gets in all advice, so that no two findings contradict each other. */
export interface LimitAdvice {
  readonly app: AppRef;
  /** Proposed `max_memory_restart`, as PM2 takes it (`700M`), and in bytes; null = no value can be defended. */
  readonly maxMemoryRestart: string | null;
  readonly maxMemoryRestartBytes: number | null;
  /** Proposed `--max-old-space-size` in MiB for Node apps; null = leave it. */
  readonly maxOldSpaceMb: number | null;
}

const MB = 1024 * 1024;
/** Room to grow: half as much again as now, so that ordinary peaks restart nothing. */
const roomRatio = 1.5;
/** A limit closer than this to today's use would restart a healthy app. */
const leastRoomRatio = 1.2;
/** PM2's agent and an idle Node alone take 60 to 80 MB (measured, PM2 7.0.4, Node 20): less than 150 MB restarts idle apps. */
const leastLimitBytes = 150 * MB;
const leastScaledBytes = 100 * MB;
/** All limits together may fill this share; the rest is for page cache, kernel and the next deploy. */
const fillRatio = 0.85;
/** V8's old space is the biggest part of a Node process, not all of it: stacks, buffers, code and the new space come on top. */
const heapRatio = 0.75;

/** All instances of one name: the ecosystem file has one entry for them, so they get one value. */
interface Group {
  readonly home: string;
  readonly apps: readonly App[];
  readonly currentBytes: number;
  readonly wantedBytes: number;
  readonly floorBytes: number;
}

/** What a group of apps may use together, and which homes it binds. */
interface Room {
  readonly holds: (group: Group) => boolean;
  readonly bytes: number;
}

/**
 * Answers: what limit should each app have on this host? Keyed by `appKey`; modules are left out.
 *
 * The rule, the same for every audit:
 * 1. PM2 compares `max_memory_restart` with the RSS of the main process alone (lib/Worker.js 7.0.4), so that figure is
 *    the base: the biggest one among the instances of a name. Where children hold half of the memory or more, the limit
 *    could never fire: no value. The same for an app whose use is not known.
 * 2. A limit already set stays when it is at least 1.2 times the use. Otherwise 1.5 times the use, rounded up to 50 MB
 *    (100 MB above 1 GB), at least 150 MB.
 * 3. All values times their instances, the daemons, apps without a value and everything else on the host must fit in
 *    85 % of the memory, and per daemon in 85 % of its cgroup's limit. If not, all are scaled down alike, never below 1.2
 *    times the use. If that does not fit either, the biggest app gets no value (its use alone overfills the host: it
 *    needs less memory or a bigger host, not a restart loop) and the rest is tried again.
 * 4. Node apps get a V8 heap of 75 % of the limit, so that V8 collects hard and ends with a stack trace before PM2 or the
 *    kernel ends it without one. A heap size already between 50 % and 85 % stays. None where the heap in use is within a
 *    fifth of it.
 *
 * The figures are today's: there is no history yet, so a limit can be too low for an app that has just started. Without
 * the host's memory no value can be checked, so none is given.
 */
export function limitAdvice(
  daemons: readonly Daemon[],
  processes: ProcessTable | null,
  host: HostFacts | null,
  cgroups: readonly Cgroup[] | null,
): ReadonlyMap<string, LimitAdvice> {
  const advice = new Map<string, LimitAdvice>();
  for (const daemon of daemons) for (const app of daemon.apps) advice.set(appKey(app.ref), advise(app, null));
  if (host === null) return advice;
  const trees = processes === null ? null : processTrees(daemons, processes).byApp;
  let groups: readonly Group[] = daemons.flatMap((daemon) => groupByName(daemon, trees));
  let outcome = allot(groups, findRooms(daemons, groups, processes, host, cgroups));
  while (outcome.overfull !== null) {
    groups = withoutBiggest(groups, outcome.overfull);
    outcome = allot(groups, findRooms(daemons, groups, processes, host, cgroups));
  }
  for (const [group, limitBytes] of outcome.limits) {
    for (const app of group.apps) advice.set(appKey(app.ref), advise(app, limitBytes));
  }
  return advice;
}

function groupByName(daemon: Daemon, trees: ReadonlyMap<string, AppTree> | null): readonly Group[] {
  const byName = groupBy(daemon.apps, (app) => `${app.ref.namespace}\n${app.ref.name}`);
  const groups: Group[] = [];
  for (const apps of byName.values()) {
    const uses = apps.map((app) => mainUse(app, trees?.get(appKey(app.ref)) ?? null));
    if (uses.includes('blind')) continue;
    const currentBytes = Math.max(0, ...uses.filter((use) => typeof use === 'number'));
    if (currentBytes === 0) continue;
    const floorBytes = Math.max(roundUp(currentBytes * leastRoomRatio, 10 * MB), leastScaledBytes);
    const set = Math.max(0, ...apps.map((app) => app.settings.maxMemoryRestartBytes ?? 0));
    const fresh = Math.max(stepUp(currentBytes * roomRatio), leastLimitBytes);
    groups.push({
      home: daemon.home,
      apps,
      currentBytes,
      wantedBytes: set >= floorBytes ? set : fresh,
      floorBytes,
    });
  }
  return groups;
}

/** RSS of the main process, bytes; `blind` where its children hold at least half; null = not known. */
function mainUse(app: App, tree: AppTree | null): number | 'blind' | null {
  if (tree === null || tree.main === null)
    return app.pid === null || !app.pm2RssBytes ? null : app.pm2RssBytes;
  const own = tree.pssBytes === null ? tree.main.rssBytes : (tree.main.pssBytes ?? tree.main.rssBytes);
  const all = tree.pssBytes ?? tree.rssBytes;
  if (tree.members.length > 1 && own * 2 <= all) return 'blind';
  return tree.main.rssBytes;
}

function findRooms(
  daemons: readonly Daemon[],
  groups: readonly Group[],
  processes: ProcessTable | null,
  host: HostFacts,
  cgroups: readonly Cgroup[] | null,
): readonly Room[] {
  const isLimited = new Set(groups.flatMap((group) => group.apps.map((app) => appKey(app.ref))));
  const fixedOf = (daemon: Daemon) =>
    (daemon.rssBytes ?? 0) + unlimitedUse(daemon, processes, daemons, isLimited);
  const fixed = daemons.reduce((total, daemon) => total + fixedOf(daemon), 0);
  const total = host.limit?.bytes ?? host.memory.totalBytes;
  const rooms: Room[] = [
    { holds: () => true, bytes: total * fillRatio - fixed - otherUse(daemons, processes, host) },
  ];
  for (const daemon of daemons) {
    for (const cgroup of cgroups ?? []) {
      if (cgroup.home !== daemon.home || cgroup.limitBytes === null) continue;
      rooms.push({
        holds: (group) => group.home === daemon.home,
        bytes: cgroup.limitBytes * fillRatio - fixedOf(daemon),
      });
    }
  }
  return rooms;
}

/** Bytes of apps and modules that get no value: they keep what they use. */
function unlimitedUse(
  daemon: Daemon,
  processes: ProcessTable | null,
  daemons: readonly Daemon[],
  isLimited: ReadonlySet<string>,
): number {
  const trees = processes === null ? null : processTrees(daemons, processes).byApp;
  let bytes = 0;
  for (const app of [...daemon.apps, ...daemon.modules]) {
    const tree = trees?.get(appKey(app.ref));
    const use =
      tree === undefined || tree.main === null ? (app.pm2RssBytes ?? 0) : (tree.pssBytes ?? tree.rssBytes);
    // Children of an app with a limit are not under that limit.
    if (!isLimited.has(appKey(app.ref))) bytes += use;
    else if (tree !== undefined && tree.main !== null)
      bytes += Math.max(0, use - (tree.main.pssBytes ?? tree.main.rssBytes));
  }
  return bytes;
}

/** Memory that is not PM2's, bytes. In a container the process table shows its own processes; outside, the kernel knows the sum. */
function otherUse(daemons: readonly Daemon[], processes: ProcessTable | null, host: HostFacts): number {
  if (processes !== null && host.limit !== null) {
    const trees = processTrees(daemons, processes);
    const daemonPids = new Set([...trees.daemons.values()].map((running) => running.pid));
    return processes.processes
      .filter((running) => !trees.appOfPid.has(running.pid) && !daemonPids.has(running.pid))
      .reduce((total, running) => total + (running.pssBytes ?? running.rssBytes), 0);
  }
  const used = host.memory.totalBytes - host.memory.availableBytes;
  return Math.max(0, used - daemons.reduce((total, daemon) => total + pm2Use(daemon, daemons, processes), 0));
}

function pm2Use(daemon: Daemon, daemons: readonly Daemon[], processes: ProcessTable | null): number {
  const trees = processes === null ? null : processTrees(daemons, processes).byApp;
  return [...daemon.apps, ...daemon.modules].reduce((total, app) => {
    const tree = trees?.get(appKey(app.ref));
    return (
      total +
      (tree === undefined || tree.main === null ? (app.pm2RssBytes ?? 0) : (tree.pssBytes ?? tree.rssBytes))
    );
  }, daemon.rssBytes ?? 0);
}

/** The value of each group; or the room in which not even the floors fit. */
function allot(
  groups: readonly Group[],
  rooms: readonly Room[],
): { readonly overfull: Room | null; readonly limits: ReadonlyMap<Group, number> } {
  const share = new Map(groups.map((group) => [group, 1]));
  for (const room of rooms) {
    const held = groups.filter(room.holds);
    const sum = (of: (group: Group) => number) =>
      held.reduce((total, group) => total + of(group) * group.apps.length, 0);
    const floors = sum((group) => group.floorBytes);
    const wanted = sum((group) => group.wantedBytes);
    if (held.length > 0 && floors > room.bytes) return { overfull: room, limits: new Map() };
    if (wanted <= room.bytes) continue;
    const scale = (room.bytes - floors) / (wanted - floors);
    for (const group of held) share.set(group, Math.min(share.get(group) ?? 1, scale));
  }
  const limits = groups.map((group): [Group, number] => {
    const scale = share.get(group) ?? 1;
    if (scale >= 1) return [group, group.wantedBytes];
    const scaled = group.floorBytes + (group.wantedBytes - group.floorBytes) * scale;
    return [group, Math.max(group.floorBytes, Math.floor(scaled / (10 * MB)) * 10 * MB)];
  });
  return { overfull: null, limits: new Map(limits) };
}

function withoutBiggest(groups: readonly Group[], room: Room): readonly Group[] {
  const size = (group: Group) => group.currentBytes * group.apps.length;
  const biggest = groups.filter(room.holds).reduce((a, b) => (size(b) > size(a) ? b : a));
  return groups.filter((group) => group !== biggest);
}

function advise(app: App, limitBytes: number | null): LimitAdvice {
  return {
    app: app.ref,
    maxMemoryRestart: limitBytes === null ? null : pm2Size(limitBytes),
    maxMemoryRestartBytes: limitBytes,
    maxOldSpaceMb: limitBytes === null || !isNode(app) ? null : heapFor(app, limitBytes),
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

function roundUp(bytes: number, step: number): number {
  return Math.ceil(bytes / step) * step;
}

function stepUp(bytes: number): number {
  return roundUp(bytes, bytes <= 1024 * MB ? 50 * MB : 100 * MB);
}
