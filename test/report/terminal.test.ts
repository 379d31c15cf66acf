import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze/run.ts';
import { audits } from '../../src/audits/index.ts';
import type { Locale } from '../../src/model/text.ts';
import { cells } from '../../src/report/cells.ts';
import { renderReport } from '../../src/report/render.ts';
import { commandLines, paragraph } from '../../src/report/terminal-line.ts';
import { c } from '../factories.ts';
import { reportOf, stories } from '../stories/index.ts';
import { wordsOf } from '../words.ts';

const words = wordsOf(audits);
const locales: readonly Locale[] = ['en', 'zh-CN'];
const cases = Object.keys(stories).flatMap((name) => locales.map((locale) => [name, locale] as const));
const show = (name: string, locale: Locale, color = false) =>
  renderReport(reportOf(name), { locale, words, format: 'terminal', color });
const sgr = /\u001b\[[\d;]*m/g;

describe('the terminal summary', () => {
  it.each(cases)('of %s in %s is never wider than 80 cells', (name, locale) => {
    for (const line of show(name, locale).split('\n')) expect(cells(line), line).toBeLessThanOrEqual(80);
  });

  it.each(cases)('of %s in %s holds no control character but our colours', (name, locale) => {
    const plain = show(name, locale);
    expect(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/u.test(plain),
    ).toBe(false);
    const coloured = show(name, locale, true);
    expect(coloured.match(sgr)).not.toBeNull();
    const bare = coloured.replace(sgr, '');
    expect(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u.test(bare)).toBe(false);
    // Colour changes nothing but badges: ` P0 ` for `[P0]`, and the same number of cells.
    expect(bare.split('\n').map((line) => cells(line.trimEnd()))).toEqual(
      plain.split('\n').map((line) => cells(/^\[[^|\]]+\]$/.test(line) ? line.slice(0, -1) : line)),
    );
  });

  it.each(cases)('of %s in %s says nothing undefined', (name, locale) => {
    expect(show(name, locale)).not.toMatch(/undefined|NaN|\[object|(?<!\/dev\/)null/);
  });

  it('names the verdict first, then what to do', () => {
    const text = show('sick-host', 'en');
    expect(text.split('\n')[2]).toMatch(/^\[CRITICAL\] {2}score \d+ of 100, F/);
    const order = [
      'Serious problems',
      'System',
      'Largest apps',
      'Out-of-memory kills',
      'Do first',
      'Not seen',
    ].map((title) => text.indexOf(`\n${title}`));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(Math.min(...order)).toBeGreaterThan(0);
  });

  it('shows what the victim held, on a second line where its name is long', () => {
    const report = reportOf('sick-host');
    const line =
      'Memory cgroup out of memory: Killed process 15851 (node /srv/app/s) total-vm:1269472kB, anon-rss:118320kB, file-rss:54800kB';
    const findings = report.findings.map((finding, index) =>
      index === 0
        ? { ...finding, because: finding.because.map((quote) => ({ ...quote, text: c(line) })) }
        : finding,
    );
    const text = renderReport(
      { ...report, findings },
      { locale: 'en', words, format: 'terminal', color: false },
    );
    expect(text).toMatch(
      /kernel 19 Nov 09:05:33 Killed process 15851 \(node \/srv\/app\/s\)\n {20,}anon-rss:118320kB\n/,
    );
  });

  it('says little of much memory in the unit of the much, and a load in its own column', () => {
    const report = reportOf('sick-host');
    if (report.host === null) throw new Error('the story has a host');
    const host = {
      ...report.host,
      load: [11.9, 11.9, 11.9] as const,
      memory: {
        ...report.host.memory,
        totalBytes: 23.5 * 2 ** 30,
        availableBytes: 23.5 * 2 ** 30 - 846 * 2 ** 20,
      },
    };
    for (const [locale, text] of [
      ['en', '0.8 of 23.5 GB'],
      ['zh-CN', '0.8 / 23.5 GB'],
    ] as const) {
      const shown = renderReport({ ...report, host }, { locale, words, format: 'terminal', color: false });
      expect(shown).toContain(` ${text} `);
      expect(shown).not.toMatch(/\]\d/);
    }
  });

  it('says how the score moved', () => {
    const report = analyze(stories['sick-host']!(), audits, {
      past: { takenAt: Date.UTC(2026, 10, 13, 19), score: 90, grade: 'A' },
    });
    const text = renderReport(report, { locale: 'en', words, format: 'terminal' });
    expect(text).toContain(`${90 - report.score!} lower than 14 Nov (90, A)`);
  });

  it('lists as many apps as asked, and says of how many', () => {
    const report = reportOf('many-apps-1000');
    const text = renderReport(report, { locale: 'en', words, format: 'terminal', top: 25 });
    expect(text.split('\n').filter((line) => /^service-\d{4} .* MB/.test(line))).toHaveLength(25);
    expect(text).toContain('25 of 1,000 shown');
  });

  it('is about one app when asked', () => {
    const report = analyze(stories['sick-host']!(), audits, { app: 'report-api' });
    expect(renderReport(report, { locale: 'en', words, format: 'terminal' })).toContain('only report-api');
  });
});

describe('a command on the terminal', () => {
  it('is broken so that a shell still reads it as one', () => {
    const command = `PM2_HOME=/home/deploy/.pm2 pm2 restart ecosystem.config.js --only flask-app --update-env && PM2_HOME=/home/deploy/.pm2 pm2 save`;
    const lines = commandLines(command, 3)!;
    expect(lines.every((line) => cells(line) <= 80)).toBe(true);
    expect(
      lines
        .join('\n')
        .replace(/\\\n\s*/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    ).toBe(command);
  });
  it('is not broken inside quotes, and not shown when it cannot fit', () => {
    expect(commandLines(`pm2 restart '${'a b '.repeat(40)}'`, 3)).toBeNull();
    expect(commandLines(`rm /${'x'.repeat(200)}`, 3)).toBeNull();
    expect(commandLines('echo \u001b[31m', 3)).toBeNull();
  });
});

describe('a paragraph', () => {
  it('fits any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 400 }),
        fc.integer({ min: 0, max: 10 }),
        (text, indent) => {
          for (const line of paragraph(text, indent, 4))
            expect(cells(line.map((item) => item.text).join(''))).toBeLessThanOrEqual(80);
        },
      ),
    );
  });
});
