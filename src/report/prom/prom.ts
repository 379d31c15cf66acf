import { gapAudit } from '../../derive/gap-words.ts';
import { priorities } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { appMetrics } from './app-metrics.ts';
import { exposition, labelText, type Metric, type Sample } from './exposition.ts';
import { hostMetrics } from './host-metrics.ts';

const verdicts = ['critical', 'attention', 'healthy', 'unknown'] as const;

/**
 * The report for node_exporter's textfile collector: Prometheus' text format 0.0.4, base units (bytes, seconds, ratios 0 to
 * 1), no time stamps. What is not known is absent. The collector adds no label of ours, Prometheus adds `instance`. Always
 * English: one metric must have one HELP, whatever the language of the run.
 */
export function renderProm(report: Report): string {
  return exposition([...runMetrics(report), ...appMetrics(report), ...hostMetrics(report)]);
}

/** How the run ended and how much it saw: what an alert on silence or blindness asks. */
function runMetrics(report: Report): readonly Metric[] {
  const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
    name: `pm2_audit_${name}`,
    type: 'gauge',
    help,
    samples,
  });
  const one = (name: string, help: string, value: number | null) => gauge(name, help, [{ value }]);
  const found = new Map<string, number>();
  for (const { audit } of report.findings) found.set(audit, (found.get(audit) ?? 0) + 1);
  return [
    gauge('info', 'Version of pm2-audit; the value is always 1.', [
      { labels: { version: labelText(report.tool.version) }, value: 1 },
    ]),
    one(
      'last_run_timestamp_seconds',
      'When this report was made, in seconds since 1970.',
      report.takenAt / 1000,
    ),
    one(
      'window_seconds',
      'Length of the window of the report.',
      (report.window.to - report.window.from) / 1000,
    ),
    one('gather_duration_seconds', 'How long the host was read.', report.cost.wallMs / 1000),
    one('gather_cpu_seconds', 'CPU time it took.', report.cost.cpuMs / 1000),
    one('gather_memory_rss_bytes', 'Largest RSS of the audit.', report.cost.peakRssBytes),
    one('score', 'Score from 0 to 100; absent where too little was seen for a number.', report.score),
    gauge(
      'verdict',
      'The verdict of the report: 1 for the one that holds.',
      verdicts.map((verdict) => ({ labels: { verdict }, value: Number(report.verdict === verdict) })),
    ),
    gauge(
      'findings',
      'Findings by priority: P0 act now, P1 this week, P2 this month, P3 long term.',
      priorities.map((priority) => ({ labels: { priority }, value: report.counts[priority] })),
    ),
    one(
      'findings_suppressed',
      'Findings that the settings mute.',
      report.suppressed.reduce((total, { findings }) => total + findings, 0),
    ),
    gauge('audit_findings', 'Findings of one audit; absent where it could not see or does not apply.', [
      ...report.verdicts
        .filter(({ outcome }) => outcome === 'pass' || outcome === 'fail')
        .map(({ audit }) => ({ labels: { audit }, value: found.get(audit) ?? 0 })),
      { labels: { audit: gapAudit }, value: found.get(gapAudit) ?? 0 },
    ]),
    gauge(
      'audit_blind',
      '1 where the audit could not be made: evidence was not seen, or it failed itself.',
      report.verdicts
        .filter(({ outcome }) => outcome !== 'not-applicable')
        .map(({ audit, outcome }) => ({
          labels: { audit },
          value: Number(outcome === 'blind' || outcome === 'error'),
        })),
    ),
    gauge(
      'evidence_seen',
      '1 where this evidence was seen, whole or in part.',
      report.evidence.map(({ key, seen }) => ({ labels: { key }, value: Number(seen) })),
    ),
    gauge(
      'evidence_gaps',
      'Parts of this evidence that were not seen.',
      report.evidence.map(({ key, gaps }) => ({
        labels: { key },
        value: gaps.filter(({ why }) => why !== 'switched-off').length,
      })),
    ),
    one(
      'apps',
      'Apps under PM2, each instance counted.',
      report.daemons.some(({ state }) => state === 'online') ? report.processes.length : null,
    ),
  ];
}
