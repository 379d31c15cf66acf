import type { AnyAudit } from '../model/audit.ts';
import type { EvidenceKey } from '../model/evidence.ts';
import type { Finding, Priority } from '../model/finding.ts';
import type { AttributedKill } from '../model/oom.ts';
import type { Report, Risk, RiskLevel } from '../model/report.ts';
import type { RestartStory } from '../model/restart.ts';
import type { TrendKind } from '../model/trend.ts';

export interface RiskInput {
  readonly findings: readonly Finding[];
  readonly audits: readonly AnyAudit[];
  readonly stories: readonly RestartStory[];
  readonly kills: readonly AttributedKill[] | null;
  /** Verdicts on the memory of the apps that run; `unknown` where one could not be judged. null = no collector. */
  readonly trends: readonly TrendKind[] | null;
  /** Evidence keys that were not seen. */
  readonly unseen: ReadonlySet<EvidenceKey>;
}

const levels: { readonly [P in Priority]: RiskLevel } = { P0: 'high', P1: 'high', P2: 'medium', P3: 'low' };

/** Failing states in which data can be lost: the saved list is short, everything died at once, or no room is left to write. */
const losesData: readonly string[] = ['dump-incomplete', 'oom-took-all', 'disk-filling'];

/** Own limits that were hit: what grows until a limit ends it looks like this. */
const grows: readonly string[] = ['memory-leak', 'heap-limit-hit', 'daemon-bloated'];

/** Answers: what threatens this host? Each level rests on findings, or on what was not seen. */
export function risks(input: RiskInput): Report['risks'] {
  const topics = new Map<string, string>(input.audits.map((audit) => [audit.id, audit.topic]));
  const of = (...wanted: readonly string[]): readonly Finding[] =>
    input.findings.filter((finding) => wanted.includes(topics.get(finding.audit) ?? ''));
  return {
    memoryLeak: leak(input),
    crash: judge(of('restarts'), input, ['daemons', 'pm2Log']),
    oom: judge(of('oom', 'memory'), input, ['oomLog', 'host', 'processes']),
    dataLoss: loss(input),
  };
}

/** The worst finding decides; without one, evidence that is missing makes it unknown. */
function judge(findings: readonly Finding[], { unseen }: RiskInput, keys: readonly EvidenceKey[]): Risk {
  const missing = keys.filter((key) => unseen.has(key));
  const worst = findings[0];
  const level = worst === undefined ? 'low' : levels[worst.priority];
  if (level === 'low') return { level: missing.length > 0 ? 'unknown' : 'low', findings: [], missing };
  return {
    level,
    findings: findings.filter((finding) => levels[finding.priority] !== 'low').map(({ id }) => id),
    missing,
  };
}

/**
 * One look shows no growth; a trend does, and its absence is an answer where all apps that run could be judged. A process
 * that reached its own limit twice grew twice, once at least.
 */
function leak(input: RiskInput): Risk {
  const found = input.findings.filter((finding) => grows.includes(finding.audit));
  const repeats = input.stories.some(
    ({ byCause }) => (byCause['memory-limit'] ?? 0) + (byCause['heap-oom'] ?? 0) >= 2,
  );
  const known = input.trends?.every((kind) => kind !== 'unknown') ?? false;
  if (found.length === 0 && !repeats) return { level: known ? 'low' : 'unknown', findings: [], missing: [] };
  const isSoon = found.some(({ audit, priority }) => audit === 'memory-leak' && priority === 'P1');
  return { level: repeats || isSoon ? 'high' : 'medium', findings: found.map(({ id }) => id), missing: [] };
}

/** A process killed in the middle of its work may have lost data; no log says whether it did. */
function loss(input: RiskInput): Risk {
  const found = judge(
    input.findings.filter((finding) => losesData.includes(finding.audit)),
    input,
    ['pm2Files', 'disks'],
  );
  if (found.level !== 'low') return found;
  const wasKilled =
    (input.kills ?? []).some(
      (kill) => kill.role === 'app' || kill.role === 'child' || kill.role === 'daemon',
    ) || input.stories.some(({ byCause }) => (byCause['oom-kill'] ?? 0) + (byCause['stop-timeout'] ?? 0) > 0);
  return wasKilled ? { level: 'unknown', findings: [], missing: [] } : found;
}
