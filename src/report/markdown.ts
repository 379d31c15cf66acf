import Handlebars from 'handlebars/dist/handlebars.runtime.js';
import en from '../../templates/locales/en.json' with { type: 'json' };
import zhCn from '../../templates/locales/zh-CN.json' with { type: 'json' };
import report from '../../templates/markdown.hbs';
import annexTable from '../../templates/partials/markdown-annex-table.hbs';
import { markdownCode, markdownName, oneLine, proseToMarkdown } from './prose.ts';
import type { View } from './view/view.ts';

const furniture = { en: en.markdown, 'zh-CN': zhCn.markdown } as const;

/**
 * Between a label and its value, two values, two sentences, and around a remark. Full-width marks carry their own room: no
 * blank stands beside them. Chinese bold ends before its colon: `**…：**` next to a letter does not close (CommonMark 0.31, 6.2).
 */
const separators = {
  en: { colon: ': ', comma: ', ', stop: '. ', open: ' (', close: ')', afterLabel: ' ', afterBold: ' ' },
  'zh-CN': { colon: '：', comma: '，', stop: '。', open: '（', close: '）', afterLabel: '', afterBold: '：' },
} as const;

/** What a helper was given; a template that names a field that is not there must fail, not print nothing. */
function given(helper: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new TypeError(`${helper}: a text is missing`);
}

/** A name as it stands, as code where a forge would read something into it; a dash where there is none. */
const name = (text: string, inTable: boolean): string => (text === '' ? '–' : markdownName(text, inTable));

/**
 * A fenced block that its content cannot end: the fence is longer than any run of backticks in it (CommonMark 0.31, 4.5).
 * Lines keep their bytes but for control characters.
 */
export function fenced(text: string, language: string): string {
  const lines = text.split('\n').map(oneLine);
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${lines.join('\n')}\n${fence}`;
}

type Template = (context: unknown) => string;
let compiled: Template | null = null;

function compile(): Template {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('md', (text: unknown) => proseToMarkdown(given('md', text)));
  handlebars.registerHelper('cell', (text: unknown) => proseToMarkdown(given('cell', text), true));
  handlebars.registerHelper('code', (text: unknown) => markdownCode(given('code', text)));
  handlebars.registerHelper('codecell', (text: unknown) => name(given('codecell', text), true));
  handlebars.registerHelper('fence', (text: unknown, language: unknown) =>
    fenced(given('fence', text), typeof language === 'string' ? language : 'text'),
  );
  handlebars.registerPartial('markdown-annex-table', handlebars.template(annexTable));
  return handlebars.template(report);
}

/** Answers: what is the Markdown of this view? Tables, code spans and fences that the large forges render; no HTML. */
export function renderMarkdown(view: View): string {
  compiled ??= compile();
  const allFixes = [...view.fixes.open, ...view.fixes.folded].map((fix) => ({
    ...fix,
    snippets: fix.snippets.map((snippet) => ({
      ...snippet,
      lang: snippet.isDiff ? 'diff' : 'sh',
      body: snippet.isDiff
        ? snippet.lines.map(({ mark, text }) => `${mark} ${text}`).join('\n')
        : snippet.text,
    })),
  }));
  return tidy(compiled({ ...view, allFixes, m: furniture[view.locale], sep: separators[view.locale] }));
}

/** One blank line where the template left several; lines inside a fence stay. A line with more backticks after the first run is a code span, no fence. */
function tidy(text: string): string {
  let fence: string | null = null;
  let blank = false;
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    const mark = /^(`{3,})[^`]*$/.exec(line)?.[1] ?? null;
    if (fence === null && mark !== null) fence = mark;
    else if (fence !== null && line === fence) fence = null;
    const isBlank = fence === null && line.trim() === '';
    if (!(isBlank && blank)) kept.push(isBlank ? '' : line);
    blank = isBlank;
  }
  return `${kept.join('\n').trim()}\n`;
}
