import type { Priority } from '../../model/finding.ts';
import type { Cause } from '../../model/restart.ts';
import type { Tick } from '../chart/time-axis.ts';

/** A final sentence in the reader's language. May hold the marks of report/prose.ts: print it through `rich`, `md` or `term`. */
export type Prose = string;

/** Text of the machine, as it stands: print it escaped. */
export type Raw = string;

/** `P0 now`: `tone` is the class p0 … p3. */
export interface Pill {
  readonly code: Priority;
  readonly tone: 'p0' | 'p1' | 'p2' | 'p3';
  readonly word: string;
}

/** Mark of a restart cause: shape (`symbol` is the same in text), colour family, word. */
export interface Mark {
  readonly cause: Cause;
  readonly family: 'mem' | 'fault' | 'people' | 'timer' | 'none';
  readonly symbol: string;
  readonly word: string;
}

export interface CauseCount {
  readonly mark: Mark;
  readonly count: number;
  /** `3` or `1,204`. */
  readonly shown: string;
}

/** One quoted line. `text` is byte for byte the machine's; `pieces` joined give the same, `strong` ones carry the fact. */
export interface QuoteView {
  readonly source: Raw;
  readonly when: string | null;
  readonly note: Prose | null;
  readonly text: Raw;
  readonly pieces: readonly { readonly text: Raw; readonly strong: boolean }[];
}

export type Judgement = 'ok' | 'note' | 'watch' | 'warn' | 'unknown';

export interface StateView {
  readonly kind: Judgement;
  readonly tone: 'green' | 'soft' | 'orange' | 'red';
  readonly word: string;
}

/** How sure: three dots, so many filled, and the word. */
export interface SureView {
  readonly dots: readonly boolean[];
  readonly word: string;
}

export interface LinkView {
  readonly href: string;
  readonly text: Prose;
}

export interface ChartFrame {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** First and last y of the hairlines, px. */
  readonly top: number;
  readonly axisY: number;
  readonly labelY: number;
  readonly ticks: readonly (Tick & { readonly label: string; readonly short: string })[];
}
