import type { OomKill } from '../../model/oom.ts';
import type { Draft, Mutable } from './draft.ts';

/** Records of one kill stand this close; a pid is not used again so soon. */
const nearMs = 10_000;
/** A stuck victim is printed again and again (SysRq), and relays write late. */
const stuckMs = 3_600_000;
const relayedMs = 24 * 3_600_000;
/** What is known of a unit or cgroup killed as a whole is printed by two programs. */
const unitMs = 60_000;

/** Apart in time, ms; null = not known. Uptimes of different boots cannot be compared. */
function apartMs(a: Draft, b: Draft): number | null {
  const byUptime =
    a.seconds !== null && b.seconds !== null && a.boot === b.boot
      ? Math.abs(a.seconds - b.seconds) * 1000
      : null;
  const byCalendar = a.kill.at !== null && b.kill.at !== null ? Math.abs(a.kill.at - b.kill.at) : null;
  // A boot between them may have gone unseen: then the uptimes look near and the calendar does not.
  return byUptime === null ? byCalendar : Math.max(byUptime, byCalendar ?? 0);
}

/** Equal where both say it, and both say at least one. null = nothing to compare. */
function sameSizes(a: OomKill, b: OomKill): boolean | null {
  const pairs = [
    [a.totalVmKb, b.totalVmKb],
    [a.anonRssKb, b.anonRssKb],
    [a.fileRssKb, b.fileRssKb],
    [a.shmemRssKb, b.shmemRssKb],
    [a.rssKb, b.rssKb],
  ].filter(([x, y]) => x !== null && y !== null);
  return pairs.length === 0 ? null : pairs.every(([x, y]) => x === y);
}

/**
 * Do two entries speak of one killed process? Same pid with the same figures is one kill, also when a relay wrote it
 * again hours later; same pid with other figures or far apart is a pid used again.
 */
export function isSameKill(a: Draft, b: Draft): boolean {
  const [one, other] = [a.kill, b.kill];
  const apart = apartMs(a, b);
  if (one.pid === null || other.pid === null) {
    if (one.pid !== other.pid) return false;
    if (one.killer !== other.killer) return false;
    if (one.unit !== null && one.unit === other.unit) return apart === null || apart <= unitMs;
    const named = one.comm ?? one.taskMemcg;
    return (
      named !== null &&
      named === (other.comm ?? other.taskMemcg) &&
      one.evidence === other.evidence &&
      apart === 0
    );
  }
  if (one.pid !== other.pid) return false;
  if (one.comm !== null && other.comm !== null && one.comm !== other.comm) return false;
  const sizes = sameSizes(one, other);
  // The very same record, copied: its uptime is printed in it.
  if (a.seconds !== null && a.seconds === b.seconds && sizes !== false) return true;
  if (typeof a.boot === 'string' && typeof b.boot === 'string' && a.boot !== b.boot) return false;
  const otherBoot = a.seconds !== null && b.seconds !== null && a.boot !== b.boot;
  if (apart === null) return otherBoot ? false : sizes !== false;
  const otherVm = one.totalVmKb !== null && other.totalVmKb !== null && one.totalVmKb !== other.totalVmKb;
  if (apart <= nearMs) return !otherVm;
  if (otherBoot) return false;
  if (sizes === true) return apart <= (one.at === null || other.at === null ? stuckMs : relayedMs);
  if (one.totalVmKb !== null && one.totalVmKb === other.totalVmKb && one.sysrq && other.sysrq)
    return apart <= stuckMs;
  return sizes === null && apart <= unitMs;
}

/** Kill lines first, then the rest by how much they say. */
const weight: { readonly [E in OomKill['evidence']]: number } = {
  'kill-line': 3,
  'userspace line': 2,
  'oom-kill line only': 2,
  'memcg line only': 1,
  'reaper line only': 0,
};

const maxQuotes = 4;

/** Adds to a kill what another entry of the same kill says and it does not. `repeats` is left to the caller. */
export function absorb(into: Mutable<OomKill>, from: OomKill): void {
  if (weight[from.evidence] > weight[into.evidence]) {
    into.evidence = from.evidence;
    into.killer = from.killer;
    into.timestamp = from.timestamp ?? into.timestamp;
    // The line that proves the kill comes first.
    into.quotes = [...from.quotes, ...into.quotes].slice(0, maxQuotes);
  }
  into.at ??= from.at;
  into.timestamp ??= from.timestamp;
  into.comm ??= from.comm;
  if (into.constraint === 'unknown' || (into.constraint === 'userspace' && from.killer === 'kernel'))
    into.constraint = from.constraint;
  into.totalVmKb ??= from.totalVmKb;
  into.anonRssKb ??= from.anonRssKb;
  into.fileRssKb ??= from.fileRssKb;
  into.shmemRssKb ??= from.shmemRssKb;
  into.rssKb ??= from.rssKb;
  into.swapKb ??= from.swapKb;
  into.uid ??= from.uid;
  into.oomScoreAdj ??= from.oomScoreAdj;
  into.oomMemcg ??= from.oomMemcg;
  into.taskMemcg ??= from.taskMemcg;
  into.invokedBy ??= from.invokedBy;
  into.unit ??= from.unit;
  into.processes ??= from.processes;
  into.usageKb ??= from.usageKb;
  into.limitKb ??= from.limitKb;
  into.sysrq ||= from.sysrq;
  // A signal sent after another: the last one ended it.
  into.signal = from.signal ?? into.signal;
  if (into.tasksTotal === null) {
    into.tasks = from.tasks;
    into.tasksTotal = from.tasksTotal;
  }
}
