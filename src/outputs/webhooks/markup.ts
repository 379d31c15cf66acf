import type { Block, Line, Span } from '../../report/chat/lines.ts';

/** How one vendor writes a text: each function escapes what it is given, so that no name of the machine forms anything. */
export interface Markup {
  plain(text: string): string;
  strong(text: string): string;
  code(text: string): string;
  /** One line; `text` is marked up already. */
  line(kind: Line['kind'], text: string): string;
  readonly lineBreak: string;
  readonly blockBreak: string;
}

/** Breaks what a vendor would read as a link or a mention; takes no room on the screen. */
export const joiner = '\u{2060}';

/** Letters, digits, blanks and hyphens: nothing that any markup reads. Others are shown as code. */
const plainName = /^[A-Za-z0-9\p{Script=Han}](?:[A-Za-z0-9 \p{Script=Han}-]*[A-Za-z0-9\p{Script=Han}])?$/u;

function renderSpan({ style, text }: Span, markup: Markup): string {
  switch (style) {
    case 'strong':
      return markup.strong(text);
    case 'code':
      return markup.code(text);
    case 'name':
      return plainName.test(text) ? markup.plain(text) : markup.code(text);
    case 'plain':
      return markup.plain(text);
  }
}

export function renderBlock(block: Block, markup: Markup): string {
  return block
    .map(({ kind, spans }) => markup.line(kind, spans.map((span) => renderSpan(span, markup)).join('')))
    .join(markup.lineBreak);
}

/** An address stays readable and is no link any more: `https:` and the slashes are parted, `www` and the dot as well. */
export function unlinked(text: string): string {
  return text
    .replace(/:(?=\/\/)/g, `:${joiner}`)
    .replace(/\bwww(?=\.)/gi, (found) => found + joiner)
    .replace(/\b(mailto|javascript|tel|dingtalk|lark|weixin):/gi, (found) => found + joiner);
}
