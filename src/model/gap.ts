import type { EvidenceKey } from './evidence.ts';
import type { CleanText, EpochMs } from './text.ts';

/** Why a source could not be read. `truncated` means: read up to a cap or a damaged end, not whole. */
export type Why =
  | 'permission-denied'
  | 'not-found'
  | 'not-supported'
  | 'timed-out'
  | 'truncated'
  | 'malformed'
  | 'switched-off';

/** One thing tried and how it failed, in the machine's own words. */
export interface Attempt {
  readonly source: string;
  readonly why: Why;
  readonly detail: CleanText;
}

/** The command or setting that mends a blind spot; `report/remedies.ts` words each one. */
export type RemedyId =
  | 'run-as-owner'
  | 'run-as-root'
  | 'start-pm2'
  | 'restart-hung-daemon'
  | 'read-kernel-log'
  | 'persistent-journal'
  | 'syslog-daemon'
  | 'keep-pm2-log'
  | 'readable-logs'
  | 'raise-budget'
  | 'observe-longer'
  | 'linux-only'
  | 'start-collector'
  | 'none';

/** Something we could not see. A gap is a result: it is printed, and it blinds the audits that need it. */
export interface Gap {
  readonly key: EvidenceKey;
  /** What is not seen, e.g. `/root/.pm2` or `smaps_rollup of 3 processes`. */
  readonly subject: CleanText;
  readonly why: Why;
  readonly tried: readonly Attempt[];
  readonly remedy: RemedyId;
}

/** The time an evidence item speaks for. `null` = open: not known, or since boot. */
export interface Span {
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
}

/** A gathered item: never undefined, and an empty list never means "unknown". */
export type Gathered<T> =
  | {
      readonly seen: true;
      readonly value: T;
      readonly source: CleanText;
      readonly covers: Span;
      readonly gaps: readonly Gap[];
    }
  | { readonly seen: false; readonly gaps: readonly [Gap, ...Gap[]] };
