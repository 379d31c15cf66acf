import type { EpochMs } from '../../model/text.ts';
import { isFields, parseJson } from '../pm2/json-fields.ts';
import { readStamp } from '../pm2/pm2-log-line.ts';
import { readJsonLine } from './json-line.ts';

/** Nobody reads further, and patterns need not either. */
const lineMaxChars = 4000;
const minute = 60_000;

/** One line of an app's log. */
export interface AppLogLine {
  /** As it stands in the file; of JSON around it only what the app wrote. */
  readonly raw: string;
  /** Without the stamp in front. */
  readonly text: string;
  /** The stamp as written; null = none. */
  readonly stamp: string | null;
  /** `pm2`: the prefix of `time: true`, or its JSON · `own`: the app's logger wrote it · null = none. */
  readonly stampedBy: 'pm2' | 'own' | null;
  /** Which of the processes that share the log wrote it; only PM2's JSON says so. */
  readonly writer: string;
}

/**
 * `2026-11-21T16:24:17: ` of PM2's `time: true` (lib/Utility.js, a colon ends it); `2026-11-21 10:00:00,123 ` of Python's
 * logging, `2026/11/21 10:00:00 ` of Go's log, `[2026-11-21 10:00:00 +0000] ` of gunicorn and log4js.
 */
const stampPrefix =
  /^\[?(\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?)(?:(: )|[\]:]? |\]$)/;
/** `[21-Nov-2026 10:00:00 UTC] ` of PHP's error log; its zone may be any name, so only UTC gives a time. */
const phpPrefix = /^\[(\d{2})-([A-Z][a-z]{2})-(\d{4}) (\d{2}:\d{2}:\d{2})( UTC)?[^\]]{0,40}\] /;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** SGR colours, as loggers write them to a pipe that they take for a terminal. */
const colours = /\u001b\[[\d;]*m/g;

/**
 * Lines of the end of a log. `isPart`: it starts in the middle, so the first line goes, for it may hold half a secret.
 * `log_type: json` of PM2 wraps every output as `{"message":…,"timestamp":…}`: the message is taken out. Of the JSON
 * lines of pino, bunyan, winston and structlog the stack is.
 */
export function readLines(content: Buffer, isPart: boolean): readonly AppLogLine[] {
  const text = content.toString('utf8');
  const from = isPart ? text.indexOf('\n') + 1 : 0;
  if (isPart && from === 0) return [];
  const lines: AppLogLine[] = [];
  for (const line of text.slice(from).split('\n')) {
    if (line.startsWith('{"') && line.includes('"message":') && line.includes('"timestamp":')) {
      const wrapped = parseJson(line);
      if (isFields(wrapped) && typeof wrapped['message'] === 'string' && 'process_id' in wrapped) {
        const stamp = typeof wrapped['timestamp'] === 'string' ? wrapped['timestamp'] : null;
        const writer = String(wrapped['process_id']);
        for (const part of wrapped['message'].replace(/\n$/, '').split('\n'))
          addLine(lines, part, stamp, writer);
        continue;
      }
    }
    addLine(lines, line, null, '');
  }
  return lines;
}

function addLine(lines: AppLogLine[], line: string, wrapStamp: string | null, writer: string): void {
  const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
  const cut = whole.length > lineMaxChars ? whole.slice(0, lineMaxChars) : whole;
  const raw = cut.includes('\u001b') ? cut.replace(colours, '') : cut;
  const prefix = prefixOf(raw);
  const stamp = wrapStamp ?? prefix?.stamp ?? null;
  const stampedBy = wrapStamp !== null || prefix?.isPm2 ? 'pm2' : prefix === null ? null : 'own';
  const text = prefix === null ? raw : raw.slice(prefix.length);
  const json = text.startsWith('{')
    ? readJsonLine(whole.slice(whole.length - (raw.length - (prefix?.length ?? 0))))
    : null;
  if (json === null) {
    lines.push({ raw, text, stamp, stampedBy, writer });
    return;
  }
  for (const part of json.lines) {
    const own = part.slice(0, lineMaxChars);
    lines.push({ raw: own, text: own, stamp: stamp ?? json.stamp, stampedBy: 'own', writer });
  }
}

function prefixOf(
  line: string,
): { readonly stamp: string; readonly isPm2: boolean; readonly length: number } | null {
  const first = line.charCodeAt(0);
  const digit = first === 0x5b ? line.charCodeAt(1) : first;
  if (!(digit >= 0x30 && digit <= 0x39)) return null;
  const match = stampPrefix.exec(line);
  if (match !== null)
    return { stamp: match[1] ?? '', isPm2: match[2] !== undefined, length: match[0].length };
  const php = phpPrefix.exec(line);
  if (php === null) return null;
  const month = months.indexOf(php[2] ?? '') + 1;
  if (month === 0) return null;
  const stamp = `${php[3]}-${String(month).padStart(2, '0')}-${php[1]} ${php[4]}${php[5] === undefined ? '' : ' Z'}`;
  return { stamp, isPm2: false, length: php[0].length };
}

/** When the line says it was written: local time of the host unless it says otherwise; null = no stamp we can read. */
export function timeOf(line: AppLogLine, utcOffsetMinutes: (at: EpochMs) => number): EpochMs | null {
  if (line.stamp === null) return null;
  if (/^\d{13}$/.test(line.stamp)) return Number(line.stamp);
  // Stamps of Rust and Go have micro- and nanoseconds.
  const stamp = readStamp(line.stamp.replace(/([.,]\d{3})\d+/, '$1'));
  if (stamp === null) return null;
  return stamp.wallMs - (stamp.offsetMinutes ?? utcOffsetMinutes(stamp.wallMs)) * minute;
}
