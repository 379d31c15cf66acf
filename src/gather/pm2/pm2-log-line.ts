import type { Pm2Event } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';

/** The time at the start of a pm2.log line, as written. */
export interface Stamp {
  /** The wall clock it shows, as if it were UTC; ms since 1970. */
  readonly wallMs: number;
  /** Minutes east of UTC, where the stamp itself says so (`Z`, `+08:00`); null = local time of the daemon. */
  readonly offsetMinutes: number | null;
}

/** One physical line of pm2.log, taken apart. */
export interface SplitLine {
  /** null = no stamp, or one in a format we do not read. */
  readonly stamp: Stamp | null;
  /** True where PM2's own prefix (`PM2 log: `) was there: the daemon wrote it, or something that imitates it. */
  readonly prefixed: boolean;
  /** The text after the prefix; the whole line where there is none. */
  readonly text: string;
}

/** `pm2 logs` puts this before each line of the daemon. */
export const viewerPrefix = /^(?:0\|)?PM2\s+\|\s?/;
/** PM2 puts `<stamp>: PM2 <log|error|info|warn>: ` before each line (lib/Utility.js overrideConsole, versions 5 to 7). */
const linePrefix = /^([^\n]{1,60}?): PM2 (?:log|error|info|warn): ?/;
const stampFormat =
  /^(\d{4})[-/.](\d{2})[-/.](\d{2})[T ,]{1,2}(\d{2}):(\d{2}):(\d{2})(?:[.,:](\d{1,3}))?\s?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Takes a line of pm2.log apart. Stamps are read in PM2's default format (`2026-11-21T16:24:17`) and in what people set
 * PM2_LOG_DATE_FORMAT to: a space instead of the T, slashes, milliseconds, a zone. Day-first, month-first and 12-hour
 * stamps are ambiguous: they give no time.
 */
export function splitStamp(line: string): SplitLine {
  const own = line.replace(viewerPrefix, '');
  const match = linePrefix.exec(own);
  if (match === null) return { stamp: null, prefixed: own !== line, text: own };
  return { stamp: readStamp(match[1] ?? ''), prefixed: true, text: own.slice(match[0].length) };
}

/** Reads a stamp by itself; null = another format, or no such day. */
export function readStamp(text: string): Stamp | null {
  const match = stampFormat.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const wallMs = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  // Only the last days of a month can be days it does not have; asking for each line costs more than the rest.
  const isDay = Number(day) >= 1 && (Number(day) <= 28 || new Date(wallMs).getUTCDate() === Number(day));
  const isTime = Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 60;
  if (Number.isNaN(wallMs) || !isDay || !isTime || Number(month) < 1 || Number(month) > 12) return null;
  const millis = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0'));
  return { wallMs: wallMs + millis, offsetMinutes: zone === undefined ? null : readOffset(zone) };
}

function readOffset(zone: string): number {
  if (zone === 'Z') return 0;
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return digits.startsWith('-') ? -minutes : minutes;
}

/** What the banner's `Time` line says (`Time : Sat Nov 21 2026 16:24:17 GMT-0500 (…)`, lib/Daemon.js); null = another line. */
export function parseBannerTime(
  text: string,
): { readonly at: EpochMs; readonly offsetMinutes: number } | null {
  const match = /^Time\s*: (\w{3} \w{3} \d{2} \d{4} \d{2}:\d{2}:\d{2} GMT([+-]\d{4}))/.exec(text);
  if (match === null) return null;
  const at = Date.parse(match[1] ?? '');
  return Number.isNaN(at) ? null : { at, offsetMinutes: readOffset(match[2] ?? '') };
}

/** `PM2 version : 7.0.4` and `Node.js version : 20.20.2` of the banner; null = another line. */
export function parseBannerVersion(
  text: string,
): { readonly of: 'pm2' | 'node'; readonly version: string } | null {
  const match = /^(PM2|Node\.js) version\s*: (\S{1,40})\s*$/.exec(text);
  return match === null ? null : { of: match[1] === 'PM2' ? 'pm2' : 'node', version: match[2] ?? '' };
}

/** Answers: what does this text of the daemon mean? null = nothing that a restart story needs. */
export function parsePm2LogText(text: string, clean: Cleaner): Pm2Event | null {
  const own = text.replace(/[\r\n]+$/, '');
  for (const [start, parse] of readers) {
    if (own.startsWith(start)) {
      const event = parse(own, clean);
      if (event !== null) return event;
    }
  }
  return null;
}

type Reader = (text: string, clean: Cleaner) => Pm2Event | null;

/** A name may hold `]`, `:` and line breaks, so it reaches to the LAST thing that can end it. `_old_` = being reloaded. */
const app = String.raw`App \[([\s\S]*):(_old_)?(\d+)\]`;
const exited = new RegExp(String.raw`^${app} exited with code \[(-?\d+)\] via signal \[(\w{1,20})\]$`);
const backoff = new RegExp(String.raw`^${app} will restart in (\d+(?:\.\d+)?)ms$`);
const started = new RegExp(`^${app} (starting in -(?:fork|cluster) mode-|online)$`);
const disconnected = /^App name:([\s\S]*) id:(_old_)?(\d+) disconnected$/;
const stopping = /^Stopping app:([\s\S]*) id:(_old_)?(\d+)$/;

/**
 * By first words, so that a line is compared with few patterns. Wordings of PM2 5.4.3, 6.0.14 and 7.0.4:
 * lib/God.js, lib/Worker.js, lib/Watcher.js, lib/Daemon.js, lib/God/{ActionMethods,Methods,Reload,ForkMode,ClusterMode}.js.
 */
const readers: readonly (readonly [start: string, parse: Reader])[] = [
  ['App [', parseApp],
  ['App name:', (text, clean) => named('disconnected', disconnected.exec(text), clean)],
  ['Stopping app:', (text, clean) => named('stopping', stopping.exec(text), clean)],
  [
    'pid=',
    (text) => {
      const match = /^pid=(\d+) msg=process (?:killed|tree killed \((\d+) pids?\))$/.exec(text);
      return (
        match && {
          kind: 'killed',
          pid: Number(match[1]),
          processes: match[2] === undefined ? null : Number(match[2]),
        }
      );
    },
  ],
  [
    'Process with pid ',
    (text) => {
      const match = /^Process with pid (\d+) still alive after (\d+)ms, sending (?:it )?SIGKILL/.exec(text);
      return match && { kind: 'own-sigkill', pid: Number(match[1]), afterMs: Number(match[2]) };
    },
  ],
  [
    'Process ',
    (text) => withId('already-stopped', /^Process (\d+) in a stopped status, starting it$/.exec(text)),
  ],
  [
    '[PM2][WORKER] Process ',
    (text) => {
      const match =
        /^\[PM2\]\[WORKER\] Process (\d+) restarted because it exceeds --max-memory-restart value(?: \(current_memory=(\d+) max_memory_limit=(\d+) \[octets\]\))?/.exec(
          text,
        );
      if (match === null) return null;
      const bytes = (digits: string | undefined) => (digits === undefined ? null : Number(digits));
      return {
        kind: 'memory-limit',
        pmId: Number(match[1]),
        currentBytes: bytes(match[2]),
        limitBytes: bytes(match[3]),
      };
    },
  ],
  [
    '[PM2][WORKER] Registering',
    (text) => withId('cron-registered', /^\[PM2\]\[WORKER\] Registering a cron job on: (\d+)$/.exec(text)),
  ],
  [
    '[PM2] Deregistering',
    (text) => withId('cron-deregistered', /^\[PM2\] Deregistering a cron job on: (\d+)$/.exec(text)),
  ],
  [
    'Change detected on path ',
    (text, clean) => {
      // Without the end there is nothing to find, and looking for it from every ` for app ` would take for ever.
      if (!text.endsWith(' - restarting')) return null;
      const match = /^Change detected on path ([\s\S]*?) for app ([\s\S]*) - restarting$/.exec(text);
      return match && { kind: 'watch', path: clean.text(match[1] ?? ''), name: clean.text(match[2] ?? '') };
    },
  ],
  ['-reload- New worker listening', () => ({ kind: 'reload-listening' })],
  ['-softReload- New worker listening', () => ({ kind: 'reload-listening' })],
  [
    'Script ',
    (text, clean) => {
      const match = /^Script ([\s\S]*) had too many unstable restarts \((\d+)\)\. Stopped\./.exec(text);
      return match && { kind: 'overlimit', script: clean.text(match[1] ?? ''), times: Number(match[2]) };
    },
  ],
  ['Deleting process ', (text) => withId('deleting', /^Deleting process (\d+)$/.exec(text))],
  [
    '--- New PM2 Daemon started ---',
    () => ({ kind: 'daemon-started', pm2Version: null, nodeVersion: null, pid: null }),
  ],
  ['--- PM2 global error caught ---', () => ({ kind: 'daemon-error' })],
  ['[PM2] Resurrecting PM2', () => ({ kind: 'daemon-resurrecting' })],
  [
    'PM2 successfully stopped',
    (text) => (text === 'PM2 successfully stopped' ? { kind: 'daemon-stopped' } : null),
  ],
  ['pm2 has been killed by signal', () => ({ kind: 'daemon-signalled' })],
  ['Exited peacefully', (text) => (text === 'Exited peacefully' ? { kind: 'daemon-exited' } : null)],
  [
    'Error: spawn ',
    (text, clean) => {
      const match =
        /^Error: spawn [^\n]*\b(?:ENOENT|EACCES|ENOTDIR|ENOMEM|EAGAIN|EMFILE|E2BIG|EPERM|ENOEXEC)\b/.exec(
          text,
        );
      return match && { kind: 'spawn-failed', detail: clean.text(match[0]) };
    },
  ],
  ['Error caught while calling pidusage', () => ({ kind: 'monitoring-failed' })],
  [
    'FATAL ERROR: ',
    (text) =>
      /JavaScript heap out of memory|Allocation failed|Ineffective mark-compacts/.test(text)
        ? { kind: 'heap-abort', pid: null }
        : null,
  ],
];

function parseApp(text: string, clean: Cleaner): Pm2Event | null {
  const exit = exited.exec(text);
  if (exit !== null) {
    return {
      kind: 'exited',
      name: clean.text(exit[1] ?? ''),
      old: exit[2] !== undefined,
      pmId: Number(exit[3]),
      code: Number(exit[4]),
      signal: clean.text(exit[5] ?? ''),
    };
  }
  const wait = backoff.exec(text);
  if (wait !== null) {
    return {
      kind: 'backoff',
      name: clean.text(wait[1] ?? ''),
      pmId: Number(wait[3]),
      delayMs: Number(wait[4]),
    };
  }
  const start = started.exec(text);
  return named(start?.[4] === 'online' ? 'online' : 'starting', start, clean);
}

function named(
  kind: 'starting' | 'online' | 'disconnected' | 'stopping',
  match: RegExpExecArray | null,
  clean: Cleaner,
): Pm2Event | null {
  if (match === null) return null;
  return { kind, name: clean.text(match[1] ?? ''), old: match[2] !== undefined, pmId: Number(match[3]) };
}

function withId(
  kind: 'already-stopped' | 'cron-registered' | 'cron-deregistered' | 'deleting',
  match: RegExpExecArray | null,
): Pm2Event | null {
  return match && { kind, pmId: Number(match[1]) };
}
