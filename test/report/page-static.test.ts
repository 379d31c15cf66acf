import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HtmlValidate } from 'html-validate';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/report/html.ts';
import { buildView } from '../../src/report/view/view.ts';
import en from '../../templates/locales/en.json' with { type: 'json' };
import zhCn from '../../templates/locales/zh-CN.json' with { type: 'json' };
import { stories } from '../stories/index.ts';
import { allPlots } from '../stories/restart-plots.ts';
import { auditWords, locales, pageOf, viewOf } from './pages.ts';

const templates = join(import.meta.dirname, '../../templates');
const names = Object.keys(stories);

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    // Bars and meters are as wide as their value; the page's policy allows inline style and nothing else.
    'no-inline-style': 'off',
    // On a phone the rows of a table become blocks (display: grid), which takes their roles away: they are spelled out.
    'no-redundant-role': 'off',
    // Lines of a log may end in spaces; they are evidence.
    'no-trailing-whitespace': 'off',
    // Lists are named for readers of a screen reader; ARIA 1.2 allows it.
    'aria-label-misuse': ['error', { allowAnyNamable: true }],
    // Host names are as long as they are.
    'long-title': 'off',
  },
});

const quoted = (html: string): readonly string[] =>
  [...html.matchAll(/<pre[^>]*>([\s\S]*?)<\/pre>/g)].map(([, text = '']) =>
    text.replace(/<span class="vh">[^<]*<\/span>/g, ''),
  );

describe.each(names)('the page of %s', (name) => {
  const pages = Object.fromEntries(locales.map((locale) => [locale, pageOf(name, locale)])) as Record<
    (typeof locales)[number],
    string
  >;

  it.each(locales)('is valid HTML in %s', async (locale) => {
    const report = await validator.validateString(pages[locale]);
    expect(
      report.results.flatMap((result) =>
        result.messages.map((found) => `${found.line}:${found.column} ${found.ruleId}: ${found.message}`),
      ),
    ).toEqual([]);
  });

  it('quotes the same bytes in every language', () => {
    expect(quoted(pages['zh-CN'])).toEqual(quoted(pages.en));
  });

  it.each(locales)('asks for nothing outside and holds no script in %s', (locale) => {
    const page = pages[locale];
    expect(page).not.toMatch(/<(script|iframe|object|embed|link|img|base|form)\b/i);
    expect(page).not.toMatch(/<[a-z][^>]*\s(?:src|srcset|action|on[a-z]+)\s*=/i);
    expect(page, 'its style sheet is inside').toContain('--paper:#fff');
    expect(page.match(/<style>[\s\S]*?<\/style>/)?.[0]).not.toMatch(/url\(|@import|expression\(/i);
    expect([...page.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href]) => href)).toEqual(
      expect.arrayContaining(['#main']),
    );
    for (const [, href] of page.matchAll(/<a [^>]*href="([^"]*)"/g)) expect(href).toMatch(/^#[a-z0-9-]+$/);
  });

  it.each(locales)('jumps only to places it has in %s', (locale) => {
    const page = pages[locale];
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size, 'ids are unique').toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  it.each(locales)('leaves no control, direction or private-use character in %s', (locale) => {
    expect(pages[locale]).not.toMatch(
      /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{e000}-\u{e003}\u{feff}]/u,
    );
  });

  it.each(locales)('prints no undefined, NaN or object in %s', (locale) => {
    const text = pages[locale]
      .replace(/<style>[\s\S]*?<\/style>/, '')
      .replace(/<pre[\s\S]*?<\/pre>/g, '')
      .replace(/<[^>]+>/g, ' ');
    expect(text).not.toMatch(/\bundefined\b|\bNaN\b|\[object|\bInfinity\b/);
    expect(pages[locale]).not.toMatch(/="[^"]*(?:undefined|NaN|null)%?"/);
  });

  it.each(locales)('has every field of the view in %s', (locale) => {
    const missing: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (value === undefined) missing.push(path);
      else if (typeof value === 'number' && !Number.isFinite(value)) missing.push(`${path} is ${value}`);
      else if (value !== null && typeof value === 'object')
        for (const [key, item] of Object.entries(value)) walk(item, `${path}.${key}`);
    };
    walk(viewOf(name, locale), 'view');
    expect(missing).toEqual([]);
  });
});

describe('the page of all restart plots', () => {
  it.each(locales)('is valid HTML, and each story has its own ids, in %s', async (locale) => {
    const page = renderHtml(buildView(allPlots(), locale, auditWords));
    const found = await validator.validateString(page);
    expect(found.results.flatMap(({ messages }) => messages.map(({ message }) => message))).toEqual([]);
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the size of a page', () => {
  it.each(['many-apps-100', 'many-apps-1000'])('%s stays below 1 MB', (name) => {
    for (const locale of locales) expect(Buffer.byteLength(pageOf(name, locale))).toBeLessThan(1024 * 1024);
  });

  it('lists every app in the annex', () => {
    const annex = pageOf('many-apps-1000', 'en').split('<section class="annex"')[1] ?? '';
    expect(annex.match(/<th scope="row">/g)?.length).toBeGreaterThanOrEqual(1000);
  });
});

describe('the templates', () => {
  const files = readdirSync(templates, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.name.endsWith('.hbs'),
  );

  it.each(files.map((entry) => entry.name))('%s never prints unescaped', (name) => {
    const entry = files.find((file) => file.name === name)!;
    const text = readFileSync(join(entry.parentPath, name), 'utf8');
    expect(text).not.toContain('{{{');
    expect(text).not.toMatch(/\{\{~?&/);
  });

  it('say the same things in every language', () => {
    const keys = (value: object, path: string): readonly string[] =>
      Object.entries(value).flatMap(([key, item]) =>
        typeof item === 'object' && item !== null ? keys(item, `${path}.${key}`) : [`${path}.${key}`],
      );
    expect(keys(zhCn.page, 'page')).toEqual(keys(en.page, 'page'));
    for (const path of keys(en.page, 'page')) {
      const text = path
        .split('.')
        .reduce<unknown>(
          (at, key) => (key === 'page' ? at : (at as Record<string, unknown>)[key]),
          zhCn.page,
        );
      expect(text, path).not.toBe('');
    }
  });
});
