import { gapAudit, gapWords } from '../../derive/gap-words.ts';
import type { AnyAudit } from '../../model/audit.ts';
import type { Finding, FixWords, PlannedFix } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import type { Locale } from '../../model/text.ts';
import type { ReportFmt } from '../format.ts';
import type { AuditWords } from '../words.ts';
import type { Prose } from './atoms.ts';
import type { Furniture } from './furniture.ts';

/** What every part of the view works from. */
export interface Context {
  readonly report: Report;
  readonly locale: Locale;
  readonly fmt: ReportFmt;
  readonly words: Furniture;
  readonly says: Says;
  /** Rows of the top lists. */
  readonly top: number;
}

/** The audits' own sentences about a finding. An audit that is not known any more speaks by its id. */
export interface Says {
  headline(finding: Finding): Prose;
  effect(finding: Finding): Prose;
  figures(finding: Finding): readonly { readonly label: Prose; readonly value: Prose }[];
  fix(fix: PlannedFix): FixWords;
  auditTitle(auditId: string): string;
  finding(id: string): Finding | null;
  plannedFix(id: string): PlannedFix | null;
}

export function makeSays(report: Report, locale: Locale, fmt: ReportFmt, auditWords: AuditWords): Says {
  const findings = new Map(report.findings.map((finding) => [finding.id, finding]));
  const fixes = new Map(report.fixes.map((fix) => [fix.id, fix]));
  const ofGaps: AnyAudit['words'] = gapWords;
  const wordsOf = (auditId: string) =>
    (auditWords(auditId) ?? (auditId === gapAudit ? ofGaps : null))?.[locale] ?? null;
  const cache = new Map<string, Prose>();
  const headline = (finding: Finding): Prose => {
    const known = cache.get(finding.id);
    if (known !== undefined) return known;
    const said = wordsOf(finding.audit)?.found(finding.args, fmt) ?? finding.audit;
    cache.set(finding.id, said);
    return said;
  };
  return {
    headline,
    effect: (finding) => wordsOf(finding.audit)?.effect(finding.args, fmt) ?? '',
    figures: (finding) =>
      (wordsOf(finding.audit)?.figures?.(finding.args, fmt) ?? [])
        .slice(0, 4)
        .map(([label, value]) => ({ label, value })),
    fix: (fix) => {
      for (const id of fix.findings) {
        const finding = findings.get(id);
        const said = finding === undefined ? undefined : wordsOf(finding.audit)?.fix?.(finding.args, fmt);
        if (said !== undefined) return said;
      }
      const first = findings.get(fix.findings[0] ?? '');
      return {
        title: first === undefined ? fix.id : headline(first),
        steps: [],
        expected: '',
        verify: '',
        undo: '',
        minutes: 0,
      };
    },
    auditTitle: (auditId) => wordsOf(auditId)?.title ?? auditId,
    finding: (id) => findings.get(id) ?? null,
    plannedFix: (id) => fixes.get(id) ?? null,
  };
}
