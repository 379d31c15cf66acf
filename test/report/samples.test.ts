import { describe, expect, it } from 'vitest';
import { audits } from '../../src/audits/index.ts';
import { encodeCapture } from '../../src/gather/capture-file.ts';
import { renderReport } from '../../src/report/render.ts';
import { reportOf, stories } from '../stories/index.ts';
import { wordsOf } from '../words.ts';
import { following, mailOf } from './mail/mails.ts';

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

  const occasions = {
    'sick-host': () => following(reportOf('healthy-host'), reportOf('sick-host'), 'new'),
    'healthy-host': () => following(reportOf('sick-host'), reportOf('healthy-host'), 'recovered'),
  };
  for (const name of ['sick-host', 'healthy-host'] as const) {
    it.each(['en', 'zh-CN'] as const)(`of ${name} in %s are what a mail says`, async (locale) => {
      const { subject, html, text } = mailOf(reportOf(name), locale, occasions[name]());
      await expect(html).toMatchFileSnapshot(`../../reports/samples/${name}.${locale}.mail.html`);
      await expect(`Subject: ${subject}\n\n${text}`).toMatchFileSnapshot(
        `../../reports/samples/${name}.${locale}.mail.txt`,
      );
    });
  }

  it('come from a capture that replays on any machine', async () => {
    const capture = encodeCapture(stories['sick-host']!());
    await expect(capture).toMatchFileSnapshot('../fixtures/captures/sick-host.json');
  });
});
