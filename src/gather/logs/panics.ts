import { type FoundException, lineAt } from './found-exception.ts';
import { firstOwnPlace, isForeign } from './own-frames.ts';

/** Between `panic:` and its first goroutine stand the signal, a blank line, panics on the way out. */
const goHeadLines = 12;

/** Go: `panic: …` or `fatal error: …`, `goroutine 1 [running]:`, then function and place on two lines each. */
export function readGoPanic(lines: readonly string[], at: number): FoundException | null {
  const head = lineAt(lines, at);
  // net/http recovers the panic of a handler, prints it so, and goes on.
  const isServed = /^http: panic serving /.test(head);
  if (!isServed && !/^(?:panic|fatal error): /.test(head)) return null;
  let index = at + 1;
  while (index < at + goHeadLines && index < lines.length && !/^goroutine \d+/.test(lineAt(lines, index)))
    index += 1;
  if (!/^goroutine \d+/.test(lineAt(lines, index))) return null;
  let ownFrame: string | null = null;
  let to = index;
  for (; index < lines.length; index += 1) {
    const line = lineAt(lines, index);
    const place = /^\s+(\S+\.go:\d+)/.exec(line);
    if (place !== null) {
      if (ownFrame === null && !isForeign(line)) ownFrame = place[1] ?? null;
    } else if (
      !/^$|^goroutine \d+|^created by |^[\w./*()[\]{}·~,$-]+\(.*\)$|^exit status \d+|^\.\.\.|^\[/.test(line)
    )
      break;
    if (line !== '') to = index;
  }
  return {
    from: at,
    to,
    head: at,
    message: head.trim(),
    ownFrame,
    hasStack: true,
    outcome: isServed ? 'survived' : 'fatal',
  };
}

/** Rust: `thread 'main' panicked at src/main.rs:2:5:` and the message below (1.73), before that `panicked at 'message', place`. */
export function readRustPanic(lines: readonly string[], at: number): FoundException | null {
  const line = lineAt(lines, at);
  const match = /^thread '([^']{0,200})'(?: \(\d+\))? panicked at (.*)$/.exec(line);
  if (match === null) return null;
  const said = match[2] ?? '';
  const isBelow = said.endsWith(':');
  const place = /(\S+\.rs:\d+(?::\d+)?):?$/.exec(said)?.[1] ?? null;
  const text = isBelow ? lineAt(lines, at + 1).trim() : /^'(.*)', \S+$/.exec(said)?.[1];
  let to = Math.min(lines.length - 1, isBelow ? at + 1 : at);
  while (to + 1 < lines.length && /^stack backtrace:|^note: |^\s+\d+: |^\s+at \S/.test(lineAt(lines, to + 1)))
    to += 1;
  const frames = lines.slice(at, to + 1).filter((each) => /^\s+at /.test(each));
  return {
    from: at,
    to,
    head: at,
    message: text ? `panicked: ${text}` : line.trim(),
    ownFrame: place !== null && !isForeign(place) ? place : firstOwnPlace(frames),
    hasStack: true,
    // Another thread's panic ends that thread only.
    outcome: match[1] === 'main' ? 'fatal' : null,
  };
}

/** PHP: `PHP Fatal error:  Uncaught RuntimeException: text in /srv/a.php:3`, `Stack trace:`, `#0 /srv/x.php(12): f()`. */
export function readPhpError(lines: readonly string[], at: number): FoundException | null {
  const line = lineAt(lines, at);
  const match = /^(?:PHP )?(?:Fatal|Parse) error:\s+(?:Uncaught )?(.*)$/.exec(line);
  if (match === null) return null;
  let to = at;
  const end = Math.min(lines.length - 1, at + 60);
  for (let index = at + 1; index <= end; index += 1) {
    const next = lineAt(lines, index);
    if (!/^#\d+ |^Stack trace:|^\s+thrown in |^$/.test(next)) {
      // A message of several lines ends where the stack begins.
      if (to > at || index > at + 8) break;
      continue;
    }
    if (next !== '') to = index;
  }
  const place = /^(.*?) in (\/\S+?)(?::(\d+)| on line (\d+))\s*$/.exec(match[1] ?? '');
  const thrown = place === null ? null : `${place[2]}:${place[3] ?? place[4]}`;
  let ownFrame = thrown !== null && !isForeign(thrown) ? thrown : null;
  for (let index = at + 1; index <= to && ownFrame === null; index += 1) {
    const frame = /^#\d+ (\/[^\s(]+)\((\d+)\)/.exec(lineAt(lines, index));
    if (frame !== null && !isForeign(frame[1] ?? '')) ownFrame = `${frame[1]}:${frame[2]}`;
  }
  const message = (place?.[1] ?? match[1] ?? '').trim();
  return { from: at, to, head: at, message, ownFrame: ownFrame ?? thrown, hasStack: true, outcome: 'fatal' };
}

/** Ruby: `/srv/a.rb:3:in 'Object#f': text (RuntimeError)`, then `\tfrom /srv/a.rb:7:in '<main>'`. */
export function readRubyError(lines: readonly string[], at: number): FoundException | null {
  const line = lineAt(lines, at);
  const match = /^(\S[^:]{0,400}):(\d+):in [`']([^']{0,200})': (.*) \(([A-Z][\w:]*)\)\s*$/.exec(line);
  if (match === null) return null;
  const places = [`${match[1]}:${match[2]}`];
  let to = at;
  for (; to + 1 < lines.length; to += 1) {
    const frame = /^\s+(?:\d+: )?from (\S[^:]{0,400}:\d+)/.exec(lineAt(lines, to + 1));
    if (frame === null) break;
    places.push(frame[1] ?? '');
  }
  const ownFrame = places.find((place) => !isForeign(place)) ?? null;
  return {
    from: at,
    to,
    head: at,
    message: `${match[5]}: ${match[4]}`,
    ownFrame,
    hasStack: true,
    outcome: 'fatal',
  };
}

const gcList = '<--- Last few GCs --->';
const v8HeadLines = 40;

/** V8 gives up for want of memory: garbage collections, `FATAL ERROR: …`, its own native frames. */
export function readV8Abort(lines: readonly string[], at: number): FoundException | null {
  const line = lineAt(lines, at).trim();
  const said = line.indexOf('FATAL ERROR: ');
  if (said < 0) return readGcList(lines, at);
  let from = at;
  for (let index = at - 1; index >= 0 && index > at - v8HeadLines; index -= 1) {
    if (!lineAt(lines, index).startsWith(gcList)) continue;
    from = index;
    break;
  }
  let to = at;
  while (
    to + 1 < lines.length &&
    /^\s*\d+: (?:0x)?[0-9a-f]|^----- Native stack|^$/.test(lineAt(lines, to + 1))
  )
    to += 1;
  const message = line.slice(said);
  return { from, to, head: at, message, ownFrame: null, hasStack: true, outcome: 'fatal' };
}

/**
 * V8 lists its last collections only where the heap is full (src/heap/heap.cc). PM2 closes an app's log in the moment of
 * the exit (lib/God/ForkMode.js, `destroy`), and what it had not written by then is lost: the words may be missing.
 */
function readGcList(lines: readonly string[], at: number): FoundException | null {
  if (!lineAt(lines, at).startsWith(gcList)) return null;
  let to = at;
  for (let index = at + 1; index < at + v8HeadLines && index < lines.length; index += 1) {
    const line = lineAt(lines, index);
    if (line.includes('FATAL ERROR: ')) return null;
    if (!/^$|^\[\d+:0x|^<--- JS stacktrace/.test(line)) break;
    if (line !== '') to = index;
  }
  return { from: at, to, head: at, message: gcList, ownFrame: null, hasStack: true, outcome: 'fatal' };
}
