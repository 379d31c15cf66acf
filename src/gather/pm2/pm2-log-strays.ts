import type { Pm2LogEvent } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';

/** Summer time ends by an hour; a little more for clocks that are set. */
const toleranceMs = 2 * 3_600_000;
/** Where no banner tells the daemon's zone, its clock may seem to be this far ahead. */
const aheadMs = 26 * 3_600_000;

/**
 * Takes out lines whose time cannot be: later than now, or out of the order of all others. PM2 writes line after line,
 * so such a line is forged by a cluster app, or was written while the clock was wrong. Of two parts that contradict each
 * other the one with more lines stays.
 */
export function withoutStrays(
  events: readonly Pm2LogEvent[],
  now: EpochMs,
): { readonly events: readonly Pm2LogEvent[]; readonly strays: number } {
  let isOrdered = true;
  let newest = -Infinity;
  let ahead = 0;
  for (const { at } of events) {
    if (at === null) continue;
    if (at > now + aheadMs) ahead += 1;
    if (at < newest - toleranceMs) isOrdered = false;
    newest = Math.max(newest, at);
  }
  // With all of it ahead, it is our own clock that is wrong.
  const isSomeAhead = ahead > 0 && ahead * 2 < events.length;
  if (isOrdered && !isSomeAhead) return { events, strays: 0 };
  const kept = longestRise(events, isSomeAhead ? now + aheadMs : Infinity);
  return {
    events: events.filter(({ at }, index) => at === null || kept.has(index)),
    strays: events.reduce((count, { at }, index) => count + (at === null || kept.has(index) ? 0 : 1), 0),
  };
}

/** Patience sorting: the longest part in which no line lies before another by more than the tolerance. */
function longestRise(events: readonly Pm2LogEvent[], latest: EpochMs): ReadonlySet<number> {
  /** For each length: the newest time of the best part so long, and its last line. */
  const tops: number[] = [];
  const lasts: number[] = [];
  const before = new Int32Array(events.length).fill(-1);
  for (const [index, { at }] of events.entries()) {
    if (at === null || at > latest) continue;
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle] ?? 0) <= at + toleranceMs) low = middle + 1;
      else high = middle;
    }
    before[index] = lasts[low - 1] ?? -1;
    const top = Math.max(at, tops[low - 1] ?? at);
    if (low < tops.length && top >= (tops[low] ?? 0)) continue;
    tops[low] = top;
    lasts[low] = index;
  }
  const kept = new Set<number>();
  for (let index = lasts.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) kept.add(index);
  return kept;
}
