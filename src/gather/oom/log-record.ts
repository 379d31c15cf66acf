import type { EpochMs } from '../../model/text.ts';

/** One record of a log, whatever it was wrapped in: the message, and what its wrapping says about it. */
export interface LogRecord {
  /** The message without prefix; may hold newlines. */
  readonly text: string;
  /** The line as written, for quoting. */
  readonly raw: string;
  /** The time as written, e.g. `Mar  3 04:05:06 / 12.345678`; null = none. */
  readonly stamp: string | null;
  readonly at: EpochMs | null;
  /** Seconds since boot. */
  readonly seconds: number | null;
  /**
   * Who wrote it: `other` is somebody who can write any text (syslog facility other than 0, a journal transport other
   * than `kernel`); `unknown` where the format does not tell.
   */
  readonly writer: 'kernel' | 'other' | 'unknown';
  readonly writerName: string | null;
  /** CONFIG_PRINTK_CALLER: `T9185`, `C0`; keeps records of two CPUs apart. */
  readonly caller: string | null;
  /** It carries a prefix of its own, so it begins a record and does not continue one. */
  readonly hasPrefix: boolean;
  /** Its end is certain (JSON, export): what follows never belongs to it. */
  readonly isWhole: boolean;
  /** Written again by syslog's `message repeated N times`. */
  readonly repeats: number;
  /** Boot id of the journal. */
  readonly boot: string | null;
}
