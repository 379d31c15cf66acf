import type { EvidenceKey, EvidenceMap } from './evidence.ts';
import type { Fix, FixWords, Priority, Subject } from './finding.ts';
import type { Span } from './gap.ts';
import type { Confidence, EpochMs, Json, Locale, Quote } from './text.ts';

/** A threshold: the number, its unit, and who says so. */
export interface Limit {
  readonly value: number;
  readonly unit: 'bytes' | 'ratio' | 'count' | 'ms' | 'percent' | 'hours' | 'days';
  readonly source: string;
}

export type Topic =
  | 'memory'
  | 'oom'
  | 'restarts'
  | 'config'
  | 'startup'
  | 'storage'
  | 'security'
  | 'versions'
  | 'cpu'
  | 'blindness';

/**
 * Numbers and names put into words, in the reader's language and zone. `code` and `name` mark a piece of a sentence:
 * renderers turn the marks into `<code>`, backticks or plain text, so words never hold markup of one format.
 */
export interface Fmt {
  /** `1.2 GB`; 1 GB = 1024 MB. */
  bytes(value: number): string;
  /** `96.9 %` from 0.969. */
  ratio(value: number): string;
  /** `11.4 %` from 11.4. */
  percent(value: number): string;
  /** `2 d 4 h`, `35 s`. */
  duration(ms: number): string;
  /** `19 Nov 09:05` / `11 月 19 日 09:05`. */
  time(at: EpochMs): string;
  date(at: EpochMs): string;
  count(value: number): string;
  /** `a, b and c` / `a、b 和 c`; more than `max` (default 5) end in "and 7 more". */
  list(items: readonly string[], max?: number): string;
  /** A setting, command or path inside a sentence. */
  code(text: string): string;
  /** An app's name inside a sentence: never broken over two lines. */
  name(text: string): string;
}

/** Sentences of one audit in one language. */
export interface Words<A> {
  /** The failing state in a few words, for lists: "OOM killer took an app". */
  readonly title: string;
  /** Why it matters and how it is judged, two or three sentences. */
  readonly why: string;
  /** Headline of a finding: subject, number, unit, period. No full stop. */
  found(args: A, fmt: Fmt): string;
  /** What it means for the reader: one to three sentences. */
  effect(args: A, fmt: Fmt): string;
  /** Key figures, at most four: [label, value]. */
  figures?(args: A, fmt: Fmt): readonly (readonly [label: string, value: string])[];
  /** Words of the fix this audit proposes. */
  readonly fix?: (args: A, fmt: Fmt) => FixWords;
}

/** What `check` returns for each thing it found. */
export interface Draft<A> {
  readonly subject: Subject;
  readonly priority: Priority;
  /** How sure the finding itself is; `certain` where a file or counter says so. */
  readonly confidence: Confidence;
  readonly args: A;
  readonly because: readonly Quote[];
  readonly fix?: Fix;
}

export interface CheckContext<L extends string> {
  readonly now: EpochMs;
  readonly window: { readonly from: EpochMs; readonly to: EpochMs };
  /** The time each needed or wanted item speaks for. */
  readonly covers: { readonly [K in EvidenceKey]?: Span };
  /** Limits in force: the audit's own, or the user's. */
  readonly limits: { readonly [K in L]: number };
}

export type Seen<N extends EvidenceKey, W extends EvidenceKey> = { readonly [K in N]: EvidenceMap[K] } & {
  readonly [K in W]: EvidenceMap[K] | null;
};

/**
 * One check. Pure and synchronous: it sees the evidence it declares and nothing else. `needs` that were not seen make
 * the audit `blind`; `wants` that were not seen arrive as null.
 */
export interface Audit<
  A extends { readonly [key: string]: Json } = { readonly [key: string]: Json },
  N extends EvidenceKey = EvidenceKey,
  W extends EvidenceKey = EvidenceKey,
  L extends string = string,
> {
  /** A noun in the failing state, never reused; equals the file name. */
  readonly id: string;
  readonly topic: Topic;
  readonly needs: readonly N[];
  readonly wants?: readonly W[];
  readonly limits: { readonly [K in L]: Limit };
  /** Where the facts stand: PM2 file and version, manual page, issue. At least one. */
  readonly references: readonly string[];
  readonly words: { readonly [K in Locale]: Words<A> };
  /** False makes the verdict `not-applicable`. */
  applies?(seen: Seen<N, W>): boolean;
  check(seen: Seen<N, W>, context: CheckContext<L>): readonly Draft<A>[];
}

/** An audit whose types are forgotten, as the runner holds it. */
// biome-ignore lint/suspicious/noExplicitAny: the runner pairs each audit with its own evidence; see analyze/run.ts
export type AnyAudit = Audit<any, any, any, any>;

/** Identity: gives an audit its types. */
export function defineAudit<
  A extends { readonly [key: string]: Json },
  N extends EvidenceKey,
  W extends EvidenceKey = never,
  L extends string = never,
>(audit: Audit<A, N, W, L>): Audit<A, N, W, L> {
  return audit;
}
