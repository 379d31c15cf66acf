import type { AttributedKill, OomKill, OomLog } from '../../model/oom.ts';
import type { AppRef, Daemon } from '../../model/pm2.ts';
import type { CleanText, Quote } from '../../model/text.ts';
import { type AppTree, appKey } from '../apps/process-tree.ts';
import { type CgroupTie, cgroupTie, takesUnit } from './cgroup-tie.ts';
import { commFit, isDaemonComm } from './comm-fit.ts';
import { quoteOf } from './kill-pairing.ts';
import {
  type AttributionInput,
  canHold,
  isNamed,
  isOwnUnit,
  roleOf,
  type Scene,
  setScene,
  type Tie,
} from './kill-scene.ts';

export type { AttributionInput } from './kill-scene.ts';

const known = new WeakMap<
  OomLog,
  { readonly input: AttributionInput; readonly result: readonly AttributedKill[] }[]
>();

/**
 * Answers: which app did each kill take, and how sure is that? One entry a kill, oldest first; kills without a time
 * last. Remembered for the same inputs.
 *
 * A killed pid is gone, so what is alive now proves little. From the surest to the weakest:
 * - PM2's daemon by its title, and whether a daemon started right after (`daemon-name`).
 * - The pid PM2 still has on record for an app, gone from /proc, started before the kill (`pid-of-app`).
 * - A log of the app that names the pid at that time: a worker; the app lived on (`pid-in-app-log`).
 * - Another cgroup than that of any daemon alive at the time (`other-cgroup`).
 * - A sudden end in pm2.log within seconds, where exactly one pairing fits (`sigkill-in-pm2-log`) and the victim's name or
 *   unit is the app's: likely, never certain.
 * - The victim lived in PM2's cgroup, or beside live processes of apps in the kernel's table (`tasks-of-app`): possible.
 * All apps of one daemon share one cgroup, and apps below one folder share a name: neither tells apps apart.
 */
export function attributeKills(input: AttributionInput): readonly AttributedKill[] {
  const earlier = known.get(input.oomLog) ?? [];
  known.set(input.oomLog, earlier);
  const before = earlier.find(({ input: other }) => isSame(input, other));
  if (before !== undefined) return before.result;
  const scene = setScene(input);
  const result = [...input.oomLog.kills]
    .sort((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity) || 0)
    .map((kill) => {
      const tie = attribute(kill, scene);
      return { kill, ...tie, biggest: biggestAt(kill, tie, scene) };
    });
  earlier.push({ input, result });
  return result;
}

function isSame(a: AttributionInput, b: AttributionInput): boolean {
  const sameDaemons = a.daemons === b.daemons || (a.daemons.length === 0 && b.daemons.length === 0);
  return (
    sameDaemons &&
    a.processes === b.processes &&
    a.pm2Log === b.pm2Log &&
    a.appLogs === b.appLogs &&
    a.startup === b.startup
  );
}

function attribute(kill: OomKill, scene: Scene): Tie {
  return (
    asUnit(kill, scene) ??
    asDaemon(kill, scene) ??
    asPidOfApp(kill, scene) ??
    asNamedInLog(kill, scene) ??
    asElsewhere(kill, scene) ??
    asSuddenExit(kill, scene) ??
    asLivePid(kill, scene) ??
    asNeighbour(kill, scene) ?? {
      app: null,
      candidates: [],
      role: null,
      confidence: 'none',
      because: kill.quotes,
      reason: 'no-tie',
    }
  );
}

/** systemd-oomd takes a whole unit: the daemon and all its apps. */
function asUnit(kill: OomKill, scene: Scene): Tie | null {
  const { unit } = kill;
  if (unit === null || kill.pid !== null) return null;
  const holder = scene.startup?.holders.find((each) => takesUnit(unit, each));
  if (holder === undefined) return null;
  const daemon = scene.daemonOf.get(holder.home);
  const isPm2Unit = holder.unit?.name.startsWith('pm2-') ?? false;
  return {
    app: null,
    candidates: daemon?.apps.map((app) => app.ref) ?? [],
    role: 'daemon',
    // A session scope may have been another one then; PM2's own unit is the same under every daemon.
    confidence: kill.at !== null && (isPm2Unit || wasAlive(daemon, kill.at)) ? 'certain' : 'possible',
    because: kill.quotes,
    reason: 'daemon-name',
  };
}

function asDaemon(kill: OomKill, scene: Scene): Tie | null {
  const { at } = kill;
  const daemon = scene.daemons.find((each) => each.pid !== null && each.pid === kill.pid);
  if (!isDaemonComm(kill.comm)) return null;
  // A live daemon of that pid that is older than the kill was not killed.
  if (at !== null && daemon?.state === 'online' && daemon.startedAt !== null && daemon.startedAt <= at)
    return null;
  const because: Quote[] = [...kill.quotes];
  let isSure = false;
  for (const log of scene.pm2Log ?? []) {
    const next =
      at === null
        ? undefined
        : log.events.find((line) => isAfterwards(line.at, at) && line.event.kind.startsWith('daemon-'));
    if (next === undefined) continue;
    because.push(quoteOf(log, next));
    isSure ||= next.event.kind === 'daemon-started';
  }
  isSure ||= scene.daemons.some((each) => at !== null && isAfterwards(each.startedAt, at));
  return {
    app: null,
    candidates: [],
    role: 'daemon',
    confidence: at !== null && isSure ? 'certain' : 'likely',
    because,
    reason: 'daemon-name',
  };
}

/** Within five minutes: systemd's restart, an operator's `pm2 resurrect`. */
function isAfterwards(time: number | null, at: number): boolean {
  return time !== null && time >= at - 2_000 && time <= at + 300_000;
}

function asPidOfApp(kill: OomKill, scene: Scene): Tie | null {
  if (kill.pid === null) return null;
  const app = scene.apps.find((each) => each.pid === kill.pid || each.lastPid === kill.pid);
  if (app === undefined) return null;
  const tree = scene.trees?.byApp.get(appKey(app.ref)) ?? null;
  const fit = commFit(kill.comm, app, null);
  const isElsewhere = cgroupTie(kill, app.ref.home, scene.startup, scene.daemonOf) === 'elsewhere';
  if (fit === 'misfits' || (isElsewhere && fit !== 'fits')) return null;
  const tie = {
    app: app.ref,
    candidates: [],
    role: roleOf(app),
    because: kill.quotes,
    reason: 'pid-of-app',
  } as const;
  if (kill.at === null) return fit === 'fits' ? { ...tie, confidence: 'possible' } : null;
  if (app.startedAt === null || app.startedAt > kill.at) return null;
  // Still there: the kill is not done yet, or its time is not what it seems.
  if (tree === null || tree.main !== null || scene.byPid.has(kill.pid))
    return { ...tie, confidence: 'possible' };
  return { ...tie, confidence: fit === 'fits' ? 'certain' : 'likely' };
}

/** Texts that name a process that was killed; a master or a shell writes them of its child. */
const childTexts = new Set(['gunicorn-signal9', 'celery-sigkill', 'shell-killed', 'uvicorn-child-died']);
const logToleranceMs = 10_000;

function asNamedInLog(kill: OomKill, scene: Scene): Tie | null {
  const found = (scene.appLogs ?? []).flatMap((log) =>
    log.texts
      .filter((text) => kill.pid !== null && text.pid === kill.pid && childTexts.has(text.kind))
      .map((text) => ({ log, text, nearness: nearness(text.at, kill.at) })),
  );
  const near = found.filter(({ nearness: each }) => each === 'near');
  const best = near.length > 0 ? near : found.filter(({ nearness: each }) => each === 'unknown');
  const apps = new Map(best.map(({ log }) => [appKey(log.app), log.app]));
  const [first, ...rest] = apps.values();
  if (first === undefined) return null;
  // A shell notes no time with the pid; the app's end in the same moment does.
  const exit = scene.pairings.get(kill)?.exit;
  const isShell = typeof exit?.by === 'number' && exit.app !== null && appKey(exit.app.ref) === appKey(first);
  const because = [
    ...kill.quotes,
    ...best.slice(0, 3).map(({ text }) => text.quote),
    ...(isShell ? [exit.quote] : []),
  ];
  const isProven = (near.length > 0 || isShell) && rest.length === 0;
  return {
    app: first,
    candidates: rest,
    role: 'child',
    confidence: isProven ? 'certain' : 'possible',
    because,
    reason: 'pid-in-app-log',
  };
}

function nearness(logged: number | null, killed: number | null): 'near' | 'far' | 'unknown' {
  if (logged === null || killed === null) return 'unknown';
  return Math.abs(logged - killed) <= logToleranceMs ? 'near' : 'far';
}

/** Outside the cgroup of every daemon; only possibly so where an app of ours goes by that name. */
function asElsewhere(kill: OomKill, scene: Scene): Tie | null {
  if (scene.daemons.length === 0 || kill.taskMemcg === null || scene.pairings.has(kill)) return null;
  const ties = scene.daemons.map(
    (daemon): CgroupTie => cgroupTie(kill, daemon.home, scene.startup, scene.daemonOf),
  );
  if (!ties.every((tie) => tie === 'elsewhere')) return null;
  const confidence = scene.apps.some((app) => canHold(kill, app, scene)) ? 'possible' : 'certain';
  return {
    app: null,
    candidates: [],
    role: 'other',
    confidence,
    because: kill.quotes,
    reason: 'other-cgroup',
  };
}

function asSuddenExit(kill: OomKill, scene: Scene): Tie | null {
  const pairing = scene.pairings.get(kill);
  if (pairing === undefined) return null;
  const { exit, others, isOnly } = pairing;
  const because = [...kill.quotes, exit.quote, ...others.slice(0, 3).map((other) => other.quote)];
  const candidates = others.flatMap((other) => (other.app === null ? [] : [other.app.ref]));
  const reason = 'sigkill-in-pm2-log';
  // The line names an app that is gone from PM2's list: it was that one, and we have no record of it.
  if (exit.app === null)
    return {
      app: null,
      candidates,
      role: null,
      confidence: candidates.length > 0 ? 'possible' : 'none',
      because,
      reason,
    };
  const role = typeof exit.by === 'number' ? 'child' : roleOf(exit.app);
  const confidence = isOnly && isNamed(kill, exit.app, role, scene) ? 'likely' : 'possible';
  return { app: exit.app.ref, candidates, role, confidence, because, reason };
}

/** The pid is alive and older than the kill: it is dying, or the kill's time is wrong. */
function asLivePid(kill: OomKill, scene: Scene): Tie | null {
  const { pid, at } = kill;
  const app = pid === null ? undefined : scene.trees?.appOfPid.get(pid);
  if (pid === null || at === null || app === undefined) return null;
  const running = scene.byPid.get(pid);
  if (running === undefined || running.startedAt > at || running.comm !== kill.comm) return null;
  const tree = scene.trees?.byApp.get(appKey(app));
  const role = tree?.main?.pid === pid ? roleOf(tree.app) : 'child';
  return { app, candidates: [], role, confidence: 'possible', because: kill.quotes, reason: 'pid-in-tree' };
}

/** A victim in PM2's cgroup that left no trace in any log: a child whose app lived on, or an app that is gone. */
function asNeighbour(kill: OomKill, scene: Scene): Tie | null {
  const homes = new Set<CleanText>();
  for (const { home } of scene.daemons) {
    if (cgroupTie(kill, home, scene.startup, scene.daemonOf) === 'inside') homes.add(home);
  }
  if (homes.size === 0 && kill.constraint === 'memcg') {
    for (const task of kill.tasks) {
      const tree = scene.treeOfMain.get(task.pid);
      if (tree !== undefined && stoodBeside(kill, task, tree)) homes.add(tree.app.ref.home);
    }
  }
  const near = scene.apps.filter((app) => homes.has(app.ref.home));
  const named = near.filter((app) => canHold(kill, app, scene));
  // In a unit of PM2's own there is nothing but PM2, so one of the apps held it; a session's scope holds other things too.
  const fitting = named.length > 0 ? named : near.filter((app) => isOwnUnit(app.ref.home, scene));
  const [first, ...rest] = fitting;
  if (first === undefined) return null;
  const tie = { confidence: 'possible', because: kill.quotes, reason: 'tasks-of-app' } as const;
  if (rest.length > 0) return { ...tie, app: null, candidates: fitting.map((app) => app.ref), role: null };
  // PM2 saw nothing and its main process is older than the kill: a child, while the app lived on.
  const livedOn =
    kill.at !== null && first.startedAt !== null && first.startedAt < kill.at && first.status === 'online';
  return { ...tie, app: first.ref, candidates: [], role: livedOn ? 'child' : null };
}

/** The app's live main process stands in the kernel's table of this kill. */
function stoodBeside(kill: OomKill, task: OomKill['tasks'][number], { main }: AppTree): boolean {
  return main !== null && kill.at !== null && main.startedAt <= kill.at && task.comm === main.comm;
}

function wasAlive(daemon: Daemon | undefined, at: number): boolean {
  return daemon?.startedAt != null && daemon.startedAt <= at;
}

/** The five biggest rows of the kernel's table, with their app where the process still lives or is the victim. */
function biggestAt(kill: OomKill, tie: Tie, scene: Scene): AttributedKill['biggest'] {
  const isTied = tie.confidence === 'certain' || tie.confidence === 'likely';
  return kill.tasks.slice(0, 5).map((task) => {
    if (task.pid === kill.pid && isTied && tie.app !== null)
      return { name: task.comm, app: tie.app, rssBytes: task.rssBytes };
    const running = scene.byPid.get(task.pid);
    const isThen =
      running !== undefined && kill.at !== null && running.startedAt <= kill.at && running.comm === task.comm;
    const app: AppRef | null = isThen ? (scene.trees?.appOfPid.get(task.pid) ?? null) : null;
    return { name: task.comm, app, rssBytes: task.rssBytes };
  });
}
