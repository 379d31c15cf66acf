import { cells, truncate } from '../cells.ts';
import { oneLine } from '../prose.ts';
import { type Line, type Piece, type Style, styleCodes } from '../terminal-line.ts';
import { wrap } from '../wrap.ts';

/** Lines as text. Each piece loses what could steer a terminal; no line is wider than `columns`. */
export function paint(lines: readonly Line[], columns: number, color: boolean): string {
  return lines.map((line) => `${paintLine(line, columns, color)}\n`).join('');
}

function paintLine(line: Line, columns: number, color: boolean): string {
  let room = columns;
  const pieces: Piece[] = [];
  for (const { style, text } of line) {
    const shown = truncate(oneLine(text), room);
    room -= cells(shown);
    if (shown !== '') pieces.push({ style, text: shown });
  }
  const last = pieces.at(-1);
  if (last !== undefined) pieces[pieces.length - 1] = { ...last, text: last.text.trimEnd() };
  return pieces
    .map(({ style, text }) =>
      color && styleCodes[style] !== '' && text.trim() !== ''
        ? `\u001b[${styleCodes[style]}m${text}\u001b[0m`
        : text,
    )
    .join('');
}

export const plain = (text: string, style: Style = 'plain'): Line => [{ text, style }];
export const blank: Line = [];

/** `Title ------`: a heading with its rule. */
export function heading(title: string, columns: number): Line {
  const short = truncate(oneLine(title), columns - 4);
  return [
    { text: short, style: 'strong' },
    { text: ` ${'-'.repeat(columns - cells(short) - 1)}`, style: 'soft' },
  ];
}

/** A sentence over as many lines as it takes; continued ones are indented by `indent`. */
export function sentence(text: string, columns: number, indent = 0, style: Style = 'plain'): readonly Line[] {
  return wrap(oneLine(text), columns - indent).map((part, index) =>
    plain(index === 0 ? part : ' '.repeat(indent) + part, style),
  );
}
