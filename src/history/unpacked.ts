import { type Block, openBlock } from './block.ts';
import type { Database, Row } from './driver.ts';
import { readTickRows, type TickRows } from './fold.ts';
import type { Between } from './store.ts';
import { allSubjects, type NumberedSubject } from './subjects.ts';
import { blockId, blockStart, numbers, type Tier } from './tiers.ts';

/** A block and where it begins, ms; null = its bytes are damaged. */
export interface Opened {
  readonly start: number;
  readonly block: Block | null;
}

/**
 * What was unpacked for one question and the next may ask for again: two metrics of an app lie in one block, and the
 * newest samples are told tick by tick, all subjects at once.
 */
export interface Unpacked {
  /** Call it first in each snapshot: it forgets everything once another process has written. */
  refresh(): void;
  subjects(): readonly NumberedSubject[];
  ticks(): ReadonlyMap<number, TickRows>;
  /** Blocks of these subjects that touch the span, oldest first. */
  blocks(subjects: readonly number[], span: Between, tier: Tier): ReadonlyMap<number, readonly Opened[]>;
}

/** More than this is read again rather than kept: some 20 MB unpacked. */
const mostKept = 2048;
/** Named one by one up to here; beyond, a range for each subject is quicker. */
const mostNamed = 8192;
/** Row numbers go in as one text, so that the statement stays the same. */
const named = 'SELECT id, data FROM block WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id';
const ranged = 'SELECT id, data FROM block WHERE id >= ? AND id <= ? ORDER BY id';

/** `isWriter`: this connection writes as well, which `PRAGMA data_version` does not tell; nothing is kept then. */
export function unpacking(
  database: Database,
  kindOf: (subject: number) => number,
  isWriter: boolean,
): Unpacked {
  let version: unknown = null;
  let subjects: readonly NumberedSubject[] | null = null;
  let ticks: ReadonlyMap<number, TickRows> | null = null;
  const opened = new Map<number, Opened>();

  const open = (row: Row, tier: Tier): Opened => {
    const id = Number(row['id']);
    const known = opened.get(id);
    if (known !== undefined) return known;
    const fresh = openRow(row, id, tier);
    if (opened.size < mostKept) opened.set(id, fresh);
    return fresh;
  };

  return {
    refresh() {
      const now = database.prepare('PRAGMA data_version').all()[0]?.['data_version'];
      if (!isWriter && now === version) return;
      version = now;
      subjects = null;
      ticks = null;
      opened.clear();
    },
    subjects() {
      subjects ??= allSubjects(database);
      return subjects;
    },
    ticks() {
      ticks ??= readTickRows(database, () => true, kindOf);
      return ticks;
    },
    blocks(wanted, { from, to }, tier) {
      const found = new Map<number, Opened[]>();
      const put = (row: Row): void => {
        const subject = Math.floor(Number(row['id']) / numbers / 4);
        const list = found.get(subject);
        if (list === undefined) found.set(subject, [open(row, tier)]);
        else list.push(open(row, tier));
      };
      const each = blockId(0, tier, to) - blockId(0, tier, from) + 1;
      if (each * wanted.length > mostNamed) {
        for (const id of wanted)
          for (const row of database.prepare(ranged).all(blockId(id, tier, from), blockId(id, tier, to)))
            put(row);
        return found;
      }
      const missing: number[] = [];
      const ids = wanted.flatMap((id) => {
        const first = blockId(id, tier, from);
        return Array.from({ length: each }, (_, index) => first + index);
      });
      for (const id of ids) if (!opened.has(id)) missing.push(id);
      const rows = missing.length === 0 ? [] : database.prepare(named).all(JSON.stringify(missing));
      if (missing.length === ids.length) for (const row of rows) put(row);
      else {
        const byId = new Map(rows.map((row) => [Number(row['id']), row]));
        for (const id of ids) if (opened.has(id) || byId.has(id)) put(byId.get(id) ?? { id });
      }
      return found;
    },
  };
}

function openRow(row: Row, id: number, tier: Tier): Opened {
  const start = blockStart(id, tier);
  try {
    const { data } = row;
    return { start, block: data instanceof Uint8Array ? openBlock(data) : null };
  } catch {
    return { start, block: null };
  }
}
