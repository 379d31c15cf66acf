import type { LimitEntry } from './limit-entry.ts';
import type { LimitRoom } from './limit-room.ts';

const MB = 1024 * 1024;
/** One app may fill this share beside the others; the rest is for page cache, kernel and the next deploy. */
const fillRatio = 0.85;

/**
 * Answers: how high may this limit be, if the app alone grows up to it and all else stays as it is? Bytes; a limit in force
 * stays as it is. On a fuller host the least value that restarts nothing healthy, as long as that fits at all; null = it
 * does not: the app needs less memory or a bigger host, not a restart loop.
 */
export function fitsAlone(entry: LimitEntry, rooms: readonly LimitRoom[]): number | null {
  if (entry.from === 'force') return entry.wantedBytes;
  const { instances, floorBytes, useBytes, wantedBytes } = entry;
  const above = rooms.filter((room) => holds(room, entry.home));
  const free = (ratio: number) =>
    Math.min(...above.map((room) => room.bytes * ratio - Math.max(0, room.usedBytes - useBytes))) / instances;
  if (floorBytes > free(1)) return null;
  const most = Math.floor(free(fillRatio) / (10 * MB)) * 10 * MB;
  return Math.max(floorBytes, Math.min(wantedBytes, most));
}

/**
 * Answers: which values keep the sum of all limits, instances counted, within the memory there is? Guesses go down first,
 * all alike, then limits in force, last those that follow from kills; none below its floor.
 */
export function fitTogether(
  entries: readonly LimitEntry[],
  others: readonly { readonly home: string; readonly bytes: number }[],
  rooms: readonly LimitRoom[],
): ReadonlyMap<LimitEntry, number> {
  const scales = new Map(entries.map((entry) => [entry, 1]));
  for (const room of rooms) {
    const inside = entries.filter(({ home }) => holds(room, home));
    const sum = (list: readonly LimitEntry[], of: (entry: LimitEntry) => number) =>
      list.reduce((total, entry) => total + of(entry) * entry.instances, 0);
    const taken = others
      .filter(({ home }) => holds(room, home))
      .reduce((total, { bytes }) => total + bytes, 0);
    let left = room.bytes - taken - sum(inside, (entry) => entry.floorBytes);
    // Above their floors: first come the wishes that rest on a kill, then limits in force, then guesses.
    for (const from of ['kill', 'force', 'guess'] as const) {
      const list = inside.filter((entry) => entry.from === from);
      const extra = sum(list, (entry) => entry.wantedBytes - entry.floorBytes);
      const scale = extra <= left ? 1 : Math.max(0, left / extra);
      for (const entry of list) scales.set(entry, Math.min(scales.get(entry) ?? 1, scale));
      left = Math.max(0, left - extra);
    }
  }
  return new Map(entries.map((entry) => [entry, between(entry, scales.get(entry) ?? 1)]));
}

function between({ floorBytes, wantedBytes }: LimitEntry, scale: number): number {
  if (scale >= 1) return wantedBytes;
  const bytes = floorBytes + (wantedBytes - floorBytes) * scale;
  return Math.max(floorBytes, Math.floor(bytes / (10 * MB)) * 10 * MB);
}

function holds(room: LimitRoom, home: string): boolean {
  return room.home === null || room.home === home;
}
