import type { Series, SeriesGap, Subject } from '../model/history.ts';
import { type Block, openBlock } from './block.ts';
import { bucketLayout, type Column, columnsOf, fromStored } from './columns.ts';
import type { Database } from './driver.ts';
import { type TickRows, tickTable } from './fold.ts';
import type { Between, SeriesQuery } from './store.ts';
import { kindNumber } from './subjects.ts';
import { bucketTicks, isRising, mergeTables, pickRows, type Table } from './table.ts';
import { blockId, blockStart, finestFirst, numbers, type Tier, tiers } from './tiers.ts';
import type { Opened } from './unpacked.ts';

interface Piece {
  readonly start: number;
  readonly block: Block;
  /** First row and the row after the last one that lie in the span. */
  readonly begin: number;
  readonly end: number;
}

/** What a series is made of: its blocks, and the samples that are in none yet. */
export interface Parts {
  readonly blocks: readonly Opened[];
  readonly ticks: TickRows | null;
  readonly gaps: readonly SeriesGap[];
}

const noSamples: Table = { steps: new Float64Array(0), columns: [] };

/** One series out of blocks and the newest samples. Lists are decoded when they are first looked at; null = no such metric. */
export function makeSeries(
  subject: Subject,
  query: SeriesQuery,
  tier: Tier,
  { blocks, ticks, gaps }: Parts,
): Series | null {
  const columns = columnsOf[subject.kind];
  const index = columns.findIndex(({ name }) => name === query.metric);
  const column = columns[index];
  if (column === undefined) return null;
  const { pieces, lost } = cutPieces(blocks, query, tier);
  const fresh =
    ticks === null
      ? noSamples
      : tier.resolution === 'raw'
        ? tickTable(ticks, kindNumber(subject), query.metric)
        : bucketTicks(ticks, columns, index, tier);
  const apart = countBefore(pieces, fresh, tier);
  const table =
    apart === pieces.length
      ? within(fresh, query, tier)
      : mergedTable(pieces.slice(apart), query, tier, index, columns, fresh);
  const lists = fromPieces(pieces.slice(0, apart), table, column, index, columns, tier);
  return {
    subject,
    metric: query.metric,
    resolution: tier.resolution,
    // One by one: a spread would look at all of them, and so unpack what nobody asked for.
    at: lists.at,
    get min() {
      return lists.min;
    },
    get mean() {
      return lists.mean;
    },
    get max() {
      return lists.max;
    },
    get last() {
      return lists.last;
    },
    gaps: lost.length === 0 ? gaps : [...gaps, ...lost].sort((a, b) => a.from - b.from),
  };
}

/** The tier that was asked for, or the finest that reaches back to `from`, or as far as the hours do: then nothing older is kept at all. */
export function tierFor(database: Database, id: number, { resolution, from }: SeriesQuery): Tier {
  if (resolution !== undefined) return tiers[resolution];
  const everything = firstAt(database, id, tiers.hour);
  if (everything === null) return tiers.raw;
  const isEnough = (tier: Tier): boolean => {
    const first = firstAt(database, id, tier);
    return first !== null && (first <= from || first < everything + tiers.hour.stepMs);
  };
  return finestFirst.find(isEnough) ?? tiers.hour;
}

/** Time of the oldest row in blocks; null = no block, or a damaged one. */
function firstAt(database: Database, id: number, tier: Tier): number | null {
  const low = blockId(id, tier, 0);
  const row = database
    .prepare('SELECT id, data FROM block WHERE id >= ? AND id < ? ORDER BY id LIMIT 1')
    .all(low, low + numbers)[0];
  if (!(row?.['data'] instanceof Uint8Array)) return null;
  try {
    return blockStart(Number(row['id']), tier) + (openBlock(row['data']).times()[0] ?? 0) * tier.stepMs;
  } catch {
    return null;
  }
}

function cutPieces(
  blocks: readonly Opened[],
  { from, to }: Between,
  tier: Tier,
): { readonly pieces: readonly Piece[]; readonly lost: readonly SeriesGap[] } {
  const pieces: Piece[] = [];
  const lost: SeriesGap[] = [];
  for (const { start, block } of blocks) {
    // Damaged bytes: said as a gap, the rest is still good.
    if (block === null || !isReadable(block)) {
      lost.push({ from: start, to: start + tier.blockMs });
      continue;
    }
    const begin = rowAt(block, (from - start) / tier.stepMs - 1);
    const end = rowAt(block, (to - start) / tier.stepMs);
    if (end > begin) pieces.push({ start, block, begin, end });
  }
  return { pieces, lost };
}

/** Times are read with the block: what is wrong with them shows here, before anything is made of it. */
function isReadable(block: Block): boolean {
  try {
    return block.rows === 0 || !Number.isNaN(block.timeAt(block.rows - 1));
  } catch {
    return false;
  }
}

/** The first row whose step lies beyond `step`. */
function rowAt(block: Block, step: number): number {
  let low = 0;
  let high = block.rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (block.timeAt(middle) > step) high = middle;
    else low = middle + 1;
  }
  return low;
}

function within(table: Table, { from, to }: Between, tier: Tier): Table {
  const rows: number[] = [];
  table.steps.forEach((step, row) => {
    const at = step * tier.stepMs;
    if (at + tier.stepMs > from && at <= to) rows.push(row);
  });
  return rows.length === table.steps.length ? table : pickRows(table, rows);
}

/**
 * How many pieces lie before the newest samples and need no look at them: all, as a rule; all but the last where a bucket
 * is still growing. The clock may have gone back, and then it is fewer.
 */
function countBefore(pieces: readonly Piece[], fresh: Table, tier: Tier): number {
  if (!isRising(fresh.steps)) return 0;
  const first = (fresh.steps[0] ?? Number.POSITIVE_INFINITY) * tier.stepMs;
  let count = pieces.length;
  for (; count > 0; count -= 1) {
    const { start, block } = pieces[count - 1] ?? {};
    if (start === undefined || block === undefined) break;
    if (start + block.timeAt(block.rows - 1) * tier.stepMs < first) break;
  }
  return count;
}

/** The other case, one by one, of one column. Damaged blocks are said as gaps by `cutPieces`. */
function mergedTable(
  pieces: readonly Piece[],
  query: Between,
  tier: Tier,
  index: number,
  columns: readonly Column[],
  fresh: Table,
): Table {
  const layout = bucketLayout(columns);
  const place = layout.places[index];
  const isRaw = tier.resolution === 'raw';
  const wanted = new Set(isRaw || place === undefined ? [index] : [0, ...Object.values(place)]);
  const count = isRaw ? columns.length : layout.near.length;
  let table = noSamples;
  for (const { start, block } of pieces) {
    const steps = block.times().map((time) => start / tier.stepMs + time);
    const all = Array.from({ length: count }, (_, each) =>
      wanted.has(each) ? block.column(each) : noSamples.steps,
    );
    table = mergeTables(table, { steps, columns: all }, columns, tier);
  }
  return within(mergeTables(table, fresh, columns, tier), query, tier);
}

type Lists = Pick<Series, 'at' | 'min' | 'mean' | 'max' | 'last'>;

function fromPieces(
  pieces: readonly Piece[],
  fresh: Table,
  column: Column,
  index: number,
  columns: readonly Column[],
  tier: Tier,
): Lists {
  const length = pieces.reduce((sum, { begin, end }) => sum + end - begin, fresh.steps.length);
  const list = (place: number): Float64Array => {
    const out = new Float64Array(length);
    const times = column.unit < 1 ? 1 : column.unit;
    const parts = column.unit < 1 ? Math.round(1 / column.unit) : 1;
    let next = 0;
    for (const { block, begin, end } of pieces) {
      const values = block.column(place);
      out.set(begin === 0 && end === values.length ? values : values.subarray(begin, end), next);
      next += end - begin;
    }
    if (times !== 1 || parts !== 1)
      for (let row = 0; row < next; row += 1) out[row] = ((out[row] ?? 0) * times) / parts;
    for (const value of fresh.columns[place] ?? []) out[next++] = fromStored(value, column.unit);
    return out;
  };
  const at = new Float64Array(length);
  let next = 0;
  for (const piece of pieces) {
    const { start, block } = piece;
    for (let row = piece.begin; row < piece.end; row += 1)
      at[next++] = start + block.timeAt(row) * tier.stepMs;
  }
  for (const step of fresh.steps) at[next++] = step * tier.stepMs;
  return lazily(at, list, index, columns, tier);
}

/** Each list is made when it is first asked for: a trend needs the mean alone. Lists of the same column are the same. */
function lazily(
  at: Float64Array,
  list: (place: number) => Float64Array,
  index: number,
  columns: readonly Column[],
  tier: Tier,
): Lists {
  const places =
    tier.resolution === 'raw'
      ? { mean: index, min: index, max: index, last: index }
      : (bucketLayout(columns).places[index] ?? { mean: 0, min: 0, max: 0, last: 0 });
  const made = new Map<number, Float64Array>();
  const get = (place: number): Float64Array => {
    const known = made.get(place) ?? list(place);
    made.set(place, known);
    return known;
  };
  return {
    at,
    get min() {
      return get(places.min);
    },
    get mean() {
      return get(places.mean);
    },
    get max() {
      return get(places.max);
    },
    get last() {
      return get(places.last);
    },
  };
}
