import { type Block, encodeBlock, openBlock } from './block.ts';
import { bucketLayout, type Column, rawNear } from './columns.ts';
import type { Tier } from './tiers.ts';

/** Rows of one subject: the step they lie at (seconds, minutes, hours since 1970), and the stored integers. */
export type Rows = Map<number, (number | null)[]>;

/** Samples into buckets of a tier. Samples come in the order they were taken, so the last one wins `last`. */
export function toBuckets(samples: Rows, columns: readonly Column[], tier: Tier): Rows {
  const buckets: Rows = new Map();
  const { places, near } = bucketLayout(columns);
  const sums = new Map<number, { known: number[]; sum: number[] }>();
  for (const [second, values] of samples) {
    const step = Math.floor((second * 1000) / tier.stepMs);
    let bucket = buckets.get(step);
    let sum = sums.get(step);
    if (bucket === undefined || sum === undefined) {
      bucket = near.map(() => null);
      sum = { known: columns.map(() => 0), sum: columns.map(() => 0) };
      buckets.set(step, bucket);
      sums.set(step, sum);
    }
    bucket[0] = (bucket[0] ?? 0) + 1;
    for (let index = 0; index < columns.length; index += 1) {
      const value = values[index] ?? null;
      const place = places[index];
      if (value === null || place === undefined) continue;
      bucket[place.last] = value;
      if (!columns[index]?.isGauge) continue;
      const known = (sum.known[index] ?? 0) + 1;
      const total = (sum.sum[index] ?? 0) + value;
      sum.known[index] = known;
      sum.sum[index] = total;
      bucket[place.mean] = Math.round(total / known);
      bucket[place.min] = Math.min(bucket[place.min] ?? value, value);
      bucket[place.max] = Math.max(bucket[place.max] ?? value, value);
    }
  }
  return buckets;
}

/** Two buckets of the same step become one: after the clock went back, or a restart of the collector in that minute. */
export function mergeBuckets(
  older: readonly (number | null)[],
  newer: readonly (number | null)[],
  columns: readonly Column[],
): (number | null)[] {
  const { places, near } = bucketLayout(columns);
  const merged: (number | null)[] = near.map((_, index) => newer[index] ?? older[index] ?? null);
  const before = older[0] ?? 0;
  const after = newer[0] ?? 0;
  merged[0] = before + after;
  places.forEach((place, index) => {
    const a = older[place.mean] ?? null;
    const b = newer[place.mean] ?? null;
    if (!columns[index]?.isGauge || a === null || b === null) return;
    merged[place.mean] = Math.round((a * before + b * after) / Math.max(before + after, 1));
    merged[place.min] = Math.min(older[place.min] ?? a, newer[place.min] ?? b);
    merged[place.max] = Math.max(older[place.max] ?? a, newer[place.max] ?? b);
  });
  return merged;
}

/** Rows by the block they belong to: the block's first step. */
export function byBlock(rows: Rows, tier: Tier): Map<number, Rows> {
  const blocks = new Map<number, Rows>();
  const steps = tier.blockMs / tier.stepMs;
  for (const [step, values] of rows) {
    const first = Math.floor(step / steps) * steps;
    const block = blocks.get(first) ?? new Map();
    block.set(step, values);
    blocks.set(first, block);
  }
  return blocks;
}

/** A block from rows, which may come in any order. */
export function packRows(rows: Rows, first: number, columns: readonly Column[], tier: Tier): Uint8Array {
  const near = tier.resolution === 'raw' ? rawNear(columns) : bucketLayout(columns).near;
  const sorted = [...rows].sort(([a], [b]) => a - b);
  return encodeBlock(
    sorted.map(([step]) => step - first),
    near.map((_, index) => sorted.map(([, values]) => values[index] ?? null)),
    near,
  );
}

/** All rows of a block; throws a RangeError or an error of zlib when it is damaged. */
export function unpackRows(blob: Uint8Array, first: number, columns: readonly Column[], tier: Tier): Rows {
  const block: Block = openBlock(blob);
  const near = tier.resolution === 'raw' ? rawNear(columns) : bucketLayout(columns).near;
  const times = block.times();
  const lists = near.map((_, index) => block.column(index));
  const rows: Rows = new Map();
  times.forEach((time, row) => {
    rows.set(
      first + time,
      lists.map((list) => (Number.isNaN(list[row]) ? null : (list[row] ?? null))),
    );
  });
  return rows;
}

/** `older` and `newer` as one: of samples in the same second the newer counts, buckets are merged. */
export function mergeRows(older: Rows, newer: Rows, columns: readonly Column[], tier: Tier): Rows {
  const merged: Rows = new Map(older);
  for (const [step, values] of newer) {
    const there = tier.resolution === 'raw' ? undefined : merged.get(step);
    merged.set(step, there === undefined ? values : mergeBuckets(there, values, columns));
  }
  return merged;
}
