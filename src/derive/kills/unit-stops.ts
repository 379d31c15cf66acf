import type { UnitJournal } from '../../model/systemd.ts';
import type { EpochMs, Quote } from '../../model/text.ts';

/** A unit that ended as a whole because of an OOM kill, as systemd's journal tells it. */
export interface UnitStop {
  readonly unit: string;
  /** When systemd noted the kill, and when it was done with the unit. */
  readonly at: EpochMs;
  readonly endedAt: EpochMs;
  readonly by: 'kernel' | 'systemd-oomd';
  /** systemd scheduled a restart; a scope is never restarted. */
  readonly restarted: boolean;
  /** When the unit was up again; null = the journal does not say. */
  readonly startedAt: EpochMs | null;
  readonly quotes: readonly Quote[];
}

/**
 * systemd.service(5): stop and kill may each take TimeoutStopSec, 90 s by default; measured on systemd 252: up to 2
 * minutes.
 */
export const stopWithinMs = 10 * 60_000;

/**
 * Answers: when did an OOM kill end this unit? The kill line alone proves nothing: it also stands there where the unit
 * lived on (`OOMPolicy=continue`). It counts with the failure that follows, before the unit starts anew. Parent slices
 * repeat the line of their units and are passed over. Oldest first.
 */
export function unitStops(journal: UnitJournal, withinMs = stopWithinMs): readonly UnitStop[] {
  if (journal.unit.endsWith('.slice')) return [];
  const events = journal.events.toSorted((a, b) => a.at - b.at);
  const found: UnitStop[] = [];
  for (const [index, event] of events.entries()) {
    if (event.kind !== 'failed') continue;
    const start = events.slice(0, index).findLastIndex(({ kind }) => kind === 'started' || kind === 'failed');
    const before = events.slice(start + 1, index).filter(({ at }) => event.at - at <= withinMs);
    const oomd = before.findLast(({ kind }) => kind === 'oomd-kill');
    const kills = before.filter(({ kind }) => kind === 'oom-in-unit');
    const kill = oomd ?? kills.at(-1);
    if (!kill || !ends(event.result, event.at - kill.at)) continue;
    const after = events.slice(index + 1);
    const next = after.find(({ kind }) => kind === 'restart-scheduled' || kind === 'failed');
    const restarted = next?.kind === 'restart-scheduled';
    found.push({
      unit: journal.unit,
      at: (oomd ?? kills[0] ?? kill).at,
      endedAt: event.at,
      by: oomd ? 'systemd-oomd' : 'kernel',
      restarted,
      startedAt: startAfter(after),
      quotes: [kill.quote, event.quote, ...(restarted && next ? [next.quote] : [])],
    });
  }
  return found;
}

/** The next start, unless the unit failed once more before it. */
function startAfter(events: UnitJournal['events']): EpochMs | null {
  const next = events.find(({ kind }) => kind === 'started' || kind === 'failed');
  return next?.kind === 'started' ? next.at : null;
}

/** `signal` = the daemon itself was the victim: systemd notes that at once, so an old kill line proves nothing. */
function ends(result: string | null, afterMs: number): boolean {
  return result === 'oom-kill' || (result === 'signal' && afterMs <= 15_000);
}
