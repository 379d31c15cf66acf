import type { Report } from '../model/report.ts';
import type { Locale } from '../model/text.ts';
import { renderHtml } from './html.ts';
import { reportToJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import { reportView } from './report-view.ts';
import { renderTerminal } from './terminal.ts';
import { terminalView } from './terminal-view.ts';
import { withoutAppLogs } from './view/private.ts';
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
  /** Default true. False leaves out every line that an app wrote: for what is sent to others. */
  readonly appLogs?: boolean;
}

/** Answers: what does this report look like in one format and language? Ends in a line break. */
export function renderReport(whole: Report, options: RenderOptions): string {
  const { locale, words, format } = options;
  const report = options.appLogs === false ? withoutAppLogs(whole) : whole;
  switch (format) {
    case 'json':
      return reportToJson(report, locale, words);
    case 'markdown':
      return renderMarkdown(reportView(report, options));
    case 'html':
      return renderHtml(reportView(report, options));
    case 'terminal':
      return renderTerminal(
        terminalView(report, reportView(report, options), locale, withGapWords(words), options.top ?? 10),
        options.color ?? false,
      );
  }
}
