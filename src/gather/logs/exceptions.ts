import { farewell, isFrame, isNamed, readStack, readThrownValue } from './at-stack.ts';
import { type BlockReader, type FoundException, lineAt } from './found-exception.ts';
import { readGoPanic, readPhpError, readRubyError, readRustPanic, readV8Abort } from './panics.ts';
import { readPythonSyntaxError, readTraceback } from './python-traceback.ts';

/** What a line holds that a reader may begin at; most lines hold none of it, and `includes` is the fastest way to say so. */
const openers: readonly (readonly [string, BlockReader])[] = [
  ['Traceback (most recent call last):', readTraceback],
  ['  File "', readPythonSyntaxError],
  ['panic', readGoPanic],
  ['fatal error: ', readGoPanic],
  [' panicked at ', readRustPanic],
  ['FATAL ERROR: ', readV8Abort],
  ['<--- Last few GCs', readV8Abort],
  ['Fatal error: ', readPhpError],
  ['Parse error: ', readPhpError],
  [':in ', readRubyError],
];

/**
 * All exceptions in these lines, in their order: stacks of V8, Java and .NET, Python tracebacks, panics of Go and Rust,
 * fatal errors of PHP and Ruby, V8's own aborts, and messages that stand alone. Lines are without their stamps and of
 * one process. Time is linear: each reader goes on where the one before ended, and looks around only a few lines.
 */
export function findExceptions(lines: readonly string[]): readonly FoundException[] {
  const found: FoundException[] = [];
  let floor = 0;
  const take = (block: FoundException): void => {
    // A message that turned out to be the head of a stack.
    while (found.length > 0 && (found.at(-1)?.from ?? -1) >= block.from) found.pop();
    found.push(block);
    floor = block.to + 1;
  };
  for (let at = 0; at < lines.length; at = Math.max(at + 1, floor)) {
    const line = lines[at] ?? '';
    if (line.length < 4) continue;
    const first = line.charCodeAt(0);
    if (first === 0x20 || first === 0x09) {
      if (isFrame(line)) {
        const stacks = readStack(lines, at, floor);
        for (const stack of stacks) take(stack);
        if (stacks.length === 0) while (at + 1 < lines.length && isFrame(lines[at + 1] ?? '')) at += 1;
        continue;
      }
    } else if (farewell.test(line)) {
      const thrown = readThrownValue(lines, at, floor);
      if (thrown !== null) take(thrown);
      continue;
    }
    const block = openedAt(lines, at, line);
    if (block !== null) take(block);
    else if (isBare(line)) found.push(bare(lines, at));
  }
  return found;
}

function openedAt(lines: readonly string[], at: number, line: string): FoundException | null {
  for (const [mark, read] of openers) {
    const block = line.includes(mark) ? read(lines, at) : null;
    if (block !== null) return block;
  }
  return null;
}

function isBare(line: string): boolean {
  if (!line.includes('Error') && !line.includes('Exception') && !line.includes('Rejection')) return false;
  return line.length < 2000 && isNamed(line) && !line.includes('Warning');
}

function bare(lines: readonly string[], at: number): FoundException {
  const message = lineAt(lines, at).trim();
  return { from: at, to: at, head: at, message, ownFrame: null, hasStack: false, outcome: null };
}
