import { columnsOf, kinds } from './columns.ts';
import type { Database } from './driver.ts';
import { applyFrame } from './frame.ts';
import { byBlock, mergeRows, packRows, type Rows, toBuckets, unpackRows } from './rows.ts';
import { blockId, type Tier, tiers } from './tiers.ts';
import { transaction } from './transaction.ts';

/** Subjects taken at once: keeps the memory of a fold small, at the price of reading the frames again. */
const batch = 32;

/** Samples of the newest, unfinished hour as rows of raw seconds, by subject, in the order they were taken. */
export function readTicks(
  database: Database,
  wanted: (subject: number) => boolean,
  kindOf: (subject: number) => number,
  before = Number.MAX_SAFE_INTEGER,
): Map<number, Rows> {
  const found = new Map<number, Rows>();
  const state = new Map<number, (number | null)[]>();
  const ticks = database
    .prepare('SELECT at, is_key, frame FROM tick WHERE sequence < ? ORDER BY sequence')
    .all(before);
  for (const { at, is_key: isKey, frame } of ticks) {
    if (!(frame instanceof Uint8Array) || typeof at !== 'number') continue;
    if (isKey === 1) state.clear();
    const kindBits = applyFrame(frame, state);
    for (const [subject, values] of state) {
      if (!wanted(subject) || (kindBits >> kindOf(subject)) % 2 === 0) continue;
      const rows = found.get(subject) ?? new Map();
      const second = Math.floor(at / 1000);
      // Taken again in the same second: the order of the list is the order of the samples.
      rows.delete(second);
      rows.set(second, values);
      found.set(subject, rows);
    }
  }
  return found;
}

/**
 * Brings all samples before the newest key frame into the blocks of every tier, and removes them. One transaction:
 * killed in the middle, nothing has happened. Returns how many blocks it found damaged and began anew.
 */
export function fold(database: Database, kindOf: (subject: number) => number): number {
  const newest = database.prepare('SELECT max(sequence) AS newest FROM tick WHERE is_key = 1').all()[0]?.[
    'newest'
  ];
  if (typeof newest !== 'number') return 0;
  const seen = database.prepare('SELECT 1 FROM tick WHERE sequence < ? LIMIT 1').all(newest);
  if (seen.length === 0) return 0;
  return transaction(database, () => {
    let damaged = 0;
    const all = [...subjectsIn(database, newest)];
    for (let start = 0; start < all.length; start += batch) {
      const part = new Set(all.slice(start, start + batch));
      for (const [subject, rows] of readTicks(database, (id) => part.has(id), kindOf, newest)) {
        const columns = columnsOf[kinds[kindOf(subject)] ?? 'app'];
        damaged += store(database, subject, rows, columns, tiers.raw);
        damaged += store(database, subject, toBuckets(rows, columns, tiers.minute), columns, tiers.minute);
        damaged += store(database, subject, toBuckets(rows, columns, tiers.hour), columns, tiers.hour);
      }
    }
    database.prepare('DELETE FROM tick WHERE sequence < ?').run(newest);
    return damaged;
  });
}

function subjectsIn(database: Database, before: number): Set<number> {
  const subjects = new Set<number>();
  const state = new Map<number, (number | null)[]>();
  for (const { is_key: isKey, frame } of database
    .prepare('SELECT is_key, frame FROM tick WHERE sequence < ? ORDER BY sequence')
    .all(before)) {
    if (!(frame instanceof Uint8Array)) continue;
    if (isKey === 1) state.clear();
    applyFrame(frame, state);
    for (const subject of state.keys()) subjects.add(subject);
  }
  return subjects;
}

function store(
  database: Database,
  subject: number,
  rows: Rows,
  columns: (typeof columnsOf)[keyof typeof columnsOf],
  tier: Tier,
): number {
  let damaged = 0;
  for (const [first, part] of byBlock(rows, tier)) {
    const id = blockId(subject, tier, first * tier.stepMs);
    const there = database.prepare('SELECT data FROM block WHERE id = ?').all(id)[0]?.['data'];
    let whole = part;
    if (there instanceof Uint8Array) {
      try {
        whole = mergeRows(unpackRows(there, first, columns, tier), part, columns, tier);
      } catch {
        damaged += 1;
      }
    }
    database
      .prepare(
        'INSERT INTO block (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data',
      )
      .run(id, packRows(whole, first, columns, tier));
  }
  return damaged;
}
