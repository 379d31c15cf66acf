import { describe, expect, it } from 'vitest';
import { audits } from '../../src/audits/index.ts';
import type { Locale } from '../../src/model/text.ts';
import { fenced } from '../../src/report/markdown.ts';
import { renderReport } from '../../src/report/render.ts';
import { reportOf, stories } from '../stories/index.ts';
import { wordsOf } from '../words.ts';

const words = wordsOf(audits);
const locales: readonly Locale[] = ['en', 'zh-CN'];
const cases = Object.keys(stories).flatMap((name) => locales.map((locale) => [name, locale] as const));

const show = (name: string, locale: Locale) =>
  renderReport(reportOf(name), { locale, words, format: 'markdown' });

/** Splits into text outside of fences and code, and the fenced blocks. */
function parts(markdown: string): {
  readonly outside: readonly string[];
  readonly fences: readonly string[];
} {
  const outside: string[] = [];
  const fences: string[] = [];
  let fence: string | null = null;
  for (const line of markdown.split('\n')) {
    const mark = /^(`{3,})[^`]*$/.exec(line)?.[1];
    if (fence === null && mark !== undefined) fence = mark;
    else if (fence !== null && line === fence) fence = null;
    else if (fence !== null) fences.push(line);
    else outside.push(line);
  }
  expect(fence, 'an open fence').toBeNull();
  return { outside, fences };
}
const withoutCode = (line: string): string => line.replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, 'CODE');

describe('the Markdown report', () => {
  it.each(cases)(
    'of %s in %s has the ten sections in order, and no raw HTML, link or image',
    (name, locale) => {
      const { outside } = parts(show(name, locale));
      const headings = outside
        .filter((line) => line.startsWith('## '))
        .map((line) => Number(/^## (\d+)\. \S/.exec(line)?.[1]));
      expect(headings).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      for (const line of outside.map(withoutCode)) {
        expect(line).not.toMatch(/(?<!\\)<[a-z!/]/i);
        expect(line).not.toMatch(/(?<!\\)\]\(|(?<!\\)!\[/);
        expect(line).not.toMatch(/https?:\/\/|(?<![\w\\])@[a-z]|\bwww\.[a-z]/i);
        expect(line).not.toMatch(/undefined|NaN|\[object/);
        expect(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/u.test(line)).toBe(false);
      }
    },
  );

  it.each(cases)('of %s in %s has tables whose rows have as many cells as their heads', (name, locale) => {
    const { outside } = parts(show(name, locale));
    const count = (line: string): number => line.match(/(?<!\\)\|/g)?.length ?? 0;
    let columns = 0;
    for (const line of outside) {
      if (!line.startsWith('|')) columns = 0;
      else if (columns === 0) columns = count(line);
      else expect(count(line), line).toBe(columns);
    }
  });

  it('leaves one blank line between parts', () => {
    for (const [name, locale] of cases)
      expect(parts(show(name, locale)).outside.join('\n')).not.toContain('\n\n\n\n');
  });

  it.each(Object.keys(stories))('of %s quotes the same bytes in both languages', (name) => {
    const quoted = (locale: Locale): readonly string[] => {
      const report = reportOf(name);
      const texts = report.findings
        .flatMap(({ because }) => because.map(({ text }) => text))
        .concat((report.oomKills ?? []).flatMap(({ because }) => because.map(({ text }) => text)));
      const known = new Set<string>(texts);
      return parts(renderReport(report, { locale, words, format: 'markdown' })).fences.filter((line) =>
        known.has(line as never),
      );
    };
    expect(quoted('zh-CN')).toEqual(quoted('en'));
    if (name === 'sick-host') expect(quoted('en').length).toBeGreaterThan(8);
  });
});

describe('a fence', () => {
  it('is longer than any run of backticks in it', () => {
    expect(fenced('a ````` b', 'text')).toBe('``````text\na ````` b\n``````');
    expect(fenced('plain', 'sh')).toBe('```sh\nplain\n```');
  });
});

describe('Chinese punctuation', () => {
  it.each(Object.keys(stories))('of %s is full-width, and no blank stands after it', (name) => {
    const text = parts(show(name, 'zh-CN')).outside.filter((line) => !line.startsWith('>'));
    for (const line of text) {
      // What a machine said stays as it is, and stands in a code span.
      const own = line.replace(/`[^`]*`/g, 'x');
      expect(own).not.toMatch(/[：，；（][ \t](?!\|)/);
      expect(own).not.toMatch(/\p{Script=Han}\. |\p{Script=Han} ?\((?!https?:)/u);
    }
  });
});
