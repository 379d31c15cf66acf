import { convert, oneLine } from '../prose.ts';
import type { Prose, Raw } from '../view/atoms.ts';

/** A piece of a line. `code` and `name` are the machine's own text; the vendor's markup makes all of them harmless. */
export interface Span {
  readonly style: 'plain' | 'strong' | 'code' | 'name';
  readonly text: string;
}

/** `quote`: a line of evidence. `command`: what to type. */
export interface Line {
  readonly kind: 'text' | 'quote' | 'command';
  readonly spans: readonly Span[];
}

/** Lines that are sent together or not at all. */
export type Block = readonly Line[];

/** One line without control characters and half characters: a message with one of those is refused whole by some. */
export const printable = (text: string): string => oneLine(text).replace(/\p{Surrogate}/gu, '\ufffd');

/** The pieces of a sentence. */
export function spansOf(prose: Prose): readonly Span[] {
  const spans: Span[] = [];
  const take =
    (style: Span['style']) =>
    (piece: string): string => {
      const text = printable(piece);
      if (text !== '') spans.push({ style, text });
      return '';
    };
  convert(prose, take('plain'), take('code'), take('name'));
  return spans;
}

export function textLine(...parts: readonly (Prose | Span)[]): Line {
  return line('text', parts);
}

export function quoteLine(...parts: readonly (Prose | Span)[]): Line {
  return line('quote', parts);
}

export function commandLine(...parts: readonly (Prose | Span)[]): Line {
  return line('command', parts);
}

function line(kind: Line['kind'], parts: readonly (Prose | Span)[]): Line {
  return { kind, spans: parts.flatMap((part) => (typeof part === 'string' ? spansOf(part) : [part])) };
}

export const strong = (text: Raw): Span => ({ style: 'strong', text: printable(text) });
export const code = (text: Raw): Span => ({ style: 'code', text: printable(text) });

/** The text of a line without any markup. */
export function plainText(lines: readonly Line[]): string {
  return lines.map(({ spans }) => spans.map(({ text }) => text).join('')).join('\n');
}

/**
 * The beginning of a machine's line, at most so many characters, with `…` where it ends; never half a character (a flag or
 * a letter with its accents is one).
 */
export function beginning(text: Raw, characters: number): string {
  if (text.length <= characters) return text;
  let kept = '';
  let count = 0;
  for (const { segment } of graphemes.segment(text)) {
    if (count === characters - 1 || kept.length + segment.length > 4 * characters)
      return `${kept.trimEnd()}…`;
    kept += segment;
    count += 1;
  }
  return kept;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
