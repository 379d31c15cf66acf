import { describe, expect, it } from 'vitest';
import { audits } from '../../src/audits/index.ts';
import { type ReportFormat, renderReport } from '../../src/report/render.ts';
import { plots } from '../stories/restart-plots.ts';
import { wordsOf } from '../words.ts';
import { locales } from './pages.ts';

const words = wordsOf(audits);
const formats = ['terminal', 'markdown', 'html', 'json'] as const satisfies readonly ReportFormat[];

describe('a loop of 40,000 restarts', () => {
  const report = plots['forty-thousand']!();

  it.each(formats.flatMap((format) => locales.map((locale) => [format, locale] as const)))(
    'is below 1 MB as %s in %s, and counts them all',
    (format, locale) => {
      const text = renderReport(report, { locale, words, format });
      expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
      expect(text).toMatch(/40,?000/);
    },
  );

  it('is one chart of columns, each of which says what it stands for', () => {
    const page = renderReport(report, { locale: 'en', words, format: 'html' });
    const story = page.slice(
      page.indexOf('<article class="story"'),
      page.indexOf('</article>', page.indexOf('<article class="story"')),
    );
    expect(story.match(/<svg class="plot"/g)).toHaveLength(1);
    expect(story.match(/<rect [^>]*width="\.7%"/g)?.length).toBeLessThanOrEqual(112);
    expect(story.match(/<use /g)?.length ?? 0).toBeLessThan(10);
    expect(story).toMatch(/each column stands for 1 h 30 min, the tallest for 36\d restarts/);
  });
});
