import { appKey } from '../derive/apps/process-tree.ts';
import { gapAudit } from '../derive/gap-words.ts';
import { withHistory } from '../derive/past/with-history.ts';
import type { AnyAudit } from '../model/audit.ts';
import { type Evidence, type EvidenceKey, evidenceKeys } from '../model/evidence.ts';
import { type Finding, type Fix, priorities } from '../model/finding.ts';
import type { Span } from '../model/gap.ts';
import type { App } from '../model/pm2.ts';
import type { AuditVerdict, EvidenceRow, PastScore, Report } from '../model/report.ts';
import { inOrder } from './canonical-order.ts';
import { gapFindings } from './gap-findings.ts';
import { mergeFixes } from './merge-fixes.ts';
import { concerns, type Ignore, isNamed, mute } from './mute.ts';
import { nextActions, nextCheckAt } from './next-actions.ts';
import { processRows } from './process-rows.ts';
import { derive, errorVerdict, isAbsent, trendKinds, value } from './report-facts.ts';
import { risks } from './risks.ts';
import { grade, sawEnough, score } from './score.ts';
import { verdict } from './verdict.ts';

export interface AnalyzeOptions {
  /** The user's own limits, by audit and name. */
  readonly limits?: { readonly [audit: string]: { readonly [limit: string]: number } };
  readonly ignore?: readonly Ignore[];
  /** `--app`: name or PM2 id; findings and rows of other apps are left out. */
  readonly app?: string | number | null;
  readonly past?: PastScore | null;
}

/** A finding on its way into the report. */
type Found = Omit<Finding, 'id' | 'fix'> & { readonly proposal: Fix | null };

/**
 * Evidence in, report out: runs every audit on what it declares, adds what could not be seen, ranks, scores and merges
 * fixes. Pure and total: an audit that throws gets the verdict `error`, and the report does not depend on the order in
 * which evidence came.
 */
export function analyze(
  evidence: Evidence,
  audits: readonly AnyAudit[],
  options: AnalyzeOptions = {},
): Report {
  const sorted = completed(inOrder(evidence));
  const derived = derive(sorted);
  const runs = audits.map((audit) => runAudit(sorted, audit, options));
  const verdicts = [...runs.map((run) => run.verdict), ...derived.failures];
  const gaps = gapFindings(sorted, verdicts, derived.stories).map(
    ({ fix, ...draft }): Found => ({ ...draft, confidence: 'certain', because: [], proposal: fix }),
  );
  const app = options.app ?? null;
  const about = runs
    .flatMap((run) => run.found)
    .filter(({ subject }) => app === null || concerns(subject, app));
  const { kept, suppressed } = mute(about, options.ignore ?? [], sorted.takenAt);
  const { findings, fixes } = plan([...kept, ...gaps]);

  const sawDaemon = derived.daemons.some(({ state }) => state === 'online');
  const enough = sawEnough(
    runs.map((run) => run.verdict),
    sawDaemon,
  );
  const counts = countByPriority(findings);
  // Where too little was seen, what was not seen is the reason, not a finding that speaks for the rest.
  const judged = enough ? counts : countByPriority(findings.filter(({ audit }) => audit !== gapAudit));
  const word = verdict(judged, sawDaemon, enough);
  const points = score(findings, enough);
  const rows = (apps: readonly App[]) =>
    processRows(apps, derived.trees, derived.byApp, flags(findings), sorted.takenAt, derived.past).filter(
      (row) => app === null || isNamed(row.app.ref, app),
    );
  const unseen = new Set(evidenceKeys.filter((key) => !sorted.items[key].seen && !isAbsent(sorted, key)));

  return {
    schema: 'pm2-audit.report/1',
    tool: sorted.tool,
    takenAt: sorted.takenAt,
    utcOffsetMinutes: sorted.utcOffsetMinutes,
    window: sorted.window,
    host: value(sorted, 'host'),
    verdict: word,
    score: points,
    grade: grade(points),
    past: options.past ?? null,
    onlyApp: app === null ? null : String(app),
    suppressed,
    counts,
    evidence: evidenceKeys.filter((key) => !isAbsent(sorted, key)).map((key) => evidenceRow(sorted, key)),
    cgroups: value(sorted, 'cgroups') ?? [],
    disks: value(sorted, 'disks'),
    oomCounters: value(sorted, 'oomCounters'),
    daemons: derived.daemons,
    processes: rows(derived.daemons.flatMap((daemon) => daemon.apps)),
    modules: rows(derived.daemons.flatMap((daemon) => daemon.modules)),
    oomKills: derived.kills,
    unconfirmedKills: value(sorted, 'oomLog')?.unconfirmed ?? [],
    storage: value(sorted, 'storage'),
    history: derived.past.report,
    risks: risks({
      findings,
      audits,
      stories: derived.stories ?? [],
      kills: derived.kills,
      trends: trendKinds(derived),
      unseen,
    }),
    verdicts,
    findings,
    fixes,
    nextActions: nextActions(fixes),
    nextCheckAt: nextCheckAt(word, sorted.takenAt, sorted.utcOffsetMinutes),
    cost: {
      wallMs: sorted.cost.wallMs,
      cpuMs: sorted.cost.cpuMs,
      peakRssBytes: sorted.cost.peakRssBytes,
    },
  };
}

/** A history that is damaged inside shows as the error of whoever reads it; the rest of the evidence stands. */
function completed(evidence: Evidence): Evidence {
  try {
    return withHistory(evidence);
  } catch {
    return evidence;
  }
}

/** Runs one audit on exactly what it declares. */
function runAudit(
  evidence: Evidence,
  audit: AnyAudit,
  options: AnalyzeOptions,
): { readonly verdict: AuditVerdict; readonly found: readonly Found[] } {
  const end = (outcome: AuditVerdict['outcome'], missing: readonly EvidenceKey[] = []) => ({
    verdict: { audit: audit.id, outcome, missing, error: null },
    found: [],
  });
  const needs: readonly EvidenceKey[] = audit.needs;
  const wants: readonly EvidenceKey[] = audit.wants ?? [];
  const missing = needs.filter((key) => !evidence.items[key].seen);
  if (missing.some((key) => isAbsent(evidence, key))) return end('not-applicable');
  if (missing.length > 0) return end('blind', missing);
  const keys = [...new Set([...needs, ...wants])];
  const seen = Object.fromEntries(keys.map((key) => [key, value(evidence, key)]));
  const covers: { [K in EvidenceKey]?: Span } = {};
  for (const key of keys) {
    const item = evidence.items[key];
    if (item.seen) covers[key] = item.covers;
  }
  try {
    // The runner pairs each audit with its own evidence: here types are forgotten, `needs` and `wants` replace them.
    const erased = seen as Parameters<AnyAudit['check']>[0];
    if (audit.applies?.(erased) === false) return end('not-applicable');
    const drafts = audit.check(erased, {
      now: evidence.takenAt,
      window: evidence.window,
      covers,
      limits: limitsOf(audit, options),
    });
    const found = drafts.map(
      ({ fix, ...draft }): Found => ({ ...draft, audit: audit.id, proposal: fix ?? null }),
    );
    return { ...end(found.length > 0 ? 'fail' : 'pass'), found };
  } catch (error) {
    return { verdict: errorVerdict(audit.id, error), found: [] };
  }
}

function limitsOf(audit: AnyAudit, options: AnalyzeOptions): { [limit: string]: number } {
  const own = options.limits?.[audit.id] ?? {};
  return Object.fromEntries(
    Object.entries(audit.limits).map(([name, limit]) => [name, own[name] ?? limit.value]),
  );
}

/** Orders by priority, then by the list of audits, then as the audit found them; gives ids and fixes. */
function plan(found: readonly Found[]): {
  readonly findings: readonly Finding[];
  readonly fixes: Report['fixes'];
} {
  const nth = new Map<string, number>();
  const ordered = priorities.flatMap((priority) => found.filter((finding) => finding.priority === priority));
  const named = ordered.map((finding) => {
    const index = nth.get(finding.audit) ?? 0;
    nth.set(finding.audit, index + 1);
    return { ...finding, id: `${finding.audit}:${index}` };
  });
  const { fixes, fixOf } = mergeFixes(
    named.flatMap(({ id, audit, priority, proposal }) =>
      proposal === null ? [] : [{ finding: id, audit, priority, fix: proposal }],
    ),
  );
  const findings = named.map(({ proposal: _proposal, ...finding }) => ({
    ...finding,
    fix: fixOf.get(finding.id) ?? null,
  }));
  return { findings, fixes };
}

function countByPriority(findings: readonly Finding[]): Report['counts'] {
  const count = (priority: Finding['priority']): number =>
    findings.filter((finding) => finding.priority === priority).length;
  return { P0: count('P0'), P1: count('P1'), P2: count('P2'), P3: count('P3') };
}

/** Audits that flagged each app, in report order. */
function flags(findings: readonly Finding[]): ReadonlyMap<string, readonly string[]> {
  const byApp = new Map<string, Set<string>>();
  for (const { subject, audit } of findings) {
    const apps = subject.kind === 'app' ? [subject.app] : subject.kind === 'apps' ? subject.apps : [];
    for (const app of apps) {
      const key = appKey(app);
      byApp.set(key, (byApp.get(key) ?? new Set()).add(audit));
    }
  }
  return new Map([...byApp].map(([key, audits]) => [key, [...audits]]));
}

function evidenceRow(evidence: Evidence, key: EvidenceKey): EvidenceRow {
  const item = evidence.items[key];
  return item.seen
    ? { key, seen: true, source: item.source, covers: item.covers, gaps: item.gaps }
    : { key, seen: false, source: null, covers: { from: null, to: null }, gaps: item.gaps };
}
