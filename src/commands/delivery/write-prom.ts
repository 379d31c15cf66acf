import { resolve } from 'node:path';
import type { Report } from '../../model/report.ts';
import { OutputError, writeWhole } from '../../outputs/report-files.ts';
import { renderProm } from '../../report/prom/prom.ts';

/** Writes the metrics for node_exporter's textfile collector, whole or not at all. Returns what went wrong; null = nothing. */
export function writeProm(path: string, report: Report): string | null {
  try {
    writeWhole(resolve(path), renderProm(report), 0o644);
    return null;
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    return error.message;
  }
}
