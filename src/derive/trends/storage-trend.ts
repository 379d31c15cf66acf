import type { Disk } from '../../model/host.ts';
import type { Remembered, Track } from '../../model/remembered.ts';
import type { EpochMs } from '../../model/text.ts';
import type { DiskTrend, LogTrend } from '../../model/trend.ts';
import { findGrowth, hourMs } from './growth.ts';
import { reachOf } from './limit-forecast.ts';
import { pointsOf } from './track.ts';

const dayMs = 24 * hourMs;
/** Below this a disk's growth is the day's come and go. */
const leastSignal = 3;
const mostP = 0.01;
/** The second half grew less than this of the first: it has come to rest. */
const restsBelow = 0.3;
const staleMs = 3 * hourMs;
/** A log is watched for six hours at least: an hour of a busy morning is no day. */
const leastLogHours = 6;

/**
 * Answers: how fast does each disk fill, and when is it full? Only disks that fill, by hours of two days or more: what is
 * deleted again each night is no growth, because the floor of each stretch counts.
 */
export function diskTrends(history: Remembered, disks: readonly Disk[], now: EpochMs): readonly DiskTrend[] {
  return disks.flatMap((disk) => {
    const track = history.disks.find(({ mount }) => mount === disk.mount)?.free ?? null;
    const points = pointsOf(track).map(({ at, bytes }) => ({ at, bytes: disk.totalBytes - bytes }));
    if ((points.at(-1)?.at ?? 0) < now - staleMs) return [];
    const growth = findGrowth(points);
    if (growth === null || growth.p > mostP || growth.lowPerHour <= 0) return [];
    if (growth.signal < leastSignal || growth.steadiness < restsBelow || !growth.isSpread) return [];
    // Root may fill a little more than users may (statfs f_bavail): full is what is full for users.
    const used = points.at(-1)?.bytes ?? 0;
    const full = reachOf(points, growth, used + disk.freeBytes);
    return [{ mount: disk.mount, bytesPerDay: growth.bytesPerHour * 24, full }];
  });
}

/** Answers: how much is written to each log a day? A log that was rotated or emptied goes on from where it began anew. */
export function logTrends(history: Remembered, now: EpochMs): readonly LogTrend[] {
  return history.logs.flatMap(({ path, size }) => {
    const perDay = writtenPerDay(size, now);
    return perDay === null ? [] : [{ path, bytesPerDay: perDay }];
  });
}

function writtenPerDay(track: Track, now: EpochMs): number | null {
  const points = pointsOf(track);
  const last = points.at(-1);
  if (last === undefined || last.at < now - staleMs) return null;
  let written = 0;
  let watchedMs = 0;
  points.forEach(({ at, bytes }, index) => {
    const before = points[index - 1];
    if (before === undefined) return;
    watchedMs += at - before.at;
    // Smaller than before: it was rotated, and what it holds now is new.
    written += bytes >= before.bytes ? bytes - before.bytes : bytes;
  });
  return watchedMs < leastLogHours * hourMs ? null : (written / watchedMs) * dayMs;
}
