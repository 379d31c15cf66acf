import { dirname } from 'node:path';
import type { HistoryFacts } from '../model/history.ts';
import type { EpochMs } from '../model/text.ts';
import type { Database, Driver } from './driver.ts';
import { fold } from './fold.ts';
import type { Disk } from './place.ts';
import { type HistoryProblem, problem, problemOf } from './problem.ts';
import { makeReader } from './reader.ts';
import { makeRecorder, type Recorder } from './recorder.ts';
import { dropOld, type Keep, keepSize } from './retention.ts';
import type { Batch, HistoryCollector, HistoryReader, Written } from './store.ts';
import { isStoredText } from './subjects.ts';

export interface CollectorParts {
  readonly path: string;
  readonly driver: Driver['name'];
  readonly now: EpochMs;
  readonly everyMs: number;
  readonly pid: number;
  readonly keep: Keep;
  readonly disk: Disk;
  open(): Database;
  /** Moves the file aside and makes room for a new one; where the old one went. */
  replace(now: EpochMs): string;
  unlock(): void;
}

/** Below this share of free disk nothing is written; a little more brings it back, so that it does not flutter. */
const stopRatio = 0.05;
const resumeRatio = 0.06;
/**
 * A quota or a file limit does not show in the share of free disk. After SQLite has said that the disk is full, so many
 * writes are not even tried; twice as many after each time, up to an hour's.
 */
const firstRest = 6;
const longestRest = 360;
/** After a roll-up that failed, so many writes go by before the next try. */
const writesBetweenTries = 60;

/** The collector's side. Faults become results: it must never take the collector down. */
export function makeCollector(parts: CollectorParts): HistoryCollector {
  let notices: string[] = [];
  /** To be written with the next batch that gets through. */
  let own: HistoryFacts[] = [];
  let stoppedSince: EpochMs | null = null;
  let trouble: HistoryProblem['code'] | null = null;
  let rest = firstRest;
  let writesToSkip = 0;
  let hasHourToFold = false;
  let writesToWait = 0;
  let open = openSound(parts.now);

  function openSound(now: EpochMs): { database: Database; recorder: Recorder; reader: HistoryReader } {
    try {
      return openOnce(now);
    } catch (error) {
      const found = problemOf(error, parts.path);
      if (found.code !== 'corrupt') throw found;
      setAside(now, found);
      return openOnce(now);
    }
  }

  function openOnce(now: EpochMs): { database: Database; recorder: Recorder; reader: HistoryReader } {
    const database = parts.open();
    try {
      checkAfterKill(database, parts.path);
      const recorder = makeRecorder(database, { ...parts, now });
      return { database, recorder, reader: makeReader(database, parts.driver, parts.path, true) };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  function setAside(now: EpochMs, found: HistoryProblem): void {
    const target = parts.replace(now);
    notices.push(
      `history ${parts.path}: the file was damaged (${reason(found)}); moved to ${target}, a new one begun`,
    );
    if (isStoredText(target)) own.push({ kind: 'store-replaced', movedTo: target });
  }

  function stop(at: EpochMs, found: HistoryProblem, freeRatio: number | null): Written {
    if (stoppedSince === null) {
      stoppedSince = at;
      notices.push(found.message);
      try {
        // A last small line, while there still is room.
        open.recorder.record({ at }, [...own, { kind: 'store-stopped', freeRatio }]);
        own = [];
      } catch {
        own.push({ kind: 'store-stopped', freeRatio });
      }
    }
    return refused(found);
  }

  function refused(found: HistoryProblem): Written {
    const said = notices;
    notices = [];
    return { kept: false, problem: found, notices: said };
  }

  function fail(batch: Batch, error: unknown): Written {
    const found = problemOf(error, parts.path);
    if (found.code === 'disk-full') {
      writesToSkip = rest;
      rest = Math.min(rest * 2, longestRest);
      return stop(batch.at, found, parts.disk.freeRatioAt(dirname(parts.path)));
    }
    if (trouble !== found.code) notices.push(found.message);
    trouble = found.code;
    return refused(found);
  }

  function writeNow(batch: Batch): Written {
    const resumed: HistoryFacts[] =
      stoppedSince === null ? [] : [{ kind: 'store-resumed', since: stoppedSince }];
    const { newEvents, endsHour } = open.recorder.record(batch, [...own, ...resumed]);
    own = [];
    if (stoppedSince !== null) notices.push(`history ${parts.path}: there is room again, recording goes on`);
    stoppedSince = null;
    trouble = null;
    hasHourToFold ||= endsHour;
    tidy(batch.at);
    const said = notices;
    notices = [];
    return { kept: true, newEvents, notices: said };
  }

  /** Roll-up and retention. The batch is kept already: a fault here is said, and tried again later. */
  function tidy(now: EpochMs): void {
    writesToWait = Math.max(writesToWait - 1, 0);
    if (!hasHourToFold || writesToWait > 0) return;
    try {
      const { isDone, damaged } = fold(open.database, open.recorder.kindOf);
      if (damaged > 0) notices.push(`history ${parts.path}: ${damaged} damaged blocks were begun anew`);
      if (!isDone) return;
      dropOld(open.database, now, parts.keep);
      if (keepSize(open.database, parts.keep))
        notices.push(
          `history ${parts.path}: it has reached its size; the oldest samples went before their time`,
        );
      hasHourToFold = false;
      rest = firstRest;
    } catch (error) {
      writesToWait = writesBetweenTries;
      notices.push(`the hour's roll-up failed, it is tried again: ${problemOf(error, parts.path).message}`);
    }
  }

  return {
    ...forwarded(() => open.reader),
    write(batch) {
      const free = parts.disk.freeRatioAt(dirname(parts.path));
      if (free !== null && free < (stoppedSince === null ? stopRatio : resumeRatio)) {
        const percent = Math.floor(free * 1000) / 10;
        return stop(
          batch.at,
          problem('disk-full', parts.path, `only ${percent} % of the disk is free, nothing more is written`),
          free,
        );
      }
      if (writesToSkip > 0) {
        writesToSkip -= 1;
        return refused(problem('disk-full', parts.path, 'the disk was full a short time ago'));
      }
      try {
        return writeNow(batch);
      } catch (error) {
        const found = problemOf(error, parts.path);
        if (found.code !== 'corrupt') return fail(batch, found);
        try {
          open.database.close();
          setAside(batch.at, found);
          open = openOnce(batch.at);
          return writeNow(batch);
        } catch (again) {
          return fail(batch, again);
        }
      }
    },
    close() {
      open.database.close();
      parts.unlock();
    },
    end() {
      try {
        open.recorder.end();
        // libsql leaves this to the next one who opens it.
        open.database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
        open.database.close();
      } catch {
        // The next run ends this one by its last sample.
      }
      parts.unlock();
    },
  };
}

/** The reading side of whatever file is open now. */
function forwarded(reader: () => HistoryReader): Omit<HistoryReader, 'close'> {
  return {
    state: () => reader().state(),
    subjects: (kind) => reader().subjects(kind),
    series: (subject, query) => reader().series(subject, query),
    allSeries: (kind, query) => reader().allSeries(kind, query),
    gaps: (span) => reader().gaps(span),
    processes: (span, pid) => reader().processes(span, pid),
    events: (query) => reader().events(query),
    reports: (query) => reader().reports(query),
    reportHeads: (query) => reader().reportHeads(query),
    cursor: (name) => reader().cursor(name),
  };
}

/** After a run that did not end properly the pages are looked through once; a proper end needs no look. */
function checkAfterKill(database: Database, path: string): void {
  const last = database.prepare('SELECT ended_at FROM run ORDER BY id DESC LIMIT 1').all()[0];
  if (last === undefined || last['ended_at'] !== null) return;
  const said = database.prepare('PRAGMA quick_check(1)').all()[0]?.['quick_check'];
  if (said !== 'ok') throw problem('corrupt', path, String(said));
}

function reason(found: HistoryProblem): string {
  return found.cause instanceof Error ? found.cause.message : found.code;
}
