import { hostname } from 'node:os';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Parcel } from '../model/delivery.ts';
import type { EpochMs, Json } from '../model/text.ts';
import type { Database, Driver } from './driver.ts';
import { type Disk, makePlace, realDisk } from './place.ts';
import { problemOf } from './problem.ts';
import { processStart } from './process-start.ts';
import { openForWriting } from './sqlite.ts';
import { transaction } from './transaction.ts';

/**
 * What may wait in the outbox of one channel: a message, and what is left of earlier ones that some have already. Older ones
 * go first: the newest says what is the matter now.
 */
export const outboxLimits = { parcels: 3, ageMs: 14 * 86_400_000, bytes: 20 * 1024 * 1024 } as const;

export interface QueuedParcel {
  readonly parcel: Parcel;
  readonly queuedAt: EpochMs;
  /** As `enqueue` was given it; null = none, or not readable any more. */
  readonly note: Json | null;
}

/** A message that was refused for good. `settings`: a mark of the channel's settings then; `words`: why, without secrets. */
export interface Refusal {
  readonly at: EpochMs;
  readonly settings: string;
  readonly words: string;
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
  /** In the place of the parcels `instead`; one that is queued already stays where it is. Returns how many others had to go to make room. */
  enqueue(channel: string, parcel: Parcel, at: EpochMs, note: Json, instead?: readonly string[]): number;
  /** What is left of a parcel after an attempt; it keeps its turn and its time. */
  replace(channel: string, id: string, rest: Parcel, note: Json): void;
  remove(channel: string, id: string): void;
  /** Takes it out of the outbox and remembers what the channel knows now, both or neither. `told` null = as it was. */
  delivered(channel: string, id: string, at: EpochMs, told: { scope: string; state: Json } | null): void;
  /** null = the last message was not refused for good. */
  refusal(channel: string): Refusal | null;
  /** Takes the message out and remembers why; `delivered` forgets it. */
  refuse(channel: string, id: string, refusal: Refusal): void;
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
        return unpacked(row?.['state']);
      }),
    remember: (channel, scope, told, at) => within(() => remember(database, channel, scope, told, at)),
    queue: (channel) => within(() => queueOf(database, channel)),
    enqueue: (channel, { id, body }, at, note, instead = []) =>
      within(() => {
        for (const other of instead) if (other !== id) remove(database, channel, other);
        sql('INSERT OR IGNORE INTO parcel (channel, id, queued_at, body, note) VALUES (?, ?, ?, ?, ?)').run(
          channel,
          id,
          at,
          deflateRawSync(body),
          packed(note),
        );
        return makeRoom(database, channel);
      }),
    replace: (channel, id, rest, note) =>
      within(() => {
        sql('UPDATE parcel SET id = ?, body = ?, note = ? WHERE channel = ? AND id = ?').run(
          rest.id,
          deflateRawSync(rest.body),
          packed(note),
          channel,
          id,
        );
      }),
    remove: (channel, id) => within(() => remove(database, channel, id)),
    delivered: (channel, id, at, told) =>
      within(() => {
        remove(database, channel, id);
        sql('DELETE FROM refusal WHERE channel = ?').run(channel);
        if (told !== null) remember(database, channel, told.scope, told.state, at);
      }),
    refusal: (channel) => within(() => refusalOf(database, channel)),
    refuse: (channel, id, { at, settings, words }) =>
      within(() => {
        remove(database, channel, id);
        sql('INSERT OR REPLACE INTO refusal VALUES (?, ?, ?, ?)').run(channel, at, settings, words);
      }),
    dropOld: (channel, now) =>
      within(() =>
        sql('DELETE FROM parcel WHERE channel = ? AND queued_at < ?').run(channel, now - outboxLimits.ageMs),
      ),
    claim: (channel, now) => within(() => claim(database, channel, now)),
    release: (channel) =>
      within(() => {
        const own = `%@${hostname()}`;
        sql('DELETE FROM claim WHERE channel = ? AND pid = ? AND started LIKE ?').run(
          channel,
          process.pid,
          own,
        );
      }),
    close: () => database.close(),
  };
}

function remember(database: Database, channel: string, scope: string, told: Json, at: EpochMs): void {
  database.prepare('INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?)').run(channel, scope, at, packed(told));
}

function remove(database: Database, channel: string, id: string): void {
  database.prepare('DELETE FROM parcel WHERE channel = ? AND id = ?').run(channel, id);
}

function refusalOf(database: Database, channel: string): Refusal | null {
  const row = database.prepare('SELECT at, settings, words FROM refusal WHERE channel = ?').all(channel)[0];
  const { at, settings, words } = row ?? {};
  return typeof at === 'number' && typeof settings === 'string' && typeof words === 'string'
    ? { at, settings, words }
    : null;
}

function queueOf(database: Database, channel: string): readonly QueuedParcel[] {
  const rows = database
    .prepare('SELECT id, queued_at, body, note FROM parcel WHERE channel = ? ORDER BY sequence')
    .all(channel);
  return rows.flatMap(({ id, queued_at: queuedAt, body, note }): QueuedParcel[] => {
    const text = inflated(body);
    return typeof id !== 'string' || typeof queuedAt !== 'number' || text === null
      ? []
      : [{ parcel: { id, body: text }, queuedAt, note: unpacked(note) }];
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

/** Longer than one message takes; of a claim of another host nobody here knows whether its process lives. */
const othersClaimMs = 3 * 60_000;

/** Of this host by pid and start. Two hosts, or two containers with pids of their own, may share a folder. */
function claim(database: Database, channel: string, now: EpochMs): Claim {
  const held = database.prepare('SELECT pid, started, at FROM claim WHERE channel = ?').all(channel)[0];
  if (held !== undefined) {
    const by = Number(held['pid']);
    const [started, host = hostname()] = String(held['started']).split('@', 2);
    const isHere = host === hostname();
    const lives = isHere
      ? by !== process.pid && processStart(by) === started
      : Math.abs(now - Number(held['at'])) < othersClaimMs;
    if (lives) return { ok: false, by };
  }
  database
    .prepare('INSERT OR REPLACE INTO claim VALUES (?, ?, ?, ?)')
    .run(channel, process.pid, `${processStart(process.pid) ?? ''}@${hostname()}`, now);
  return { ok: true };
}

const packed = (json: Json): Uint8Array => deflateRawSync(JSON.stringify(json));

function unpacked(bytes: unknown): Json | null {
  const text = inflated(bytes);
  return text === null ? null : parsed(text);
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
