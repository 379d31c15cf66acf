import type { Report } from '../model/report.ts';
import type { Locale } from '../model/text.ts';
import { cells, truncate } from './cells.ts';
import type { ReportFmt } from './format.ts';
import { oneLine } from './prose.ts';
import { type Line, width } from './terminal-line.ts';
import type { TerminalWords } from './terminal-words.ts';
import type { Says } from './view/context.ts';
import type { View } from './view/view.ts';

/** What the parts of the summary work from. */
export interface TerminalContext {
  readonly report: Report;
  readonly view: View;
  readonly fmt: ReportFmt;
  readonly say: TerminalWords;
  readonly says: Says;
  readonly locale: Locale;
  readonly top: number;
}

export interface Section {
  readonly title: string;
  /** Dashes to the end of the line. */
  readonly rule: string;
  readonly lines: readonly Line[];
}

/** A section, or null when it has nothing to say. */
export function section(title: string, lines: readonly Line[]): Section | null {
  if (lines.length === 0) return null;
  const short = truncate(oneLine(title), width - 4);
  return { title: short, rule: '-'.repeat(width - cells(short) - 1), lines };
}
