/** An exception as a log shows it: where it stands, what it says, and the first line of it that is the app's own code. */
export interface FoundException {
  /** Index of its first and last line. */
  readonly from: number;
  readonly to: number;
  readonly message: string;
  /** `/srv/app/routes.js:10:5`; null = no frame outside the runtime and its packages. */
  readonly ownFrame: string | null;
}

const maxMessageLines = 8;
const atFrame = /^\s+at\s+\S/;
const nodeMessage =
  /^(?:Uncaught |\[?Unhandled\w* ?)?(?:[A-Za-z_$][\w$.]*)?(?:Error|Exception|Rejection|Failure)\b/;
const javaMessage =
  /^(?:Exception in thread .*|Caused by: .*|(?:[a-z_]\w*\.)+[A-Z]\w*(?:Error|Exception)\b.*)$/;
const foreignFrame =
  /node_modules|node:|\binternal\/|<anonymous>$|native\b|site-packages|dist-packages|\/lib\/python[\d.]*\/|<frozen |\/go\/src\/|\/usr\/(?:local|lib)\/go|\/pkg\/mod\/|^\s+at (?:java|javax|jdk|sun|com\.sun|kotlin|scala|org\.springframework|org\.apache|io\.netty)\./;

/**
 * The last exception in these lines: a Node or Java stack, a Python traceback, a Go or Rust panic; only where there is
 * none, a message by itself. null = neither. Lines are without their time stamps. Repeats are for the caller to count.
 */
export function findLastException(lines: readonly string[]): FoundException | null {
  let bare: FoundException | null = null;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at] ?? '';
    if (line.length > 2000) continue;
    const found = exceptionEndingAt(lines, at, line);
    if (found !== null) return found;
    if (bare === null && nodeMessage.test(line) && !/Warning/.test(line)) {
      bare = { from: at, to: at, message: line, ownFrame: null };
    }
  }
  return bare;
}

function exceptionEndingAt(lines: readonly string[], at: number, line: string): FoundException | null {
  if (atFrame.test(line)) return stackEndingAt(lines, at);
  if (line.startsWith('  File "')) return tracebackEndingAt(lines, at);
  if (/^\s+\S+\.go:\d+/.test(line)) return goPanicEndingAt(lines, at);
  if (!/^thread '.*' panicked at /.test(line)) return null;
  return { from: at, to: at + 1, message: rustMessage(lines, at), ownFrame: rustFrame(line) };
}

/** V8 and Java: a message, then `    at …`. The message may have several lines; `Caused by` belongs to the one above. */
function stackEndingAt(lines: readonly string[], to: number): FoundException | null {
  let top = to;
  while (top > 0 && (atFrame.test(lines[top - 1] ?? '') || /^\s+\.\.\. \d+ more/.test(lines[top - 1] ?? '')))
    top -= 1;
  let from = top - 1;
  while (from >= 0 && top - from <= maxMessageLines && !isMessage(lines[from] ?? '')) from -= 1;
  if (from < 0 || !isMessage(lines[from] ?? '')) from = top - 1;
  if (from < 0) return null;
  if (/^Caused by: /.test(lines[from] ?? '') && from > 0 && atFrame.test(lines[from - 1] ?? '')) {
    const outer = stackEndingAt(lines, from - 1);
    if (outer !== null) return { ...outer, to };
  }
  return { from, to, message: (lines[from] ?? '').trim(), ownFrame: firstOwn(lines.slice(top, to + 1)) };
}

function isMessage(line: string): boolean {
  return nodeMessage.test(line) || javaMessage.test(line);
}

/** `    at handler (/srv/app/x.js:3:5)`, `at file:///srv/x.js:3:5`, `at com.acme.Main.run(Main.java:12)`. */
function firstOwn(frames: readonly string[]): string | null {
  for (const frame of frames) {
    if (foreignFrame.test(frame)) continue;
    const place = /\(([^()]+:\d+(?::\d+)?)\)[\s{]*$|\s((?:file:\/\/)?\/\S+:\d+:\d+)[\s{]*$/.exec(frame);
    if (place !== null) return (place[1] ?? place[2] ?? '').replace(/^file:\/\//, '');
  }
  return null;
}

/** Python prints the frames outermost first and the exception last, at the left edge. */
function tracebackEndingAt(lines: readonly string[], at: number): FoundException | null {
  let from = at;
  while (
    from >= 0 &&
    at - from < 400 &&
    !(lines[from] ?? '').startsWith('Traceback (most recent call last):')
  )
    from -= 1;
  if (!(lines[from] ?? '').startsWith('Traceback')) return null;
  let to = at + 1;
  while (to < lines.length - 1 && /^\s|^$/.test(lines[to] ?? '') && to - at < 20) to += 1;
  let ownFrame: string | null = null;
  for (const line of lines.slice(from, to)) {
    const place = /^ {2}File "([^"]+)", line (\d+)/.exec(line);
    if (place !== null && !foreignFrame.test(place[1] ?? '')) ownFrame = `${place[1]}:${place[2]}`;
  }
  return { from, to: Math.min(to, lines.length - 1), message: (lines[to] ?? 'Traceback').trim(), ownFrame };
}

/** `panic: …` or `fatal error: …`, `goroutine 1 [running]:`, then function and place on two lines each. */
function goPanicEndingAt(lines: readonly string[], to: number): FoundException | null {
  let from = to;
  while (from >= 0 && to - from < 2000 && !/^(?:panic|fatal error): /.test(lines[from] ?? '')) from -= 1;
  if (from < 0 || !/^(?:panic|fatal error): /.test(lines[from] ?? '')) return null;
  let ownFrame: string | null = null;
  for (const line of lines.slice(from, to + 1)) {
    const place = /^\s+(\S+\.go:\d+)/.exec(line);
    if (place === null || foreignFrame.test(line)) continue;
    ownFrame = place[1] ?? null;
    break;
  }
  return { from, to, message: (lines[from] ?? '').trim(), ownFrame };
}

/** `thread 'main' panicked at src/main.rs:2:5:` and the message on the next line (Rust 1.73), before that in quotes. */
function rustMessage(lines: readonly string[], at: number): string {
  const line = lines[at] ?? '';
  const next = lines[at + 1] ?? '';
  return line.endsWith(':') && next !== '' ? `panicked: ${next.trim()}` : line.trim();
}

function rustFrame(line: string): string | null {
  return /(\S+\.rs:\d+(?::\d+)?):?$/.exec(line)?.[1] ?? null;
}
