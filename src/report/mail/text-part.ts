import { renderMarkdown } from '../markdown.ts';
import { proseToMarkdown } from '../prose.ts';
import type { View } from '../view/view.ts';
import type { MailView } from './mail-model.ts';
import type { MailWords } from './mail-words.ts';
import type { OccasionView } from './occasion-view.ts';

/** Rows of the list of all apps: a thousand are for the file. */
const textApps = 60;
/** A report of an ordinary host has a fifth of it. */
export const textBytes = 200_000;

/** Answers: what does the mail say to a reader without HTML? Why it comes in two lines, the Markdown report, where the rest is. */
export function textPart(view: View, say: MailWords, why: OccasionView, foot: MailView['foot']): string {
  const changes = why.changes
    .map(({ label, items }) => `${label}${say.colon}${proseToMarkdown(items)}`)
    .join(' ');
  return [
    proseToMarkdown(why.lead),
    ...(changes === '' ? [] : [changes]),
    '',
    ...wholeParts(renderMarkdown(withFewApps(view, say)), say),
    foot.path === null ? foot.noFile : `${foot.pathBefore}${foot.path}${foot.pathAfter}`,
    ...foot.lines,
    '',
  ].join('\n');
}

function withFewApps(view: View, say: MailWords): View {
  const { annex } = view;
  const left = annex.rows.length - textApps;
  if (left <= 0) return view;
  const caption = `${annex.caption} ${say.moreRows(left)}`;
  return { ...view, annex: { ...annex, rows: annex.rows.slice(0, textApps), caption } };
}

/** The Markdown up to the last heading at which it still fits; whole where it fits. A quoted line is no heading. */
function wholeParts(markdown: string, say: MailWords): readonly string[] {
  const lines = markdown.split('\n');
  let fence: string | null = null;
  let bytes = 0;
  let end = 0;
  for (const [index, line] of lines.entries()) {
    const mark = /^(`{3,})[^`]*$/.exec(line)?.[1] ?? null;
    if (fence === null && mark !== null) fence = mark;
    else if (fence === line) fence = null;
    else if (fence === null && /^#{2,3} /.test(line)) end = index;
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > textBytes) return [...lines.slice(0, end), say.textCut, ''];
  }
  return lines;
}
