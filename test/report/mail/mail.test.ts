import { describe, expect, it } from 'vitest';
import { mailContent } from '../../../src/report/mail/mail.ts';
import { stories } from '../../stories/index.ts';
import { auditWords, locales, reportOf } from '../pages.ts';

const occasion = { reason: 'first', toldAt: null, diff: null } as const;
const files = { html: '/srv/audit/reports/web-01.html', json: null, md: null };

describe.each(Object.keys(stories))('the mail about %s', (name) => {
  it.each(locales)('fits into 80 KB in %s', (locale) => {
    const mail = mailContent({ report: reportOf(name), words: auditWords, occasion, locale, files });
    expect(Buffer.byteLength(mail.html)).toBeLessThanOrEqual(80_000);
    expect(mail.subject).toMatch(/^\[pm2-audit\] \S/);
  });
});
