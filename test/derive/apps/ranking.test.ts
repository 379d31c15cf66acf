import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankByMemory, rankByRestarts } from '../../../src/derive/apps/ranking.ts';
import { app } from '../../factories.ts';

const row = (name: string, pmId: number, rankedBytes: number | null, restartCounter = 0) => ({
  rankedBytes,
  app: app(name, pmId, { restartCounter }),
  story: null,
});
const names = (ranks: ReadonlyMap<ReturnType<typeof row>, number>) =>
  [...ranks].map(([each, rank]) => `${rank} ${each.app.ref.name}:${each.app.ref.pmId}`);

describe('ranking', () => {
  it('orders by memory, unknown last, ties by id and name', () => {
    expect(
      names(
        rankByMemory([row('b', 2, 5), row('x', 9, null), row('a', 1, 5), row('c', 0, 9), row('z', 4, 0)]),
      ),
    ).toEqual(['1 c:0', '2 a:1', '3 b:2', '4 z:4', '5 x:9']);
  });

  it('orders by the lifetime counter', () => {
    expect(names(rankByRestarts([row('a', 0, 0, 2), row('b', 1, 0, 108), row('c', 2, 0, 2)]))).toEqual([
      '1 b:1',
      '2 a:0',
      '3 c:2',
    ]);
  });

  it('does not depend on the order of the rows', () => {
    const rows = fc.uniqueArray(
      fc.record({ id: fc.nat(9), name: fc.string({ maxLength: 2 }), bytes: fc.option(fc.nat(3)) }),
      { selector: (r) => `${r.id} ${r.name}` },
    );
    fc.assert(
      fc.property(rows, (list) => {
        const all = list.map((r) => row(r.name, r.id, r.bytes, r.bytes ?? 0));
        expect(names(rankByMemory(all.toReversed()))).toEqual(names(rankByMemory(all)));
        expect(names(rankByRestarts(all.toReversed()))).toEqual(names(rankByRestarts(all)));
      }),
    );
  });
});
