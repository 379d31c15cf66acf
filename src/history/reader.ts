import type { Subject } from '../model/history.ts';
import type { Database, Driver } from './driver.ts';
import { readEvents } from './event-log.ts';
import { readGaps } from './gaps.ts';
import { versionOf } from './migrations/index.ts';
import { problemOf } from './problem.ts';
import { readProcesses } from './process-memory.ts';
import { readReportHeads, readReports } from './report-log.ts';
import { usedBytes } from './retention.ts';
import { makeSeries, tierFor } from './series.ts';
import type { HistoryReader, StoreState } from './store.ts';
import { findSubject, subjectNumbers } from './subjects.ts';
import { type Tier, tiers } from './tiers.ts';
import { snapshot } from './transaction.ts';
import { unpacking } from './unpacked.ts';

/**
 * The reading side over an open database. `isWriter`: the same connection writes too, so nothing of one question is kept
 * for the next.
 */
export function makeReader(
  database: Database,
  driver: Driver['name'],
  path: string,
  isWriter = false,
): HistoryReader {
  const { kindOf } = subjectNumbers(database);
  const unpacked = unpacking(database, kindOf, isWriter);
  /** One moment of the store for all statements of a call; what the engine throws becomes one sentence. */
  const ask = <T>(work: () => T): T => {
    try {
      return snapshot(database, () => {
        unpacked.refresh();
        return work();
      });
    } catch (error) {
      throw problemOf(error, path);
    }
  };
  const kept = (): { firstAt: number; lastAt: number; everyMs: number } | null => {
    const { firstAt, lastAt, everyMs } = timesOf(database);
    return firstAt === null || lastAt === null ? null : { firstAt, lastAt, everyMs: everyMs ?? 0 };
  };
  return {
    state: () => ask(() => stateOf(database, driver, path)),
    subjects: <K extends Subject['kind']>(kind: K) =>
      ask(() => unpacked.subjects().flatMap(({ subject }) => (isKind(subject, kind) ? [subject] : []))),
    series: (subject, query) =>
      ask(() => {
        const id = findSubject(database, subject);
        if (id === null) return null;
        const tier = tierFor(database, id, query);
        const blocks = unpacked.blocks([id], query, tier).get(id) ?? [];
        const ticks = unpacked.ticks().get(id) ?? null;
        return makeSeries(subject, query, tier, { blocks, ticks, gaps: readGaps(database, query, kept()) });
      }),
    allSeries: (kind, query) =>
      ask(() => {
        const wanted = unpacked
          .subjects()
          .filter(({ subject }) => subject.kind === kind && (query.wanted?.(subject) ?? true));
        if (wanted.length === 0) return [];
        const gaps = readGaps(database, query, kept());
        const ticks = unpacked.ticks();
        const byTier = new Map<Tier, number[]>();
        const tierOf = new Map<number, Tier>();
        for (const { id } of wanted) {
          const tier = tierFor(database, id, query);
          tierOf.set(id, tier);
          const list = byTier.get(tier);
          if (list === undefined) byTier.set(tier, [id]);
          else list.push(id);
        }
        const blocks = new Map([...byTier].flatMap(([tier, ids]) => [...unpacked.blocks(ids, query, tier)]));
        return wanted.flatMap(({ id, subject }) => {
          const parts = { blocks: blocks.get(id) ?? [], ticks: ticks.get(id) ?? null, gaps };
          const series = makeSeries(subject, query, tierOf.get(id) ?? tiers.hour, parts);
          return series === null || series.at.length === 0 ? [] : [series];
        });
      }),
    gaps: (span) => ask(() => readGaps(database, span, kept())),
    processes: (span, pid) => ask(() => readProcesses(database, span, kept(), pid)),
    events: (query) => ask(() => readEvents(database, query)),
    reports: (query) => ask(() => readReports(database, query)),
    reportHeads: (query) => ask(() => readReportHeads(database, query)),
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

/** First and last sample, and how often the newest run takes one; null = none so far. */
function timesOf(database: Database): Pick<StoreState, 'firstAt' | 'lastAt' | 'daysFrom' | 'everyMs'> {
  const number = (sql: string): number | null => {
    const value = database.prepare(sql).all()[0]?.['value'];
    return typeof value === 'number' ? value : null;
  };
  return {
    firstAt: number("SELECT value FROM meta WHERE name = 'first_at'"),
    lastAt: number('SELECT at AS value FROM tick ORDER BY sequence DESC LIMIT 1'),
    daysFrom: number("SELECT value FROM meta WHERE name = 'days_from'"),
    everyMs: number('SELECT every_ms AS value FROM run ORDER BY id DESC LIMIT 1'),
  };
}

function stateOf(database: Database, driver: Driver['name'], path: string): StoreState {
  const run = database.prepare('SELECT pid, started_at FROM run ORDER BY id DESC LIMIT 1').all()[0];
  const field = (name: string): number | null => {
    const value = run?.[name];
    return typeof value === 'number' ? value : null;
  };
  return {
    path,
    driver,
    version: versionOf(database).version,
    ...timesOf(database),
    collectorPid: field('pid'),
    collectorSince: field('started_at'),
    usedBytes: usedBytes(database),
  };
}
