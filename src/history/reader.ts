import type { Subject } from '../model/history.ts';
import type { Database, Driver } from './driver.ts';
import { readEvents } from './event-log.ts';
import { readTicks } from './fold.ts';
import { readGaps } from './gaps.ts';
import { versionOf } from './migrations/index.ts';
import { problemOf } from './problem.ts';
import { readProcesses } from './process-memory.ts';
import { readReports } from './report-log.ts';
import { usedBytes } from './retention.ts';
import { readSeries } from './series.ts';
import type { HistoryReader, StoreState } from './store.ts';
import { allSubjects, findSubject, subjectNumbers } from './subjects.ts';
import { snapshot } from './transaction.ts';

/** The reading side over an open database. */
export function makeReader(database: Database, driver: Driver['name'], path: string): HistoryReader {
  /** One moment of the store for all statements of a call; what the engine throws becomes one sentence. */
  const ask = <T>(work: () => T): T => {
    try {
      return snapshot(database, work);
    } catch (error) {
      throw problemOf(error, path);
    }
  };
  const { kindOf } = subjectNumbers(database);
  const kept = (): { firstAt: number; lastAt: number; everyMs: number } | null => {
    const { firstAt, lastAt, everyMs } = stateOf(database, driver, path);
    return firstAt === null || lastAt === null ? null : { firstAt, lastAt, everyMs: everyMs ?? 0 };
  };
  return {
    state: () => ask(() => stateOf(database, driver, path)),
    subjects: <K extends Subject['kind']>(kind: K) =>
      ask(() =>
        allSubjects(database, kind).flatMap(({ subject }) => (isKind(subject, kind) ? [subject] : [])),
      ),
    series: (subject, query) =>
      ask(() => {
        const id = findSubject(database, subject);
        if (id === null) return null;
        const hot = readTicks(database, (each) => each === id, kindOf, undefined, query.metric);
        const span = kept();
        return readSeries(database, subject, id, query, hot, (of) => readGaps(database, of, span));
      }),
    allSeries: (kind, query) =>
      ask(() => {
        const subjects = allSubjects(database, kind).filter(({ subject }) => query.wanted?.(subject) ?? true);
        if (subjects.length === 0) return [];
        const wanted = new Set(subjects.map(({ id }) => id));
        const hot = readTicks(database, (each) => wanted.has(each), kindOf, undefined, query.metric);
        const gaps = readGaps(database, query, kept());
        return subjects.flatMap(({ id, subject }) => {
          const series = readSeries(database, subject, id, query, hot, () => gaps);
          return series === null || series.at.length === 0 ? [] : [series];
        });
      }),
    gaps: (span) => ask(() => readGaps(database, span, kept())),
    processes: (span, pid) => ask(() => readProcesses(database, span, kept(), pid)),
    events: (query) => ask(() => readEvents(database, query)),
    reports: (query) => ask(() => readReports(database, query)),
    cursor: (name) =>
      ask(() => {
        const value = database.prepare('SELECT value FROM cursor WHERE name = ?').all(name)[0]?.['value'];
        return typeof value === 'string' ? value : null;
      }),
    close: () => database.close(),
  };
}

function isKind<K extends Subject['kind']>(
  subject: Subject,
  kind: K,
): subject is Extract<Subject, { kind: K }> {
  return subject.kind === kind;
}

function stateOf(database: Database, driver: Driver['name'], path: string): StoreState {
  const number = (sql: string): number | null => {
    const value = database.prepare(sql).all()[0]?.['value'];
    return typeof value === 'number' ? value : null;
  };
  const run = database.prepare('SELECT pid, started_at, every_ms FROM run ORDER BY id DESC LIMIT 1').all()[0];
  const field = (name: string): number | null => {
    const value = run?.[name];
    return typeof value === 'number' ? value : null;
  };
  return {
    path,
    driver,
    version: versionOf(database).version,
    firstAt: number("SELECT value FROM meta WHERE name = 'first_at'"),
    lastAt: number('SELECT at AS value FROM tick ORDER BY sequence DESC LIMIT 1'),
    everyMs: field('every_ms'),
    collectorPid: field('pid'),
    collectorSince: field('started_at'),
    usedBytes: usedBytes(database),
  };
}
