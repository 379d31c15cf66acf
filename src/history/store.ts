import type {
  HistoryEvent,
  Metrics,
  NewEvent,
  Resolution,
  Sample,
  Series,
  SeriesGap,
  StoredReport,
  Subject,
} from '../model/history.ts';
import type { PastProcesses } from '../model/past.ts';
import type { EpochMs } from '../model/text.ts';
import type { Driver } from './driver.ts';
import type { EventQuery } from './event-log.ts';
import type { HistoryProblem } from './problem.ts';
import type { ReportQuery } from './report-log.ts';

export interface Between {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

export interface SeriesQuery<K extends Subject['kind'] = Subject['kind']> extends Between {
  readonly metric: Metrics[K];
  /** Default: the finest that reaches back to `from`, or as far as anything is kept. */
  readonly resolution?: Resolution;
  /** Of all subjects only these; what is not asked for is not unpacked. */
  readonly wanted?: (subject: Subject) => boolean;
}

/** What the store holds. Times null = nothing was sampled yet. */
export interface StoreState {
  readonly path: string;
  readonly driver: Driver['name'];
  readonly version: number;
  readonly firstAt: EpochMs | null;
  readonly lastAt: EpochMs | null;
  /** Since when there are buckets of a day; null = none so far. */
  readonly daysFrom: EpochMs | null;
  /** Of the newest run of the collector. */
  readonly everyMs: number | null;
  readonly collectorPid: number | null;
  readonly collectorSince: EpochMs | null;
  readonly usedBytes: number;
}

/** The reading side. Every call sees one moment of the store, also while a collector writes to it. */
export interface HistoryReader {
  state(): StoreState;
  subjects<K extends Subject['kind']>(kind: K): readonly Extract<Subject, { kind: K }>[];
  /** One metric of one subject; null = nothing is kept of it. */
  series(subject: Subject, query: SeriesQuery): Series | null;
  /** One metric of every subject of a kind that has anything in that time. */
  allSeries<K extends Subject['kind']>(kind: K, query: SeriesQuery<K>): readonly Series[];
  /** When nothing was sampled, from `from` to `to`. */
  gaps(span: Between): readonly SeriesGap[];
  /** Processes that were seen in that time; with `pid` those under that number. null = nothing was sampled then. */
  processes(span: Between, pid?: number): PastProcesses | null;
  events(query: EventQuery): readonly HistoryEvent[];
  /** Newest first. */
  reports(query: ReportQuery): readonly StoredReport[];
  /** The same without their summaries, which are most of the work. */
  reportHeads(query: ReportQuery): readonly Omit<StoredReport, 'summary'>[];
  /** Where a source was read to; null = never. */
  cursor(name: string): string | null;
  close(): void;
}

/** What belongs together: kept whole or not at all. */
export interface Batch {
  readonly at: EpochMs;
  readonly sample?: Sample;
  readonly events?: readonly NewEvent[];
  /** Where sources are read to after these events, so that none is missed or read twice. */
  readonly cursors?: { readonly [name: string]: string };
}

/** `newEvents` counts those that were not kept before. `notices`: what there is to say, each once, one clear line. */
export type Written =
  | { readonly kept: true; readonly newEvents: number; readonly notices: readonly string[] }
  | { readonly kept: false; readonly problem: HistoryProblem; readonly notices: readonly string[] };

/** The collector's side: one at a time. Nothing it does throws once it is open. */
export interface HistoryCollector extends HistoryReader {
  write(batch: Batch): Written;
  /** A proper end: it says until when processes were seen. `close` alone leaves the file as a kill would. */
  end(): void;
}
