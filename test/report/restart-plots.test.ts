import { describe, expect, it } from 'vitest';
import { audits } from '../../src/audits/index.ts';
import type { Report } from '../../src/model/report.ts';
import type { Locale } from '../../src/model/text.ts';
import { renderReport } from '../../src/report/render.ts';
import { plots } from '../stories/restart-plots.ts';
import { wordsOf } from '../words.ts';
import { locales } from './pages.ts';

const words = wordsOf(audits);
const titles = { en: 'Why they restarted', 'zh-CN': '重启原因' } as const;

/** The block of the terminal and the stories of the Markdown, as a reader gets them. */
function told(report: Report, locale: Locale): string {
  const terminal = renderReport(report, { locale, words, format: 'terminal' });
  const block = terminal.split(/\n\n/).find((part) => part.startsWith(titles[locale])) ?? '';
  const markdown = renderReport(report, { locale, words, format: 'markdown' });
  const story = /^## 5\.[\s\S]*?(?=^## 6\.)/m.exec(markdown)?.[0] ?? '';
  return `${block.trimEnd()}\n\n${story.trimEnd()}\n`;
}

/** Committed texts: read their diff aloud, as the reader at 3 a.m. */
describe.each(Object.keys(plots))('the words about %s', (name) => {
  it.each(locales)('are those a senior operator would write in %s', async (locale) => {
    await expect(told(plots[name]!(), locale)).toMatchFileSnapshot(`goldens/${name}.${locale}.txt`);
  });
});
