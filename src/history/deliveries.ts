import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Parcel } from '../model/delivery.ts';
import type { EpochMs, Json } from '../model/text.ts';
import type { Database, Driver } from './driver.ts';
import { type Disk, makePlace, realDisk } from './place.ts';
import { problemOf } from './problem.ts';
import { processStart } from './process-start.ts';
import { openForWriting } from './sqlite.ts';
import { transaction } from './transaction.ts';

/** What may wait in the outbox of one channel. Older messages go first: the newest says what is the matter now. */
export const outboxLimits = { parcels: 10, ageMs: 14 * 86_400_000, bytes: 20 * 1024 * 1024 } as const;

export interface QueuedParcel {
  readonly parcel: Parcel;
  readonly queuedAt: EpochMs;
}

/** `by`: the pid that delivers to this channel just now. */
export type Claim = { readonly ok: true } | { readonly ok: false; readonly by: number };

/**
 * The outbox, and what each channel was told last. Holds no secret of a channel. Every call throws a HistoryProblem when
 * the file fails.
 */
export interface Deliveries {
  /** As `remember` was given it; null = never told, or not readable any more. */
  told(channel: string, scope: string): Json | null;
  remember(channel: string, scope: string, told: Json, at: EpochMs): void;
  /** Oldest first. One whose bytes are damaged is left out. */
  queue(channel: string): readonly QueuedParcel[];
  /** One that is queued already stays where it is. Returns how many had to go to make room. */
  enqueue(channel: string, parcel: Parcel, at: EpochMs): number;
  /** What is left of a parcel after an attempt; it keeps its turn and its time. */
  replace(channel: string, id: string, rest: Parcel): void;
  remove(channel: string, id: string): void;
  /** Drops what has waited too long. Returns how many. */
  dropOld(channel: string, now: EpochMs): number;
  /** One process at a time delivers to a channel; a claim whose process is gone is taken over. */
  claim(channel: string, now: EpochMs): Claim;
  release(channel: string): void;
  close(): void;
}

/** Makes the store when there is none, for its owner alone. Throws a HistoryProblem where there can be none. */
export function openDeliveries(driver: Driver, path: string, disk: Disk = realDisk): Deliveries {
  makePlace(path, disk);
  let database: Database;
  try {
    database = openForWriting(driver, path);
  } catch (error) {
    throw problemOf(error, path);
  }
  const within = <T>(work: () => T): T => {
    try {
      return transaction(database, work);
    } catch (error) {
      throw problemOf(error, path);
    }
  };
  const sql = (text: string) => database.prepare(text);
  return {
    told: (channel, scope) =>
      within(() => {
        const row = sql('SELECT state FROM told WHERE channel = ? AND scope = ?').all(channel, scope)[0];
        const text = inflated(row?.['state']);
        return text === null ? null : parsed(text);
      }),
    remember: (channel, scope, told, at) =>
      within(() => {
        sql('INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?)').run(
          channel,
          scope,
          at,
          deflateRawSync(JSON.stringify(told)),
        );
      }),
    queue: (channel) => within(() => queueOf(database, channel)),
    enqueue: (channel, { id, body }, at) =>
      within(() => {
        sql('INSERT OR IGNORE INTO parcel (channel, id, queued_at, body) VALUES (?, ?, ?, ?)').run(
          channel,
          id,
          at,
          deflateRawSync(body),
        );
        return makeRoom(database, channel);
      }),
    replace: (channel, id, rest) =>
      within(() => {
        sql('UPDATE parcel SET id = ?, body = ? WHERE channel = ? AND id = ?').run(
          rest.id,
          deflateRawSync(rest.body),
          channel,
          id,
        );
      }),
    remove: (channel, id) =>
      within(() => {
        sql('DELETE FROM parcel WHERE channel = ? AND id = ?').run(channel, id);
      }),
    dropOld: (channel, now) =>
      within(() =>
        sql('DELETE FROM parcel WHERE channel = ? AND queued_at < ?').run(channel, now - outboxLimits.ageMs),
      ),
    claim: (channel, now) => within(() => claim(database, channel, now)),
    release: (channel) =>
      within(() => {
        sql('DELETE FROM claim WHERE channel = ? AND pid = ?').run(channel, process.pid);
      }),
    close: () => database.close(),
  };
}

function queueOf(database: Database, channel: string): readonly QueuedParcel[] {
  const rows = database
    .prepare('SELECT id, queued_at, body FROM parcel WHERE channel = ? ORDER BY sequence')
    .all(channel);
  return rows.flatMap(({ id, queued_at: queuedAt, body }): QueuedParcel[] => {
    const text = inflated(body);
    return typeof id !== 'string' || typeof queuedAt !== 'number' || text === null
      ? []
      : [{ parcel: { id, body: text }, queuedAt }];
  });
}

/** The newest always stays, however big. */
function makeRoom(database: Database, channel: string): number {
  const rows = database
    .prepare('SELECT sequence, length(body) AS bytes FROM parcel WHERE channel = ? ORDER BY sequence DESC')
    .all(channel);
  let bytes = 0;
  let dropped = 0;
  for (const [index, row] of rows.entries()) {
    bytes += Number(row['bytes']);
    if (index === 0 || (index < outboxLimits.parcels && bytes <= outboxLimits.bytes)) continue;
    dropped += database.prepare('DELETE FROM parcel WHERE sequence = ?').run(Number(row['sequence']));
  }
  return dropped;
}

function claim(database: Database, channel: string, now: EpochMs): Claim {
  const held = database.prepare('SELECT pid, started FROM claim WHERE channel = ?').all(channel)[0];
  const by = Number(held?.['pid'] ?? 0);
  if (held !== undefined && by !== process.pid && processStart(by) === held['started'])
    return { ok: false, by };
  database
    .prepare('INSERT OR REPLACE INTO claim VALUES (?, ?, ?, ?)')
    .run(channel, process.pid, processStart(process.pid) ?? '', now);
  return { ok: true };
}

function inflated(bytes: unknown): string | null {
  if (!(bytes instanceof Uint8Array)) return null;
  try {
    return inflateRawSync(bytes).toString('utf8');
  } catch {
    return null;
  }
}

function parsed(text: string): Json | null {
  try {
    const json: Json = JSON.parse(text);
    return json;
  } catch {
    return null;
  }
}
