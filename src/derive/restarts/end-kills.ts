import type { AttributedKill } from '../../model/oom.ts';
import { appKey } from '../apps/process-tree.ts';
import type { ProcessEnd } from './process-end.ts';

/** As for `pairKills`: PM2 notes the end up to 5 s after the kill; clocks differ by up to 2 s. */
const killBeforeMs = 5_000;
const killAfterMs = 2_000;
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

/** Each kill explains one end. Both come in order of time, so one walk does. */
export function killFinder(kills: readonly AttributedKill[]): (end: ProcessEnd) => AttributedKill | null {
  const sorted = withoutDoubles(kills).toSorted(
    (a, b) => (a.kill.at ?? 0) - (b.kill.at ?? 0) || (a.kill.pid ?? 0) - (b.kill.pid ?? 0),
  );
  let next = 0;
  return (end) => {
    if (end.byDaemon !== null && end.exit === null) return lastKill(sorted, end);
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

/** The kill by which a process went that no line of PM2's tells of, because its daemon went with it. */
function lastKill(sorted: readonly AttributedKill[], end: ProcessEnd): AttributedKill | null {
  const until = end.byDaemon?.gone.followedAt ?? null;
  if (until === null || end.byDaemon?.gone.farewell !== null) return null;
  const from = Math.max(end.startedAt ?? -Infinity, until - lastKillMs);
  return (
    sorted.findLast(
      ({ kill: { at, killer }, role }) =>
        role === 'app' && killer === 'kernel' && at !== null && at >= from && at <= until + killAfterMs,
    ) ?? null
  );
}

function isOfThisEnd(kill: AttributedKill, end: ProcessEnd): boolean {
  const isBehindShell = end.code === 137 || end.code === 143;
  // A child's death ends the app only where a shell passes it on; the kernel never sends SIGTERM.
  if (kill.role === 'child' && !isBehindShell) return false;
  const isGentle = end.signal === 'SIGTERM' || end.code === 143;
  return isGentle ? kill.kill.killer !== 'kernel' : true;
}
