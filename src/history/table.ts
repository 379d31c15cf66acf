import { encodeBlock, openBlock, type Values } from './block.ts';
import { bucketLayout, type Column, rawNear } from './columns.ts';
import type { Tier } from './tiers.ts';

/** Rows of one subject side by side: the step each lies at (seconds, minutes, hours since 1970) and its stored integers. */
export interface Table {
  readonly steps: Values;
  readonly columns: readonly Values[];
}

const noValues: Values = new Float64Array(0);

/** The rows at these places, in this order. */
export function pickRows({ steps, columns }: Table, places: readonly number[]): Table {
  const pick = (values: Values): Values => {
    if (values.length === 0) return values;
    const out = new Float64Array(places.length);
    for (let row = 0; row < out.length; row += 1) out[row] = values[places[row] ?? -1] ?? Number.NaN;
    return out;
  };
  return { steps: pick(steps), columns: columns.map(pick) };
}

/** Samples into buckets of a tier. Samples come in the order they were taken, so the last one wins `last`. */
export function toBuckets(samples: Table, columns: readonly Column[], tier: Tier): Table {
  const rowOf = new Map<number, number>();
  const rows = Array.from(samples.steps, (second) => {
    const step = Math.floor((second * 1000) / tier.stepMs);
    const row = rowOf.get(step) ?? rowOf.size;
    rowOf.set(step, row);
    return row;
  });
  const { places, near } = bucketLayout(columns);
  // A reader asks for one column; the others stay empty, as they came.
  const out = near.map(() => noValues);
  const made = (place: number): Values => {
    const list = new Float64Array(rowOf.size).fill(Number.NaN);
    out[place] = list;
    return list;
  };
  const counts = made(0).fill(0);
  for (const row of rows) counts[row] = (counts[row] ?? 0) + 1;
  columns.forEach(({ isGauge, isMemory }, index) => {
    const place = places[index];
    const values = samples.columns[index];
    if (place === undefined || values === undefined || values.length === 0) return;
    const last = made(place.last);
    if (!isGauge) {
      rows.forEach((row, sample) => {
        const value = values[sample] ?? Number.NaN;
        if (!Number.isNaN(value)) last[row] = value;
      });
      return;
    }
    const [mean, min, max] = [made(place.mean), made(place.min), made(place.max)];
    const known = new Float64Array(rowOf.size);
    const sum = new Float64Array(rowOf.size);
    rows.forEach((row, sample) => {
      const value = values[sample] ?? Number.NaN;
      if (Number.isNaN(value)) return;
      last[row] = value;
      known[row] = (known[row] ?? 0) + 1;
      sum[row] = (sum[row] ?? 0) + value;
      min[row] = Math.min(orElse(min[row], value), value);
      max[row] = Math.max(orElse(max[row], value), value);
    });
    for (let row = 0; row < rowOf.size; row += 1) {
      mean[row] = Math.round((sum[row] ?? 0) / (known[row] ?? 0));
      if (isMemory) coarsen(mean, min, max, last, row);
    }
  });
  return { steps: Float64Array.from(rowOf.keys()), columns: out };
}

/**
 * The same of one column alone, straight from the newest samples: `rows[i]` was taken at second `steps[i]`. The other
 * columns stay empty.
 */
export function bucketTicks(
  {
    steps,
    rows,
  }: { readonly steps: readonly number[]; readonly rows: readonly (readonly (number | null)[])[] },
  columns: readonly Column[],
  index: number,
  tier: Tier,
): Table {
  const { places, near } = bucketLayout(columns);
  const place = places[index];
  const column = columns[index];
  if (place === undefined || column === undefined) return { steps: noValues, columns: [] };
  const size = tier.stepMs / 1000;
  const buckets: Bucket[] = [];
  const byStep = new Map<number, Bucket>();
  let bucket: Bucket | null = null;
  let end = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows.length; row += 1) {
    const second = steps[row] ?? 0;
    if (bucket === null || second >= end || second < end - size) {
      const step = Math.floor(second / size);
      end = (step + 1) * size;
      bucket = byStep.get(step) ?? null;
      if (bucket === null) {
        bucket = { step, count: 0, known: 0, sum: 0, min: Number.NaN, max: Number.NaN, last: Number.NaN };
        byStep.set(step, bucket);
        buckets.push(bucket);
      }
    }
    bucket.count += 1;
    const value = rows[row]?.[index] ?? null;
    if (value === null) continue;
    if (bucket.known === 0 || value < bucket.min) bucket.min = value;
    if (bucket.known === 0 || value > bucket.max) bucket.max = value;
    bucket.known += 1;
    bucket.sum += value;
    bucket.last = value;
  }
  const list = (of: (bucket: Bucket) => number): Values => Float64Array.from(buckets, of);
  const out = near.map(() => noValues);
  out[0] = list(({ count }) => count);
  const last = list((each) => each.last);
  out[place.last] = last;
  if (column.isGauge) {
    const [mean, min, max] = [
      list(({ sum, known }) => Math.round(sum / known)),
      list((each) => each.min),
      list((each) => each.max),
    ];
    if (column.isMemory) for (let row = 0; row < buckets.length; row += 1) coarsen(mean, min, max, last, row);
    out[place.mean] = mean;
    out[place.min] = min;
    out[place.max] = max;
  }
  return { steps: list(({ step }) => step), columns: out };
}

interface Bucket {
  readonly step: number;
  count: number;
  known: number;
  sum: number;
  min: number;
  max: number;
  last: number;
}

/**
 * Memory in buckets is kept to a five-hundredth: finer than that is noise, and noise is what fills a file. The minimum is
 * rounded down and the maximum up, so that both stay true.
 */
function coarsen(mean: Values, min: Values, max: Values, last: Values, row: number): void {
  const highest = max[row] ?? Number.NaN;
  if (!(highest >= 1024)) return;
  const grain = 2 ** Math.floor(Math.log2(highest / 512));
  mean[row] = Math.round((mean[row] ?? 0) / grain) * grain;
  min[row] = Math.floor((min[row] ?? 0) / grain) * grain;
  max[row] = Math.ceil(highest / grain) * grain;
  last[row] = Math.round((last[row] ?? 0) / grain) * grain;
}

function orElse(value: number | undefined, other: number): number {
  return value === undefined || Number.isNaN(value) ? other : value;
}

/** Parts of a table by the block they belong to: the block's first step. */
export function byBlock(table: Table, tier: Tier): ReadonlyMap<number, Table> {
  const blocks = new Map<number, number[]>();
  const size = tier.blockMs / tier.stepMs;
  table.steps.forEach((step, row) => {
    const first = Math.floor(step / size) * size;
    const rows = blocks.get(first) ?? [];
    rows.push(row);
    blocks.set(first, rows);
  });
  if (blocks.size === 1) return new Map([...blocks.keys()].map((first) => [first, table]));
  return new Map([...blocks].map(([first, rows]) => [first, pickRows(table, rows)]));
}

/** A block from rows in rising order. */
export function packTable(table: Table, first: number, columns: readonly Column[], tier: Tier): Uint8Array {
  const near = tier.resolution === 'raw' ? rawNear(columns) : bucketLayout(columns).near;
  return encodeBlock(
    table.steps.map((step) => step - first),
    table.columns,
    near,
  );
}

/** All rows of a block; throws when it is damaged. */
export function unpackTable(blob: Uint8Array, first: number, columns: readonly Column[], tier: Tier): Table {
  const block = openBlock(blob);
  const count = tier.resolution === 'raw' ? columns.length : bucketLayout(columns).near.length;
  return {
    steps: block.times().map((time) => first + time),
    columns: Array.from({ length: count }, (_, index) => block.column(index)),
  };
}

/**
 * `older` and `newer` as one, in rising order. Of samples of the same second the newer one counts, buckets of the same
 * step become one: the clock went back, or the collector began anew within that minute.
 */
export function mergeTables(older: Table, newer: Table, columns: readonly Column[], tier: Tier): Table {
  const joined: Table = {
    steps: concat(older.steps, newer.steps),
    columns: newer.columns.map((values, index) =>
      concat(older.columns[index] ?? new Float64Array(older.steps.length).fill(Number.NaN), values),
    ),
  };
  if (isRising(joined.steps)) return joined;
  const rowAt = new Map<number, number>();
  joined.steps.forEach((step, row) => {
    const before = rowAt.get(step);
    if (before !== undefined && tier.resolution !== 'raw') mergeBucket(joined, before, row, columns);
    rowAt.set(step, row);
  });
  const rows = [...rowAt].sort(([a], [b]) => a - b).map(([, row]) => row);
  return pickRows(joined, rows);
}

function concat(a: Values, b: Values): Values {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Strictly: no step twice. */
export function isRising(steps: Values): boolean {
  return steps.every((step, row) => row === 0 || step > (steps[row - 1] ?? 0));
}

/** Brings the bucket in row `from` into the one in row `into`, which is the newer one. */
function mergeBucket(
  { columns: lists }: Table,
  from: number,
  into: number,
  columns: readonly Column[],
): void {
  const { places } = bucketLayout(columns);
  const count = lists[0];
  const before = count?.[from] ?? 0;
  const after = count?.[into] ?? 0;
  places.forEach((place, index) => {
    const a = lists[place.mean]?.[from] ?? Number.NaN;
    const b = lists[place.mean]?.[into] ?? Number.NaN;
    if (Number.isNaN(a)) return;
    if (Number.isNaN(b)) {
      for (const list of new Set(Object.values(place).map((each) => lists[each]))) {
        if (list !== undefined) list[into] = list[from] ?? Number.NaN;
      }
      return;
    }
    if (!columns[index]?.isGauge) return;
    const [mean, min, max] = [lists[place.mean], lists[place.min], lists[place.max]];
    if (mean) mean[into] = Math.round((a * before + b * after) / Math.max(before + after, 1));
    if (min) min[into] = Math.min(min[from] ?? a, min[into] ?? b);
    if (max) max[into] = Math.max(max[from] ?? a, max[into] ?? b);
  });
  if (count) count[into] = before + after;
}
