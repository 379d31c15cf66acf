import type { SeriesGap } from '../model/history.ts';
import type { Database } from './driver.ts';
import { decodeFacts } from './event-log.ts';
import type { Between } from './store.ts';

/** Later than this many intervals, a sample is late: something held the collector up, or it did not run. */
export const lateIntervals = 3;

/**
 * The collector's own events alone, by the index of their keys (event-keys.ts): between them lie hundreds of thousands of
 * lines of pm2.log. `+at` keeps SQLite from the index of times.
 */
const noted = `SELECT facts FROM event WHERE key >= 'own:' AND key < 'own;' AND kind IN ('gap', 'clock-jump') AND +at >= ?`;

/** Stretches without samples inside the span: noted ones, what lies before the first sample, and after the last. */
export function readGaps(
  database: Database,
  span: Between,
  kept: { readonly firstAt: number; readonly lastAt: number; readonly everyMs: number } | null,
): readonly SeriesGap[] {
  if (kept === null) return [{ from: span.from, to: span.to }];
  const gaps: SeriesGap[] = [];
  if (span.from < kept.firstAt) gaps.push({ from: span.from, to: Math.min(kept.firstAt, span.to) });
  // A clock that jumped forwards passed over a time that no sample has.
  // A gap is noted at its end; it may begin before the span and end after it.
  for (const row of database.prepare(noted).all(span.from)) {
    const facts = decodeFacts(row['facts']);
    if (
      (facts?.kind !== 'gap' && facts?.kind !== 'clock-jump') ||
      facts.to <= span.from ||
      facts.from >= span.to
    )
      continue;
    gaps.push({ from: Math.max(facts.from, span.from), to: Math.min(facts.to, span.to) });
  }
  if (span.to > kept.lastAt + lateIntervals * kept.everyMs)
    gaps.push({ from: Math.max(kept.lastAt, span.from), to: span.to });
  return gaps.sort((a, b) => a.from - b.from);
}
