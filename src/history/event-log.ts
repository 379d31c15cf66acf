import type { HistoryEvent, HistoryEventKind, HistoryFacts, NewEvent } from '../model/history.ts';
import type { Database } from './driver.ts';

/** Keeps events that are not kept yet; returns how many were new. */
export function addEvents(database: Database, events: readonly NewEvent[]): number {
  const add = database.prepare(
    'INSERT INTO event (at, kind, key, facts) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING',
  );
  let added = 0;
  for (const { at, key, facts } of events) added += add.run(at, facts.kind, key, JSON.stringify(facts));
  return added;
}

export interface EventQuery {
  readonly from: number;
  readonly to: number;
  readonly kinds?: readonly HistoryEventKind[];
  /** The newest so many; default 10,000. */
  readonly limit?: number;
}

/** Oldest first; of the same time, in the order we learned of them. A row that is no JSON any more is left out. */
export function readEvents(database: Database, query: EventQuery): readonly HistoryEvent[] {
  const kinds = query.kinds ?? [];
  const rows = database
    .prepare(
      `SELECT sequence, at, key, facts FROM event WHERE at >= ? AND at <= ?
        ${kinds.length > 0 ? `AND kind IN (${kinds.map(() => '?').join(', ')})` : ''}
        ORDER BY at DESC, sequence DESC LIMIT ?`,
    )
    .all(query.from, query.to, ...kinds, query.limit ?? 10_000);
  return [...rows].reverse().flatMap(({ sequence, at, key, facts }) => {
    const decoded = decodeFacts(facts);
    if (decoded === null || typeof sequence !== 'number' || typeof at !== 'number' || typeof key !== 'string')
      return [];
    return [{ sequence, at, key, facts: decoded }];
  });
}

/** We wrote it ourselves, from this type, into a file that only its owner can write. */
export function decodeFacts(text: unknown): HistoryFacts | null {
  if (typeof text !== 'string') return null;
  try {
    const facts: HistoryFacts = JSON.parse(text);
    return facts;
  } catch {
    return null;
  }
}
