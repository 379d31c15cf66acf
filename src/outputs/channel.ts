import type { Occasion } from '../derive/delivery/occasion.ts';
import type { ChannelSettings, Parcel, Sent } from '../model/delivery.ts';
import type { Report } from '../model/report.ts';
import type { AuditWords } from '../report/words.ts';

/** What is delivered: the report's facts, and the files it was written to (null = not written). */
export interface Delivery {
  readonly report: Report;
  readonly words: AuditWords;
  readonly occasion: Occasion;
  readonly files: { readonly html: string | null; readonly json: string | null; readonly md: string | null };
}

/** One way out. Neither call throws for what the other side does. */
export interface Channel {
  readonly settings: ChannelSettings;
  /** Makes the message; touches no network. */
  compose(delivery: Delivery): Parcel;
  /** Tries once, within its time-outs. A parcel of the outbox is sent as it is. */
  send(parcel: Parcel): Promise<Sent>;
  /**
   * A salted hash of the secrets it logs in with now, by which changed ones are known; null = it has none, or they cannot
   * be read. Absent: it does not log in.
   */
  secretMark?(salt: string): Promise<string | null>;
}
