import type { EpochMs } from '../../model/text.ts';
import type { LogClock } from './calendar.ts';
import { recordReader } from './record-reader.ts';

/** Lines looked at for a time; a log with none in so many has none. */
const maxLines = 200;
const edgeBytes = 64 * 1024;

function times(lines: readonly string[], clock: LogClock): EpochMs[] {
  const found: EpochMs[] = [];
  const reader = recordReader(clock, (record) => {
    if (record.at !== null) found.push(record.at);
  });
  for (const line of lines) reader.line(line);
  reader.flush();
  return found;
}

/** First time in the beginning of a log; null = none that can be told. */
export function firstStamp(beginning: Buffer, clock: LogClock): EpochMs | null {
  const lines = beginning.toString('utf8').split(/\r?\n/, maxLines);
  for (let count = 20; count <= maxLines; count *= 2) {
    const [first] = times(lines.slice(0, count), clock);
    if (first !== undefined) return first;
    if (count >= lines.length) break;
  }
  return null;
}

/** Last time in the end of a log. */
export function lastStamp(ending: Buffer, clock: LogClock): EpochMs | null {
  const lines = ending
    .subarray(Math.max(0, ending.length - edgeBytes))
    .toString('utf8')
    .trimEnd()
    .split(/\r?\n/);
  for (let count = 40; count <= maxLines; count *= 2) {
    const last = times(lines.slice(-count), clock).at(-1);
    if (last !== undefined) return last;
    if (count >= lines.length) break;
  }
  return null;
}
