import { type ReportFacts, readReportFacts } from '../../../src/derive/compare/report-facts.ts';
import { type ReportDiff, reportDiff } from '../../../src/derive/report-diff.ts';
import type { AnyAudit } from '../../../src/model/audit.ts';
import type { Finding, PlannedFix, Priority } from '../../../src/model/finding.ts';
import type { Report } from '../../../src/model/report.ts';
import { reportSummary } from '../../../src/report/summary-json.ts';
import type { AuditWords } from '../../../src/report/words.ts';
import { c, quote, ref } from '../../factories.ts';
import { reportOf } from '../../stories/index.ts';

export interface Made {
  readonly priority: Priority;
  readonly title: string;
  readonly quote?: string | null;
  readonly fix?: string | null;
  readonly command?: string;
  readonly app?: string;
}

/** The audit of made findings says what it is given, with the app's name as audits write names. */
const say: AnyAudit['words']['en'] = {
  title: 'A made finding',
  why: 'For tests.',
  found: (args, fmt) => `${fmt.name(String(args['app']))} ${String(args['title'])}`,
  effect: () => '',
  fix: (args) => ({ title: String(args['fix']), steps: [], expected: '', verify: '', undo: '', minutes: 0 }),
};
export const madeWords: AuditWords = () => ({ en: say, 'zh-CN': say }) as AnyAudit['words'];

/** A report with these findings and no others, in this order, each about an app of its own. */
export function madeReport(made: readonly Made[], over: Partial<Report> = {}): Report {
  const base = reportOf('healthy-host');
  const findings = made.map(
    (one, index): Finding => ({
      id: `made:${index}`,
      audit: 'made',
      priority: one.priority,
      subject: { kind: 'app', app: ref(one.app ?? `app-${index}`, index) },
      confidence: 'certain',
      args: { app: one.app ?? `app-${index}`, title: one.title, fix: one.fix ?? '' },
      because: one.quote == null ? [] : [quote(one.quote, `${base.daemons[0]!.home}/pm2.log`)],
      fix: one.fix == null ? null : `F${index + 1}`,
    }),
  );
  const fixes = made.flatMap((one, index): PlannedFix[] =>
    one.fix == null
      ? []
      : [
          {
            id: `F${index + 1}`,
            priority: one.priority,
            fix: { kind: 'command', asRoot: false, user: null, run: [one.command ?? 'pm2 save'], undo: [] },
            findings: [`made:${index}`],
            dropped: [],
          },
        ],
  );
  const count = (priority: Priority): number => made.filter((one) => one.priority === priority).length;
  return {
    ...base,
    host: { ...base.host!, name: c('web-01') },
    findings,
    fixes,
    counts: { P0: count('P0'), P1: count('P1'), P2: count('P2'), P3: count('P3') },
    verdict: count('P0') > 0 ? 'critical' : count('P1') > 0 ? 'attention' : 'healthy',
    verdicts: [{ audit: 'made', outcome: made.length > 0 ? 'fail' : 'pass', missing: [], error: null }],
    ...over,
  };
}

export function factsOf(report: Report): ReportFacts {
  const read = readReportFacts(JSON.parse(JSON.stringify(reportSummary(report))));
  if (!read.ok) throw new Error(JSON.stringify(read.problem));
  return read.facts;
}

export const diffOf = (before: Report, after: Report): ReportDiff =>
  reportDiff(factsOf(before), factsOf(after));
