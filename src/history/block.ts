import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, byteWriter } from './bytes.ts';

/** One stored column: as many integers as the block has rows; null = not known. */
export type Values = readonly (number | null)[];

/** How a column is written. The writer takes the shortest, so a value that never changes costs three bytes a block. */
const empty = 0;
const constant = 1;
const plain = 2;
const steps = 3;
const fromNear = 4;
const fromNearSteps = 5;
const evenly = 6;
/** Added when the column has nulls: then 0 means null and every other code is one higher. */
const withNulls = 8;

/**
 * A block: rows of one subject, column by column, so that one column is read without the others. Times are column 0.
 * `near[i]` is the column (counted without the times) that column i differs little from, -1 = none.
 */
export function encodeBlock(
  times: readonly number[],
  columns: readonly Values[],
  near: readonly number[],
): Uint8Array {
  const body = byteWriter();
  body.natural(times.length);
  body.natural(columns.length);
  const put = (part: Uint8Array): void => {
    body.natural(part.length);
    body.bytes(part);
  };
  put(encodeColumn(times, null, -1));
  columns.forEach((column, index) => {
    const other = near[index] ?? -1;
    put(encodeColumn(column, columns[other] ?? null, other));
  });
  const whole = body.done();
  const packed = deflateRawSync(whole, { level: 6 });
  const isShorter = packed.length < whole.length;
  const out = byteWriter();
  out.natural(isShorter ? 1 : 0);
  out.bytes(isShorter ? packed : whole);
  return out.done();
}

function encodeColumn(values: Values, near: Values | null, nearIndex: number): Uint8Array {
  const known = values.filter((value) => value !== null);
  const first = known[0];
  const out = byteWriter();
  if (first === undefined) {
    out.natural(empty);
    return out.done();
  }
  if (known.length === values.length) {
    if (known.every((value) => value === first)) {
      out.natural(constant);
      out.integer(first);
      return out.done();
    }
    const step = (known[1] ?? first) - first;
    if (known.every((value, index) => value === first + index * step)) {
      out.natural(evenly);
      out.integer(first);
      out.integer(step);
      return out.done();
    }
  }
  const nulls = known.length === values.length ? 0 : withNulls;
  const candidates = [encodeAs(plain, values, null, nulls, -1), encodeAs(steps, values, null, nulls, -1)];
  if (near !== null)
    candidates.push(
      encodeAs(fromNear, values, near, nulls, nearIndex),
      encodeAs(fromNearSteps, values, near, nulls, nearIndex),
    );
  return candidates.reduce((best, next) => (next.length < best.length ? next : best));
}

function encodeAs(
  mode: number,
  values: Values,
  near: Values | null,
  nulls: number,
  nearIndex: number,
): Uint8Array {
  const out = byteWriter();
  out.natural(mode + nulls);
  if (near !== null) out.natural(nearIndex);
  const isSteps = mode === steps || mode === fromNearSteps;
  let before = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? null;
    if (value === null) {
      out.natural(0);
      continue;
    }
    const own = value - (near === null ? 0 : (near[index] ?? 0));
    const shown = isSteps ? own - before : own;
    before = own;
    if (nulls === 0) out.integer(shown);
    else out.natural((shown < 0 ? -2 * shown - 1 : 2 * shown) + 1);
  }
  return out.done();
}

/** A block opened for reading: its columns are decoded when they are asked for. NaN = not known. */
export interface Block {
  readonly rows: number;
  times(): Float64Array;
  /** Columns that the block's writer did not know yet are all NaN. */
  column(index: number): Float64Array;
}

export function openBlock(blob: Uint8Array): Block {
  const bytes = blob[0] === 1 ? inflateRawSync(blob.subarray(1)) : blob.subarray(1);
  const reader = new ByteReader(bytes);
  const rows = reader.natural();
  const count = reader.natural();
  const starts: number[] = [];
  for (let index = 0; index <= count; index += 1) {
    const length = reader.natural();
    starts.push(reader.place);
    reader.place += length;
  }
  const decode = (start: number | undefined): Float64Array => {
    const values = new Float64Array(rows);
    if (start === undefined) return values.fill(Number.NaN);
    decodeColumn(new ByteReader(bytes, start), values, (other) => decode(starts[other + 1]));
    return values;
  };
  return { rows, times: () => decode(starts[0]), column: (index) => decode(starts[index + 1]) };
}

function decodeColumn(reader: ByteReader, values: Float64Array, near: (index: number) => Float64Array): void {
  const head = reader.natural();
  const mode = head % withNulls;
  const hasNulls = head >= withNulls;
  if (mode === empty) {
    values.fill(Number.NaN);
    return;
  }
  if (mode === constant) {
    values.fill(reader.integer());
    return;
  }
  if (mode === evenly) {
    const first = reader.integer();
    const step = reader.integer();
    for (let index = 0; index < values.length; index += 1) values[index] = first + index * step;
    return;
  }
  const others = mode === fromNear || mode === fromNearSteps ? near(reader.natural()) : null;
  const isSteps = mode === steps || mode === fromNearSteps;
  let before = 0;
  for (let index = 0; index < values.length; index += 1) {
    let code = reader.natural();
    if (hasNulls) {
      if (code === 0) {
        values[index] = Number.NaN;
        continue;
      }
      code -= 1;
    }
    const shown = code % 2 === 0 ? code / 2 : -(code + 1) / 2;
    const own = isSteps ? before + shown : shown;
    before = own;
    const other = others?.[index] ?? 0;
    values[index] = own + (Number.isNaN(other) ? 0 : other);
  }
}
