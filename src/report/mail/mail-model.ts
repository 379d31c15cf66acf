import type { Prose, Raw } from '../view/atoms.ts';
import type { OccasionView } from './occasion-view.ts';

/** A colour is chosen by the template, so each has its own yes or no: templates compare nothing. */
export interface Tone {
  readonly isRed: boolean;
  readonly isOrange: boolean;
  readonly isGreen: boolean;
  readonly isSoft: boolean;
}

export interface MailPill {
  readonly code: string;
  readonly word: string;
  readonly isP0: boolean;
  readonly isP1: boolean;
  readonly isP2: boolean;
  readonly isP3: boolean;
}

/** Two table cells, in whole percent that make 100; 0 = that cell is left out. */
export interface MailMeter {
  readonly filled: number;
  readonly empty: number;
  readonly color: string;
}

export interface MailFix {
  readonly id: string;
  readonly title: Prose;
  readonly time: string;
  readonly snippets: readonly {
    readonly label: Prose | null;
    readonly lines: readonly Raw[];
    readonly more: string | null;
  }[];
  readonly steps: readonly Prose[];
}

export interface MailProblem {
  readonly pill: MailPill;
  readonly title: Prose;
  readonly quotes: readonly {
    readonly pieces: readonly { readonly text: Raw; readonly strong: boolean }[];
  }[];
  readonly stack: readonly {
    readonly symbol: string;
    readonly shown: string;
    readonly word: string;
    readonly width: number;
    readonly color: string;
  }[];
  readonly effect: Prose | null;
  /** The fix, and how sure where it is not certain. */
  readonly last: Prose | null;
}

/** Everything the mail's template prints. Every field is there; null leaves a section out. */
export interface MailView {
  readonly lang: string;
  readonly title: string;
  readonly preheader: string;
  readonly none: string;
  readonly head: Tone & {
    readonly host: Raw;
    readonly takenAt: string;
    /** `--app`: the mail tells of no other. */
    readonly only: Prose | null;
    readonly subtitle: string;
    readonly word: string;
    readonly score: string | null;
    readonly grade: string | null;
    readonly scoreNote: Prose | null;
    readonly say: Prose;
    readonly counts: readonly { readonly count: number; readonly pill: MailPill }[];
  };
  readonly why: OccasionView & { readonly title: string; readonly colon: string };
  readonly fixes: {
    readonly title: string;
    readonly comma: string;
    readonly list: readonly MailFix[];
    readonly note: string;
  } | null;
  readonly problems: {
    readonly title: string;
    readonly list: readonly MailProblem[];
    readonly more: readonly { readonly pill: MailPill; readonly title: Prose }[];
    readonly rest: string | null;
  } | null;
  readonly system: {
    readonly title: string;
    readonly lead: Prose;
    readonly head: { readonly what: string; readonly used: string; readonly judgement: string };
    readonly rows: readonly {
      readonly name: Prose;
      readonly value: Prose;
      readonly share: string | null;
      readonly meter: MailMeter | null;
      readonly state: Tone & { readonly symbol: string; readonly word: string };
      readonly judgement: Prose | null;
    }[];
    readonly rest: string | null;
  } | null;
  readonly apps: {
    readonly title: string;
    readonly empty: Prose | null;
    readonly caption: string;
    readonly head: { readonly app: string; readonly memory: string; readonly restarts: string };
    readonly rows: readonly {
      readonly name: Raw;
      /** Only where it is not simply running. */
      readonly status: string | null;
      readonly isTrouble: boolean;
      readonly pm2: string;
      readonly pm2Bar: MailMeter | null;
      readonly tree: string;
      readonly treeBar: MailMeter | null;
      readonly isHidden: boolean;
      readonly restarts: string;
      readonly causes: readonly { readonly symbol: string; readonly shown: string }[];
    }[];
    /** The marks that stand in the rows, in words. */
    readonly marks: readonly { readonly symbol: string; readonly word: string }[];
  } | null;
  readonly kills: {
    readonly title: string;
    readonly lead: Prose;
    readonly head: {
      readonly when: string;
      readonly killed: string;
      readonly held: string;
      readonly sure: string;
    };
    readonly rows: readonly {
      readonly when: string;
      readonly who: Prose;
      readonly note: Prose | null;
      readonly isVictim: boolean;
      readonly held: string;
      readonly sure: string;
    }[];
    /** Kills that are missing, or only announced. */
    readonly notes: readonly Prose[];
    readonly rest: string | null;
  } | null;
  readonly blind: {
    readonly title: string;
    readonly lead: Prose;
    readonly rows: readonly { readonly what: Prose; readonly why: Prose | null }[];
    readonly rest: string | null;
    /** Findings that the configuration mutes. */
    readonly muted: {
      readonly title: string;
      readonly rows: readonly Prose[];
      readonly rest: string | null;
    } | null;
  } | null;
  readonly foot: {
    readonly path: string | null;
    readonly pathBefore: string;
    readonly pathAfter: string;
    readonly noFile: string;
    readonly lines: readonly string[];
  };
}
