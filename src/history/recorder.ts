import type { HistoryFacts, NewEvent, Sample } from '../model/history.ts';
import type { EpochMs } from '../model/text.ts';
import type { Database } from './driver.ts';
import { ownKey } from './event-keys.ts';
import { addEvents } from './event-log.ts';
import { encodeFrame, type FrameState } from './frame.ts';
import { lateIntervals } from './gaps.ts';
import { processMemory } from './process-memory.ts';
import { frameOf } from './sample-frame.ts';
import type { Batch } from './store.ts';
import { subjectNumbers } from './subjects.ts';
import { transaction } from './transaction.ts';

const hour = 3_600_000;
/** A clock that a time service nudges is no jump. */
const nudgeMs = 1000;

interface Last {
  readonly at: EpochMs;
  readonly monotonicMs: number | null;
}

export interface Recorded {
  readonly newEvents: number;
  /** An hour is over: its samples can be brought into blocks. */
  readonly endsHour: boolean;
}

/** Writes batches into an open store, one transaction each. */
export interface Recorder {
  record(batch: Batch, own: readonly HistoryFacts[]): Recorded;
  kindOf(subject: number): number;
  end(): void;
}

/** Begins a run: the one before, if it was killed, ended with its last sample. */
export function makeRecorder(
  database: Database,
  start: { readonly now: EpochMs; readonly pid: number; readonly everyMs: number },
): Recorder {
  const subjects = subjectNumbers(database);
  const processes = processMemory(database, subjects);
  let state: FrameState | null = null;
  let ownEvents = 0;
  let last: Last | null = null;
  const run = transaction(database, () => {
    const at = database.prepare('SELECT at FROM tick ORDER BY sequence DESC LIMIT 1').all()[0]?.['at'];
    if (typeof at === 'number') last = { at, monotonicMs: null };
    database
      .prepare('UPDATE run SET ended_at = max(started_at, ?) WHERE ended_at IS NULL')
      .run(typeof at === 'number' ? at : 0);
    const added = database
      .prepare('INSERT INTO run (pid, started_at, every_ms) VALUES (?, ?, ?) RETURNING id')
      .all(start.pid, start.now, start.everyMs);
    return Number(added[0]?.['id']);
  });
  const named = (facts: HistoryFacts, at: EpochMs): NewEvent => {
    ownEvents += 1;
    return { key: ownKey(facts.kind, run, ownEvents), at, facts };
  };

  const put = (sample: Sample, before: Last | null): FrameState => {
    const isKey = state === null || before === null || hourOf(before.at) !== hourOf(sample.at);
    const frame = encodeFrame(frameOf(sample, subjects), isKey ? null : state, subjects.kindOf);
    database
      .prepare('INSERT INTO tick (at, is_key, frame) VALUES (?, ?, ?)')
      .run(sample.at, isKey ? 1 : 0, frame.bytes);
    database.prepare("INSERT INTO meta VALUES ('first_at', ?) ON CONFLICT (name) DO NOTHING").run(sample.at);
    if (sample.processes !== null) processes.see(sample.at, sample.processes, run, before?.at ?? sample.at);
    return frame.state;
  };

  return {
    kindOf: subjects.kindOf,
    record(batch, own) {
      const { sample, events = [], cursors = {} } = batch;
      const before = last;
      const wasFresh = state === null;
      try {
        const { newEvents, next } = transaction(database, () => {
          const found = sample === undefined ? [] : [...timeFacts(before, sample, start.everyMs)];
          const mine = [...own, ...found].map((facts) => named(facts, batch.at));
          const added = addEvents(database, [...events, ...mine]) - mine.length;
          for (const [name, value] of Object.entries(cursors)) setCursor(database, name, value);
          return { newEvents: added, next: sample === undefined ? null : put(sample, before) };
        });
        if (sample === undefined || next === null) return { newEvents, endsHour: false };
        state = next;
        last = { at: sample.at, monotonicMs: sample.monotonicMs };
        return {
          newEvents,
          endsHour: wasFresh || before === null || hourOf(before.at) !== hourOf(sample.at),
        };
      } catch (error) {
        // What was learned inside is gone with it; the next frame stands for itself.
        state = null;
        subjects.forget();
        processes.forget();
        throw error;
      }
    },
    end() {
      database
        .prepare('UPDATE run SET ended_at = max(started_at, ?) WHERE id = ?')
        .run(last?.at ?? start.now, run);
    },
  };
}

function hourOf(at: EpochMs): number {
  return Math.floor(at / hour);
}

/** What the two clocks say about the time since the last sample. */
function timeFacts(before: Last | null, sample: Sample, everyMs: number): readonly HistoryFacts[] {
  if (before === null) return [];
  const wallMs = sample.at - before.at;
  const ranMs =
    sample.monotonicMs === null || before.monotonicMs === null
      ? null
      : sample.monotonicMs - before.monotonicMs;
  const pauseMs = ranMs ?? wallMs;
  const facts: HistoryFacts[] = [];
  if (pauseMs > lateIntervals * everyMs)
    facts.push({ kind: 'gap', from: before.at, to: before.at + pauseMs });
  const jumpMs = ranMs === null ? Math.min(wallMs, 0) : wallMs - ranMs;
  if (Math.abs(jumpMs) > nudgeMs) facts.push({ kind: 'clock-jump', from: sample.at - jumpMs, to: sample.at });
  return facts;
}

function setCursor(database: Database, name: string, value: string): void {
  database
    .prepare('INSERT INTO cursor VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
    .run(name, value);
}
