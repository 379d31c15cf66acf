import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PastScore } from '../model/report.ts';

/** A report larger than this is none of ours. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Score and time of the newest report of the same host in this folder, for "since the last report". null = there is none,
 * or it is not readable, or it is of another host: no comparison is better than a wrong one.
 */
export function lastScore(root: string, host: string): PastScore | null {
  try {
    const path = join(root, 'latest.json');
    if (statSync(path).size > maxBytes) return null;
    const report: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return scoreOf(report, host);
  } catch {
    return null;
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
