import type { Pm2Event } from '../model/pm2.ts';
import type { CleanText, EpochMs } from '../model/text.ts';

const hourMs = 3_600_000;
/** Three lines a restart: a loop of one restart a minute is kept whole, one of one a second to its first five minutes an hour. */
const perHour = 900;
/** What was passed over is told so often: a collector that is killed loses no more of the count. */
const toldMs = 600_000;

/** Lines of one app that were passed over, and when the first and the last of them were written. */
export interface PassedOver {
  readonly home: CleanText;
  /** As the lines name it; null = they name none. */
  readonly name: CleanText | null;
  readonly pmId: number | null;
  readonly count: number;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * Says which lines of pm2.log are worth remembering: those a restart story rests on, so many an hour of one app. A loop
 * would fill the store otherwise; its first minutes are kept, and how many lines were not.
 */
export class LineBudget {
  private hour = Number.NaN;
  private readonly used = new Map<string, number>();
  private readonly passed = new Map<string, PassedOver>();
  private toldAt: EpochMs | null = null;

  takes(home: CleanText, event: Pm2Event, at: EpochMs): boolean {
    if (event.kind === 'killed' || event.kind === 'monitoring-failed') return false;
    const hour = Math.floor(at / hourMs);
    if (hour !== this.hour) {
      this.hour = hour;
      this.used.clear();
    }
    const pmId = 'pmId' in event ? event.pmId : null;
    const name = 'name' in event ? event.name : null;
    const key = `${home}\n${pmId ?? name ?? ''}`;
    const used = (this.used.get(key) ?? 0) + 1;
    this.used.set(key, used);
    if (used <= perHour) return true;
    const before = this.passed.get(key);
    this.passed.set(key, {
      home,
      name: name ?? before?.name ?? null,
      pmId,
      count: (before?.count ?? 0) + 1,
      from: Math.min(before?.from ?? at, at),
      to: Math.max(before?.to ?? at, at),
    });
    return false;
  }

  /** What was passed over and is not told yet: every ten minutes, or at once when it `isLast`. */
  due(now: EpochMs, isLast: boolean): readonly PassedOver[] {
    if (this.passed.size === 0) return [];
    this.toldAt ??= now;
    if (!isLast && Math.abs(now - this.toldAt) < toldMs) return [];
    this.toldAt = null;
    const due = [...this.passed.values()];
    this.passed.clear();
    return due;
  }
}
