import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { PastScore } from '../model/report.ts';

/** What is asked for stands before the list of evidence, in the first KB (report/json.ts): a host's name is short. */
const headBytes = 16 * 1024;
const headEnd = ',\n  "evidence": [';

/**
 * Score and time of the newest report of the same host in this folder, for "since the last report". null = there is none,
 * or it is not readable, or it is of another host: no comparison is better than a wrong one.
 */
export function lastScore(root: string, host: string): PastScore | null {
  try {
    const head = readHead(join(root, 'latest.json'));
    const end = head.indexOf(headEnd);
    const report: unknown = JSON.parse(end < 0 ? head : `${head.slice(0, end)}}`);
    return scoreOf(report, host);
  } catch {
    return null;
  }
}

/** The report of a thousand apps has 3 MB: parsing it all would cost more than the comparison is worth. */
function readHead(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(headBytes);
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, headBytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

const grades = ['A', 'B', 'C', 'D', 'E', 'F'] as const;

function scoreOf(report: unknown, host: string): PastScore | null {
  if (typeof report !== 'object' || report === null) return null;
  const { schema, host: facts, score, grade, takenAt }: { [key: string]: unknown } = { ...report };
  if (schema !== 'pm2-audit.report/1' || typeof takenAt !== 'string') return null;
  if (typeof facts !== 'object' || facts === null || !('name' in facts) || facts.name !== host) return null;
  const at = Date.parse(takenAt);
  if (!Number.isFinite(at)) return null;
  return {
    takenAt: at,
    score: typeof score === 'number' ? score : null,
    grade: grades.find((known) => known === grade) ?? null,
  };
}
