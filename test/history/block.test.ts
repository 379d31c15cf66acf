import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBlock, openBlock } from '../../src/history/block.ts';
import { ByteReader, byteWriter } from '../../src/history/bytes.ts';
import { applyFrame, encodeFrame, type FrameState } from '../../src/history/frame.ts';

const integer = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(0, 4096, 2 ** 31, -(2 ** 31), 2 ** 40, 2 ** 48, -(2 ** 48)),
  fc.integer({ min: 0, max: 2 ** 20 }).map((pages) => pages * 4096),
);
const cell = fc.oneof({ weight: 8, arbitrary: integer }, { weight: 1, arbitrary: fc.constant(Number.NaN) });

describe('bytes', () => {
  it('gives every whole number back', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            integer,
            fc.maxSafeInteger().map((value) => Math.trunc(value / 4)),
          ),
        ),
        (numbers) => {
          const out = byteWriter();
          for (const number of numbers) out.integer(number);
          const reader = new ByteReader(out.done());
          expect(numbers.map(() => reader.integer())).toEqual(numbers.map((number) => number + 0));
          expect(reader.atEnd).toBe(true);
        },
      ),
    );
  });

  it('says that a cut text is cut', () => {
    expect(() => new ByteReader(new Uint8Array([200])).natural()).toThrow(RangeError);
  });
});

describe('a block', () => {
  it('gives back what was put into it, whatever it was', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 60 })
          .chain((rows) =>
            fc.tuple(
              fc.array(fc.integer({ min: 1, max: 9 }), { minLength: rows, maxLength: rows }),
              fc.array(fc.array(cell, { minLength: rows, maxLength: rows }), { minLength: 1, maxLength: 5 }),
            ),
          ),
        ([steps, lists]) => {
          let now = 0;
          const times = Float64Array.from(steps, (step) => (now += step));
          const columns = lists.map((list) => Float64Array.from(list));
          const near = columns.map((_, index) => (index === 0 ? [] : [index - 1, 0]));
          const block = openBlock(encodeBlock(times, columns, near));
          expect(block.rows).toBe(times.length);
          expect(block.times()).toEqual(times);
          columns.forEach((column, index) => {
            expect([...block.column(index)]).toEqual([...column].map((value) => value + 0));
          });
          expect([...block.column(columns.length)].every(Number.isNaN)).toBe(true);
        },
      ),
    );
  });

  it('holds a day that does not change in a few bytes', () => {
    const rows = 1440;
    const times = Float64Array.from({ length: rows }, (_, minute) => minute);
    const still = new Float64Array(rows).fill(25_600);
    expect(encodeBlock(times, [still, still, still], [[], [0], [0]]).length).toBeLessThan(30);
  });

  it('never answers damaged bytes with an endless loop or gigabytes', () => {
    const times = Float64Array.from({ length: 50 }, (_, index) => index);
    const column = times.map((value) => value * value);
    const good = encodeBlock(times, [column], [[]]);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (place, byte) => {
        const bad = good.slice();
        bad[place] = byte;
        try {
          const block = openBlock(bad);
          block.times();
          block.column(0);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});

describe('frames', () => {
  const kindOf = (subject: number): number => subject % 2;
  const values = fc.array(fc.oneof(integer, fc.constant(null)), { minLength: 3, maxLength: 3 });

  it('bring a reader to what each sample saw', () => {
    const frame = fc.record({
      kindBits: fc.constantFrom(1, 2, 3),
      rows: fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), values), { maxLength: 6 }),
      isKey: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 12 }), (frames) => {
        let state: FrameState | null = null;
        const read = new Map<number, (number | null)[]>();
        const expected = new Map<number, readonly (number | null)[]>();
        for (const { kindBits, rows, isKey } of frames) {
          const seen = new Map(rows.filter(([subject]) => (kindBits >> kindOf(subject)) % 2 === 1));
          if (isKey || state === null) {
            expected.clear();
            read.clear();
          }
          for (const subject of [...expected.keys()])
            if ((kindBits >> kindOf(subject)) % 2 === 1) expected.delete(subject);
          for (const [subject, row] of seen) expected.set(subject, row);
          const encoded = encodeFrame({ kindBits, values: seen }, isKey ? null : state, kindOf);
          state = encoded.state;
          expect(applyFrame(encoded.bytes, read)).toBe(kindBits);
          const plain = (map: ReadonlyMap<number, readonly (number | null)[]>): unknown =>
            [...map]
              .sort(([a], [b]) => a - b)
              .map(([subject, row]) => [subject, [0, 1, 2].map((index) => row[index] ?? null)]);
          expect(plain(read)).toEqual(plain(expected));
        }
      }),
    );
  });
});
