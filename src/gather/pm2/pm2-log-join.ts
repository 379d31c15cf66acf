import type { Scan } from './pm2-log-backwards.ts';
import type { Stamp } from './pm2-log-line.ts';
import type { LineVisit, LineWalk, Meaning } from './pm2-log-meaning.ts';
import type { StampValue } from './pm2-log-stamps.ts';

/** All generations as one log. */
export interface JoinedLog {
  /** Walks through all lines, oldest first. */
  readonly walk: LineWalk;
  /** The first stamp that was read; null = none. */
  readonly first: Stamp | null;
  readonly isStamped: boolean;
}

/**
 * Joins what was read of the generations, oldest first. A real rotation never overlaps; a copy somebody made
 * (`pm2.log.bak`), or one that was made while we read, does: of it, only what lies before the newer file counts.
 * In a log whose stamps we can read, a line of PM2 without one is not PM2's; but the crash texts of V8 have none.
 */
export function joinGenerations(
  scans: readonly Scan[],
  stampOf: (value: StampValue) => Stamp | null,
): JoinedLog {
  const parts: { readonly scan: Scan; readonly before: number }[] = [];
  let newerFirst = Infinity;
  for (const scan of scans.toReversed()) {
    parts.unshift({ scan, before: newestOf(scan, stampOf) > newerFirst ? newerFirst : Infinity });
    newerFirst = firstOf(scan, stampOf)?.wallMs ?? newerFirst;
  }
  const isStamped = scans.some((scan) => firstOf(scan, stampOf) !== null);
  return {
    first: scans.map((scan) => firstOf(scan, stampOf)).find((stamp) => stamp !== null) ?? null,
    isStamped,
    walk(visit) {
      for (const { scan, before } of parts) walkBefore(scan, before, isStamped, stampOf, visit);
    },
  };
}

function walkBefore(
  scan: Scan,
  before: number,
  isStamped: boolean,
  stampOf: (value: StampValue) => Stamp | null,
  visit: LineVisit,
): void {
  for (const piece of scan.pieces) {
    for (let index = 0; index < piece.meanings.length; index += 1) {
      const meaning: Meaning | undefined = piece.meanings[index];
      if (meaning === undefined) continue;
      const value = piece.values[index] ?? Number.NaN;
      // Most stamps are wall clocks already: a million lines need no objects for them.
      const stamp = value >= 0 ? null : stampOf(value);
      const wallMs = value >= 0 ? value : (stamp?.wallMs ?? Number.NaN);
      if (wallMs >= before) return;
      if (Number.isNaN(wallMs) && isStamped && meaning.event?.kind !== 'heap-abort') continue;
      visit(wallMs, stamp?.offsetMinutes ?? null, meaning);
    }
  }
}

function firstOf(scan: Scan, stampOf: (value: StampValue) => Stamp | null): Stamp | null {
  for (const { first, values } of scan.pieces) {
    const stamp = stampOf(first);
    if (stamp !== null) return stamp;
    for (const value of values) {
      const own = stampOf(value);
      if (own !== null) return own;
    }
  }
  return null;
}

function newestOf(scan: Scan, stampOf: (value: StampValue) => Stamp | null): number {
  for (const { values } of scan.pieces.toReversed()) {
    for (let index = values.length - 1; index >= 0; index -= 1) {
      const stamp = stampOf(values[index] ?? Number.NaN);
      if (stamp !== null) return stamp.wallMs;
    }
  }
  return -Infinity;
}
