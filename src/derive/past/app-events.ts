import type { HistoryEvent, HistoryFacts } from '../../model/history.ts';
import type { AttributedKill, OomRole } from '../../model/oom.ts';
import type { AppRef, Pm2Event } from '../../model/pm2.ts';
import type { CleanText, Confidence, EpochMs } from '../../model/text.ts';
import type { CounterStep } from './counter-steps.ts';

/** What a line before an end says of why: PM2 was asked to, the memory limit, a changed file, a reload. */
export type EndReason = 'asked' | 'memory-limit' | 'watch' | 'reload';

export interface OverLimit {
  readonly bytes: number;
  readonly limitBytes: number;
}

/** Something that happened to one app. `nextAt`: when PM2 had it running again; null = not seen. */
export type PastEvent =
  | {
      readonly kind: 'kill';
      readonly at: EpochMs;
      readonly pid: number | null;
      readonly comm: CleanText | null;
      readonly role: OomRole | null;
      readonly confidence: Confidence;
      readonly nextAt: EpochMs | null;
    }
  | {
      readonly kind: 'end';
      readonly at: EpochMs;
      /** null = ended by a signal. */
      readonly code: number | null;
      readonly signal: CleanText | null;
      readonly reason: EndReason | null;
      readonly nextAt: EpochMs | null;
      /** Of `memory-limit`: what PM2 measured and the limit it compared with, bytes, as pm2.log has them. */
      readonly over?: OverLimit;
      /** Told by the pids of two samples; pm2.log has no line of it, so nobody knows how it ended. `at` is the later sample's. */
      readonly seenBy?: 'samples';
    }
  /**
   * PM2's counter rose by so many between two samples, and no line of pm2.log tells of them. `isRead` false: lines that
   * old were not looked at. `isKept` false: in that time lines were passed over.
   */
  | {
      readonly kind: 'counted';
      readonly at: EpochMs;
      readonly restarts: number;
      readonly isRead: boolean;
      readonly isKept: boolean;
    }
  /** So many lines of pm2.log about the app, written from `from` to `at`, were counted and not kept: a loop. */
  | { readonly kind: 'lines-not-kept'; readonly at: EpochMs; readonly from: EpochMs; readonly lines: number }
  | { readonly kind: 'deploy'; readonly at: EpochMs; readonly version: CleanText | null }
  | { readonly kind: 'daemon-start' | 'daemon-end'; readonly at: EpochMs };

type End = Extract<PastEvent, { kind: 'end' }>;
/** With the pid, where it is known: a kill and an end of one pid are one. */
interface Ended {
  readonly pid: number | null;
  readonly end: End;
}

/** PM2 writes `Stopping app` or `exceeds the memory limit` before it kills; it waits at most kill_timeout, some seconds. */
const announcedMs = 60_000;
/** PM2 writes the limit or the file, then `Stopping app` at once; apps that are over a limit wait for each other. */
const followsMs = 10_000;
/** The kernel log and pm2.log have clocks of a second, and PM2 may need a moment to notice. */
const sameMs = 10_000;
/** The longest interval of samples is ten minutes (commands/watch/settings.ts). */
const lateMs = 11 * 60_000;
/** PM2's own filler where a process ended without a signal (God.js prints `signal || 'SIGINT'`). */
const fillerSignal = 'SIGINT';

/**
 * Answers: what happened to this app? Oldest first. An end by the kernel is one event, the kill. Restarts that only the
 * counter shows are `counted`: nothing is said of why. `events` reach back to `toldFrom`.
 */
export function appEvents(
  app: AppRef,
  events: readonly HistoryEvent[],
  steps: readonly CounterStep[],
  toldFrom: EpochMs,
): readonly PastEvent[] {
  const told: PastEvent[] = [];
  const ends: Ended[] = [];
  let announced: Announced | null = null;
  const end = (at: EpochMs, code: number | null, signal: CleanText | null, isOld: boolean): void => {
    const before = announced !== null && at - announced.at <= announcedMs ? announced : null;
    announced = null;
    const named = signal === fillerSignal ? null : signal;
    const reason = isOld && before?.reason !== 'memory-limit' ? 'reload' : (before?.reason ?? null);
    const over = before?.over === undefined ? {} : { over: before.over };
    ends.push({
      pid: null,
      end: {
        kind: 'end',
        at,
        code: named === null ? code : null,
        signal: named,
        reason,
        nextAt: null,
        ...over,
      },
    });
  };
  const started = (at: EpochMs): void => {
    announced = null;
    const last = ends.at(-1);
    if (last !== undefined && last.end.nextAt === null)
      ends[ends.length - 1] = { ...last, end: { ...last.end, nextAt: at } };
  };
  for (const { at, facts } of events) {
    if (facts.kind === 'exit' && isSame(facts.app, app)) {
      const { pid, seenBy, code, signal } = facts;
      if (seenBy === undefined) end(at, code, signal, false);
      else ends.push({ pid, end: { kind: 'end', at, code, signal, reason: null, nextAt: null, seenBy } });
    } else if (facts.kind === 'start' && isSame(facts.app, app)) started(at);
    else if (facts.kind === 'deploy' && isSame(facts.app, app))
      told.push({ kind: 'deploy', at, version: facts.version });
    else if (facts.kind === 'kill' && facts.kill.app !== null && isSame(facts.kill.app, app))
      told.push(killEvent(at, facts.kill));
    else if (facts.kind === 'lines-not-kept' && isOf(facts, app))
      told.push({ kind: 'lines-not-kept', at, from: facts.from, lines: facts.count });
    else if ((facts.kind === 'daemon-start' || facts.kind === 'daemon-end') && facts.home === app.home)
      told.push({ kind: facts.kind, at });
    else if (facts.kind === 'pm2-log' && facts.home === app.home) {
      const { event } = facts.line;
      if (event.kind === 'daemon-started') told.push({ kind: 'daemon-start', at });
      else if (event.kind === 'daemon-stopped' || event.kind === 'daemon-exited')
        told.push({ kind: 'daemon-end', at });
      else if (!isAbout(event, app)) continue;
      else if (event.kind === 'exited') end(at, event.code, event.signal, event.old);
      else if (event.kind === 'online') started(at);
      else announced = announcement(event, at, announced) ?? announced;
    }
  }
  const { kept, kills } = mergeKills(ends, told);
  return [...kills, ...kept, ...uncounted(steps, [...kept, ...kills], toldFrom)].toSorted(
    (a, b) => a.at - b.at,
  );
}

function isSame(a: AppRef, b: AppRef): boolean {
  return a.home === b.home && a.pmId === b.pmId && a.name === b.name && a.namespace === b.namespace;
}

/** Lines name an app by id, by name, or both; what is there must fit. */
function isAbout(event: Pm2Event, app: AppRef): boolean {
  if (!('pmId' in event) && !('name' in event)) return false;
  return (!('pmId' in event) || event.pmId === app.pmId) && (!('name' in event) || event.name === app.name);
}

/** Lines that were passed over, by what they named of the app. */
function isOf({ home, pmId, name }: Extract<HistoryFacts, { kind: 'lines-not-kept' }>, app: AppRef): boolean {
  return (
    home === app.home &&
    (pmId !== null || name !== null) &&
    (pmId ?? app.pmId) === app.pmId &&
    (name ?? app.name) === app.name
  );
}

interface Announced {
  readonly reason: EndReason;
  readonly at: EpochMs;
  readonly over?: OverLimit;
}

/** Why PM2 is about to end the app. `Stopping app` also follows a limit or a changed file, and then is no reason of its own. */
function announcement(event: Pm2Event, at: EpochMs, before: Announced | null): Announced | null {
  if (event.kind === 'watch') return { reason: 'watch', at };
  if (event.kind === 'memory-limit') {
    const { currentBytes: bytes, limitBytes } = event;
    return {
      reason: 'memory-limit',
      at,
      ...(bytes === null || limitBytes === null ? {} : { over: { bytes, limitBytes } }),
    };
  }
  if (event.kind !== 'stopping') return null;
  const isFollowing =
    before !== null &&
    (before.reason === 'memory-limit' || before.reason === 'watch') &&
    at - before.at <= followsMs;
  return isFollowing ? { ...before, at } : { reason: event.old ? 'reload' : 'asked', at };
}

function killEvent(at: EpochMs, { kill, role, confidence }: AttributedKill): PastEvent {
  return { kind: 'kill', at, pid: kill.pid, comm: kill.comm, role, confidence, nextAt: null };
}

/** A kill of the main process and the SIGKILL that PM2 saw are one. */
function mergeKills(
  ends: readonly Ended[],
  told: readonly PastEvent[],
): { readonly kept: readonly End[]; readonly kills: readonly PastEvent[] } {
  const taken = new Set<Ended>();
  const kills = told.map((event): PastEvent => {
    if (event.kind !== 'kill' || event.role === 'child') return event;
    const own = ends.find((one) => !taken.has(one) && isEndOf(one, event));
    if (own === undefined) return event;
    taken.add(own);
    return { ...event, nextAt: own.end.nextAt };
  });
  return { kept: ends.filter((one) => !taken.has(one)).map((one) => one.end), kills };
}

/** A sample sees the end by the pid, up to an interval later; pm2.log tells the signal and no pid. */
function isEndOf({ pid, end }: Ended, kill: { readonly at: EpochMs; readonly pid: number | null }): boolean {
  if (end.seenBy !== 'samples') return end.signal === 'SIGKILL' && Math.abs(end.at - kill.at) <= sameMs;
  return pid !== null && pid === kill.pid && end.at >= kill.at - sameMs && end.at <= kill.at + lateMs;
}

/** What the counter rose by, less the restarts of that time that are told. */
function uncounted(
  steps: readonly CounterStep[],
  told: readonly PastEvent[],
  toldFrom: EpochMs,
): readonly PastEvent[] {
  return steps.flatMap(({ from, to, restarts }): PastEvent[] => {
    const known = told.filter(
      (event) =>
        (event.kind === 'end' || event.kind === 'kill') &&
        event.nextAt !== null &&
        event.nextAt > from - sameMs &&
        event.nextAt <= to + sameMs,
    ).length;
    const isKept = !told.some(
      (event) => event.kind === 'lines-not-kept' && event.from <= to + sameMs && event.at >= from - sameMs,
    );
    return restarts > known
      ? [{ kind: 'counted', at: to, restarts: restarts - known, isRead: from >= toldFrom, isKept }]
      : [];
  });
}
