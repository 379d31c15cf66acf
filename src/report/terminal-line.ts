import { cells, truncate } from './cells.ts';
import { oneLine, proseToTerminal } from './prose.ts';
import { wrap } from './wrap.ts';

/** Widths in cells. Box and block characters take two cells in many CJK terminals, so all furniture is ASCII. */
export const width = 80;

/** `p0` to `p3` and the verdicts are badges: a block of colour, or the word in brackets where there is no colour. */
export type Style = 'plain' | 'strong' | 'soft' | 'red' | 'yellow' | 'green' | Badge;
export type Badge = 'p0' | 'p1' | 'p2' | 'p3' | 'critical' | 'attention' | 'healthy' | 'unknown';

export interface Piece {
  readonly style: Style;
  readonly text: string;
}
export type Line = readonly Piece[];

export const piece = (text: string, style: Style = 'plain'): Piece => ({ style, text });

/** A line of one style, cut to the width. */
export const line = (text: string, style: Style = 'plain'): Line => [
  piece(truncate(oneLine(text), width), style),
];

/** A sentence broken into lines of at most `most`, each after `indent` spaces; what does not fit ends in `..`. */
export function paragraph(prose: string, indent = 0, most = 3, style: Style = 'plain'): readonly Line[] {
  const room = width - indent;
  const broken = wrap(proseToTerminal(prose).trim(), room).flatMap((text) => splitLong(text, room));
  const kept = broken.slice(0, most);
  const last = kept.at(-1);
  if (broken.length > most && last !== undefined)
    kept[most - 1] = truncate(`${last}..`, room).replace(/\.{3,}$/, '..');
  return kept.map((text) => [piece(' '.repeat(indent) + truncate(text, room), style)]);
}

/** A word longer than a line is broken where the line ends. */
function splitLong(text: string, room: number): readonly string[] {
  if (cells(text) <= room) return [text];
  const lines: string[] = [];
  let current = '';
  for (const character of text) {
    if (cells(current + character) > room) {
      lines.push(current);
      current = '';
    }
    current += character;
  }
  return [...lines, current];
}

/**
 * A shell command over several lines that still is one: broken after `&&`, then at spaces with a backslash. null = it
 * cannot be broken to fit.
 */
export function commandLines(command: string, indent: number): readonly string[] | null {
  const room = width - indent;
  if (oneLine(command) !== command) return null;
  const lines: string[] = [];
  for (const part of command.split(/(?<=&&) /)) {
    if (cells(part) <= room) {
      lines.push(part);
      continue;
    }
    // Quoted text may hold spaces that mean themselves: such a part is not broken.
    if (/['"\\]/.test(part)) return null;
    const words = part.split(' ');
    if (words.some((word) => cells(word) > room - 4)) return null;
    let current = '';
    for (const word of words) {
      const next = current === '' ? word : `${current} ${word}`;
      if (cells(next) > room - 2) {
        lines.push(`${current} \\`);
        current = `  ${word}`;
      } else current = next;
    }
    lines.push(current);
  }
  return lines.map((text) => ' '.repeat(indent) + text);
}

/** Select Graphic Rendition parameters (ECMA-48, 8.3.117), the user's own colours; '' = none. */
export const styleCodes: { readonly [S in Style]: string } = {
  plain: '',
  strong: '1',
  soft: '2',
  red: '1;31',
  yellow: '33',
  green: '32',
  p0: '1;37;41',
  p1: '1;31',
  p2: '1',
  p3: '2',
  critical: '1;37;41',
  attention: '1;30;43',
  healthy: '1;30;42',
  unknown: '1;7',
};
