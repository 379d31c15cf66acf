import { cells } from './cells.ts';

/**
 * Marks inside sentences. Audits write `fmt.code(x)` and `fmt.name(x)`; the marks are characters of Unicode's private
 * use area, so a sentence stays a plain string until a renderer turns them into its own markup.
 */
const codeStart = '\u{e000}';
const codeEnd = '\u{e001}';
const nameStart = '\u{e002}';
const nameEnd = '\u{e003}';
const marks = /[\u{e000}-\u{e003}]/gu;
const marked = /\u{e000}([^\u{e000}-\u{e003}]*)\u{e001}|\u{e002}([^\u{e000}-\u{e003}]*)\u{e003}/gu;

/** A setting, command or path inside a sentence. Marks inside it are dropped: nobody else may set them. */
export const markCode = (text: string): string => codeStart + text.replace(marks, '') + codeEnd;

/** A name inside a sentence. */
export const markName = (text: string): string => nameStart + text.replace(marks, '') + nameEnd;

/** Escape, control and direction characters, invisible ones and our own marks: none may reach a reader's terminal. */
const unsafe =
  /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{61c}\u{180e}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e000}-\u{e003}\u{e0000}-\u{e007f}]/gu;

/** One printable line: unsafe characters dropped, line breaks and tabs become spaces. */
export function oneLine(text: string): string {
  return text.replace(/\r\n|[\n\r\t\u{85}\u{2028}\u{2029}]/gu, ' ').replace(unsafe, '');
}

/** Walks a sentence: plain pieces, code and names each through their own function. */
export function convert(
  text: string,
  plain: (piece: string) => string,
  code: (piece: string) => string,
  name: (piece: string) => string,
): string {
  let out = '';
  let from = 0;
  for (const match of text.matchAll(marked)) {
    out += plain(text.slice(from, match.index).replace(marks, ''));
    out += match[1] === undefined ? name(match[2] ?? '') : code(match[1]);
    from = match.index + match[0].length;
  }
  return out + plain(text.slice(from).replace(marks, ''));
}

/** Plain text, for JSON: the marks vanish. */
export function proseToText(text: string): string {
  return text.replace(marks, '');
}

/** One line for a terminal: no marks, no escape, control or direction characters. */
export function proseToTerminal(text: string): string {
  return oneLine(proseToText(text));
}

const htmlEntities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => htmlEntities[character] ?? '');
}

/**
 * Control, direction and invisible characters, lone marks of ours: none may reverse or break a page. Gathering drops
 * them already; this is the last door.
 */
export const unprintable =
  /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{61c}\u{180e}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{e000}-\u{e003}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]/gu;

/** A number and its unit stay on one line (U+00A0). */
const unit = /(\d) (?=(?:B|[KMGT]B|%|ms|s|min|h|d|天|小时|分钟|秒|毫秒|次|个|月|日|核)(?![A-Za-z]))/g;

/** Escaped, numbers bound to their units. */
const bound = (piece: string): string => escapeHtml(piece).replace(unit, '$1\u{a0}');

/** HTML: `<code>` and unbroken names, everything else escaped, numbers bound to their units. */
export function proseToHtml(text: string): string {
  return convert(
    text,
    bound,
    (piece) => `<code>${escapeHtml(piece)}</code>`,
    (piece) => `<span class="nb">${escapeHtml(piece)}</span>`,
  );
}

/** A name of more cells than this may break: a phone is no wider. */
const unbrokenName = 24;

/** HTML of a mail, which has no style sheet: code in its type face, short names unbroken. */
export function proseToMail(text: string): string {
  return convert(
    text,
    bound,
    (piece) =>
      `<span style="font-family:Menlo,Consolas,monospace;font-size:0.93em">${escapeHtml(piece)}</span>`,
    (piece) =>
      cells(piece) > unbrokenName
        ? escapeHtml(piece)
        : `<span style="white-space:nowrap">${escapeHtml(piece)}</span>`,
  );
}

/**
 * A code span that no content can leave: its fence is longer than any run of backticks inside (CommonMark 0.31, 6.1).
 * In a table a pipe is escaped even in code (GFM 4.10).
 */
export function markdownCode(text: string, inTable = false): string {
  const inside = oneLine(text);
  if (inside.trim() === '') return '` `';
  const longest = Math.max(0, ...(inside.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = inside.startsWith('`') || inside.endsWith('`') ? ' ' : '';
  const body = inTable ? inside.replace(/\|/g, '\\|') : inside;
  return fence + space + body + space + fence;
}

/**
 * Text that forms nothing in Markdown: no emphasis, link, image, HTML, heading, list, table cell or mention. A word
 * joiner after `@` and `#` keeps forges from linking people and issues, which they do after rendering.
 */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]<>|~&!$]/g, '\\$&')
    .replace(/[@#](?=\S)/g, '\\$&\u{2060}')
    .replace(/\b(https?|ftp|mailto|xmpp|file|javascript):/gi, '$1\\:')
    .replace(/\bwww\./gi, (found) => `${found.slice(0, 3)}\\.`)
    .replace(/^(\s*)([-+=]|\d+(?=[.)](?:\s|$)))/, (_found, space: string, mark: string) =>
      /\d/.test(mark) ? `${space}${mark}\\` : `${space}\\${mark}`,
    );
}

/** Names a forge shows as they stand; any other becomes a code span, where nothing is parsed. */
const plainName = /^[A-Za-z0-9\p{Script=Han}](?:[A-Za-z0-9 \p{Script=Han}-]*[A-Za-z0-9\p{Script=Han}])?$/u;

export function markdownName(name: string, inTable = false): string {
  return plainName.test(name) && !/^[0-9a-f]{7,40}$|^gh-\d/i.test(name) ? name : markdownCode(name, inTable);
}

/** Markdown: code spans and safe names, everything else escaped. */
export function proseToMarkdown(text: string, inTable = false): string {
  return convert(
    text,
    escapeMarkdown,
    (piece) => markdownCode(piece, inTable),
    (piece) => markdownName(piece, inTable),
  );
}
