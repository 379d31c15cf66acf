import type { Pm2Event, Pm2LogEvent } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import { closingMs, pauseMs, type Slot, type Stop } from './log-slot.ts';
import type { EndDraft } from './process-end.ts';
import type { StopTriggers } from './stop-triggers.ts';

/** What PM2 is about to stop, from `Stopping app` to `process tree killed` (lib/God/ActionMethods.js, lib/God/Methods.js). */
export class StopsUnderWay {
  /** Since when apps are stopped without a pause and a start between. */
  from: EpochMs = Infinity;
  private readonly asked = new Set<Stop>();
  private readonly dying = new Set<EndDraft>();
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
    const stop: Stop = { asked: line, trigger: triggers.reasonOf(event, at), ownSigkill: null };
    if (event.old) slot.oldStop = stop;
    else slot.stop = stop;
    this.asked.add(stop);
  }

  /** It has exited; what is left of its tree is still to be killed. */
  exited(stop: Stop | null, end: EndDraft): void {
    if (stop !== null) this.asked.delete(stop);
    if (end.asked !== null) this.dying.add(end);
  }

  /** It runs again. */
  answered(end: EndDraft): void {
    this.dying.delete(end);
  }

  ownSigkill(line: Pm2LogEvent): void {
    for (const stop of this.asked) stop.ownSigkill = line;
  }

  /** `process tree killed`, which does not say of whom. */
  killed(line: Pm2LogEvent, at: EpochMs, lastExit: EndDraft | null): void {
    const isAgain = line.text === this.killLine?.text && at === this.killLine.at;
    this.killLine = line;
    if (isAgain) return;
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
    }
  }

  clear(): void {
    this.asked.clear();
    this.dying.clear();
    this.from = Infinity;
  }
}
