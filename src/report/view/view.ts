import type { Report } from '../../model/report.ts';
import type { Locale } from '../../model/text.ts';
import { makeFmt } from '../format.ts';
import type { AuditWords } from '../words.ts';
import { annexView, footerView } from './annex.ts';
import { blindView } from './blind.ts';
import { type Context, makeSays } from './context.ts';
import { fixesView } from './fixes.ts';
import { furniture } from './furniture.ts';
import { headerView, pageTitle, type SiblingFiles } from './header.ts';
import type { TocEntry, View } from './model.ts';
import { oomView } from './oom.ts';
import { problemsView } from './problems.ts';
import { processesView } from './processes.ts';
import { risksView } from './risks.ts';
import { storageView } from './storage.ts';
import { restartsView } from './stories.ts';
import { systemView } from './system.ts';

export type { View } from './model.ts';

export interface ViewOptions {
  /** Rows of the top lists; default 10 (`--top`). */
  readonly top?: number;
  /** Names of the JSON and Markdown written beside the page, to link to; default none. */
  readonly files?: SiblingFiles;
}

const sections = [
  'problems',
  'system',
  'processes',
  'oom',
  'restarts',
  'storage',
  'fixes',
  'risks',
  'blind',
  'annex',
] as const;

/**
 * Answers: what does this report say to this reader? All sentences final, in the order of contract section 3; templates
 * only place them. Every field is there; null stands for absence.
 */
export function buildView(
  report: Report,
  locale: Locale,
  words: AuditWords,
  options: ViewOptions = {},
): View {
  const fmt = makeFmt(locale, report.utcOffsetMinutes);
  const page = furniture[locale];
  const context: Context = {
    report,
    locale,
    fmt,
    words: page,
    says: makeSays(report, locale, fmt, words),
    top: Math.max(1, options.top ?? 10),
  };
  return {
    locale,
    lang: locale,
    words: page,
    title: pageTitle(context),
    toc: sections.map(
      (id, index): TocEntry => ({ id, number: String(index + 1).padStart(2, '0'), title: page.heading[id] }),
    ),
    header: headerView(context, options.files ?? { json: null, markdown: null }),
    problems: problemsView(context),
    system: systemView(context),
    processes: processesView(context),
    oom: oomView(context),
    restarts: restartsView(context),
    storage: storageView(context),
    fixes: fixesView(context),
    risks: risksView(context),
    blind: blindView(context),
    annex: annexView(context),
    footer: footerView(context),
  };
}
