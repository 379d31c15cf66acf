import type { Metric, Subject } from '../model/history.ts';

/** One kept number: how it is stored, and from which column it differs little. */
export interface Column {
  readonly name: Metric;
  /** The stored integer times this is the value: 4096 = bytes kept to a page, 0.1 = a tenth of a percent. */
  readonly unit: number;
  /** Buckets keep mean, minimum, maximum and last of it; of the others the last alone. */
  readonly isGauge: boolean;
  /** Bytes of memory: buckets keep them to a five-hundredth. */
  readonly isMemory: boolean;
  readonly near?: Metric;
}

const page = 4096;
const gauge = (name: Metric, unit: number, near?: Metric): Column => ({
  name,
  unit,
  isGauge: true,
  isMemory: false,
  ...(near === undefined ? {} : { near }),
});
const memory = (name: Metric, near?: Metric): Column => ({ ...gauge(name, page, near), isMemory: true });
const state = (name: Metric): Column => ({ name, unit: 1, isGauge: false, isMemory: false });

/** Part of the file format: columns and kinds are only ever appended, which old blocks show as not known. */
export const columnsOf: { readonly [K in Subject['kind']]: readonly Column[] } = {
  app: [
    memory('treeRssBytes'),
    memory('pm2RssBytes', 'treeRssBytes'),
    memory('treePssBytes', 'treeRssBytes'),
    memory('treeSwapBytes'),
    gauge('cpuPercent', 0.1),
    gauge('processes', 1),
    state('restartCounter'),
    state('pid'),
    state('status'),
  ],
  host: [
    memory('memoryTotalBytes'),
    memory('memoryAvailableBytes'),
    memory('swapTotalBytes'),
    memory('swapUsedBytes'),
    gauge('memorySomePercent', 0.01),
    gauge('memoryFullPercent', 0.01),
    gauge('load1', 0.01),
  ],
  cgroup: [memory('usedBytes'), memory('limitBytes')],
  disk: [gauge('totalBytes', page), gauge('freeBytes', page)],
  log: [gauge('sizeBytes', 1)],
  daemon: [memory('rss'), state('pid')],
};

export const kinds = [
  'app',
  'host',
  'cgroup',
  'disk',
  'log',
  'daemon',
] as const satisfies readonly Subject['kind'][];

/** A value as the integer that is stored. 1 / unit first: 0.1 has no exact double, 10 has. Beyond 2^48 differences would lose digits. */
export function toStored(value: number | null | undefined, unit: number): number | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  const stored = unit < 1 ? Math.round(value * Math.round(1 / unit)) : Math.round(value / unit);
  return Math.abs(stored) <= 2 ** 48 ? stored : null;
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
  /** Column by column: those it may be stored as a difference from. */
  readonly near: readonly (readonly number[])[];
}

/** Of raw samples: near columns by number. */
export function rawNear(columns: readonly Column[]): readonly (readonly number[])[] {
  return columns.map(({ near }) => {
    const other = columns.findIndex(({ name }) => name === near);
    return other < 0 ? [] : [other];
  });
}

export function bucketLayout(columns: readonly Column[]): BucketLayout {
  const places: BucketPlace[] = [];
  const near: (readonly number[])[] = [[]];
  for (const column of columns) {
    const first = near.length;
    if (!column.isGauge) {
      places.push({ mean: first, min: first, max: first, last: first });
      near.push([]);
      continue;
    }
    const other = places[columns.findIndex(({ name }) => name === column.near)];
    near.push(
      other === undefined ? [] : [other.mean],
      other === undefined ? [first] : [first, other.min],
      other === undefined ? [first] : [first, other.max],
      other === undefined ? [first] : [first, other.last],
    );
    places.push({ mean: first, min: first + 1, max: first + 2, last: first + 3 });
  }
  return { places, near };
}
