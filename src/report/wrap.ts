import { cells } from './cells.ts';

/** Breaks one paragraph into lines of at most `width` terminal cells: at spaces, and between Chinese characters. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  // A piece is a word with the space after it, or one wide character with the punctuation that must not start a line.
  for (const [piece] of text.matchAll(
    /[^\s\u2e80-\uffef]+\s*|[\u2e80-\uffef][，。；：！？、）”]*\s*|\s+/gu,
  )) {
    if (line !== '' && cells((line + piece).trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += line === '' ? piece.trimStart() : piece;
  }
  if (line.trimEnd() !== '') lines.push(line.trimEnd());
  return lines;
}
