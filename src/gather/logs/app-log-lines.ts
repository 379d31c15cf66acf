import type { AppLog } from '../../model/storage.ts';
import type { EpochMs } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';
import { isFields, parseJson } from '../pm2/json-fields.ts';
import { readStamp, type Stamp } from '../pm2/pm2-log-line.ts';
import { findLastException } from './exceptions.ts';

/** Nobody reads further, and patterns need not either. */
const lineMaxChars = 4000;
const shownLines = 10;
const minute = 60_000;

/** One line of an app's log, with the stamp PM2 put before it (`time: true`) taken off. */
export interface AppLogLine {
  readonly raw: string;
  readonly text: string;
  readonly stamp: Stamp | null;
}

const stampPrefix =
  /^(\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,3})?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?):? /;

/**
 * Lines of the end of a log. `isPart`: it starts in the middle, so the first line goes, for it may hold half a secret.
 * `log_type: json` of PM2 wraps every output as `{"message":…,"timestamp":…}`: the message is taken out.
 */
export function readLines(content: Buffer, isPart: boolean): readonly AppLogLine[] {
  const text = content.toString('utf8');
  const from = isPart ? text.indexOf('\n') + 1 : 0;
  if (isPart && from === 0) return [];
  const lines: AppLogLine[] = [];
  for (const line of text.slice(from).split('\n')) {
    const raw = (line.endsWith('\r') ? line.slice(0, -1) : line).slice(0, lineMaxChars);
    const wrapped = raw.startsWith('{"') && raw.includes('"message":') ? parseJson(line) : undefined;
    if (isFields(wrapped) && typeof wrapped['message'] === 'string') {
      const stamp = typeof wrapped['timestamp'] === 'string' ? readStamp(wrapped['timestamp']) : null;
      for (const part of wrapped['message'].split('\n')) {
        const own = part.slice(0, lineMaxChars);
        lines.push({ raw: own, text: own, stamp });
      }
      continue;
    }
    const prefix = stampPrefix.exec(raw);
    if (prefix === null) lines.push({ raw, text: raw, stamp: null });
    else lines.push({ raw, text: raw.slice(prefix[0].length), stamp: readStamp(prefix[1] ?? '') });
  }
  return lines;
}

/**
 * The last exception of a log. `at`: from the line's own stamp (local time of the host unless it says otherwise), else
 * the file's time where nothing but the runtime's farewell follows it; null = not known.
 */
export function lastExceptionOf(
  lines: readonly AppLogLine[],
  modifiedAt: EpochMs,
  utcOffsetMinutes: (at: EpochMs) => number,
  clean: Cleaner,
): AppLog['lastException'] {
  const found = findLastException(lines.map((line) => line.text));
  if (found === null) return null;
  const block = lines.slice(found.from, found.to + 1);
  const stamp = block.find((line) => line.stamp !== null)?.stamp ?? null;
  const after = lines
    .slice(found.to + 1)
    .filter((line) => !/^\s*$|^\s*[\^})\]]|^Node\.js v|^exit status |^\s+\w+: /.test(line.text));
  const pattern = alike(found.message);
  const shown = block.slice(0, shownLines).map((line) => line.text);
  const own = found.ownFrame;
  const ownLine = own === null ? undefined : block.find((line) => line.text.includes(own))?.text;
  if (ownLine !== undefined && !shown.includes(ownLine)) shown[shownLines - 1] = ownLine;
  return {
    at: stamp !== null ? timeOf(stamp, utcOffsetMinutes) : after.length === 0 ? modifiedAt : null,
    headline: clean.text(own === null ? found.message : `${found.message.slice(0, 250)} (${own})`, 400),
    lines: shown.map((line) => clean.text(line, 400)),
    repeats: Math.max(
      1,
      lines.filter((line) => line.text.length < 2000 && alike(line.text.trim()) === pattern).length,
    ),
  };
}

function timeOf(stamp: Stamp, utcOffsetMinutes: (at: EpochMs) => number): EpochMs {
  return stamp.wallMs - (stamp.offsetMinutes ?? utcOffsetMinutes(stamp.wallMs)) * minute;
}

/** The same message but for its numbers and ids. */
function alike(message: string): string {
  return message.slice(0, 300).replace(/0x[0-9a-f]+|\d+/gi, '#');
}
