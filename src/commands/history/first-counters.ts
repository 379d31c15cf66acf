import { counterTold } from '../../derive/past/counter-steps.ts';
import { refKey } from '../../derive/past/outlook.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { Resolution } from '../../model/history.ts';
import type { AppRef } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import { readColumn } from './read-column.ts';

const dayMs = 86_400_000;
/** Apps that came later begin in buckets of their own; each is a read. */
const mostReads = 6;

/**
 * Answers: what was PM2's counter at the first sample of the span? By `refKey`. A bucket keeps its newest counter alone,
 * so a rise within the first bucket shows in none. Apps whose finer samples are no longer kept are left out.
 */
export function firstCounters(
  reader: HistoryReader,
  counters: ReadonlyMap<string, { readonly at: ArrayLike<EpochMs>; readonly last: ArrayLike<number> }>,
  apps: readonly AppRef[],
  from: EpochMs,
  stepMs: number,
): ReadonlyMap<string, { readonly at: EpochMs; readonly counter: number }> {
  const found = new Map<string, { readonly at: EpochMs; readonly counter: number }>();
  const byBucket = new Map<EpochMs, AppRef[]>();
  for (const app of apps) {
    const series = counters.get(refKey(app));
    const first = series === undefined ? null : counterTold(series.at, series.last);
    // Raw points hide nothing.
    if (first !== null && stepMs === 0) found.set(refKey(app), first);
    else if (first !== null) byBucket.set(first.at, [...(byBucket.get(first.at) ?? []), app]);
  }
  const finer: readonly Resolution[] = stepMs >= dayMs ? ['minute', 'hour'] : ['raw', 'minute'];
  const fullest = [...byBucket].toSorted((a, b) => b[1].length - a[1].length).slice(0, mostReads);
  for (const [begin, own] of fullest) {
    const span = { from: Math.max(begin, from), to: begin + stepMs - 1 };
    const wanted = own.length > 3 ? null : own;
    const keys = new Set(own.map(refKey));
    for (const resolution of finer) {
      for (const [key, { at, last }] of readColumn(reader, wanted, 'restartCounter', span, resolution)) {
        const first = counterTold(at, last);
        if (first !== null && keys.has(key)) found.set(key, first);
      }
      if (own.some((app) => found.has(refKey(app)))) break;
    }
  }
  return found;
}
