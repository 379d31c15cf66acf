import { analyze } from '../../src/analyze/run.ts';
import { audits } from '../../src/audits/index.ts';
import type { Locale } from '../../src/model/text.ts';
import { renderHtml } from '../../src/report/html.ts';
import { buildView, type View, type ViewOptions } from '../../src/report/view/view.ts';
import type { AuditWords } from '../../src/report/words.ts';
import { stories } from '../stories/index.ts';

export const locales = ['en', 'zh-CN'] as const satisfies readonly Locale[];
export const auditWords: AuditWords = (id) => audits.find((audit) => audit.id === id)?.words ?? null;

/** The view of a story, as a user would get it. */
export function viewOf(story: string, locale: Locale, options: ViewOptions = {}): View {
  const make = stories[story];
  if (make === undefined) throw new Error(`no story named ${story}`);
  return buildView(analyze(make(), audits), locale, auditWords, options);
}

export function pageOf(story: string, locale: Locale, options: ViewOptions = {}): string {
  return renderHtml(viewOf(story, locale, options));
}
