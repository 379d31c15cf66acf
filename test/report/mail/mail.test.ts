import { HtmlValidate } from 'html-validate';
import { describe, expect, it } from 'vitest';
import { cells } from '../../../src/report/cells.ts';
import { mailContent } from '../../../src/report/mail/mail.ts';
import { auditWords, locales, reportOf } from '../pages.ts';
import { files, following, mailOf, mails, shown } from './mails.ts';
import { worstReport } from './worst.ts';

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    // Mail clients drop style sheets, and Outlook reads attributes that HTML 5 gave up.
    'no-inline-style': 'off',
    'no-deprecated-attr': 'off',
    'no-conditional-comment': 'off',
    // Quoted lines may end in spaces.
    'no-trailing-whitespace': 'off',
    // A parser adds it; twenty-eight of them are bytes.
    'prefer-tbody': 'off',
    'long-title': 'off',
  },
});

const invisible =
  /[\u{0}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{e000}-\u{e003}\u{feff}]/u;

describe.each(mails)('the mail of $name', ({ of }) => {
  describe.each(locales)('in %s', (locale) => {
    const mail = of(locale);

    it('has a subject of one printable line that a list of mails shows whole', () => {
      expect(mail.subject).toMatch(/^\[pm2-audit\] \S.* \S/);
      expect(mail.subject).not.toMatch(invisible);
      expect(cells(mail.subject)).toBeLessThanOrEqual(84);
    });

    it('is valid HTML', async () => {
      const report = await validator.validateString(mail.html);
      expect(
        report.results.flatMap(({ messages }) =>
          messages.map((found) => `${found.line}:${found.column} ${found.ruleId}: ${found.message}`),
        ),
      ).toEqual([]);
    });

    it('needs no style sheet, picture, script or anything from outside', () => {
      const { html } = mail;
      expect(html).not.toMatch(/<(?:script|svg|img|link|iframe|object|embed|form|base|video|a)\b/i);
      expect(html.replace(/<!--\[if mso\]>[\s\S]*?<!\[endif\]-->/g, '')).not.toMatch(/<style/i);
      expect(html).not.toMatch(/<[^>]*\s(?:class|id|src|href|srcset|action|background|on[a-z]+)=/i);
      const styles = [...html.matchAll(/\sstyle="([^"]*)"/g)].map(([, style = '']) => style);
      expect(styles.length).toBeGreaterThan(20);
      for (const style of styles) {
        expect(style).not.toMatch(/url\(|@import|expression|float|position|flex|grid|var\(--/i);
        // Each colour that depends on the theme stands plain before it.
        for (const [, property] of style.matchAll(/([a-z-]+):light-dark\(/g))
          expect(style).toMatch(
            property === 'color' || property === 'background-color'
              ? new RegExp(`(?:^|;)${property}:#[0-9a-f]{6};${property}:light-dark\\(`)
              : /border[a-z-]*:[^;]*#[0-9a-f]{6};/,
          );
      }
    });

    it('fits, and tells nothing that is not there', () => {
      expect(Buffer.byteLength(mail.html)).toBeLessThanOrEqual(80_000);
      const text = shown(mail.html);
      expect(text).not.toMatch(/\bundefined\b|\bNaN\b|\[object|\bInfinity\b|^null$/m);
      expect(mail.html).not.toMatch(/[\u{202a}-\u{202e}\u{2066}-\u{2069}\u{e000}-\u{e003}]/u);
      expect(mail.html).toContain(`<html lang="${locale}"`);
    });

    it('says in the text part what the HTML says', () => {
      expect(mail.text.trimEnd()).toContain(files.html);
      const [why] = mail.text.split('\n');
      expect(shown(mail.html)).toContain(why);
    });
  });
});

describe('a mail of a large host', () => {
  it.each([100, 1000])('stays below 80 KB with %i apps, all of the worst names and texts', (apps) => {
    const report = worstReport(apps);
    for (const locale of locales) {
      const mail = mailOf(report, locale, following(reportOf('healthy-host'), report, 'new'));
      expect(Buffer.byteLength(mail.html), locale).toBeLessThanOrEqual(80_000);
      expect(cells(mail.subject)).toBeLessThanOrEqual(84);
      // Whole findings only, and what is left out is counted.
      const text = shown(mail.html);
      expect(text).toMatch(
        locale === 'en' ? /more serious problems: see the full report/ : /另有 .* 项严重问题/,
      );
      expect(mail.html.match(/<tr>/g)?.length).toBe(mail.html.match(/<\/tr>/g)?.length);
      expect(mail.html.trimEnd().endsWith('</html>')).toBe(true);
      expect(Buffer.byteLength(mail.text)).toBeLessThanOrEqual(202_000);
      expect(mail.text).toContain(locale === 'en' ? 'too long for a mail' : '其余内容过长');
      expect((mail.text.match(/^```/gm)?.length ?? 0) % 2, 'no fence is left open').toBe(0);
    }
  });

  it('lists so many apps in its text as a mail bears', () => {
    const { text } = mailOf(reportOf('many-apps-1000'), 'en');
    expect(Buffer.byteLength(text)).toBeLessThan(60_000);
    expect(text).toContain('And 940 more: see the full report.');
  });
});

describe('the order of a mail', () => {
  it('is verdict, sentence, counts, reason, fixes, problems, system, apps, kills, what was not seen, file', () => {
    const text = shown(mailOf(reportOf('sick-host'), 'en').html);
    const places = [
      'web-01 · Sat 21 Nov 2026',
      'Critical',
      '5 processes were killed',
      'Why this mail',
      'Do first',
      'max_memory_restart',
      'Serious problems',
      'Killed process 113950',
      'At 03:12.',
      'Largest apps',
      'Out-of-memory kills',
      'What could not be seen',
      'Full report: /srv/audit',
    ].map((words) => text.indexOf(words, text.indexOf('web-01 · ')));
    expect(places).not.toContain(-1);
    expect(places.slice(0, -1)).toEqual(places.slice(0, -1).toSorted((a, b) => a - b));
  });

  it('begins with it where nothing could be judged', () => {
    const mail = mailOf(reportOf('blind-host'), 'en');
    const text = shown(mail.html);
    expect(text.indexOf('Too little could be seen for a verdict')).toBeLessThan(
      text.indexOf('Why this mail'),
    );
    expect(mail.subject).toContain('unknown');
    expect(mail.subject).not.toContain('score');
  });

  it('is short and calm when all is well again', () => {
    const sick = reportOf('sick-host');
    const well = reportOf('healthy-host');
    const mail = mailOf(well, 'en', following(sick, well, 'recovered'));
    expect(mail.subject).toBe('[pm2-audit] web-01 healthy · all is well again · score 100 (+88)');
    const text = shown(mail.html);
    expect(text).toContain('All is well again');
    expect(text).toContain('flask-app OOM-killed; ');
    expect(text).not.toContain('Largest apps');
    expect(mail.html).not.toContain('#b3261a');
    expect(Buffer.byteLength(mail.html)).toBeLessThan(15_000);
  });

  it('names what is muted, what is missing and that it is about one app', () => {
    const sick = reportOf('sick-host');
    const rule = {
      audit: 'restart-loop',
      app: 'web',
      until: null,
      reason: 'known',
      findings: 2,
      expired: false,
    };
    const report = {
      ...sick,
      onlyApp: 'flask-app',
      suppressed: [rule],
      oomCounters: { ...sick.oomCounters!, sinceBoot: 9 },
    };
    const text = shown(mailOf(report, 'en').html);
    expect(text).toContain('(UTC+08:00) · Only this app: flask-app');
    expect(text).toMatch(/Muted[\s\S]*restart-loop[\s\S]*known/);
    expect(text).toMatch(/The kernel counted \d+ more kills since boot than the log still shows/);
  });

  it('has the same score note in both parts', () => {
    const sick = reportOf('sick-host');
    const mail = mailOf(sick, 'en', following(reportOf('healthy-host'), sick, 'new'));
    for (const part of [shown(mail.html), mail.text]) {
      expect(part).toContain('88 lower than on 20 Nov (100, A).');
      expect(part).not.toContain('No earlier report');
    }
  });

  it('names what travels with it and what was too large', () => {
    const { html, text } = mailContent({
      report: reportOf('healthy-host'),
      words: auditWords,
      occasion: { reason: 'asked', toldAt: null, diff: null },
      locale: 'en',
      files: { html: null, json: null, md: null },
      attached: ['health.html', 'a<b>.md'],
      leftOut: ['health.json'],
    });
    for (const part of [shown(html), text]) {
      expect(part).toContain('Attached: health.html and a<b>.md.');
      expect(part).toContain('Too large to attach: health.json.');
      expect(part).toContain('not written to a file');
    }
  });
});
