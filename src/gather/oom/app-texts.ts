import type { AppText, AppTextKind } from '../../model/oom.ts';
import type { CleanText } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';
import type { LogClock } from './calendar.ts';
import { splitPrefix } from './prefix.ts';

type Found = Pick<AppText, 'kind' | 'verdict'> & {
  readonly pid?: number;
  readonly signal?: number;
  readonly exitCode?: number;
  readonly who?: string;
};

const sigkill = 9;
const sigabrt = 6;
/** One failure prints its words more than once. */
const sameFailureLines = 6;
const maxTextChars = 4000;

/** What single lines say. Texts: facts of gunicorn 20 to 23, celery 5, V8, CPython, libstdc++, Go, the JVM, bash, Kubernetes. */
function found(line: string): Found | null {
  let match =
    /Worker with pid (\d+) was terminated due to signal 9\b/.exec(line) ??
    /Worker \(pid:(\d+)\) was sent SIGKILL! Perhaps out of memory\?/.exec(line);
  if (match)
    return { kind: 'gunicorn-signal9', verdict: 'possible OOM', pid: Number(match[1]), signal: sigkill };
  match = /Process '([^']*)' pid:(\d+) exited with 'signal 9 \(SIGKILL\)'/.exec(line);
  if (match)
    return {
      kind: 'celery-sigkill',
      verdict: 'possible OOM',
      pid: Number(match[2]),
      signal: sigkill,
      who: match[1] ?? '',
    };
  if (/WorkerLostError\(?.*signal 9 \(SIGKILL\)/.test(line))
    return { kind: 'celery-sigkill', verdict: 'possible OOM', signal: sigkill };
  if (/FATAL ERROR: .*(?:heap limit|Allocation failed|out of memory)/.test(line))
    return { kind: 'v8-heap-oom', verdict: 'self-abort' };
  if (/(?:^|[\s|:.])_?(?:Array)?MemoryError(?::|\s*$)/.test(line))
    return { kind: 'python-MemoryError', verdict: 'exception' };
  if (line.includes('std::bad_alloc')) return { kind: 'cpp-bad_alloc', verdict: 'self-abort' };
  if (/fatal error: (?:runtime: )?(?:out of memory|cannot allocate memory)/.test(line))
    return { kind: 'go-out-of-memory', verdict: 'self-abort' };
  if (/java\.lang\.OutOfMemoryError/.test(line))
    return { kind: 'java-OutOfMemoryError', verdict: 'exception' };
  if (
    /(?:spawn|fork|read|write|mmap|open)\w* ENOMEM\b|\bcode: 'ENOMEM'|Cannot allocate memory/.test(line) &&
    !/invoked oom-killer/.test(line)
  )
    return { kind: 'cannot-allocate', verdict: 'exception' };
  if (/\bOOMKilled\b/.test(line) && !/OOMKilled"?\s*[:=]\s*"?false/i.test(line))
    return { kind: 'kubernetes-OOMKilled', verdict: 'possible OOM', signal: sigkill };
  match = /\bcontainer oom ([0-9a-f]{12,64})?.*?(?:name=([^,)\s]+))?/.exec(line);
  if (match)
    return {
      kind: 'container-oom',
      verdict: 'possible OOM',
      who: /name=([^,)\s]+)/.exec(line)?.[1] ?? match[1] ?? '',
    };
  if (/TaskOOM\b/.test(line)) return { kind: 'container-oom', verdict: 'possible OOM' };
  if (/Error R15\b/.test(line)) return { kind: 'heroku-R15', verdict: 'possible OOM', signal: sigkill };
  match = /Child process \[(\d+)\] died/.exec(line);
  if (match) return { kind: 'uvicorn-child-died', verdict: 'possible OOM', pid: Number(match[1]) };
  return shellKilled(line);
}

/** bash: `leak.sh: line 3: 4711 Killed    node leak.js`; zsh: `[1]  + 4711 killed     node`; alone `Killed`. */
function shellKilled(line: string): Found | null {
  const text = line.trim();
  if (text === 'Killed') return { kind: 'shell-killed', verdict: 'possible OOM', signal: sigkill };
  const bash =
    /(?:^|: )line \d+:\s+(\d+) Killed(?:\s|$)/.exec(text) ??
    /^\[\d+\][-+]?\s+(?:(\d+)\s+)?(?:Killed|killed)\s{2,}/.exec(text) ??
    /^\[\d+\]\s+[-+]?\s*(\d+) killed\s/.exec(text);
  if (bash)
    return {
      kind: 'shell-killed',
      verdict: 'possible OOM',
      signal: sigkill,
      ...(bash[1] ? { pid: Number(bash[1]) } : {}),
    };
  return /^(?:zsh|bash|sh|dash|fish): killed\s/i.test(text)
    ? { kind: 'shell-killed', verdict: 'possible OOM', signal: sigkill }
    : null;
}

/** gunicorn/arbiter.py murder_workers: `WORKER TIMEOUT (pid:N)`, then SIGABRT, and SIGKILL a second later. */
function workerTimeout(line: string): Found | null {
  const match = /\bWORKER TIMEOUT \(pid:\s*(\d+)\)/.exec(line);
  return match ? { kind: 'gunicorn-timeout', verdict: 'not OOM', pid: Number(match[1]) } : null;
}

/** A SIGKILL the program itself sent: no memory was short as far as the text goes. */
const ownKills: readonly {
  readonly kind: AppTextKind;
  readonly of: AppTextKind;
  readonly isIt: (line: string, pid: number | null) => boolean;
}[] = [
  {
    kind: 'gunicorn-timeout',
    of: 'gunicorn-signal9',
    isIt: (line, pid) => new RegExp(`WORKER TIMEOUT \\(pid:\\s*${pid ?? '\\d+'}\\)`).test(line),
  },
  {
    kind: 'celery-time-limit',
    of: 'celery-sigkill',
    isIt: (line) => /Hard time limit \([\d.]+s\) exceeded/.test(line),
  },
];

function lastMatch(
  lines: readonly string[],
  from: number,
  to: number,
  pattern: RegExp,
): RegExpExecArray | null {
  for (let index = to; index >= from; index -= 1) {
    const match = pattern.exec(lines[index] ?? '');
    if (match) return match;
  }
  return null;
}

function firstMatch(
  lines: readonly string[],
  from: number,
  to: number,
  pattern: RegExp,
): RegExpExecArray | null {
  for (let index = from; index <= to && index < lines.length; index += 1) {
    const match = pattern.exec(lines[index] ?? '');
    if (match) return match;
  }
  return null;
}

/**
 * What the lines of an application's own log (or pm2.log) show of a SIGKILL or of memory that ran out. Each proves at
 * most that, never a kill by the kernel: the verdict says how far it goes.
 */
export function findAppTexts(
  lines: readonly string[],
  source: CleanText,
  clean: Cleaner,
  clock: LogClock | null = null,
  /** Timeouts of workers as well, also where no SIGKILL follows: no sign of memory, but of a worker that hung. */
  withTimeouts = false,
): AppText[] {
  const out: AppText[] = [];
  const lastSeen = new Map<AppTextKind, { index: number; pid: number | null }>();
  for (const [index, whole] of lines.entries()) {
    const line = whole.length > maxTextChars ? whole.slice(0, maxTextChars) : whole;
    const text = found(line) ?? (withTimeouts ? workerTimeout(line) : null);
    if (!text) continue;
    const before = lastSeen.get(text.kind);
    const pid = text.pid ?? (text.kind === 'v8-heap-oom' ? v8Pid(lines, index) : null);
    // Plain "Killed" is one line each; the rest says one failure in several lines.
    const isSame = before && index - before.index <= sameFailureLines && (pid === null || before.pid === pid);
    lastSeen.set(text.kind, { index, pid: pid ?? before?.pid ?? null });
    if (isSame && text.kind !== 'shell-killed') continue;
    const own = ownKills.find(
      (rule) =>
        rule.of === text.kind &&
        lines.slice(Math.max(0, index - 30), index).some((earlier) => rule.isIt(earlier, pid)),
    );
    const v8 = text.kind === 'v8-heap-oom' ? v8Facts(lines, index) : null;
    const exit =
      text.kind === 'kubernetes-OOMKilled'
        ? firstMatch(lines, index, index + 3, /[Ee]xit ?[Cc]ode"?:\s*(\d+)/)
        : null;
    const at = clock ? splitPrefix(line, clock).at : null;
    const who = text.who ?? v8?.who ?? '';
    out.push({
      kind: own?.kind ?? text.kind,
      at,
      pid,
      signal: text.signal ?? (text.kind === 'v8-heap-oom' && v8?.exitCode !== 0 ? sigabrt : null),
      exitCode: v8?.exitCode ?? (exit ? Number(exit[1]) : null),
      app: v8?.app === undefined ? null : clean.text(v8.app, 200),
      pm2Id: v8?.pm2Id ?? null,
      who: who === '' ? null : clean.text(who, 200),
      verdict: own ? 'not OOM' : text.verdict,
      quote: { source, at, text: clean.text(line) },
    });
  }
  return out;
}

/** V8 prints `[PID:0xISOLATE]` before each garbage collection it lists. */
function v8Pid(lines: readonly string[], index: number): number | null {
  const match = lastMatch(lines, Math.max(0, index - 30), index, /\[(\d+):0x[0-9a-f]+\]/);
  return match ? Number(match[1]) : null;
}

interface V8Facts {
  readonly exitCode: number | null;
  readonly app?: string;
  readonly pm2Id?: number;
  readonly who?: string;
}

/** Around the fatal line: the exit code a script printed, what pm2.log says of the app that ended, the daemon itself. */
function v8Facts(lines: readonly string[], index: number): V8Facts {
  const code = firstMatch(lines, index, index + 25, /\b(?:rc=|exit(?:ed with)? code:? ?|status )(134)\b/);
  const ended =
    firstMatch(
      lines,
      index,
      index + 10,
      /App \[(.+):(\d+)\] exited with code \[\d*\] via signal \[SIGABRT\]/,
    ) ?? firstMatch(lines, index, index + 10, /App name:(.+) id:(\d+) exited with code SIGABRT/);
  const daemon = firstMatch(lines, index, index + 12, /\[PM2 v[\d.]+: God/);
  return {
    exitCode: code ? Number(code[1]) : null,
    ...(ended ? { app: ended[1] ?? '', pm2Id: Number(ended[2]) } : {}),
    ...(daemon ? { who: 'PM2 God Daemon' } : {}),
  };
}
