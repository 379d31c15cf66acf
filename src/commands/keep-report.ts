import { existsSync } from 'node:fs';
import { findDriver } from '../history/driver.ts';
import { HistoryProblem } from '../history/problem.ts';
import { saveReport } from '../history/sqlite.ts';
import type { Report } from '../model/report.ts';
import { reportSummary } from '../report/summary-json.ts';

/**
 * Keeps the report's figures for `diff`, where a collector has made a store; the audit itself makes none. It never fails
 * for it: the report is written by now, and what is wrong with the store is said by the evidence that comes from it.
 */
export async function keepReport(report: Report, path: string): Promise<void> {
  // One app alone is no report of the host.
  if (report.onlyApp !== null || report.host === null || !existsSync(path)) return;
  try {
    saveReport(await findDriver(), path, {
      takenAt: report.takenAt,
      host: report.host.name,
      verdict: report.verdict,
      score: report.score,
      grade: report.grade,
      summary: reportSummary(report),
    });
  } catch (error) {
    if (!(error instanceof HistoryProblem)) throw error;
  }
}
