import type { AttributedKill } from '../../model/oom.ts';
import type { App } from '../../model/pm2.ts';
import type { Ending, NextStep, Restart, Start } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';
import { holdAgainstCounter, type ToldRestart } from './counter-check.ts';
import { killsOfEnds } from './end-kills.ts';
import { type LogTimeline, type ProcessEnd, slotKey } from './process-end.ts';
import { atMostPossible, type CauseEvidence, type CauseFound, findCause } from './restart-cause.ts';
import { firstAtLeast } from './sorted-times.ts';

/** pm2.log has whole seconds, PM2's record milliseconds. */
const sameStartMs = 2_000;
const busMs = 3_000;
/** Older than PM2 itself (2013): a clock that was not set yet. */
const firstPm2At = Date.UTC(2013, 0, 1);
const quarterMs = 15 * 60_000;
const minuteMs = 60_000;

/**
 * Answers: which ends of this app are restarts, which are stops, and how many of the restarts does PM2's counter hold?
 * Oldest first. PM2's record of the app stands above its log: a process that is running has not ended since it started.
 */
export function tellEnds(
  ends: readonly ProcessEnd[],
  evidence: Omit<CauseEvidence, 'kill'>,
  kills: readonly AttributedKill[],
  timeline: LogTimeline,
): {
  readonly all: readonly Restart[];
  readonly stopped: readonly Ending[];
  readonly started: readonly Start[];
  readonly explained: number;
} {
  const { app } = evidence;
  const isOfPresent = presentLife(timeline, evidence.daemonStartedAt);
  const lastStart = timeline.lastStarts.get(slotKey(app.ref)) ?? null;
  const runningSince = upSince(app, lastStart);
  const earlier: Restart[] = [];
  const told: ToldRestart[] = [];
  const maybe: { readonly end: ProcessEnd; readonly restart: Restart }[] = [];
  const stopped: Ending[] = [];
  const tiedKills = killsOfEnds(kills, ends);
  const unkilled = { ...evidence, kill: null };
  const heardAt = timesHeard(evidence);
  for (const end of ends) {
    if (runningSince !== null && (end.restartedAt ?? end.at ?? 0) > runningSince + sameStartMs) continue;
    const tied = tiedKills.found.get(end) ?? null;
    const cause = findCause(end, tied === null ? unkilled : { ...evidence, kill: tied });
    const found = tiedKills.unsure.has(end)
      ? { ...cause, confidence: atMostPossible(cause.confidence) }
      : cause;
    const { restartedAt } = end;
    const at = end.at ?? endedWith(end) ?? restartedAt;
    if (at === null) continue;
    // What PM2 starts again while it is being ended is part of that end.
    if (end.whileEnding !== null && end.byDaemon === null && found.cause !== 'oom-kill') continue;
    const ending = toEnding(end, at, found, evidence);
    if (restartedAt === null) {
      if (!end.isVoid && !isAnswered(end, app, lastStart)) stopped.push(ending);
    } else if (end.byDaemon !== null || !isOfPresent(end, restartedAt)) {
      if (end.isMaybe) maybe.push({ end, restart: ending });
      else earlier.push(ending);
    } else {
      const isLast = app.startedAt !== null && Math.abs(restartedAt - app.startedAt) <= sameStartMs;
      const isCorroborated = isLast || tied !== null || isNear(heardAt, end.at);
      told.push({ restart: ending, end, restartedAt, isCorroborated });
    }
  }
  const { kept, explained } = holdAgainstCounter(app, told);
  const { path: source } = evidence.log;
  const started: Start[] = [];
  const stopAndStart = (restart: Ending, line: ProcessEnd['startLine']): void => {
    stopped.push({ ...restart, next: 'left-down', nextAt: null });
    if (line?.at != null) started.push({ at: line.at, because: { source, at: line.at, text: line.text } });
  };
  const twos = [...maybe, ...told.filter(({ end }) => mayBeTwo(end, app))];
  const isKept = new Set(twos.length === 0 ? [] : kept.map(({ end }) => end));
  for (const { end, restart } of twos)
    if (!isKept.has(end) && mayBeTwo(end, app)) stopAndStart(restart, end.startLine);
  const all = [...earlier, ...kept.map(({ restart }) => restart)].sort(byTime);
  return { all, stopped: stopped.sort(byTime), started, explained };
}

/**
 * The counter begins with the present daemon, whether or not the log has its banner. Where a date format of the user's cuts
 * stamps to the minute, what stands below the banner of that minute is of that daemon.
 */
function presentLife(
  { daemonStarts, ends, from: begin, to }: LogTimeline,
  daemonStartedAt: EpochMs | null,
): (end: ProcessEnd, restartedAt: EpochMs) => boolean {
  const bannerAt = daemonStarts.at(-1)?.at ?? null;
  const isWhole = (at: EpochMs | null): boolean => at === null || at % minuteMs === 0;
  const isCut = isWhole(begin) && isWhole(to) && ends.every(({ at }) => isWhole(at));
  const lateMs = (daemonStartedAt ?? -Infinity) - (bannerAt ?? Infinity);
  const hasBanner = isCut && lateMs >= -sameStartMs && lateMs < minuteMs;
  const from = Math.max(bannerAt ?? -Infinity, (daemonStartedAt ?? -Infinity) - sameStartMs);
  return (end, restartedAt) =>
    end.daemonsBefore === daemonStarts.length && (hasBanner || restartedAt >= from);
}

/** Two commands, a stop and a start, rather than one: the start sets `created_at`. */
function mayBeTwo(end: ProcessEnd, app: App): boolean {
  const isSameSecond = app.createdAt !== null && end.asked !== null && (end.restartedAt ?? 0) < app.createdAt;
  return end.isMaybe || isSameSecond;
}

function byTime(a: Ending, b: Ending): number {
  return a.at - b.at;
}

/**
 * Since when the process that runs now has been running, as PM2 says; null = none runs, or the log's clock is not PM2's
 * (its last start stands a quarter of an hour, or a multiple, beside PM2's own time: another zone).
 */
function upSince(app: App, lastStart: EpochMs | null): EpochMs | null {
  if (app.startedAt === null || (app.status !== 'online' && app.status !== 'launching')) return null;
  if (lastStart === null) return app.startedAt;
  const offMs = lastStart - Math.floor(app.startedAt / 1000) * 1000;
  const quarters = Math.round(offMs / quarterMs);
  const isOtherZone = quarters !== 0 && Math.abs(offMs - quarters * quarterMs) <= sameStartMs;
  return isOtherZone ? null : app.startedAt;
}

/** It ended no later than its daemon did. */
function endedWith(end: ProcessEnd): EpochMs | null {
  return end.byDaemon?.gone.farewell?.at ?? null;
}

function toEnding(
  end: ProcessEnd,
  at: EpochMs,
  found: CauseFound,
  { app }: Pick<CauseEvidence, 'app'>,
): Ending {
  // Where no line says when it ended, it may have been any time before the next daemon.
  const endedAt = end.at ?? endedWith(end);
  const isKnown = end.isSteady && (end.startedAt ?? 0) >= firstPm2At;
  const uptimeMs = isKnown && endedAt !== null ? endedAt - (end.startedAt ?? endedAt) : null;
  return {
    app: app.ref,
    at,
    cause: found.cause,
    exitCode: found.exitCode,
    signal: found.signal,
    confidence: found.confidence,
    uptimeMs: uptimeMs === null || uptimeMs < 0 ? null : uptimeMs,
    because: found.because,
    ...answerOf(end, app),
    daemonEnd: found.daemonEnd,
  };
}

function answerOf(end: ProcessEnd, app: App): Pick<Ending, 'next' | 'nextAt'> {
  return isFailedStart(end.restartedAt, app)
    ? { next: 'left-down', nextAt: null }
    : { next: nextOf(end, app), nextAt: end.restartedAt };
}

/**
 * PM2 counts a start before the process is made. Where that failed (no such interpreter or folder) it goes on to call the
 * app online, without a pid (lib/God/ForkMode.js, 5 to 7).
 */
function isFailedStart(restartedAt: EpochMs | null, app: App): boolean {
  return (
    restartedAt !== null &&
    app.startedAt !== null &&
    app.pid === null &&
    app.status === 'online' &&
    Math.abs(restartedAt - app.startedAt) <= sameStartMs
  );
}

function nextOf(end: ProcessEnd, app: App): NextStep {
  if (end.restartedAt === null) {
    if (end.overlimit !== null && isScriptOf(end.overlimit, app)) return 'gave-up';
    return app.status === 'waiting restart' && end.backoff !== null ? 'delayed' : 'left-down';
  }
  if (end.byDaemon !== null) return 'resurrected';
  if (end.isOld) return 'replaced';
  const isDelayed = end.asked === null && (end.backoff !== null || app.settings.restartDelayMs > 0);
  return isDelayed ? 'delayed' : 'restarted';
}

/** The line names the script: of two apps that failed at once it is the one with that script. */
function isScriptOf(line: NonNullable<ProcessEnd['overlimit']>, app: App): boolean {
  return line.event.kind === 'overlimit' && (app.scriptPath ?? line.event.script) === line.event.script;
}

/** PM2 says it runs, and has started since; the log lacks that start. */
function isAnswered(end: ProcessEnd, app: App, lastStart: EpochMs | null): boolean {
  if (app.startedAt === null || (app.status !== 'online' && app.status !== 'launching')) return false;
  return lastStart === null || end.at === null || end.at >= lastStart;
}

/** When something other than pm2.log told of it: events of PM2's own on the bus, or an exception. Oldest first. */
function timesHeard({ heard, appLogs }: Omit<CauseEvidence, 'kill'>): readonly EpochMs[] {
  const onBus = heard.flatMap(({ at, event }) =>
    event.kind === 'process' || event.kind === 'exception' ? [at] : [],
  );
  const logged = appLogs.flatMap(({ lastException, exceptions }) => [
    lastException?.at ?? [],
    ...exceptions.map(({ at }) => at ?? []),
  ]);
  return [...onBus, ...logged.flat()].sort((a, b) => a - b);
}

function isNear(times: readonly EpochMs[], at: EpochMs | null): boolean {
  if (at === null || times.length === 0) return false;
  const next = times[firstAtLeast(times, at - busMs)];
  return next !== undefined && next <= at + busMs;
}
