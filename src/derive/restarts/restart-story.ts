import type { AttributedKill } from '../../model/oom.ts';
import type { App, BusEvent, BusObservation, Daemon, Pm2Log } from '../../model/pm2.ts';
import type { Cause, Restart, RestartStory } from '../../model/restart.ts';
import type { AppLog } from '../../model/storage.ts';
import type { UnitJournal } from '../../model/systemd.ts';
import type { EpochMs } from '../../model/text.ts';
import { appKey } from '../apps/process-tree.ts';
import { groupBy } from '../grouping.ts';
import { mergeBusLines } from './bus-lines.ts';
import { readTimeline } from './log-timeline.ts';
import type { LogTimeline, ProcessEnd } from './process-end.ts';
import { type CauseEvidence, findCause } from './restart-cause.ts';

export interface StoryInput {
  readonly daemons: readonly Daemon[];
  readonly pm2Log: readonly Pm2Log[] | null;
  readonly bus: BusObservation | null;
  readonly kills: readonly AttributedKill[] | null;
  readonly appLogs: readonly AppLog[] | null;
  readonly unitJournal: readonly UnitJournal[] | null;
  readonly window: { readonly from: EpochMs; readonly to: EpochMs };
  readonly now: EpochMs;
  /** From when on a kill would have been seen; not given = from the first kill that was. */
  readonly killsFrom?: EpochMs | null;
}

const known = new WeakMap<
  readonly Daemon[],
  { readonly input: StoryInput; readonly result: readonly RestartStory[] }[]
>();
const failures: ReadonlySet<Cause> = new Set([
  'oom-kill',
  'heap-oom',
  'memory-limit',
  'crash',
  'signal',
  'clean-exit',
  'unknown',
]);
const loopGapMs = 5 * 60_000;
const loopRestarts = 3;
const goesOnMs = 10 * 60_000;
/** As for `pairKills`: PM2 notes the end up to 5 s after the kill; clocks differ by up to 2 s. */
const killBeforeMs = 5_000;
const killAfterMs = 2_000;

/**
 * Answers: how often did each app restart, when, and why? One story an app of `daemons`, in their order, modules after
 * the apps of their daemon. Remembered for the same inputs.
 *
 * A restart is a start that PM2 made because a process ended. A stop is none, nor is a start by hand after a stop.
 * Counted against PM2's counter are those since the present daemon started, because it starts at 0 with each daemon.
 * Only apps that a daemon lists get restarts, and only by id and name together; ends under an earlier daemon, which may
 * have given other ids, also by a name that is unique.
 */
export function restartStories(input: StoryInput): readonly RestartStory[] {
  const earlier = known.get(input.daemons) ?? [];
  known.set(input.daemons, earlier);
  const before = earlier.find(({ input: other }) => isSame(input, other));
  if (before !== undefined) return before.result;
  const result = input.daemons.flatMap((daemon) => tellDaemon(daemon, input));
  earlier.push({ input, result });
  return result;
}

function isSame(a: StoryInput, b: StoryInput): boolean {
  return (
    a.pm2Log === b.pm2Log &&
    a.bus === b.bus &&
    a.kills === b.kills &&
    a.appLogs === b.appLogs &&
    a.unitJournal === b.unitJournal &&
    a.window.from === b.window.from &&
    a.window.to === b.window.to &&
    a.now === b.now &&
    a.killsFrom === b.killsFrom
  );
}

function tellDaemon(daemon: Daemon, input: StoryInput): readonly RestartStory[] {
  const apps = [...daemon.apps, ...daemon.modules];
  const log = input.pm2Log?.find((each) => each.home === daemon.home) ?? null;
  const lines = mergeBusLines(log?.events ?? [], input.bus, daemon.home);
  const timeline = readTimeline(lines);
  const ends = endsByApp(apps, timeline);
  const heard = groupBy(input.bus?.events.filter((each) => each.home === daemon.home) ?? [], pmIdOf);
  const kills = killsByApp(input.kills ?? []);
  const times = (input.kills ?? []).map(({ kill }) => kill.at).filter((at) => at !== null);
  const shared = {
    log: { path: log?.path ?? daemon.home, utcOffsetMinutes: log?.utcOffsetMinutes ?? null },
    killsFrom:
      input.kills === null
        ? null
        : (input.killsFrom ?? times.reduce((least, at) => Math.min(least, at), Infinity)),
    covers: { from: timeline.from, to: later(timeline.to, log?.coversTo ?? null) },
    journal: input.unitJournal ?? [],
    daemonKills: (input.kills ?? []).filter(({ role }) => role === 'daemon'),
    daemonStartedAt: daemon.startedAt,
  };
  return apps.map((app) => {
    const evidence = {
      ...shared,
      app,
      heard: heard.get(app.ref.pmId) ?? [],
      appLogs: (input.appLogs ?? []).filter((each) => appKey(each.app) === appKey(app.ref)),
    };
    const own = ends.get(appKey(app.ref)) ?? [];
    return tellApp(own, evidence, kills.get(appKey(app.ref)) ?? [], timeline, input, log?.coversFrom ?? null);
  });
}

function later(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

function pmIdOf({ event }: BusEvent): number | null {
  return event.kind === 'process' || event.kind === 'exception' ? event.pmId : null;
}

function endsByApp(apps: readonly App[], timeline: LogTimeline): ReadonlyMap<string, readonly ProcessEnd[]> {
  const exact = new Map(apps.map((app) => [`${app.ref.pmId}\n${app.ref.name}`, appKey(app.ref)]));
  const byName = groupBy(apps, (app) => app.ref.name);
  const lastBanner = timeline.daemonStarts.at(-1)?.at ?? null;
  const ends = new Map<string, ProcessEnd[]>();
  for (const end of timeline.ends) {
    let key = exact.get(`${end.pmId}\n${end.name}`);
    const time = end.restartedAt ?? end.at;
    if (key === undefined && lastBanner !== null && time !== null && time < lastBanner) {
      const [only, another] = byName.get(end.name) ?? [];
      if (only !== undefined && another === undefined) key = appKey(only.ref);
    }
    if (key === undefined) continue;
    const own = ends.get(key);
    if (own === undefined) ends.set(key, [end]);
    else own.push(end);
  }
  return ends;
}

/** Kills that took an app, or a child behind its shell; those it is only a candidate for stay `possible`. */
function killsByApp(kills: readonly AttributedKill[]): ReadonlyMap<string, readonly AttributedKill[]> {
  const byApp = new Map<string, AttributedKill[]>();
  const add = (key: string, kill: AttributedKill): void => {
    const own = byApp.get(key);
    if (own === undefined) byApp.set(key, [kill]);
    else own.push(kill);
  };
  for (const kill of kills) {
    if (kill.kill.at === null || kill.confidence === 'none') continue;
    if (kill.app !== null) add(appKey(kill.app), kill);
    for (const candidate of kill.candidates) add(appKey(candidate), { ...kill, confidence: 'possible' });
  }
  return byApp;
}

function tellApp(
  ends: readonly ProcessEnd[],
  evidence: Omit<CauseEvidence, 'kill'>,
  kills: readonly AttributedKill[],
  timeline: LogTimeline,
  input: StoryInput,
  coversFrom: EpochMs | null,
): RestartStory {
  const { app } = evidence;
  const lastBanner = timeline.daemonStarts.at(-1)?.at ?? -Infinity;
  const all: Restart[] = [];
  let counted = 0;
  const kill = killFinder(kills);
  for (const end of ends) {
    const found = findCause(end, { ...evidence, kill: kill(end) });
    const at = end.byDaemon !== null ? end.restartedAt : (end.at ?? end.restartedAt);
    if (end.restartedAt === null || at === null) continue;
    // What PM2 starts again while it is being ended is part of that end.
    if (end.whileEnding !== null && found.cause !== 'oom-kill') continue;
    if (end.byDaemon === null && end.restartedAt >= lastBanner) {
      if (isDenied(app, end, end.restartedAt)) continue;
      counted += 1;
    }
    const endedAt = end.at ?? end.byDaemon?.farewell?.at ?? end.byDaemon?.at ?? at;
    const uptimeMs = end.startedAt === null ? null : Math.max(0, endedAt - end.startedAt);
    const next = end.byDaemon !== null ? 'resurrected' : end.isOld ? 'replaced' : 'restarted';
    all.push({ app: app.ref, at, uptimeMs, ...found, next, nextAt: end.restartedAt, daemonEnd: null });
  }
  all.sort((a, b) => a.at - b.at);
  const restarts = all.filter(({ at }) => at >= input.window.from && at <= input.window.to);
  const byCause: { [C in Cause]?: number } = {};
  for (const { cause } of restarts) byCause[cause] = (byCause[cause] ?? 0) + 1;
  const loops = findLoops(restarts);
  const last = restarts.at(-1) ?? all.at(-1);
  const lastLoop = loops.at(-1);
  const isOver = app.status === 'errored' || app.status === 'stopped';
  return {
    app: app.ref,
    counter: app.restartCounter,
    restarts,
    byCause,
    unexplained: Math.max(0, app.restartCounter - counted),
    unexplainedWhy: app.restartCounter > counted ? 'unknown' : null,
    stops: [],
    starts: [],
    crashes: [],
    lastWords: null,
    coversFrom,
    first: restarts[0]?.at ?? null,
    last: last === undefined ? null : { at: last.at, cause: last.cause },
    loops,
    goesOn:
      app.status === 'waiting restart' ||
      (app.backoffMs ?? 0) > 0 ||
      (!isOver && lastLoop !== undefined && lastLoop.to >= input.now - goesOnMs),
  };
}

/**
 * PM2 counts each restart it makes, and notes when it last set the counter to 0 (`created_at`, lib/God/ActionMethods.js
 * resetMetaProcessId; a start by hand sets it too, lib/God/Methods.js resetState). So a counter of 0 denies what the log
 * seems to show since then: a stop and a start by hand within one second, or lines that an app has forged.
 */
function isDenied(app: App, end: ProcessEnd, restartedAt: EpochMs): boolean {
  const { createdAt, restartCounter } = app;
  if (restartCounter !== 0 || createdAt === null) return false;
  // The start by hand itself stands in that second of the log; a crash in it came before.
  return restartedAt >= (end.asked === null ? createdAt : Math.floor(createdAt / 1000) * 1000);
}

/** Each kill explains one end. Both come in order of time, so one walk does. */
function killFinder(kills: readonly AttributedKill[]): (end: ProcessEnd) => AttributedKill | null {
  const sorted = [...kills].sort((a, b) => (a.kill.at ?? 0) - (b.kill.at ?? 0));
  let next = 0;
  return (end) => {
    const isSudden =
      end.asked === null &&
      (end.signal === 'SIGKILL' || end.signal === 'SIGTERM' || end.code === 137 || end.code === 143);
    if (!isSudden || end.at === null || end.ownSigkill !== null) return null;
    while (next < sorted.length && (sorted[next]?.kill.at ?? 0) < end.at - killBeforeMs) next += 1;
    for (let index = next; index < sorted.length; index += 1) {
      const candidate = sorted[index];
      if (candidate?.kill.at == null || candidate.kill.at > end.at + killAfterMs) return null;
      if (!isOfThisEnd(candidate, end)) continue;
      next = index + 1;
      return candidate;
    }
    return null;
  };
}

function isOfThisEnd(kill: AttributedKill, end: ProcessEnd): boolean {
  const isBehindShell = end.code === 137 || end.code === 143;
  // A child's death ends the app only where a shell passes it on; the kernel never sends SIGTERM.
  if (kill.role === 'child' && !isBehindShell) return false;
  const isGentle = end.signal === 'SIGTERM' || end.code === 143;
  return isGentle ? kill.kill.killer !== 'kernel' : true;
}

function findLoops(restarts: readonly Restart[]): RestartStory['loops'] {
  const loops: { from: EpochMs; to: EpochMs; restarts: number }[] = [];
  let run: { from: EpochMs; to: EpochMs; restarts: number } | null = null;
  for (const { at, cause } of restarts) {
    if (!failures.has(cause)) continue;
    if (run !== null && at - run.to <= loopGapMs) {
      run.to = at;
      run.restarts += 1;
    } else {
      if (run !== null && run.restarts >= loopRestarts) loops.push(run);
      run = { from: at, to: at, restarts: 1 };
    }
  }
  if (run !== null && run.restarts >= loopRestarts) loops.push(run);
  return loops;
}
