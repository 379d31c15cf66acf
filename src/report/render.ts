import type { Report } from '../model/report.ts';
import type { Locale } from '../model/text.ts';
import { renderHtml } from './html.ts';
import { reportToJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTerminal } from './terminal.ts';
import { terminalView } from './terminal-view.ts';
import { buildView, type View } from './view/view.ts';
import { type AuditWords, withGapWords } from './words.ts';

export type ReportFormat = 'terminal' | 'markdown' | 'html' | 'json';

export interface RenderOptions {
  readonly locale: Locale;
  readonly words: AuditWords;
  readonly format: ReportFormat;
  /** Terminal only; default no colour. */
  readonly color?: boolean;
  /** Width of the terminal, cells. The summary is 80 wide and never wider: a wider terminal leaves room at the right. */
  readonly columns?: number;
  /** Rows of the top lists; default 10. */
  readonly top?: number;
  /** Names of the sibling files, for links on the page. */
  readonly files?: { readonly json: string | null; readonly markdown: string | null };
}

/** The view of a report is the same for all text formats: made once for one report, language and length. */
interface Made {
  readonly report: Report;
  readonly words: AuditWords;
  readonly key: string;
  readonly view: View;
}
let made: Made | null = null;

function viewOf(report: Report, options: RenderOptions): View {
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

/** Answers: what does this report look like in one format and language? Ends in a line break. */
export function renderReport(report: Report, options: RenderOptions): string {
  const { locale, words, format } = options;
  switch (format) {
    case 'json':
      return reportToJson(report, locale, words);
    case 'markdown':
      return renderMarkdown(viewOf(report, options));
    case 'html':
      return renderHtml(viewOf(report, options));
    case 'terminal':
      return renderTerminal(
        terminalView(report, viewOf(report, options), locale, withGapWords(words), options.top ?? 10),
        options.color ?? false,
      );
  }
}
