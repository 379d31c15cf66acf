import { analyze } from '../../src/analyze/run.ts';
import { audits } from '../../src/audits/index.ts';
import type { Report } from '../../src/model/report.ts';
import type { Locale } from '../../src/model/text.ts';
import { renderHtml } from '../../src/report/html.ts';
import { buildView, type View, type ViewOptions } from '../../src/report/view/view.ts';
import type { AuditWords } from '../../src/report/words.ts';
import { stories } from '../stories/index.ts';

export const locales = ['en', 'zh-CN'] as const satisfies readonly Locale[];
export const auditWords: AuditWords = (id) => audits.find((audit) => audit.id === id)?.words ?? null;

const reports = new Map<string, Report>();

/** The report of a story; made once a test file, for a thousand apps take seconds. */
export function reportOf(story: string): Report {
  const known = reports.get(story);
  if (known !== undefined) return known;
  const make = stories[story];
  if (make === undefined) throw new Error(`no story named ${story}`);
  const report = analyze(make(), audits);
  reports.set(story, report);
  return report;
}

/** The view of a story, as a user would get it. */
export function viewOf(story: string, locale: Locale, options: ViewOptions = {}): View {
  return buildView(reportOf(story), locale, auditWords, options);
}

export function pageOf(story: string, locale: Locale, options: ViewOptions = {}): string {
  return renderHtml(viewOf(story, locale, options));
}
