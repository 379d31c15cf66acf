import type { OomKill } from '../../model/oom.ts';

/**
 * Kills in one order whatever the order of the input: by time, those without one last; each only once. Two of one pid, name
 * and time are one kill that was handed in twice. Without pid and time two that look alike may be two: both are kept.
 */
export function inOrder(kills: readonly OomKill[]): readonly OomKill[] {
  const sorted = [...kills].sort(
    (a, b) =>
      // Infinity less Infinity is no number: two kills without a time.
      (a.at ?? Infinity) - (b.at ?? Infinity) ||
      0 ||
      (a.pid ?? 0) - (b.pid ?? 0) ||
      compare(a.comm ?? '', b.comm ?? '') ||
      compare(a.timestamp ?? '', b.timestamp ?? ''),
  );
  const met = new Set<string>();
  return sorted.filter((kill) => {
    if (kill.at === null || (kill.pid === null && kill.unit === null)) return true;
    const key = [kill.at, kill.pid, kill.comm, kill.killer, kill.unit, kill.anonRssKb].join('\n');
    if (met.has(key)) return false;
    met.add(key);
    return true;
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
