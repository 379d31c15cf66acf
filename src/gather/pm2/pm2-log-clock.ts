import type { Pm2LogEvent } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import type { LineWalk, RawLine } from './pm2-log-meaning.ts';

const hourMs = 3_600_000;
/** `Time`, versions and the rest of the banner follow its first line at once (lib/Daemon.js). */
const bannerLines = 20;

export interface TimedLog {
  readonly events: readonly Pm2LogEvent[];
  /** Of the newest banner, minutes east of UTC; null = none was read. */
  readonly utcOffsetMinutes: number | null;
  /** Turns a wall clock of the oldest part into a time. */
  readonly oldest: (wallMs: number) => EpochMs;
}

/**
 * Gives each line its time. pm2.log shows the daemon's local time without a zone; the banner printed at each start of a
 * daemon says which zone that is, for all lines until the next banner (and for those before the first one).
 *
 * Where the banner's offset is that of this host at that moment, the daemon runs in the host's zone, and the host's own
 * rules are used for each line: they know summer time. In the hour that comes twice, a line that would lie before the
 * one above it belongs to the second. Where it differs (TZ set for the daemon alone), the banner's offset is used until
 * the next banner: a change to or from summer time in between moves those lines by an hour.
 *
 * @param lines oldest first.
 * @param hostOffset minutes east of UTC of this host at a time.
 */
export function setTimes(lines: readonly RawLine[], hostOffset: (at: EpochMs) => number): TimedLog {
  return timeLines((visit) => {
    for (const { stamp, meaning } of lines)
      visit(stamp?.wallMs ?? Number.NaN, stamp?.offsetMinutes ?? null, meaning);
  }, hostOffset);
}

/** As `setTimes`, for lines that are not kept as objects. */
export function timeLines(walk: LineWalk, hostOffset: (at: EpochMs) => number): TimedLog {
  const zones = findZones(walk, hostOffset);
  const events: Pm2LogEvent[] = [];
  let zone = zones.first;
  let previous = -Infinity;
  let knownWallMs = Number.NaN;
  let knownZone = zone;
  let knownAt: EpochMs = 0;
  let banner: { index: number; line: number; wallMs: number } | null = null;
  let index = -1;
  walk((wallMs, offsetMinutes, { event, bannerVersion, text }) => {
    index += 1;
    zone = zones.startingAt.get(index) ?? zone;
    // A line from before the banner is of a copy that begins here.
    if (
      bannerVersion !== null &&
      banner !== null &&
      index - banner.line <= bannerLines &&
      !(wallMs < banner.wallMs)
    ) {
      const started = events[banner.index];
      if (started?.event.kind === 'daemon-started') {
        // The first one is its own; another belongs to a banner that is not there.
        const { pm2Version, nodeVersion } = started.event;
        const { of, version } = bannerVersion;
        const own =
          of === 'pm2' ? { pm2Version: pm2Version ?? version } : { nodeVersion: nodeVersion ?? version };
        events[banner.index] = { ...started, event: { ...started.event, ...own } };
      }
    }
    if (event === null) return;
    let at: EpochMs | null = null;
    if (!Number.isNaN(wallMs)) {
      if (offsetMinutes !== null) at = wallMs - offsetMinutes * 60_000;
      else if (knownWallMs === wallMs && knownZone === zone && knownAt >= previous) at = knownAt;
      else {
        at = zone(wallMs, previous);
        knownWallMs = wallMs;
        knownZone = zone;
        knownAt = at;
      }
      previous = at;
    }
    // Nothing else stands between the lines of one banner.
    banner = event.kind === 'daemon-started' ? { index: events.length, line: index, wallMs } : null;
    events.push({ at, text, event });
  });
  return { events, utcOffsetMinutes: zones.newest, oldest: (wallMs) => zones.first(wallMs, -Infinity) };
}

/** Wall clock -> time, not before `previous` where the wall clock shows an hour twice. */
type Zone = (wallMs: number, previous: EpochMs) => EpochMs;

function findZones(
  walk: LineWalk,
  hostOffset: (at: EpochMs) => number,
): { readonly first: Zone; readonly startingAt: ReadonlyMap<number, Zone>; readonly newest: number | null } {
  const host = hostZone(hostOffset);
  const startingAt = new Map<number, Zone>();
  let newest: number | null = null;
  let opened: number | null = null;
  let index = -1;
  walk((_wallMs, _offset, { event, bannerTime }) => {
    index += 1;
    if (event?.kind === 'daemon-started') opened = index;
    // A `Time` line anywhere else is not the daemon's.
    if (bannerTime === null || opened === null || index - opened > bannerLines) return;
    newest = bannerTime.offsetMinutes;
    const isHost = hostOffset(bannerTime.at) === bannerTime.offsetMinutes;
    startingAt.set(opened, isHost ? host : (wallMs) => wallMs - bannerTime.offsetMinutes * 60_000);
    opened = null;
  });
  const [first] = startingAt.values();
  return { first: first ?? host, startingAt, newest };
}

function hostZone(hostOffset: (at: EpochMs) => number): Zone {
  const known = new Map<number, readonly [before: number, after: number]>();
  return (wallMs, previous) => {
    const hour = Math.floor(wallMs / hourMs);
    let offsets = known.get(hour);
    if (offsets === undefined) {
      const guess = hour * hourMs - hostOffset(hour * hourMs) * 60_000;
      offsets = [hostOffset(guess - 3 * hourMs), hostOffset(guess + 3 * hourMs)];
      known.set(hour, offsets);
    }
    const [before, after] = offsets;
    if (before === after) return wallMs - before * 60_000;
    const candidates = [before, after]
      .map((offset) => ({ at: wallMs - offset * 60_000, offset }))
      .filter(({ at, offset }) => hostOffset(at) === offset)
      .map(({ at }) => at)
      .sort((a, b) => a - b);
    return candidates.find((at) => at >= previous) ?? candidates.at(-1) ?? wallMs - after * 60_000;
  };
}
