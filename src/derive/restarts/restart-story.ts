import type { AttributedKill } from '../../model/oom.ts';
import type { BusEvent, BusObservation, Daemon, Pm2Log } from '../../model/pm2.ts';
import type { Cause, RestartStory } from '../../model/restart.ts';
import type { AppLog } from '../../model/storage.ts';
import type { StartupFacts, UnitJournal } from '../../model/systemd.ts';
import type { EpochMs } from '../../model/text.ts';
import { appKey } from '../apps/process-tree.ts';
import { groupBy } from '../grouping.ts';
import { tellEnds } from './app-ends.ts';
import { linesByApp, type OwnLines, timesOf } from './app-lines.ts';
import { logsByApp } from './app-log-evidence.ts';
import { mergeBusLines } from './bus-lines.ts';
import { killsByApp } from './end-kills.ts';
import { crashWords } from './last-words.ts';
import { readTimeline } from './log-timeline.ts';
import type { LogTimeline } from './process-end.ts';
import type { CauseEvidence } from './restart-cause.ts';
import { findLoops } from './story-loops.ts';
import { unexplainedWhy } from './unexplained-why.ts';

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
  /** When the host booted last; not given = not known. */
  readonly bootedAt?: EpochMs | null;
  /** Which unit holds which daemon; not given = each journal may speak of each daemon. */
  readonly startup?: StartupFacts | null;
}

const known = new WeakMap<
  readonly Daemon[],
  { readonly input: StoryInput; readonly result: readonly RestartStory[] }[]
>();
const goesOnMs = 10 * 60_000;

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
    a.killsFrom === b.killsFrom &&
    a.bootedAt === b.bootedAt &&
    a.startup === b.startup
  );
}

function tellDaemon(daemon: Daemon, input: StoryInput): readonly RestartStory[] {
  const apps = [...daemon.apps, ...daemon.modules];
  const log = input.pm2Log?.find((each) => each.home === daemon.home) ?? null;
  const lines = mergeBusLines(log?.events ?? [], input.bus, daemon.home);
  const timeline = readTimeline(lines, {
    timesOf: timesOf(apps),
    daemonStartedAt: daemon.startedAt,
  });
  const own = linesByApp(apps, timeline, log?.path ?? daemon.home);
  const heard = groupBy(input.bus?.events.filter((each) => each.home === daemon.home) ?? [], pmIdOf);
  const kills = killsByApp(input.kills ?? []);
  const appLogs = logsByApp(input.appLogs ?? []);
  const times = (input.kills ?? []).map(({ kill }) => kill.at).filter((at) => at !== null);
  const shared = {
    log: { path: log?.path ?? daemon.home, utcOffsetMinutes: log?.utcOffsetMinutes ?? null },
    killsFrom:
      input.kills === null
        ? null
        : (input.killsFrom ?? times.reduce((least, at) => Math.min(least, at), Infinity)),
    covers: { from: timeline.from, to: later(timeline.to, log?.coversTo ?? null) },
    journal: journalsOf(daemon, input),
    bootedAt: input.bootedAt ?? null,
    strayKills: (input.kills ?? [])
      .flatMap(({ app, role, candidates, kill }) =>
        app === null && role === null && candidates.length === 0 && kill.at !== null ? [kill.at] : [],
      )
      .sort((a, b) => a - b),
    daemonKills: (input.kills ?? []).filter(({ role }) => role === 'daemon'),
    daemonStartedAt: daemon.startedAt,
  };
  return apps.map((app) => {
    const evidence = {
      ...shared,
      app,
      heard: heard.get(app.ref.pmId) ?? [],
      appLogs: (appLogs.get(appKey(app.ref)) ?? []).toSorted(byPath),
    };
    const lines = own.get(appKey(app.ref)) ?? { ends: [], starts: [] };
    return tellApp(lines, evidence, kills.get(appKey(app.ref)) ?? [], timeline, input, log);
  });
}

/** The order in which files were found means nothing. */
function byPath(a: AppLog, b: AppLog): number {
  return compare(a.stream, b.stream) || compare(a.path, b.path);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Journals of the units of this home; where start-up facts name none, all that were read. */
function journalsOf(daemon: Daemon, { startup, unitJournal }: StoryInput): readonly UnitJournal[] {
  const journals = unitJournal ?? [];
  const units = new Set([
    ...(startup?.holders ?? []).flatMap(({ home, unit }) =>
      home === daemon.home && unit ? [unit.name] : [],
    ),
    ...(startup?.units ?? []).flatMap(({ pm2Home, name }) => (pm2Home === daemon.home ? [name] : [])),
  ]);
  return units.size === 0 ? journals : journals.filter(({ unit }) => units.has(unit));
}

function later(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

function pmIdOf({ event }: BusEvent): number | null {
  return event.kind === 'process' || event.kind === 'exception' ? event.pmId : null;
}

function tellApp(
  seen: OwnLines,
  evidence: Omit<CauseEvidence, 'kill'>,
  kills: readonly AttributedKill[],
  timeline: LogTimeline,
  input: StoryInput,
  log: Pm2Log | null,
): RestartStory {
  const { app } = evidence;
  const { all, stopped, started, explained } = tellEnds(seen.ends, evidence, kills, timeline);
  // What the bus told after the window was drawn is as new as can be, not outside of it.
  const until = Math.max(input.window.to, input.bus?.to ?? -Infinity);
  const isInWindow = ({ at }: { readonly at: EpochMs }) => at >= input.window.from && at <= until;
  const restarts = all.filter(isInWindow);
  const byCause: { [C in Cause]?: number } = {};
  for (const { cause } of restarts) byCause[cause] = (byCause[cause] ?? 0) + 1;
  const loops = findLoops(restarts);
  const last = restarts.at(-1) ?? all.at(-1);
  const lastLoop = loops.at(-1);
  const isOver = app.status === 'errored' || app.status === 'stopped';
  const unexplained = Math.max(0, app.restartCounter - explained);
  return {
    app: app.ref,
    counter: app.restartCounter,
    restarts,
    byCause,
    unexplained,
    unexplainedWhy:
      unexplained === 0
        ? null
        : unexplainedWhy(log, evidence.daemonStartedAt ?? timeline.daemonStarts.at(-1)?.at ?? null),
    stops: stopped.filter(isInWindow),
    starts: [...seen.starts, ...started].filter(isInWindow).sort((a, b) => a.at - b.at),
    ...crashWords([...all, ...stopped], evidence.appLogs, isInWindow),
    coversFrom: log?.coversFrom ?? null,
    first: restarts[0]?.at ?? null,
    last: last === undefined ? null : { at: last.at, cause: last.cause },
    loops,
    goesOn:
      app.status === 'waiting restart' ||
      (app.backoffMs ?? 0) > 0 ||
      (!isOver && lastLoop !== undefined && lastLoop.to >= input.now - goesOnMs),
  };
}
