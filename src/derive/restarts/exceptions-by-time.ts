import type { AppLog, LoggedException } from '../../model/storage.ts';
import type { EpochMs } from '../../model/text.ts';
import { firstAtLeast } from './sorted-times.ts';

/** An exception and the log it stands in. */
export interface Logged {
  readonly log: AppLog;
  readonly exception: LoggedException;
}
interface Placed extends Logged {
  /** Its place among all of these logs. */
  readonly place: number;
}

/**
 * The exceptions of an app's logs that may have ended a process, to be asked by time: thousands of ends meet hundreds of
 * exceptions.
 */
export class ExceptionsByTime {
  private readonly timed: readonly Placed[];
  private readonly times: readonly EpochMs[];
  /** Without a stamp, by the stamp before them, and the latest stamp behind any so far. */
  private readonly untimed: readonly Placed[];
  private readonly from: readonly EpochMs[];
  private readonly latest: readonly EpochMs[];

  constructor(logs: readonly AppLog[]) {
    const all = logs
      .flatMap((log) => log.exceptions.map((exception) => ({ log, exception })))
      .map((logged, place): Placed => ({ ...logged, place }))
      .filter(({ exception }) => exception.outcome !== 'survived');
    this.timed = all
      .filter(({ exception }) => exception.at !== null)
      .sort((a, b) => (a.exception.at ?? 0) - (b.exception.at ?? 0));
    this.times = this.timed.map(({ exception }) => exception.at ?? 0);
    this.untimed = all
      .filter(({ exception: { at, between } }) => at === null && between?.from != null)
      .sort((a, b) => (a.exception.between?.from ?? 0) - (b.exception.between?.from ?? 0));
    this.from = this.untimed.map(({ exception }) => exception.between?.from ?? 0);
    let latest = -Infinity;
    this.latest = this.untimed.map(({ exception }) => {
      latest = Math.max(latest, exception.between?.to ?? -Infinity);
      return latest;
    });
  }

  /** Those stamped in this time (`to` is outside), or written between two stamps around it; in the order of the logs. */
  near(from: EpochMs, to: EpochMs): readonly Logged[] {
    const found = this.timed.slice(firstAtLeast(this.times, from), firstAtLeast(this.times, to));
    for (let index = firstAtLeast(this.from, to) - 1; index >= 0; index -= 1) {
      if ((this.latest[index] ?? -Infinity) < from) break;
      const each = this.untimed[index];
      if (each !== undefined) found.push(each);
    }
    return found.length < 2 ? found : found.sort((a, b) => a.place - b.place);
  }
}

const remembered = new WeakMap<readonly AppLog[], ExceptionsByTime>();

/** Remembered for the same logs. */
export function exceptionsByTime(logs: readonly AppLog[]): ExceptionsByTime {
  const known = remembered.get(logs) ?? new ExceptionsByTime(logs);
  remembered.set(logs, known);
  return known;
}
