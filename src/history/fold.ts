import type { Metric } from '../model/history.ts';
import { type Column, columnsOf, kinds } from './columns.ts';
import type { Database } from './driver.ts';
import { applyFrame } from './frame.ts';
import { byBlock, mergeTables, packTable, type Table, toBuckets, unpackTable } from './table.ts';
import { blockId, type Tier, tiers } from './tiers.ts';
import { transaction } from './transaction.ts';

/** Subjects brought into blocks at once: a few hundredths of a second, so that an event never waits long. */
export const subjectsAtOnce = 16;

/** Ticks before `before` are in blocks already, for subjects up to `subject`. */
interface Progress {
  readonly before: number;
  readonly subject: number;
}

function progressOf(database: Database): Progress | null {
  const number = (name: string): number | null => {
    const value = database.prepare('SELECT value FROM meta WHERE name = ?').all(name)[0]?.['value'];
    return typeof value === 'number' ? value : null;
  };
  const before = number('fold_before');
  const subject = number('fold_subject');
  return before === null || subject === null ? null : { before, subject };
}

function setProgress(database: Database, progress: Progress | null): void {
  database.exec("DELETE FROM meta WHERE name IN ('fold_before', 'fold_subject')");
  if (progress === null) return;
  const set = database.prepare('INSERT INTO meta VALUES (?, ?)');
  set.run('fold_before', progress.before);
  set.run('fold_subject', progress.subject);
}

/** Samples of one subject as the frames have them: seconds since 1970, and the stored integers of every column. */
export interface TickRows {
  readonly steps: readonly number[];
  readonly rows: readonly (readonly (number | null)[])[];
}

/** Samples that are in no block yet, by subject, in the order taken; of ticks before `before`. */
export function readTickRows(
  database: Database,
  wanted: (subject: number) => boolean,
  kindOf: (subject: number) => number,
  before = Number.MAX_SAFE_INTEGER,
): ReadonlyMap<number, TickRows> {
  const found = new Map<number, { steps: number[]; rows: (readonly (number | null)[])[] }>();
  const progress = progressOf(database);
  eachTick(database, before, ({ sequence, at, kindBits, state }) => {
    const done = progress !== null && sequence < progress.before ? progress.subject : 0;
    const second = Math.floor(at / 1000);
    for (const [subject, values] of state) {
      if (subject <= done || !wanted(subject) || (kindBits >> kindOf(subject)) % 2 === 0) continue;
      let list = found.get(subject);
      if (list === undefined) {
        list = { steps: [], rows: [] };
        found.set(subject, list);
      }
      list.steps.push(second);
      list.rows.push(values);
    }
  });
  return found;
}

interface Tick {
  readonly sequence: number;
  readonly at: number;
  readonly kindBits: number;
  /** Changed by the next tick; its lists are not. */
  readonly state: ReadonlyMap<number, readonly (number | null)[]>;
}

function eachTick(database: Database, before: number, look: (tick: Tick) => void): void {
  const state = new Map<number, (number | null)[]>();
  const ticks = database
    .prepare('SELECT sequence, at, is_key, frame FROM tick WHERE sequence < ? ORDER BY sequence')
    .all(before);
  for (const { sequence, at, is_key: isKey, frame } of ticks) {
    if (!(frame instanceof Uint8Array) || typeof at !== 'number' || typeof sequence !== 'number') continue;
    if (isKey === 1) state.clear();
    const kindBits = applyFrame(frame, state);
    look({ sequence, at, kindBits, state });
  }
}

const noValues = new Float64Array(0);

/** The rows as columns; with `only` the others are left empty. */
export function tickTable({ steps, rows }: TickRows, kind: number, only?: Metric): Table {
  const columns = columnsOf[kinds[kind] ?? 'app'];
  return {
    steps: Float64Array.from(steps),
    columns: columns.map(({ name }, index) => {
      if (only !== undefined && name !== only) return noValues;
      const values = new Float64Array(rows.length);
      for (let row = 0; row < rows.length; row += 1) values[row] = rows[row]?.[index] ?? Number.NaN;
      return values;
    }),
  };
}

/**
 * Brings the samples of finished hours (those before the newest key frame) into the blocks of every tier, some subjects
 * at a time, and removes them after the last. What is done stands in the file, in the same transaction as the blocks:
 * killed anywhere, nothing is lost and nothing comes twice. `damaged` blocks were begun anew.
 */
export function fold(
  database: Database,
  kindOf: (subject: number) => number,
): { readonly isDone: boolean; readonly damaged: number } {
  return transaction(database, () => {
    const progress = progressOf(database) ?? { before: newestKey(database), subject: 0 };
    const { before } = progress;
    const left = database
      .prepare('SELECT id FROM subject WHERE id > ? ORDER BY id LIMIT ?')
      .all(progress.subject, subjectsAtOnce + 1)
      .map(({ id }) => Number(id));
    const part = new Set(left.slice(0, subjectsAtOnce));
    let damaged = 0;
    // Since when there are days: files of older versions have none of before.
    database.exec(
      "INSERT INTO meta SELECT 'days_from', min(at) FROM tick WHERE true ON CONFLICT (name) DO NOTHING",
    );
    for (const [subject, rows] of readTickRows(database, (id) => part.has(id), kindOf, before)) {
      const columns = columnsOf[kinds[kindOf(subject)] ?? 'app'];
      const table = tickTable(rows, kindOf(subject));
      damaged += store(database, subject, table, columns, tiers.raw);
      damaged += store(database, subject, toBuckets(table, columns, tiers.minute), columns, tiers.minute);
      damaged += store(database, subject, toBuckets(table, columns, tiers.hour), columns, tiers.hour);
      damaged += store(database, subject, toBuckets(table, columns, tiers.day), columns, tiers.day);
    }
    const isDone = left.length <= subjectsAtOnce;
    if (isDone) database.prepare('DELETE FROM tick WHERE sequence < ?').run(before);
    setProgress(database, isDone ? null : { before, subject: Math.max(...part) });
    return { isDone, damaged };
  });
}

function newestKey(database: Database): number {
  const newest = database.prepare('SELECT max(sequence) AS newest FROM tick WHERE is_key = 1').all()[0]?.[
    'newest'
  ];
  return typeof newest === 'number' ? newest : 0;
}

const nothing: Table = { steps: noValues, columns: [] };

function store(
  database: Database,
  subject: number,
  table: Table,
  columns: readonly Column[],
  tier: Tier,
): number {
  let damaged = 0;
  for (const [first, part] of byBlock(table, tier)) {
    const id = blockId(subject, tier, first * tier.stepMs);
    const there = database.prepare('SELECT data FROM block WHERE id = ?').all(id)[0]?.['data'];
    let older = nothing;
    if (there instanceof Uint8Array) {
      try {
        older = unpackTable(there, first, columns, tier);
      } catch {
        damaged += 1;
      }
    }
    const whole = mergeTables(older, part, columns, tier);
    database
      .prepare(
        'INSERT INTO block (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data',
      )
      .run(id, packTable(whole, first, columns, tier));
  }
  return damaged;
}
