import { describe, expect, it } from 'vitest';
import { audits } from '../../src/audits/index.ts';
import { encodeCapture } from '../../src/gather/capture-file.ts';
import { renderReport } from '../../src/report/render.ts';
import { reportOf, stories } from '../stories/index.ts';
import { wordsOf } from '../words.ts';

/** Committed samples: read their diff as a user would. Version, clock and zone are the story's own. */
describe('the committed samples', () => {
  const files = [
    ['terminal', 'txt'],
    ['markdown', 'md'],
    ['json', 'json'],
    ['html', 'html'],
  ] as const;
  for (const name of ['sick-host', 'healthy-host']) {
    for (const locale of ['en', 'zh-CN'] as const) {
      it.each(files)(`of ${name} in ${locale} are what %s shows`, async (format, extension) => {
        const text = renderReport(reportOf(name), { locale, words: wordsOf(audits), format });
        await expect(text).toMatchFileSnapshot(`../../reports/samples/${name}.${locale}.${extension}`);
      });
    }
  }

  it('come from a capture that replays on any machine', async () => {
    const capture = encodeCapture(stories['sick-host']!());
    await expect(capture).toMatchFileSnapshot('../fixtures/captures/sick-host.json');
  });
});
