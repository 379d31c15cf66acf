import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordPieces } from '../../../src/gather/pm2/record-pieces.ts';

function read(reply: string, sizes: readonly number[]): unknown {
  const pieces = new RecordPieces();
  const bytes = Buffer.from(reply);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    // The caller uses its buffer again.
    const borrowed = Buffer.from(bytes.subarray(at, at + size));
    pieces.add(borrowed);
    borrowed.fill(0);
    at += size;
  }
  const records = pieces.records();
  return records ? [...records] : records;
}

const record = fc.record(
  {
    pid: fc.integer({ min: 0 }),
    name: fc.oneof(fc.string(), fc.constantFrom('},{"pid":1}', ']]}', '多语言 🚀', '"},{"name":')),
    pm2_env: fc.record({
      env: fc.dictionary(fc.string(), fc.string()),
      list: fc.array(fc.record({ pid: fc.integer(), name: fc.string() })),
    }),
  },
  { requiredKeys: ['name'] },
);

describe('a list that comes in pieces', () => {
  it('gives the same records as the whole, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
        (list, sizes) => {
          expect(read(JSON.stringify({ args: [list] }), sizes)).toEqual(JSON.parse(JSON.stringify(list)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('can be gone through again and again', () => {
    const pieces = new RecordPieces();
    pieces.add(Buffer.from('{"args":[[{"pid":1},{"pid":2}]]}'));
    const records = pieces.records();
    expect([...(records ?? [])]).toEqual([{ pid: 1 }, { pid: 2 }]);
    expect([...(records ?? [])]).toEqual([{ pid: 1 }, { pid: 2 }]);
  });

  it('holds records larger than a piece of the socket', () => {
    const list = [1, 2, 3].map((pid) => ({ pid, name: 'x'.repeat(300_000) }));
    expect(read(JSON.stringify({ args: [list] }), [65_536])).toEqual(list);
  });

  it.each([
    ['spaces', '{ "args": [ [ {"pid":1}, {"pid":2} ] ] }', [{ pid: 1 }, { pid: 2 }]],
    ['a bare list', '[{"pid":1},{"pid":2}]', [{ pid: 1 }, { pid: 2 }]],
    ['more arguments', '{"args":[[{"pid":1},{"pid":2}],3]}', [{ pid: 1 }, { pid: 2 }]],
    ['an empty list', '{"args":[[]]}', []],
    ['no list', '{"args":[{"pid":1}]}', null],
    ['an error', '{"error":"no"}', null],
    ['a cut reply', '{"args":[[{"pid":1},{"pid":2', undefined],
    ['nothing', '', undefined],
  ])('takes %s as the whole would be', (_name, reply, expected) => {
    for (const sizes of [[1], [7], [10_000]]) expect(read(reply, sizes)).toEqual(expected);
  });

  it('tries no record without end', () => {
    const list = [{ pid: 1, list: Array.from({ length: 500 }, () => ({ pid: 1 })) }, { pid: 2 }];
    expect(read(JSON.stringify({ args: [list] }), [64])).toEqual(list);
  });
});
