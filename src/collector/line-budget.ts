import type { Pm2Event } from '../model/pm2.ts';
import type { EpochMs } from '../model/text.ts';

const hourMs = 3_600_000;
/** Three lines a restart: a loop of one restart a minute is kept whole, one of one a second to its first five minutes an hour. */
const perHour = 900;

/**
 * Says which lines of pm2.log are worth remembering: those a restart story rests on, so many an hour of one app. A loop
 * would fill the store otherwise, and its first minutes and its count say all there is.
 */
export class LineBudget {
  private hour = Number.NaN;
  private readonly used = new Map<string, number>();
  /** Lines passed over in this hour. */
  dropped = 0;

  takes(home: string, event: Pm2Event, at: EpochMs): boolean {
    if (event.kind === 'killed' || event.kind === 'monitoring-failed') return false;
    const hour = Math.floor(at / hourMs);
    if (hour !== this.hour) {
      this.hour = hour;
      this.used.clear();
      this.dropped = 0;
    }
    const key = `${home}\n${'pmId' in event ? event.pmId : 'name' in event ? event.name : ''}`;
    const used = (this.used.get(key) ?? 0) + 1;
    this.used.set(key, used);
    if (used <= perHour) return true;
    this.dropped += 1;
    return false;
  }
}
