import type { VerdictWord } from '../../model/report.ts';
import type { Locale } from '../../model/text.ts';
import type { Meter } from '../chart/bars.ts';
import type {
  CauseCount,
  Judgement,
  LinkView,
  Mark,
  Pill,
  Prose,
  QuoteView,
  Raw,
  StateView,
  SureView,
} from './atoms.ts';
import type { Furniture } from './furniture.ts';
import type { OomView, RestartsView } from './incidents.ts';
import type { TrendView } from './trend.ts';

export interface TocEntry {
  readonly id: string;
  readonly number: string;
  readonly title: string;
}

export interface HeaderView {
  readonly kind: VerdictWord;
  readonly word: string;
  readonly host: Raw;
  readonly takenAt: string;
  readonly takenAtIso: string;
  /** `2026-11-21 03:12 +08:00`. */
  readonly stamp: string;
  /** One sentence of fact. */
  readonly say: Prose;
  /** First F1, then F2; empty = nothing to do now. */
  readonly first: readonly {
    readonly word: string;
    readonly id: string;
    readonly href: string;
    readonly title: Prose;
    readonly time: string;
  }[];
  readonly score: string | null;
  readonly grade: string | null;
  /** Change since the last report, what caps the score, how many checks were blind. */
  readonly scoreNotes: readonly Prose[];
  readonly counts: readonly { readonly pill: Pill; readonly count: number; readonly href: string }[];
  readonly facts: readonly {
    readonly label: string;
    readonly value: Prose;
    readonly link: LinkView | null;
  }[];
  readonly files: readonly { readonly href: string; readonly text: string }[];
}

export interface StackPart {
  readonly mark: Mark;
  readonly count: number;
  readonly shown: string;
  readonly pale: boolean;
}

export interface ProblemView {
  readonly id: string;
  readonly pill: Pill;
  readonly title: Prose;
  readonly sure: SureView | null;
  readonly figures: readonly { readonly label: Prose; readonly value: Prose }[];
  readonly stack: readonly StackPart[];
  readonly quotes: readonly QuoteView[];
  readonly moreQuotes: Prose | null;
  readonly effect: Prose;
  readonly fix: LinkView | null;
  readonly story: LinkView | null;
}

export interface ProblemsView {
  readonly lead: Prose;
  readonly shown: readonly ProblemView[];
  /** Serious findings beyond those shown in full, one line each. */
  readonly more: readonly { readonly pill: Pill; readonly title: Prose; readonly fix: LinkView | null }[];
  readonly moreLead: Prose | null;
  readonly evenMore: Prose | null;
}

export interface SystemRow {
  readonly name: Prose;
  readonly value: Prose;
  readonly share: string | null;
  readonly meter: Meter | null;
  /** Colour of the bar: the state's, or none where the peak is the story and a bracket marks it. */
  readonly tone: Judgement | '';
  readonly hasPeak: boolean;
  readonly state: StateView;
  readonly judgement: Prose;
  /** The same where no bar is drawn, or one without a bracket. */
  readonly plain: Prose;
}

export interface SystemView {
  readonly lead: Prose;
  /** The same without a word about the lines on the bars. */
  readonly plainLead: Prose;
  readonly rows: readonly SystemRow[];
}

export interface AppCell {
  readonly name: Raw;
  /** `running 2 d 4 h · Node 24 cluster · id 3`, without the status. */
  readonly details: Prose;
  readonly status: string;
  readonly statusTone: 'green' | 'soft' | 'orange' | 'red';
  readonly statusMark: 's-online' | 's-stopped' | 's-trouble';
}

export interface MemoryRow {
  readonly rank: number;
  readonly app: AppCell;
  readonly hasFigures: boolean;
  /** Figures as text; null = not known. Bars in percent of the longest. */
  readonly pm2: string | null;
  readonly pm2Bar: number | null;
  readonly tree: string | null;
  readonly treeBar: number | null;
  /** True where the tree holds over three times PM2's figure. */
  readonly isHidden: boolean;
  readonly note: Prose | null;
  readonly cpu: string | null;
  readonly cpuTone: '' | 'orange' | 'red';
  readonly restarts: string;
  readonly causes: readonly CauseCount[];
  readonly limit: string;
  readonly limitNote: Prose | null;
  readonly trend: TrendView;
}

export interface RestartRow {
  readonly rank: number;
  readonly app: AppCell;
  readonly inWindow: string;
  readonly counter: string;
  readonly causes: readonly CauseCount[];
  readonly last: Prose | null;
  readonly state: StateView;
  readonly story: LinkView | null;
}

export interface ProcessesView {
  readonly lead: Prose | null;
  /** No app at all: this sentence instead of the tables. */
  readonly empty: Prose | null;
  readonly memoryCaption: Prose;
  readonly memory: readonly MemoryRow[];
  readonly keys: readonly Mark[];
  readonly restartCaption: Prose;
  readonly restarts: readonly RestartRow[];
  readonly noRestarts: Prose | null;
  readonly daemons: readonly Prose[];
  readonly annexNote: Prose;
}

export interface StorageRow {
  readonly path: Raw;
  readonly kind: string;
  readonly owner: Prose | null;
  readonly size: string;
  readonly bar: number | null;
  readonly growth: string;
}

export interface StorageView {
  readonly lead: Prose;
  readonly rows: readonly StorageRow[];
}

/** Lines of a snippet; `mark` is `+`, `-` or a space. */
export interface SnippetView {
  readonly label: Prose;
  readonly isDiff: boolean;
  readonly lines: readonly {
    readonly mark: '+' | '-' | ' ';
    readonly isAdded: boolean;
    readonly isRemoved: boolean;
    readonly text: Raw;
  }[];
  /** The same as one text, without diff marks. */
  readonly text: Raw;
}

export interface FixView {
  readonly id: string;
  readonly anchor: string;
  readonly pill: Pill;
  readonly title: Prose;
  readonly why: Prose;
  readonly time: string;
  readonly snippets: readonly SnippetView[];
  readonly steps: readonly Prose[];
  readonly expected: Prose;
  readonly verify: Prose;
  readonly undo: Prose;
  readonly undoSnippet: SnippetView | null;
  readonly dropped: readonly Prose[];
  /** First of its priority: the header's counts jump here. */
  readonly startsPriority: string | null;
}

export interface FixesView {
  readonly lead: Prose;
  readonly open: readonly FixView[];
  readonly foldedLead: Prose | null;
  readonly folded: readonly FixView[];
}

export interface RiskView {
  readonly name: string;
  readonly level: string;
  readonly tone: 'red' | 'orange' | 'green' | 'soft';
  /** Three boxes, so many filled; all dashed = unknown. */
  readonly boxes: readonly { readonly x: number; readonly isFilled: boolean }[];
  readonly isUnknown: boolean;
  readonly reason: Prose;
}

export interface RisksView {
  readonly risks: readonly RiskView[];
  readonly actions: readonly {
    readonly title: string;
    readonly items: readonly { readonly link: LinkView | null; readonly text: Prose }[];
  }[];
  readonly nextCheck: Prose;
}

export interface BlindRow {
  readonly what: Prose;
  readonly why: Prose;
  readonly follows: Prose;
  readonly remedy: Prose;
  readonly link: LinkView | null;
  readonly commands: readonly Raw[];
}

export interface BlindView {
  readonly lead: Prose;
  readonly rows: readonly BlindRow[];
  readonly more: Prose | null;
  /** Findings the configuration mutes. */
  readonly muted: readonly Prose[];
  readonly commands: readonly { readonly command: Raw; readonly does: string }[];
}

export interface AnnexRow {
  readonly home: Raw | null;
  readonly id: string;
  readonly name: Raw;
  readonly status: string;
  readonly statusTone: string;
  readonly runtime: Raw;
  readonly pid: string;
  readonly processes: string;
  readonly pm2: string;
  readonly rss: string;
  readonly pss: string;
  readonly swap: string;
  readonly cpu: string;
  readonly limit: string;
  readonly up: string;
  readonly counter: string;
  readonly inWindow: string;
}

export interface AnnexView {
  readonly caption: Prose;
  readonly hasHomes: boolean;
  readonly rows: readonly AnnexRow[];
  readonly modulesCaption: Prose | null;
  readonly modules: readonly AnnexRow[];
  readonly empty: Prose | null;
}

/** Everything a template prints, in the reader's language. Every field is there; null stands for absence. */
export interface View {
  readonly locale: Locale;
  readonly lang: string;
  readonly words: Furniture;
  readonly title: string;
  readonly toc: readonly TocEntry[];
  readonly header: HeaderView;
  readonly problems: ProblemsView;
  readonly system: SystemView;
  readonly processes: ProcessesView;
  readonly oom: OomView;
  readonly restarts: RestartsView;
  readonly storage: StorageView;
  readonly fixes: FixesView;
  readonly risks: RisksView;
  readonly blind: BlindView;
  readonly annex: AnnexView;
  readonly footer: readonly Prose[];
}
