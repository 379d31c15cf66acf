import type { AppRef } from '../../model/pm2.ts';
import type { ProcessRow, Report } from '../../model/report.ts';
import { type Labels, labelText } from './exposition.ts';

/**
 * All instances of one app under one set of labels. PM2's id is none of them: it changes with every deployment that deletes
 * and starts, and instances of a cluster come and go, while the series of their sum goes on.
 */
export interface AppEntry {
  readonly labels: Labels;
  readonly rows: readonly ProcessRow[];
}

/** Longer names are cut; those that are equal then are one entry. */
const nameLength = 120;

export const shortLabel = (text: string): string => [...labelText(text)].slice(0, nameLength).join('');

/** `namespace` and `home` are labels on every host, so that no series changes when a second home or namespace appears. */
export function appLabels(app: AppRef): {
  readonly app: string;
  readonly namespace: string;
  readonly home: string;
} {
  return { app: shortLabel(app.name), namespace: shortLabel(app.namespace), home: shortLabel(app.home) };
}

/** One string for one set of labels. */
export function labelsKey(app: AppRef): string {
  return JSON.stringify(Object.values(appLabels(app)));
}

/** Apps beyond it are left out, and a metric of its own says how many. */
export const entryLimit = 200;

/**
 * Answers: which apps get series of their own? Those that stand highest in either ranking, by memory or by restarts, at most
 * `entryLimit`; in an order that does not change with their figures.
 */
export function appEntries(report: Report): {
  readonly entries: readonly AppEntry[];
  readonly omitted: number;
} {
  const groups = new Map<string, { labels: Labels; rows: ProcessRow[]; rank: number }>();
  for (const row of report.processes) {
    const key = labelsKey(row.app.ref);
    const rank = Math.min(row.memoryRank, row.restartRank);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { labels: appLabels(row.app.ref), rows: [row], rank });
    else {
      known.rows.push(row);
      known.rank = Math.min(known.rank, rank);
    }
  }
  const kept = [...groups]
    .toSorted(([a, { rank: one }], [b, { rank: other }]) => one - other || order(a, b))
    .slice(0, entryLimit)
    .toSorted(([a], [b]) => order(a, b))
    .map(([, { labels, rows }]) => ({ labels, rows }));
  return { entries: kept, omitted: groups.size - kept.length };
}

/** Code units, not a locale: the order must be the same on every machine. */
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
