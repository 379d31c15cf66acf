/** XML 1.0 (fifth edition), section 2.2: the only characters a document may hold. Others cannot even be escaped. */
const forbidden = /[^\u{9}\u{a}\u{d}\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** What may stand in the document: controls dropped, half a surrogate pair replaced. */
function legal(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\u{fffd}').replace(forbidden, '');
}

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** `>` too: `]]>` may not stand in text (section 2.4). */
const escaped = (text: string): string => legal(text).replace(/[&<>"]/g, (found) => entities[found] ?? '');

const text = (content: string): string => escaped(content).replace(/\r/g, '');

/** An attribute: one line, for a parser turns line breaks there into blanks (section 3.3.3). */
const attribute = (content: string): string => escaped(content.replace(/[\r\n\t]+/g, ' '));

export type Attributes = { readonly [name: string]: string | number };

/** One element, indented by two blanks a level; `content` is text or finished elements. */
export function element(
  name: string,
  attributes: Attributes,
  content: string | readonly string[] = [],
): string {
  const head = `<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${attribute(String(value))}"`)
    .join('')}`;
  if (typeof content === 'string') return `${head}>${text(content)}</${name}>\n`;
  if (content.length === 0) return `${head}/>\n`;
  const inside = content.join('');
  return `${head}>\n${inside}</${name}>\n`;
}

export const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
