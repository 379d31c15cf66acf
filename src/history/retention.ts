import type { Database } from './driver.ts';
import { blockId, blockStart, finestFirst, numbers, type Tier } from './tiers.ts';
import { transaction } from './transaction.ts';

/** How long each resolution is kept, ms, and how big the file may become, bytes. */
export interface Keep {
  readonly rawMs: number;
  readonly minuteMs: number;
  readonly hourMs: number;
  readonly maxBytes: number;
}

const hour = 3_600_000;
const day = 24 * hour;
export const defaultKeep: Keep = {
  rawMs: 48 * hour,
  minuteMs: 30 * day,
  hourMs: 730 * day,
  maxBytes: 200 * 1024 * 1024,
};

/** Free pages kept for the next hour's blocks; what is more goes back to the disk. */
const spareBytes = 512 * 1024;

/**
 * Drops what is older than it is kept for. `now` counts only as far as a day past the last time this ran: a clock that
 * jumps a year forwards must not empty the store.
 */
export function dropOld(database: Database, now: number, keep: Keep): void {
  transaction(database, () => {
    const last = database.prepare("SELECT value FROM meta WHERE name = 'kept_until'").all()[0]?.['value'];
    const until = typeof last === 'number' ? Math.min(now, last + day) : now;
    database
      .prepare(
        "INSERT INTO meta VALUES ('kept_until', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      )
      .run(until);
    for (const tier of finestFirst) dropBlocks(database, tier, until - keepMs(tier, keep));
    database.prepare('DELETE FROM event WHERE at < ?').run(until - keep.hourMs);
    database.prepare('DELETE FROM process WHERE run IS NULL AND last_seen < ?').run(until - keep.minuteMs);
    dropReports(database, until - keep.hourMs);
    dropSubjects(database);
    database
      .prepare("UPDATE meta SET value = max(value, ?) WHERE name = 'first_at'")
      .run(until - Math.max(keep.rawMs, keep.minuteMs, keep.hourMs));
    database.exec('DELETE FROM run WHERE id < (SELECT max(id) - 1000 FROM run)');
  });
}

function keepMs(tier: Tier, keep: Keep): number {
  return tier.resolution === 'raw' ? keep.rawMs : tier.resolution === 'minute' ? keep.minuteMs : keep.hourMs;
}

const subjectsOf = 'SELECT id FROM subject';

/** Whole blocks that end before `before`. */
function dropBlocks(database: Database, tier: Tier, before: number): void {
  const statement = database.prepare('DELETE FROM block WHERE id >= ? AND id < ?');
  for (const { id } of database.prepare(subjectsOf).all())
    statement.run(blockId(Number(id), tier, 0), blockId(Number(id), tier, before));
}

/**
 * Apps get a new id with every `pm2 delete` and `start`: those that nothing is kept of go. Runs right after a roll-up, when
 * ticks hold the newest sample alone, and leaves what was seen first of late: that may be in them.
 */
function dropSubjects(database: Database): void {
  database.exec(`DELETE FROM subject WHERE id < (SELECT max(id) - 5000 FROM subject)
    AND NOT EXISTS (SELECT 1 FROM block WHERE block.id >= subject.id * ${4 * numbers} AND block.id < (subject.id + 1) * ${4 * numbers})
    AND NOT EXISTS (SELECT 1 FROM process WHERE process.subject = subject.id)`);
}

/** The two newest reports of each host stay, whatever their age: `diff` needs them. */
function dropReports(database: Database, before: number): number {
  return database
    .prepare(
      `DELETE FROM report WHERE taken_at < ? AND id NOT IN
        (SELECT a.id FROM report a WHERE
          (SELECT count(*) FROM report b WHERE b.host = a.host AND (b.taken_at, b.id) > (a.taken_at, a.id)) < 2)`,
    )
    .run(before);
}

/** Bytes in use: pages that hold something. */
export function usedBytes(database: Database): number {
  return (
    (number(database, 'page_count') - number(database, 'freelist_count')) * number(database, 'page_size')
  );
}

function number(database: Database, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).all()[0]?.[pragma] ?? 0);
}

/**
 * Keeps the file below its size: the oldest raw samples go first, then the oldest minutes, then the hours.
 * Events, processes or reports go first when they take more than a quarter.
 * Then gives free pages back to the disk. Returns true when something had to go before its time.
 */
export function keepSize(database: Database, keep: Keep): boolean {
  let hasCut = false;
  for (let round = 0; round < 200 && usedBytes(database) > keep.maxBytes; round += 1) {
    if (!transaction(database, () => cutOldest(database, keep))) break;
    hasCut = true;
  }
  const spare = number(database, 'freelist_count') * number(database, 'page_size') - spareBytes;
  if (spare > 0) {
    database.exec(`PRAGMA incremental_vacuum(${Math.ceil(spare / number(database, 'page_size'))})`);
    // The file itself shrinks only when the log is brought into it.
    database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
  }
  return hasCut;
}

/** About an eighth of the least wanted. False: nothing is left to go. */
function cutOldest(database: Database, keep: Keep): boolean {
  // Whatever floods the store pays for it itself.
  for (const table of others) {
    if (roughBytes(database, table) > keep.maxBytes / 4 && dropOldestEighth(database, table)) return true;
  }
  for (const tier of finestFirst) {
    const span = blockSpan(database, tier);
    if (span === null) continue;
    dropBlocks(database, tier, span.from + Math.max((span.to - span.from) / 8, tier.blockMs));
    return true;
  }
  return others.some((table) => dropOldestEighth(database, table));
}

/** What is not a series: its time, what counts as its size (indexes and rows come on top), and how many always stay. */
const others = [
  { name: 'event', time: 'at', size: 'length(facts) + 3 * length(key) + 40', stay: 0 },
  { name: 'process', time: 'last_seen', size: '80', stay: 0 },
  { name: 'report', time: 'taken_at', size: 'length(summary) + 60', stay: 2 },
] as const;
type Other = (typeof others)[number];

function roughBytes(database: Database, { name, size }: Other): number {
  return Number(database.prepare(`SELECT sum(${size}) AS bytes FROM ${name}`).all()[0]?.['bytes'] ?? 0);
}

/** Beginning of the oldest and end of the newest block; null = none. */
function blockSpan(database: Database, tier: Tier): { readonly from: number; readonly to: number } | null {
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  const edges = database.prepare(
    'SELECT min(id) AS oldest, max(id) AS newest FROM block WHERE id >= ? AND id < ?',
  );
  for (const { id } of database.prepare(subjectsOf).all()) {
    const low = blockId(Number(id), tier, 0);
    const { oldest, newest } = edges.all(low, low + numbers)[0] ?? {};
    if (typeof oldest !== 'number' || typeof newest !== 'number') continue;
    from = Math.min(from, blockStart(oldest, tier));
    to = Math.max(to, blockStart(newest, tier) + tier.blockMs);
  }
  return from < to ? { from, to } : null;
}

function dropOldestEighth(database: Database, { name, time, stay }: Other): boolean {
  const rows = Number(database.prepare(`SELECT count(*) AS n FROM ${name}`).all()[0]?.['n'] ?? 0);
  if (rows <= stay) return false;
  return (
    database
      .prepare(`DELETE FROM ${name} WHERE rowid IN (SELECT rowid FROM ${name} ORDER BY ${time} LIMIT ?)`)
      .run(Math.min(Math.ceil(rows / 8), rows - stay)) > 0
  );
}
