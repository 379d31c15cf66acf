import { type FoundException, lineAt } from './found-exception.ts';
import { isForeign } from './own-frames.ts';

const opener = /(?:Exception Group )?Traceback \(most recent call last\):\s*$/;
const chained =
  /^(?:During handling of the above exception, another exception occurred:|The above exception was the direct cause of the following exception:)\s*$/;
/** A message may have several lines; the sentence that chains it to the next one stands after them. */
const chainLines = 10;
/** Asked to end, or ended on purpose. */
const onPurpose =
  /^(?:KeyboardInterrupt|SystemExit|asyncio\.(?:exceptions\.)?CancelledError|GeneratorExit)\b/;

/**
 * CPython's `Traceback (most recent call last):` with its chain, also indented or inside an exception group (traceback.py
 * prints `+` and `|` before those lines). Frames stand outermost first; the exception last, at the left edge.
 */
export function readTraceback(lines: readonly string[], at: number): FoundException | null {
  let part = readPart(lines, at);
  if (part === null) return null;
  const from = at;
  let { ownFrame } = part;
  for (;;) {
    const next = chainedAfter(lines, part.to);
    const following = next === null ? null : readPart(lines, next);
    if (following === null) break;
    part = following;
    ownFrame = following.ownFrame ?? ownFrame;
  }
  const { to, head, message } = part;
  const outcome = onPurpose.test(message) ? 'survived' : null;
  return { from, to, head, message, ownFrame, hasStack: true, outcome };
}

interface Part {
  readonly to: number;
  readonly head: number;
  readonly message: string;
  readonly ownFrame: string | null;
}

function readPart(lines: readonly string[], at: number): Part | null {
  const first = lineAt(lines, at);
  const start = opener.exec(first)?.index;
  if (start === undefined) return null;
  const margin = /^[\s|+]*$/.test(first.slice(0, start)) ? start : 0;
  let ownFrame: string | null = null;
  let index = at + 1;
  let frames = 0;
  for (; index < lines.length; index += 1) {
    const line = inside(lineAt(lines, index), margin);
    if (line === null || !/^\s+\S/.test(line)) break;
    const place = /^ {2}File "([^"]+)", line (\d+)/.exec(line);
    if (place === null) continue;
    frames += 1;
    if (!isForeign(place[1] ?? '')) ownFrame = `${place[1]}:${place[2]}`;
  }
  const message = index < lines.length ? (inside(lineAt(lines, index), margin) ?? '').trim() : '';
  if (message === '' || opener.test(message))
    return frames === 0 ? null : { to: index - 1, head: at, message: 'Traceback', ownFrame };
  let to = index;
  // The parts of a group: `+-+---------------- 1 ----------------` and `| ValueError: x`.
  if (first.includes('Exception Group'))
    while (to + 1 < lines.length && /^\s+[|+]/.test(lineAt(lines, to + 1))) to += 1;
  return { to, head: index, message, ownFrame };
}

/** The line without the margin of its block; null = it does not belong to the block. */
function inside(line: string, margin: number): string | null {
  if (margin === 0) return line;
  return /^[\s|+]*$/.test(line.slice(0, margin)) ? line.slice(margin) : null;
}

function chainedAfter(lines: readonly string[], to: number): number | null {
  const end = Math.min(lines.length, to + chainLines);
  for (let index = to + 1; index < end; index += 1) {
    const line = lineAt(lines, index).replace(/^[\s|]+/, '');
    if (opener.test(line)) return null;
    if (!chained.test(line)) continue;
    for (let next = index + 1; next <= index + 2 && next < lines.length; next += 1)
      if (opener.test(lineAt(lines, next))) return next;
    return null;
  }
  return null;
}

/** A file that CPython could not compile when it was started has no traceback: its place, the line, a caret, the error. */
export function readPythonSyntaxError(lines: readonly string[], at: number): FoundException | null {
  const place = /^ {2}File "([^"]+)", line (\d+)$/.exec(lineAt(lines, at));
  if (place === null) return null;
  for (let index = at + 1; index <= at + 4 && index < lines.length; index += 1) {
    const line = lineAt(lines, index);
    if (/^\s/.test(line)) continue;
    if (!/^(?:Syntax|Indentation|Tab)Error: /.test(line)) return null;
    const ownFrame = `${place[1]}:${place[2]}`;
    return {
      from: at,
      to: index,
      head: index,
      message: line.trim(),
      ownFrame,
      hasStack: true,
      outcome: 'fatal',
    };
  }
  return null;
}
