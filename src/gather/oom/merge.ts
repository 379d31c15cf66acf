import type { OomKill, UnconfirmedKill } from '../../model/oom.ts';
import type { Draft } from './draft.ts';
import { absorb, isSameKill } from './same-kill.ts';

/**
 * Kills of several logs as one list, in the order of time: what two logs say of one process is one entry. Boots are
 * told apart by the calendar, since uptimes of two logs need not count from the same boot.
 */
export function mergeKills(logs: readonly (readonly OomKill[])[]): readonly OomKill[] {
  const merged: Draft[] = [];
  const byPid = new Map<number | null, Draft[]>();
  for (const [log, kills] of logs.entries()) {
    const before = new Set(merged);
    for (const kill of kills) {
      const draft: Draft = { kill: { ...kill }, order: merged.length, seconds: null, boot: log };
      const same = byPid.get(kill.pid) ?? [];
      // Within one log the parser has decided; only entries of other logs can be the same.
      const known = same.find((other) => before.has(other) && isSameKill(other, draft));
      if (known) {
        known.kill.repeats = Math.max(known.kill.repeats, kill.repeats);
        absorb(known.kill, kill);
        continue;
      }
      merged.push(draft);
      byPid.set(kill.pid, [...same, draft]);
    }
  }
  const time = (draft: Draft): number => draft.kill.at ?? Number.NaN;
  const isTimed = merged.every((draft) => draft.kill.at !== null);
  if (isTimed) merged.sort((a, b) => time(a) - time(b) || a.order - b.order);
  return merged.map((draft) => draft.kill);
}

/** Announcements of several logs: each once, and none of a process that another log says was killed. */
export function mergeUnconfirmed(
  logs: readonly (readonly UnconfirmedKill[])[],
  kills: readonly OomKill[],
): readonly UnconfirmedKill[] {
  const killed = new Set(kills.map((kill) => kill.pid));
  const seen = new Set<string>();
  return logs.flat().filter((entry) => {
    const key = `${entry.pid} ${entry.comm} ${entry.why} ${entry.at === null ? entry.timestamp : Math.round(entry.at / 10_000)}`;
    if (seen.has(key) || (entry.pid !== null && killed.has(entry.pid))) return false;
    seen.add(key);
    return true;
  });
}
