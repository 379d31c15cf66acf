import type { Finding, Priority } from '../model/finding.ts';
import type { AuditVerdict, Grade } from '../model/report.ts';
import type { Confidence } from '../model/text.ts';

/** Points a finding takes off; our own scale: a host with two P0, four P1, four P2 and three P3 has 39. */
export const points: { readonly [P in Priority]: number } = { P0: 15, P1: 5, P2: 2, P3: 1 };

/** A finding we are less sure of weighs less. */
export const weights: { readonly [C in Confidence]: number } = {
  certain: 1,
  likely: 0.8,
  possible: 0.5,
  none: 0.25,
};

/** Highest score with a finding of that priority: no mean may hide it (docs: contract, section 2). */
export const caps: { readonly [P in Priority]: number } = { P0: 49, P1: 79, P2: 100, P3: 100 };

/**
 * Answers: how healthy, as one number for trends? Starts at 100; each finding takes off its points times its weight.
 * The second finding of the same audit takes half of that, the third a third and so on: a thousand apps without a limit
 * are one bad habit. Then the cap of the worst finding. null = too little was seen, see `sawEnough`.
 */
export function score(findings: readonly Finding[], enough: boolean): number | null {
  if (!enough) return null;
  const count = new Map<string, number>();
  let left = 100;
  let cap = 100;
  for (const { audit, priority, confidence } of findings) {
    const nth = (count.get(audit) ?? 0) + 1;
    count.set(audit, nth);
    left -= (points[priority] * weights[confidence]) / nth;
    cap = Math.min(cap, caps[priority]);
  }
  return Math.max(0, Math.min(cap, Math.round(left)));
}

/** Least share of the applicable audits that must have run for a number to mean anything. */
const enoughShare = 0.5;

/** Answers: did enough audits run for a score? Never without PM2 itself. */
export function sawEnough(verdicts: readonly AuditVerdict[], sawDaemon: boolean): boolean {
  const applicable = verdicts.filter((verdict) => verdict.outcome !== 'not-applicable');
  const ran = applicable.filter((verdict) => verdict.outcome === 'pass' || verdict.outcome === 'fail');
  return sawDaemon && (applicable.length === 0 || ran.length >= applicable.length * enoughShare);
}

const grades: readonly (readonly [number, Grade])[] = [
  [90, 'A'],
  [80, 'B'],
  [70, 'C'],
  [60, 'D'],
  [50, 'E'],
];

/** A from 90, B 80, C 70, D 60, E 50, F below. */
export function grade(value: number | null): Grade | null {
  return value === null ? null : (grades.find(([from]) => value >= from)?.[1] ?? 'F');
}
