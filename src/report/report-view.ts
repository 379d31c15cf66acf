import type { Report } from '../model/report.ts';
import type { Locale } from '../model/text.ts';
import type { SiblingFiles } from './view/header.ts';
import { buildView, type View } from './view/view.ts';
import { type AuditWords, withGapWords } from './words.ts';

export interface ReportViewOptions {
  readonly locale: Locale;
  readonly words: AuditWords;
  /** Rows of the top lists; default 10. */
  readonly top?: number;
  /** Names of the sibling files, for links on the page. */
  readonly files?: SiblingFiles;
}

/** The view of a report is the same for all text formats: made once for one report, language and length. */
interface Made {
  readonly report: Report;
  readonly words: AuditWords;
  readonly key: string;
  readonly view: View;
}
let made: Made | null = null;

/** Answers: what does this report say to this reader? The last view is kept, for several formats are made of it. */
export function reportView(report: Report, options: ReportViewOptions): View {
  const files = options.files ?? { json: null, markdown: null };
  const key = JSON.stringify([options.locale, options.top ?? null, files]);
  if (made?.report === report && made.words === options.words && made.key === key) return made.view;
  const view = buildView(report, options.locale, withGapWords(options.words), {
    ...(options.top === undefined ? {} : { top: options.top }),
    files,
  });
  made = { report, words: options.words, key, view };
  return view;
}
