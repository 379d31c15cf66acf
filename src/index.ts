/** The public API: gather a host's evidence, analyse it, render the report, and write audits of your own. */
export { analyze } from './analyze/run.ts';
export { audits } from './audits/index.ts';
export { auditWords } from './commands/deliver.ts';
export { gather } from './gather/run.ts';
export { realHost } from './host/real.ts';
export { type Audit, type Draft, defineAudit, type Fmt, type Limit, type Words } from './model/audit.ts';
export type { Evidence, EvidenceKey, EvidenceMap } from './model/evidence.ts';
export type { Finding, Fix, FixWords, Priority, Subject } from './model/finding.ts';
export type { Gap, Gathered } from './model/gap.ts';
export type { Report } from './model/report.ts';
export type { CleanText, Confidence, Locale, Quote } from './model/text.ts';
export { renderReport } from './report/render.ts';
