import type { AttributedKill } from '../model/oom.ts';
import type { Pm2LogEvent } from '../model/pm2.ts';
import type { CleanText, EpochMs } from '../model/text.ts';

/** What the collector has to tell between samples. Facts; the words are the reader's. */
export type News =
  | { readonly kind: 'kill'; readonly kill: AttributedKill }
  /** Kills of before the start that were not known yet. */
  | { readonly kind: 'earlier-kills'; readonly count: number; readonly newestAt: EpochMs | null }
  /** A line of a daemon's log, just read. */
  | {
      readonly kind: 'pm2-log';
      readonly home: CleanText;
      readonly line: Pm2LogEvent & { readonly at: EpochMs };
    }
  | { readonly kind: 'home-added' | 'home-gone'; readonly home: CleanText }
  /** Of a home that stays: another daemon than before, or none that answers. */
  | {
      readonly kind: 'daemon-up' | 'daemon-gone' | 'daemon-silent';
      readonly home: CleanText;
      readonly pid: number | null;
    }
  /** The machine's own words say why. */
  | { readonly kind: 'kernel-unseen'; readonly detail: CleanText }
  | { readonly kind: 'kernel-lost' }
  | { readonly kind: 'log-skipped'; readonly home: CleanText; readonly bytes: number }
  /** The store's own sentence. */
  | { readonly kind: 'store'; readonly text: string };
