import type { OomTimeline, TimelineMark } from '../chart/oom-timeline.ts';
import type { CauseCount, ChartFrame, Mark, Prose, QuoteView, Raw, SureView } from './atoms.ts';

export interface KillRow {
  readonly number: number;
  readonly when: string;
  readonly ranOut: Prose;
  readonly held: string | null;
  readonly who: Prose;
  readonly process: Raw;
  readonly biggest: Prose;
  readonly biggestNote: Prose | null;
  readonly isVictim: boolean;
  readonly sure: SureView;
  readonly why: Prose;
  readonly quote: QuoteView | null;
}

export interface OomView {
  readonly lead: Prose;
  readonly chart:
    | (ChartFrame & OomTimeline & { readonly marks: readonly TimelineMark[]; readonly hasBiggest: boolean })
    | null;
  readonly kills: readonly KillRow[];
  readonly notes: readonly Prose[];
  /** Of the notes, the one about kills that the kernel counted and no log shows; null = none is known to be missing. */
  readonly lost: Prose | null;
  readonly unconfirmedLead: Prose | null;
  readonly unconfirmed: readonly { readonly what: Prose; readonly quote: QuoteView }[];
}

export interface StoryView {
  readonly id: string;
  readonly name: Raw;
  readonly where: Prose | null;
  readonly summary: Prose;
  readonly causes: readonly CauseCount[];
  readonly chart:
    | (ChartFrame & {
        readonly height: number;
        readonly plotHeight: number;
        readonly unseen: number | null;
        readonly lanes: readonly {
          readonly mark: Mark;
          readonly shown: string;
          readonly isPale: boolean;
          readonly y: number;
          readonly lineY: number;
          readonly marks: readonly number[];
          readonly counts: readonly {
            readonly x: number;
            readonly dx: number;
            readonly y: number;
            readonly anchor: string;
            readonly count: number;
          }[];
          readonly columns: readonly { readonly x: number; readonly y: number; readonly height: number }[];
        }[];
        /** Where columns stand for marks: what one of them means. */
        readonly note: Prose | null;
      })
    | null;
  /** What happened, in one sentence; then the rest of it, which may be empty. */
  readonly conclusion: Prose;
  readonly because: Prose;
  /** Whether it goes on, or when it ended. */
  readonly now: Prose | null;
  readonly crashLead: Prose | null;
  /** The most frequent crashes. */
  readonly crashes: readonly CrashView[];
  readonly moreCrashes: Prose | null;
  readonly quotes: readonly QuoteView[];
}

export interface CrashView {
  readonly message: Raw;
  /** The first place in the app's own code; null = the log shows none. */
  readonly frame: Raw | null;
  /** How often and when. */
  readonly said: Prose;
  readonly sure: SureView;
}

export interface SharedEvent {
  readonly text: Prose;
  /** Nobody wanted it. */
  readonly isTrouble: boolean;
}

export interface RestartsView {
  readonly lead: Prose;
  /** What many apps went through together, each told once: ends of the daemon, deploys. */
  readonly shared: readonly SharedEvent[];
  readonly stories: readonly StoryView[];
  readonly more: Prose | null;
}
