import type { EpochMs } from '../../model/text.ts';
import type { ReportDiff } from '../report-diff.ts';

/**
 * Why a channel is told now. `first`: it was never told of this host. `recovered`: every P0 and P1 it was told of is gone.
 * `reminder`: nothing moved, but a problem stands. `asked`: the user typed `send`. `always`: its settings say so.
 */
export type Reason = 'first' | 'new' | 'worse' | 'better' | 'recovered' | 'reminder' | 'always' | 'asked';

/** What a message says beside the report itself: why it comes, and what changed since the channel was told last. */
export interface Occasion {
  readonly reason: Reason;
  /** null = never. */
  readonly toldAt: EpochMs | null;
  /** The last told report against this one; null = never told. */
  readonly diff: ReportDiff | null;
}
