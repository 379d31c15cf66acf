import type { Pm2Event, Pm2LogEvent } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import { closingMs, pauseMs, type Slot, type Stop, sureGapMs } from './log-slot.ts';
import type { EndDraft } from './process-end.ts';
import type { StopTriggers } from './stop-triggers.ts';

/** What PM2 is about to stop, from `Stopping app` to `process tree killed` (lib/God/ActionMethods.js, lib/God/Methods.js). */
export class StopsUnderWay {
  /** Since when apps are stopped without a pause and a start between. */
  from: EpochMs = Infinity;
  private readonly asked = new Set<Stop>();
  private readonly dying = new Set<EndDraft>();
  /** Pids that PM2 has killed while these stops were under way. */
  private readonly overdue = new Set<number>();
  private missedAt: EpochMs = -Infinity;
  private killLine: Pm2LogEvent | null = null;

  ask(
    slot: Slot,
    event: Pm2Event & { readonly kind: 'stopping' | 'starting' | 'online' | 'disconnected' },
    line: Pm2LogEvent,
    times: { readonly at: EpochMs; readonly lastAt: EpochMs | null },
    triggers: StopTriggers,
  ): void {
    const { at, lastAt } = times;
    if ((event.old ? slot.oldStop : slot.stop)?.asked.at === at) return;
    if (this.from === Infinity || at - (lastAt ?? at) > pauseMs) this.from = at;
    // A reload for its memory stops the old process; where a start came, and not that stop, it is missing.
    if (!event.old && slot.replaced !== null) triggers.drop('memory-limit', event.pmId);
    const trigger = triggers.reasonOf(event, at);
    const stop: Stop = { asked: line, trigger, isDoubtful: triggers.isOld(trigger), ownSigkill: null };
    if (event.old) slot.oldStop = stop;
    else slot.stop = stop;
    this.asked.add(stop);
  }

  /** It has exited; what is left of its tree is still to be killed. */
  exited(stop: Stop | null, end: EndDraft): void {
    if (stop !== null) this.asked.delete(stop);
    if (this.asked.size === 0) this.overdue.clear();
    if (end.asked !== null) this.dying.add(end);
  }

  /** It runs again. */
  answered(end: EndDraft): void {
    this.dying.delete(end);
  }

  /** PM2 lost patience with a process, which it names by its pid. */
  ownSigkill(line: Pm2LogEvent, at: EpochMs): void {
    if (line.event.kind === 'own-sigkill') this.overdue.add(line.event.pid);
    if (this.overdue.size > this.asked.size) this.missedAt = at;
    for (const stop of this.asked) stop.ownSigkill = line;
  }

  /** More processes than are being stopped were killed by PM2 just before: the line that says whose stop it was is missing. */
  mayHaveKilled(at: EpochMs): boolean {
    return at - this.missedAt <= sureGapMs;
  }

  /** `process tree killed`, which does not say of whom. False = nothing is known to be stopped. */
  killed(line: Pm2LogEvent, at: EpochMs, lastExit: EndDraft | null): boolean {
    const isAgain = line.text === this.killLine?.text && at === this.killLine.at;
    this.killLine = line;
    if (isAgain) return true;
    for (const end of this.dying) {
      if (at - (end.at ?? at) > closingMs) this.dying.delete(end);
      else end.killedAt = at;
    }
    const [oldest] = this.dying;
    if (oldest !== undefined) this.dying.delete(oldest);
    // PM2 kills only what it stops: the line that says so is missing.
    else if (lastExit !== null && lastExit.asked === null && lastExit.killedAt === null) {
      lastExit.isDoubtful = true;
      lastExit.killedAt = at;
    } else return false;
    return true;
  }

  clear(): void {
    this.asked.clear();
    this.dying.clear();
    this.overdue.clear();
    this.from = Infinity;
  }
}
