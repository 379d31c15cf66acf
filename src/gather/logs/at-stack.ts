import { type FoundException, lineAt } from './found-exception.ts';
import { firstOwnPlace, isForeign } from './own-frames.ts';

const maxMessageLines = 8;
/** An error's own properties, its causes and the errors of an aggregate stand in braces after the last frame. */
const maxPropertyLines = 200;
const atFrame = /^\s+at\s+\S/;
const named =
  /^(?:Uncaught |error: Uncaught |\[?Unhandled\w* ?|\(in promise\) )*(?:[A-Za-z_$][\w$.]*)?(?:Error|Exception|Rejection|Failure|Exit)\b/;
const java = /^(?:Exception in thread .*|Caused by: .*|(?:[a-z_]\w*\.)+[A-Z]\w*(?:Error|Exception)\b.*)$/;
/** What a logger put before the message: `ERROR app: TypeError: x`. */
const namedLater =
  /(?:^|[\s"'>\]:|-])((?:[A-Za-z_$][\w$]*\.)*[A-Z][\w$]*(?:Error|Exception)\b(?:[:\s[(].*)?)$/;
/** PM2's own words in a cluster worker that goes on (lib/ProcessContainer.js, 5 to 7). */
const goesOn = /^You have triggered an unhandledRejection\b/;
/** `node --trace-warnings` gives warnings a stack; the one of a rejection tells an exception (Node before 15). */
const warning = /^\(\w+:\d+\) (?!UnhandledPromiseRejectionWarning)(?:\[\w+\] )?\w*Warning: /;
/** `Node.js v20.20.2` follows what ended the process (lib/internal/process/execution.js); Bun writes `Bun v1.1.0 (Linux x64)`. */
export const farewell = /^(?:Node\.js v\d|Bun v\d)/;
/** Of an 'error' event nobody listens to, Node adds who emitted it, with frames of its own (lib/events.js). */
const emitted = /^Emitted '[^']*' event(?: on \S.*)? at:$/;
const caret = /^\s*(?:\d+ \|)?\s*[\^~]+\s*$/;

export function isFrame(line: string): boolean {
  return atFrame.test(line);
}

export function isNamed(line: string): boolean {
  return named.test(line) || java.test(line);
}

/**
 * V8, Java, .NET, Bun and Deno: a message of up to eight lines, then `    at …`. `at` is the first frame, `floor` the
 * first line that no block before has taken. Where two processes that share a log died of the same in the same moment,
 * their lines may be mixed: as many exceptions as their message and first frame stand there.
 */
export function readStack(lines: readonly string[], at: number, floor: number): readonly FoundException[] {
  const to = endOfStack(lines, at);
  let head = at - 1;
  while (head > floor && at - head < maxMessageLines && !isNamed(lineAt(lines, head))) head -= 1;
  const isSure = head >= floor && isNamed(lineAt(lines, head));
  if (!isSure) head = at - 1;
  const first = lineAt(lines, head).trim();
  if (head < floor || first === '' || warning.test(first)) return [];
  const excerpt = excerptBefore(lines, head, floor);
  const before = lineAt(lines, head - 1);
  const farewellAt = farewellAfter(lines, to);
  const isOver =
    farewellAt !== null ||
    /^(?:error: Uncaught|Unhandled exception\.|Exception in thread "main")/.test(first);
  const frames = lines.slice(at, to + 1).filter(isFrame);
  const found: FoundException = {
    from: excerpt?.from ?? head,
    to: farewellAt ?? to,
    head,
    message: wholeMessage(lines, messageOf(first), head, at),
    ownFrame: firstOwnPlace(frames) ?? excerpt?.place ?? null,
    hasStack: true,
    outcome: goesOn.test(before) ? 'survived' : isOver ? 'fatal' : null,
  };
  const mixed = mixedCount(lines, head, at, floor);
  return Array.from({ length: mixed }, (_, index) => ({
    ...found,
    from: index === 0 ? found.from - mixed + 1 : found.from,
  }));
}

/** The last line of the stack with its causes and properties. */
function endOfStack(lines: readonly string[], at: number): number {
  let to = at;
  for (let index = at + 1; index < lines.length; index += 1) {
    const line = lineAt(lines, index);
    const isPart = isFrame(line) || /^\s+\.\.\. \d+ (?:more|lines matching)/.test(line);
    // `Caused by` and `Suppressed` have frames of their own.
    const isCause =
      (/^\s*(?:Caused by|Suppressed|caused by): /.test(line) || emitted.test(line)) &&
      isFrame(lineAt(lines, index + 1));
    if (!isPart && !isCause) break;
    to = index;
  }
  if (!/[{[]\s*$/.test(lineAt(lines, to))) return to;
  const last = Math.min(lines.length - 1, to + maxPropertyLines);
  for (let index = to + 1; index <= last; index += 1) {
    const line = lineAt(lines, index);
    if (/^[}\]]+,?\s*$/.test(line)) return index;
    if (!/^\s|^$/.test(line)) return index - 1;
  }
  return last;
}

function messageOf(line: string): string {
  const text = line.replace(/^(?:error: )?Uncaught (?:\(in promise\) )?|^Unhandled exception\. /, '');
  return isNamed(text) ? text : (namedLater.exec(text)?.[1] ?? text);
}

/** A first line that ends in a colon says nothing yet: Prisma, ts-node and `assert` go on in the next lines. */
function wholeMessage(lines: readonly string[], first: string, head: number, at: number): string {
  let message = first;
  for (let index = head + 1; index < at && /:$/.test(message); index += 1) {
    const line = lineAt(lines, index).trim();
    if (line !== '') message = `${message} ${line}`;
  }
  return message;
}

/** How many copies of the message stand in a row above frames that stand as often. */
function mixedCount(lines: readonly string[], head: number, at: number, floor: number): number {
  if (head !== at - 1) return 1;
  const sameAbove = (index: number, text: string): boolean => alike(lineAt(lines, index)) === text;
  const headText = alike(lineAt(lines, head));
  let heads = 1;
  while (heads < 8 && head - heads >= floor && sameAbove(head - heads, headText)) heads += 1;
  if (heads === 1) return 1;
  let frames = 1;
  while (frames < heads && lineAt(lines, at + frames) === lineAt(lines, at)) frames += 1;
  return frames;
}

function alike(line: string): string {
  return line.replace(/\d+/g, '#');
}

/** Node shows the line of code before the error: place, code, caret, a blank line. */
function excerptBefore(
  lines: readonly string[],
  head: number,
  floor: number,
): { readonly from: number; readonly place: string | null } | null {
  const end = lineAt(lines, head - 1) === '' ? head - 2 : head - 1;
  if (end < floor || !caret.test(lineAt(lines, end))) return null;
  for (let index = end - 1; index >= floor && index >= end - 8; index -= 1) {
    const place = /^(?:file:\/\/)?(\/.*:\d+|node:\S+:\d+)$/.exec(lineAt(lines, index));
    if (place !== null) {
      const text = place[1] ?? '';
      return { from: index, place: isForeign(text) ? null : text };
    }
  }
  return { from: Math.max(floor, end - 1), place: null };
}

function farewellAfter(lines: readonly string[], to: number): number | null {
  for (let index = to + 1; index <= to + 3 && index < lines.length; index += 1) {
    const line = lineAt(lines, index);
    if (farewell.test(line)) return index;
    if (line !== '') return null;
  }
  return null;
}

/**
 * What Node was thrown that is no Error: `throw 'text'` has an excerpt and a farewell, and no frame. `at` is the
 * farewell.
 */
export function readThrownValue(lines: readonly string[], at: number, floor: number): FoundException | null {
  for (let end = at - 1; end >= floor && end > at - 30; end -= 1) {
    if (!caret.test(lineAt(lines, end))) continue;
    let head = end + 1;
    while (head < at && lineAt(lines, head).trim() === '') head += 1;
    if (head >= at) return null;
    const excerpt = excerptBefore(lines, end + 1, floor);
    const message = lineAt(lines, head)
      .trim()
      .replace(/\s*\{$/, '');
    return {
      from: excerpt?.from ?? end,
      to: at,
      head,
      message: isNamed(message) ? withoutPreface(message) : `Uncaught ${message}`,
      ownFrame: excerpt?.place ?? null,
      hasStack: true,
      outcome: 'fatal',
    };
  }
  return null;
}

/** Of a rejection with what is no Error, Node puts two sentences before the reason (lib/internal/process/promises.js). */
function withoutPreface(message: string): string {
  const text = message.replace(/^\[(.*)\]$/, '$1');
  return text.replace(
    /^(UnhandledPromiseRejection): This error originated .*? rejected with the reason "(.*)"\.$/,
    '$1: $2',
  );
}
