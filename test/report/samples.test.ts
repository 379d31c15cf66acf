import { describe, expect, it } from 'vitest';
import { audits } from '../../src/audits/index.ts';
import { renderReport } from '../../src/report/render.ts';
import { reportOf } from '../stories/index.ts';
import { wordsOf } from '../words.ts';

/** Committed samples: read their diff as a user would. Version, clock and zone are the story's own. */
describe('the committed samples', () => {
  const files = [
    ['terminal', 'txt'],
    ['markdown', 'md'],
    ['json', 'json'],
  ] as const;
  for (const name of ['sick-host', 'healthy-host']) {
    for (const locale of ['en', 'zh-CN'] as const) {
      it.each(files)(`of ${name} in ${locale} are what %s shows`, async (format, extension) => {
        const text = renderReport(reportOf(name), { locale, words: wordsOf(audits), format });
        await expect(text).toMatchFileSnapshot(`../../reports/samples/${name}.${locale}.${extension}`);
      });
    }
  }
});
