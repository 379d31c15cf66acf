import type { Host } from '../host/host.ts';
import type { EvidenceKey, EvidenceMap } from '../model/evidence.ts';
import type { Gap, Gathered, RemedyId } from '../model/gap.ts';
import type { Remembered } from '../model/remembered.ts';
import type { EpochMs } from '../model/text.ts';
import type { Cleaner } from './clean.ts';

/** What the user asked for, as far as gathering is concerned. */
export interface GatherOptions {
  /** `--home`; empty = every daemon this user may read. */
  readonly homes: readonly string[];
  readonly window: { readonly from: EpochMs; readonly to: EpochMs };
  /** `--observe`, ms; 0 = do not listen on the bus. */
  readonly observeMs: number;
  /** `--kernel-log`; empty = this host's own. */
  readonly kernelLogs: readonly string[];
  /** Time and files for the storage scan. */
  readonly storageBudget: { readonly ms: number; readonly files: number };
  /** Evidence that is not asked for: it becomes `switched-off`, of which no report speaks. */
  readonly without?: readonly EvidenceKey[];
  /** Asks the store of a collector; absent = there is none. Throws an Error whose message is one sentence. */
  readonly recall?: ((context: RecallContext) => Promise<Recalled>) | null;
}

/** What the store needs to know to hand out no more than is asked for. */
export interface RecallContext {
  readonly now: EpochMs;
  readonly window: { readonly from: EpochMs; readonly to: EpochMs };
  readonly seen: <K extends EvidenceKey>(key: K) => EvidenceMap[K] | null;
}

export type Recalled =
  | { readonly ok: true; readonly path: string; readonly value: Remembered }
  | { readonly ok: false; readonly path: string; readonly why: Gap['why']; readonly message: string };

export interface GatherContext {
  readonly options: GatherOptions;
  readonly clean: Cleaner;
  /** Evidence gathered before this one; null = not seen or not yet asked. */
  seen<K extends EvidenceKey>(key: K): EvidenceMap[K] | null;
}

/** One evidence key: where it comes from, what right it needs, and how it is read. Becomes a row of docs/evidence.md. */
export interface Gatherer<K extends EvidenceKey> {
  readonly key: K;
  /** In the order they are tried. */
  readonly sources: readonly string[];
  /** What this user needs: one sentence for docs/evidence.md. */
  readonly privilege: string;
  readonly remedy: RemedyId;
  /** Keys that must have been gathered before; `run.ts` keeps the order. */
  readonly after: readonly EvidenceKey[];
  /** Reaching it ends the item as `timed-out`. */
  readonly budgetMs: number;
  /** Never throws in normal operation: what cannot be read is a gap. */
  gather(host: Host, context: GatherContext): Promise<Gathered<EvidenceMap[K]>>;
}

/** A gap that stands for the whole item. */
export function unseen(gap: Gap): { readonly seen: false; readonly gaps: readonly [Gap] } {
  return { seen: false, gaps: [gap] };
}
