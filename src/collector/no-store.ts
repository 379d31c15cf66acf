import type { Batch, HistoryCollector } from '../history/store.ts';
import type { PastProcess } from '../model/past.ts';
import type { EpochMs } from '../model/text.ts';

/** So long a process that is gone is remembered: a kill is told within a second. */
const keptMs = 10 * 60_000;

/** In the place of a store where there can be none: remembers the processes of the last minutes, so that a kill still finds its app. */
export function noStore(everyMs: number): HistoryCollector {
  const known = new Map<string, PastProcess>();
  let firstAt: EpochMs | null = null;
  let lastAt: EpochMs | null = null;

  const see = ({ at, sample }: Batch): void => {
    for (const process of sample?.processes ?? []) {
      const key = `${process.pid} ${process.startedAt}`;
      known.set(key, { ...process, firstSeen: known.get(key)?.firstSeen ?? at, lastSeen: at });
    }
    if (sample === undefined) return;
    firstAt ??= at;
    lastAt = at;
    for (const [key, { lastSeen }] of known) if (Math.abs(at - lastSeen) > keptMs) known.delete(key);
  };

  return {
    state: () => ({
      path: '',
      driver: 'node:sqlite',
      version: 0,
      firstAt,
      lastAt,
      daysFrom: null,
      everyMs,
      collectorPid: null,
      collectorSince: null,
      usedBytes: 0,
    }),
    subjects: () => [],
    series: () => null,
    allSeries: () => [],
    gaps: () => [],
    processes({ from, to }, pid) {
      if (firstAt === null || lastAt === null || lastAt < from || firstAt > to) return null;
      const processes = [...known.values()].filter(
        (process) =>
          process.lastSeen >= from && process.firstSeen <= to && (pid === undefined || process.pid === pid),
      );
      return { from: Math.max(from, firstAt), to: Math.min(to, lastAt), everyMs, processes };
    },
    events: () => [],
    reports: () => [],
    reportHeads: () => [],
    cursor: () => null,
    close: () => {},
    write(batch) {
      see(batch);
      return { kept: true, newEvents: batch.events?.length ?? 0, notices: [] };
    },
    end: () => {},
  };
}
