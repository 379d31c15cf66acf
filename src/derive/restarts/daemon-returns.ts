import type { EpochMs } from '../../model/text.ts';
import { closingMs, type Former, resurrectMs, type Slot, sureGapMs } from './log-slot.ts';
import { blankEnd, type DaemonStart, type EndDraft, slotKey } from './process-end.ts';

/** Which apps went with a daemon, and which of them the next one brings back. */
export class DaemonReturns {
  /** Apps of the daemon before, not yet back. */
  private former = new Map<string, Former>();
  private daemon: DaemonStart | null = null;
  private lastAt: EpochMs = -Infinity;

  begin(daemon: DaemonStart): void {
    this.daemon = daemon;
    this.lastAt = daemon.at;
  }

  /** What ran, and what was stopped for the end, waits for the next daemon. */
  leave(start: DaemonStart, slots: ReadonlyMap<string, Slot>, stopsFrom: EpochMs): void {
    this.former = new Map();
    const { farewell, signalled } = start.gone;
    const ended = farewell?.at ?? start.at;
    for (const [key, { name, running, last }] of slots) {
      // A daemon that ends by itself stops all before: of one that still ran, lines are missing.
      const isWhole = farewell?.event.kind !== 'daemon-stopped' && farewell?.event.kind !== 'daemon-exited';
      if (running !== null)
        this.former.set(key, { key, name, running, last: null, isForEnd: isWhole && !running.mayHaveEnded });
      else if (last?.at != null && last.at >= ended - closingMs) {
        const isIn = last.at >= stopsFrom;
        const isForEnd = farewell !== null && (signalled === null ? isIn : last.whileEnding !== null);
        this.former.set(key, { key, name, running: null, last, isForEnd });
        if (last.whileEnding !== null) last.byDaemon = start;
        // Stopped by hand just before, or for the end: only its return tells.
        else if (last.asked !== null && isIn) last.isDoubtful = true;
      }
    }
  }

  /** The end that this start under the new daemon answers; null = it did not run before. */
  comeBack(slot: Slot, at: EpochMs, stepsBack: number): EndDraft | null {
    const { daemon } = this;
    if (daemon === null || at - daemon.at > resurrectMs) return null;
    // Ids are given anew by each daemon; the name is what stays.
    const before =
      this.former.get(slotKey(slot)) ?? [...this.former.values()].find(({ name }) => name === slot.name);
    if (before === undefined) return null;
    this.former.delete(before.key);
    // All that a daemon brings back it starts in one go; later, somebody may have.
    const isPrompt = at - this.lastAt <= sureGapMs;
    this.lastAt = at;
    const { last, running } = before;
    if (last !== null) {
      if (last.asked !== null) last.isDoubtful = !before.isForEnd || !isPrompt;
      return Object.assign(last, { restartedAt: at, byDaemon: daemon, isMaybe: false });
    }
    const end = blankEnd(slot);
    end.startedAt = running?.startedAt ?? null;
    end.isSteady = running?.stepsBack === stepsBack;
    end.restartedAt = at;
    end.byDaemon = daemon;
    end.isDoubtful = !isPrompt || !before.isForEnd;
    return end;
  }
}
