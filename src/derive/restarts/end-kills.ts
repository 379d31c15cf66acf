import type { AttributedKill } from '../../model/oom.ts';
import type { EpochMs } from '../../model/text.ts';
import { appKey } from '../apps/process-tree.ts';
import type { ProcessEnd } from './process-end.ts';
import { firstAtLeast } from './sorted-times.ts';

/** As for `pairKills`: PM2 notes the end up to 5 s after the kill; clocks differ by up to 2 s. */
export const killBeforeMs = 5_000;
export const killAfterMs = 2_000;
/** Stamps of pm2.log are cut to the second. */
const wholeSecondMs = 1_000;
/** A host that thrashes takes its time between the kill and the next daemon. */
const lastKillMs = 300_000;

/** Kills that took an app, or a child behind its shell; those it is only a candidate for stay `possible`. */
export function killsByApp(kills: readonly AttributedKill[]): ReadonlyMap<string, readonly AttributedKill[]> {
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

export interface EndKills {
  readonly found: ReadonlyMap<ProcessEnd, AttributedKill>;
  /** Ends of which one was the kill's, and nothing tells which. */
  readonly unsure: ReadonlySet<ProcessEnd>;
}

/**
 * Answers: which kill took which process? Each kill explains one end, and first those of which a line of PM2's tells. Both
 * come in order of time, so one walk does.
 */
export function killsOfEnds(kills: readonly AttributedKill[], ends: readonly ProcessEnd[]): EndKills {
  const found = new Map<ProcessEnd, AttributedKill>();
  const unsure = new Set<ProcessEnd>();
  const sorted = withoutDoubles(kills).toSorted(
    (a, b) => (a.kill.at ?? 0) - (b.kill.at ?? 0) || (a.kill.pid ?? 0) - (b.kill.pid ?? 0),
  );
  if (sorted.length === 0) return { found, unsure };
  const used = new Set<AttributedKill>();
  const tie = (end: ProcessEnd, kill: AttributedKill | null): void => {
    if (kill === null) return;
    used.add(kill);
    found.set(end, kill);
  };
  let next = 0;
  for (const end of ends) {
    if (end.at === null || !isSudden(end)) continue;
    while (next < sorted.length && (sorted[next]?.kill.at ?? 0) < end.at - killBeforeMs) next += 1;
    const kill = firstFrom(sorted, next, used, end, end.at);
    tie(end, kill);
    // Before it started, as far as clocks agree: the end that was meant may be missing.
    if (kill !== null && (kill.kill.at ?? 0) < (end.startedAt ?? -Infinity)) unsure.add(end);
  }
  for (const end of ends) {
    if (end.byDaemon === null || end.exit !== null) continue;
    const kill = lastKill(sorted, used, end);
    tie(end, kill);
    // In the second of its start, it may have been the process before.
    if (kill !== null && (kill.kill.at ?? 0) < (end.startedAt ?? -Infinity) + wholeSecondMs) unsure.add(end);
  }
  const ties = [...found].toSorted(([, a], [, b]) => (a.kill.at ?? 0) - (b.kill.at ?? 0));
  const times = ties.map(([, { kill }]) => kill.at ?? 0);
  for (const end of ends) {
    if (end.at === null || found.has(end) || !(isSudden(end) || isUnclear(end))) continue;
    const first = firstAtLeast(
      times,
      Math.max(end.at - killBeforeMs, (end.startedAt ?? -Infinity) - killAfterMs),
    );
    for (const [other, kill] of ties.slice(first, firstAtLeast(times, end.at + killAfterMs + 1)))
      if (other.at !== null && isOfThisEnd(kill, end)) unsure.add(end).add(other);
  }
  return { found, unsure };
}

function isSudden(end: ProcessEnd): boolean {
  const isKilled =
    end.signal === 'SIGKILL' || end.signal === 'SIGTERM' || end.code === 137 || end.code === 143;
  return (isKilled || isObedient(end)) && end.asked === null && end.ownSigkill === null;
}

/** An app that handles SIGTERM ends by itself: code 0, and PM2's filler for no signal. */
function isObedient(end: ProcessEnd): boolean {
  return end.code === 0 && end.signal === 'SIGINT';
}

/** PM2 asked it to stop, and writes of each SIGKILL it sends itself: this one may be another's. */
function isUnclear(end: ProcessEnd): boolean {
  return end.signal === 'SIGKILL' && end.asked !== null && end.ownSigkill === null;
}

function firstFrom(
  sorted: readonly AttributedKill[],
  from: number,
  used: ReadonlySet<AttributedKill>,
  end: ProcessEnd,
  at: EpochMs,
): AttributedKill | null {
  for (let index = from; index < sorted.length; index += 1) {
    const candidate = sorted[index];
    if (candidate?.kill.at == null || candidate.kill.at > at + killAfterMs) return null;
    const isSince = candidate.kill.at >= (end.startedAt ?? -Infinity) - killAfterMs;
    if (isSince && !used.has(candidate) && isOfThisEnd(candidate, end)) return candidate;
  }
  return null;
}

/** The same process cannot be killed twice; of two ties to it, the surer one counts. */
function withoutDoubles(kills: readonly AttributedKill[]): readonly AttributedKill[] {
  const order = ['certain', 'likely', 'possible', 'none'];
  const found = new Map<string, AttributedKill>();
  for (const [index, kill] of kills.entries()) {
    const { pid, at } = kill.kill;
    const key = pid === null ? `no pid ${index}` : `${pid} ${at}`;
    const known = found.get(key);
    if (known === undefined || order.indexOf(kill.confidence) < order.indexOf(known.confidence))
      found.set(key, kill);
  }
  return [...found.values()];
}

/**
 * The kill by which a process went that no line of PM2's tells of, because its daemon went with it: not before the daemon's
 * last line, for then it would have told.
 */
function lastKill(
  sorted: readonly AttributedKill[],
  used: ReadonlySet<AttributedKill>,
  end: ProcessEnd,
): AttributedKill | null {
  const gone = end.byDaemon?.gone;
  if (gone === undefined || gone.farewell !== null) return null;
  const from = Math.max(end.startedAt ?? -Infinity, (gone.lastAt ?? -Infinity) - killBeforeMs);
  const isLast = (kill: AttributedKill) =>
    !used.has(kill) && kill.role === 'app' && kill.kill.killer === 'kernel' && kill.kill.at !== null;
  const until = gone.followedAt;
  return (
    sorted.findLast(
      (each) => isLast(each) && isWithin(each.kill.at, Math.max(from, until - lastKillMs), until),
    ) ?? null
  );
}

function isWithin(at: EpochMs | null, from: EpochMs, to: EpochMs): boolean {
  return at !== null && at >= from && at <= to;
}

function isOfThisEnd(kill: AttributedKill, end: ProcessEnd): boolean {
  const isBehindShell = end.code === 137 || end.code === 143;
  // A child's death ends the app only where a shell passes it on; the kernel never sends SIGTERM.
  if (kill.role === 'child' && !isBehindShell) return false;
  const isGentle = end.signal === 'SIGTERM' || end.code === 143 || isObedient(end);
  return isGentle ? kill.kill.killer !== 'kernel' : true;
}
