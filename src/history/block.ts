import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, byteWriter } from './bytes.ts';

/** Stored integers of one column, one for each row; NaN = not known. */
export type Values = Float64Array;

/** How a column is written. The writer takes the shortest, so a value that never changes costs three bytes a block. */
const empty = 0;
const constant = 1;
const evenly = 2;
const plain = 3;
const steps = 4;
const fromNear = 5;
const fromNearSteps = 6;
/** Added when the column has nulls: then 0 means null and every other code is one higher. */
const withNulls = 8;

/**
 * A block: rows of one subject, column by column, so that one column is read without the others. Times are column 0.
 * `near[i]` names columns (counted without the times) before i that column i may differ little from.
 */
export function encodeBlock(
  times: Values,
  columns: readonly Values[],
  near: readonly (readonly number[])[],
): Uint8Array {
  const body = byteWriter();
  body.natural(times.length);
  body.natural(columns.length);
  const put = (part: Uint8Array): void => {
    body.natural(part.length);
    body.bytes(part);
  };
  put(encodeColumn(times, columns, []));
  columns.forEach((column, index) => {
    put(encodeColumn(column, columns, near[index] ?? []));
  });
  const whole = body.done();
  const packed = deflateRawSync(whole, { level: 6 });
  const isShorter = packed.length < whole.length;
  const out = byteWriter();
  out.natural(isShorter ? 1 : 0);
  out.bytes(isShorter ? packed : whole);
  return out.done();
}

function encodeColumn(values: Values, columns: readonly Values[], near: readonly number[]): Uint8Array {
  const simple = encodeSimple(values);
  if (simple !== null) return simple;
  const nulls = values.some(Number.isNaN) ? withNulls : 0;
  let best = planAs(plain + nulls, values, null, -1);
  const offer = (next: Plan): void => {
    if (next.bytes < best.bytes) best = next;
  };
  offer(planAs(steps + nulls, values, null, -1));
  for (const index of near) {
    const other = columns[index];
    if (other === undefined) continue;
    offer(planAs(fromNear + nulls, values, other, index));
    offer(planAs(fromNearSteps + nulls, values, other, index));
  }
  return written(best);
}

/** Nothing known, always the same, or evenly rising; null = none of them. */
function encodeSimple(values: Values): Uint8Array | null {
  const out = byteWriter();
  const first = values[0] ?? Number.NaN;
  if (values.every(Number.isNaN)) {
    out.natural(empty);
    return out.done();
  }
  const step = values.length > 1 ? (values[1] ?? 0) - first : 0;
  if (!values.every((value, index) => value === first + index * step)) return null;
  out.natural(step === 0 ? constant : evenly);
  out.integer(first);
  if (step !== 0) out.integer(step);
  return out.done();
}

/** One way to write a column: the numbers as they would be shown, and how many bytes they take. */
interface Plan {
  readonly head: number;
  readonly nearIndex: number;
  readonly shown: Values;
  /** Numbers that are all even, or multiples of 4, 8 … are halved so often. */
  readonly shift: number;
  readonly bytes: number;
}

function planAs(head: number, values: Values, near: Values | null, nearIndex: number): Plan {
  const isSteps = head % withNulls === steps || head % withNulls === fromNearSteps;
  const shown = new Float64Array(values.length);
  let before = 0;
  let bits = 0;
  let isWide = false;
  for (let index = 0; index < values.length; index += 1) {
    const own = (values[index] ?? Number.NaN) - (near === null ? 0 : known(near[index]));
    const next = isSteps ? own - before : own;
    shown[index] = next;
    if (Number.isNaN(own)) continue;
    before = own;
    bits |= next;
    isWide ||= next > 0x3fffffff || next < -0x3fffffff;
  }
  const shift = isWide || bits === 0 ? 0 : 31 - Math.clz32(bits & -bits);
  const scale = 2 ** (shift - 1);
  let bytes = 0;
  for (const value of shown) {
    // About twice the halved number, in groups of 7 bits.
    const size = Math.abs(value) / scale;
    bytes += size < 128 || Number.isNaN(size) ? 1 : size < 16_384 ? 2 : size < 2_097_152 ? 3 : 5;
  }
  return { head, nearIndex, shown, shift, bytes };
}

function written({ head, nearIndex, shown, shift }: Plan): Uint8Array {
  const out = byteWriter();
  out.natural(head);
  if (nearIndex >= 0) out.natural(nearIndex);
  out.natural(shift);
  const plus = head >= withNulls ? 1 : 0;
  const scale = 2 ** shift;
  for (const value of shown) {
    if (Number.isNaN(value)) out.natural(0);
    else {
      const small = value / scale;
      out.natural((small < 0 ? -2 * small - 1 : 2 * small) + plus);
    }
  }
  return out.done();
}

function known(value: number | undefined): number {
  return value === undefined || Number.isNaN(value) ? 0 : value;
}

/** A block opened for reading: its columns are decoded when they are asked for. */
export interface Block {
  readonly rows: number;
  times(): Values;
  /** The time of one row. Times that come evenly are reckoned, not listed. */
  timeAt(row: number): number;
  /** Columns that the block's writer did not know yet are all NaN. */
  column(index: number): Values;
}

/** Throws a RangeError or an error of zlib when the bytes are damaged. */
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
  if (reader.place > bytes.length || rows > maxRows) throw new RangeError('the stored block is cut');
  // Several columns are told as differences from the same one.
  const decoded = new Map<number, Values>();
  const decode = (place: number): Values => {
    const known = decoded.get(place);
    if (known !== undefined) return known;
    const values = new Float64Array(rows);
    const start = starts[place];
    if (start === undefined) return values.fill(Number.NaN);
    decodeColumn(new ByteReader(bytes, start), values, (other) => decode(other + 1));
    decoded.set(place, values);
    return values;
  };
  const even = evenTimes(bytes, starts[0] ?? 0);
  return {
    rows,
    times: () => decode(0),
    timeAt: even === null ? (row) => decode(0)[row] ?? Number.NaN : (row) => even.first + row * even.step,
    column: (index) => decode(index + 1),
  };
}

/** Where a column begins and how far it steps; null = it does not rise evenly. */
function evenTimes(
  bytes: Uint8Array,
  start: number,
): { readonly first: number; readonly step: number } | null {
  const reader = new ByteReader(bytes, start);
  const mode = reader.natural() % withNulls;
  if (mode !== constant && mode !== evenly) return null;
  const first = reader.integer();
  return { first, step: mode === constant ? 0 : reader.integer() };
}

/** A block of raw samples has a row for each second of an hour at most; damage must not ask for gigabytes. */
const maxRows = 100_000;

function decodeColumn(reader: ByteReader, values: Values, near: (index: number) => Values): void {
  const head = reader.natural();
  const mode = head % withNulls;
  if (mode === empty) {
    values.fill(Number.NaN);
    return;
  }
  if (mode === constant || mode === evenly) {
    const first = reader.integer();
    const step = mode === constant ? 0 : reader.integer();
    for (let index = 0; index < values.length; index += 1) values[index] = first + index * step;
    return;
  }
  const others = mode === fromNear || mode === fromNearSteps ? near(reader.natural()) : null;
  const factor = 2 ** reader.natural();
  const isSteps = mode === steps || mode === fromNearSteps;
  const plus = head >= withNulls ? 1 : 0;
  let before = 0;
  for (let index = 0; index < values.length; index += 1) {
    const code = reader.natural() - plus;
    if (code < 0) {
      values[index] = Number.NaN;
      continue;
    }
    const shown = (code % 2 === 0 ? code / 2 : -(code + 1) / 2) * factor;
    const own = isSteps ? before + shown : shown;
    before = own;
    values[index] = others === null ? own : own + known(others[index]);
  }
}
