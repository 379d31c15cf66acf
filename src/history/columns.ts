import type { Metric, Subject } from '../model/history.ts';

/** One kept number: how it is stored, and from which column it differs little. */
export interface Column {
  readonly name: Metric;
  /** The stored integer times this is the value: 4096 = bytes kept to a page, 0.1 = a tenth of a percent. */
  readonly unit: number;
  /** Buckets keep mean, minimum, maximum and last of it; of the others the last alone. */
  readonly isGauge: boolean;
  readonly near?: Metric;
}

const page = 4096;
const gauge = (name: Metric, unit: number, near?: Metric): Column =>
  near === undefined ? { name, unit, isGauge: true } : { name, unit, isGauge: true, near };
const state = (name: Metric): Column => ({ name, unit: 1, isGauge: false });

/** Part of the file format: columns and kinds are only ever appended, which old blocks show as not known. */
export const columnsOf: { readonly [K in Subject['kind']]: readonly Column[] } = {
  app: [
    gauge('treeRssBytes', page),
    gauge('pm2RssBytes', page, 'treeRssBytes'),
    gauge('treePssBytes', page, 'treeRssBytes'),
    gauge('treeSwapBytes', page),
    gauge('cpuPercent', 0.1),
    gauge('processes', 1),
    state('restartCounter'),
    state('pid'),
    state('status'),
  ],
  host: [
    gauge('memoryTotalBytes', page),
    gauge('memoryAvailableBytes', page),
    gauge('swapTotalBytes', page),
    gauge('swapUsedBytes', page),
    gauge('memorySomePercent', 0.01),
    gauge('memoryFullPercent', 0.01),
    gauge('load1', 0.01),
  ],
  cgroup: [gauge('usedBytes', page), gauge('limitBytes', page)],
  disk: [gauge('totalBytes', page), gauge('freeBytes', page)],
  log: [gauge('sizeBytes', 1)],
};

export const kinds = ['app', 'host', 'cgroup', 'disk', 'log'] as const satisfies readonly Subject['kind'][];

/** A value as the integer that is stored. 1 / unit first: 0.1 has no exact double, 10 has. */
export function toStored(value: number | null | undefined, unit: number): number | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  const stored = unit < 1 ? Math.round(value * Math.round(1 / unit)) : Math.round(value / unit);
  return Number.isSafeInteger(stored) ? stored : null;
}

export function fromStored(stored: number, unit: number): number {
  return unit < 1 ? stored / Math.round(1 / unit) : stored * unit;
}

/** Where a column of a bucket stands: the number of samples comes first, then each column with what is kept of it. */
export interface BucketPlace {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

export interface BucketLayout {
  readonly places: readonly BucketPlace[];
  /** Column by column: the one it is stored as a difference from; -1 = none. */
  readonly near: readonly number[];
}

/** Of raw samples: near columns by number. */
export function rawNear(columns: readonly Column[]): readonly number[] {
  return columns.map(({ near }) => columns.findIndex(({ name }) => name === near));
}

export function bucketLayout(columns: readonly Column[]): BucketLayout {
  const places: BucketPlace[] = [];
  const near: number[] = [-1];
  for (const column of columns) {
    const first = near.length;
    if (!column.isGauge) {
      places.push({ mean: first, min: first, max: first, last: first });
      near.push(-1);
      continue;
    }
    const other = columns.findIndex(({ name }) => name === column.near);
    near.push(places[other]?.mean ?? -1, first, first, first);
    places.push({ mean: first, min: first + 1, max: first + 2, last: first + 3 });
  }
  return { places, near };
}
