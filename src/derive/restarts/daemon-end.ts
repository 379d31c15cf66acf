import type { AttributedKill } from '../../model/oom.ts';
import type { DaemonEnd } from '../../model/restart.ts';
import type { UnitJournal } from '../../model/systemd.ts';
import type { EpochMs, Quote } from '../../model/text.ts';
import type { DaemonStart } from './process-end.ts';

export interface DaemonEvidence {
  /** Of the units that may hold this daemon. */
  readonly journal: readonly UnitJournal[];
  /** Kills of a daemon. */
  readonly daemonKills: readonly AttributedKill[];
  /** When the host booted last; null = not known. */
  readonly bootedAt: EpochMs | null;
}
export interface DaemonEndFound {
  readonly how: DaemonEnd;
  /** Lines beside those of pm2.log. */
  readonly because: readonly Quote[];
}

/** TimeoutStopSec is 90 s by default; a kill may come that long before its unit is down. */
const stopMs = 200_000;
const clocksMs = 5_000;
/** From the farewell of one version to the banner of another: the update of PM2 itself lies before both. */
const updateMs = 60_000;
/** A host that thrashes takes its time between the kill and the next daemon. */
const killMs = 300_000;

/**
 * Answers: how did the daemon before this one go? An OOM stop of the whole unit writes the same lines into pm2.log as
 * `pm2 kill`; systemd's journal tells them apart: `killed by the OOM killer`, then `Failed with result 'oom-kill'`, and no
 * `Stopping` line (systemd 252). A failure without a farewell of the daemon's: it was killed itself.
 */
export function daemonEndOf(start: DaemonStart, seen: DaemonEvidence): DaemonEndFound {
  const { gone } = start;
  const endedAt = gone.farewell?.at ?? null;
  const until = gone.followedAt + clocksMs;
  const from = Math.max((endedAt ?? gone.followedAt) - stopMs, -Infinity);
  const events = seen.journal
    .flatMap((journal) => journal.events)
    .filter(({ at, kind }) => at >= from && at <= until && kind !== 'started' && kind !== 'other')
    .toSorted((a, b) => a.at - b.at);
  const quotes = events.map((event) => event.quote);
  const oomIndex = events.findLastIndex(({ kind }) => kind === 'oom-in-unit' || kind === 'oomd-kill');
  const after = oomIndex < 0 ? [] : events.slice(oomIndex);
  const failed = events.findLast(({ kind }) => kind === 'failed');
  const isOomStop =
    (failed?.result === 'oom-kill' || (failed !== undefined && after.includes(failed))) &&
    !after.some(({ kind }) => kind === 'stopping');
  const kill = seen.daemonKills
    .filter(({ kill: { at } }) => at !== null && at >= gone.followedAt - killMs && at <= until)
    .toSorted((a, b) => (b.kill.at ?? 0) - (a.kill.at ?? 0))
    .find(({ kill: { at } }) => gone.lastAt === null || (at ?? 0) >= gone.lastAt - clocksMs);
  const killQuotes = kill?.kill.quotes.slice(0, 1) ?? [];
  const answer = (how: DaemonEnd, more: readonly Quote[] = []): DaemonEndFound => ({
    how,
    because: [...quotes.slice(-3), ...more],
  });
  if (endedAt === null && (isOomStop || kill !== undefined)) return answer('oom-kill', killQuotes);
  if (isOomStop && failed !== undefined) {
    const told = events.filter((event) => event === failed || events.indexOf(event) === oomIndex);
    return { how: 'oom-stop', because: told.map((event) => event.quote) };
  }
  if (hasBooted(gone.farewell?.at ?? gone.lastAt, gone.followedAt, seen.bootedAt)) return answer('reboot');
  if (gone.farewell === null) return answer(gone.error === null ? 'vanished' : 'error');
  if (gone.farewell.event.kind === 'daemon-resurrecting' || isErrorLast(start)) return answer('error');
  if (gone.signalled !== null) return answer('signal');
  return answer(isUpdate(start, events) ? 'update' : 'command');
}

function hasBooted(endedAt: EpochMs | null, nextAt: EpochMs, bootedAt: EpochMs | null): boolean {
  if (bootedAt === null || endedAt === null) return false;
  return bootedAt >= endedAt - clocksMs && bootedAt <= nextAt + clocksMs;
}

/** The daemon gives up by itself and runs `pm2 update` (lib/Daemon.js, 7.0.4). */
function isErrorLast({ gone }: DaemonStart): boolean {
  const { error, farewell } = gone;
  return error?.at != null && farewell?.at != null && farewell.at - error.at <= stopMs;
}

/**
 * `pm2 update` writes the same lines as `pm2 kill` and a start by hand, in PM2 5 to 7 (lib/God/ActionMethods.js killMe for
 * both); how soon the next daemon comes proves nothing. Only another version says that PM2 was changed.
 */
function isUpdate({ gone }: DaemonStart, events: UnitJournal['events']): boolean {
  if (events.some(({ kind }) => kind === 'stopping' || kind === 'restart-scheduled')) return false;
  const isOther =
    gone.pm2Version !== null && gone.nextVersion !== null && gone.pm2Version !== gone.nextVersion;
  return isOther && gone.followedAt - (gone.farewell?.at ?? 0) <= updateMs;
}
