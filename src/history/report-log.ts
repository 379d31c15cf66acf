import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { StoredReport } from '../model/history.ts';
import type { Json } from '../model/text.ts';
import type { Database, Row } from './driver.ts';
import { isStoredText } from './subjects.ts';

/** Keeps a report's summary. The same host and time again replaces it. */
export function addReport(database: Database, report: StoredReport): void {
  database.prepare('DELETE FROM report WHERE host = ? AND taken_at = ?').run(report.host, report.takenAt);
  database
    .prepare('INSERT INTO report (taken_at, host, verdict, score, grade, summary) VALUES (?, ?, ?, ?, ?, ?)')
    .run(
      report.takenAt,
      report.host,
      report.verdict,
      report.score,
      report.grade,
      deflateRawSync(JSON.stringify(report.summary)),
    );
}

export interface ReportQuery {
  /** Of this host alone. */
  readonly host?: string;
  /** Taken before this time. */
  readonly before?: number;
  readonly limit: number;
}

/** Heads alone, newest first: summaries are not unpacked. */
export function readReportHeads(
  database: Database,
  query: ReportQuery,
): readonly Omit<StoredReport, 'summary'>[] {
  return database
    .prepare(
      `SELECT taken_at, host, verdict, score, grade FROM report WHERE taken_at < ? AND (? IS NULL OR host = ?)
        ORDER BY taken_at DESC, id DESC LIMIT ?`,
    )
    .all(query.before ?? Number.MAX_SAFE_INTEGER, query.host ?? null, query.host ?? null, query.limit)
    .flatMap((row) => headOf(row) ?? []);
}

/** Newest first. A report whose bytes are damaged is left out. */
export function readReports(database: Database, query: ReportQuery): readonly StoredReport[] {
  const rows = database
    .prepare(
      `SELECT * FROM report WHERE taken_at < ? AND (? IS NULL OR host = ?)
        ORDER BY taken_at DESC, id DESC LIMIT ?`,
    )
    .all(query.before ?? Number.MAX_SAFE_INTEGER, query.host ?? null, query.host ?? null, query.limit);
  return rows.flatMap((row) => {
    const head = headOf(row);
    const { summary } = row;
    const decoded = summary instanceof Uint8Array ? decode(summary) : undefined;
    return head === null || decoded === undefined ? [] : [{ ...head, summary: decoded }];
  });
}

function headOf(row: Row): Omit<StoredReport, 'summary'> | null {
  const { taken_at: takenAt, host, verdict, score, grade } = row;
  if (typeof takenAt !== 'number' || !isStoredText(host) || typeof verdict !== 'string') return null;
  return {
    takenAt,
    host,
    verdict,
    score: typeof score === 'number' ? score : null,
    grade: typeof grade === 'string' ? grade : null,
  };
}

function decode(bytes: Uint8Array): Json | undefined {
  try {
    const summary: Json = JSON.parse(inflateRawSync(bytes).toString('utf8'));
    return summary;
  } catch {
    return undefined;
  }
}
