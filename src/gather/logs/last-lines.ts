import type { AppLog } from '../../model/storage.ts';
import type { EpochMs } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';
import { type AppLogLine, timeOf } from './app-log-lines.ts';

const maxLines = 12;
const lineChars = 400;
/** Lines without a stamp of their own belong to the stamped one above; of more than these nobody can say. */
const maxUnstamped = 60;

/** An end nobody asked for, and when PM2 started the app again; whole seconds, as pm2.log has them. */
export interface NewestEnd {
  readonly at: EpochMs;
  readonly startedAt: EpochMs | null;
}

/** The last lines of the file that hold anything. */
export function tailOf(
  lines: readonly AppLogLine[],
  utcOffsetMinutes: (at: EpochMs) => number,
  clean: Cleaner,
): AppLog['tail'] {
  const last = takeBack(lines, lines.length - 1);
  const stamped = last.findLast((line) => line.stamp !== null);
  return {
    at: stamped === undefined ? null : timeOf(stamped, utcOffsetMinutes),
    lines: last.map(({ raw }) => clean.text(raw, lineChars)),
  };
}

/** The last lines of the process that ended then; null = no stamp says which they are. */
export function linesBeforeEnd(
  lines: readonly AppLogLine[],
  end: NewestEnd,
  utcOffsetMinutes: (at: EpochMs) => number,
  clean: Cleaner,
): AppLog['beforeEnd'] {
  const second = Math.floor(end.at / 1000) * 1000;
  // A process that was started in the second of the end may have written in it too.
  const isShared = end.startedAt !== null && Math.floor(end.startedAt / 1000) * 1000 <= second;
  const limit = isShared ? second : second + 1000;
  let isKnown = false;
  let unstamped = 0;
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const line = lines[index];
    if (line === undefined) continue;
    const at = timeOf(line, utcOffsetMinutes);
    if (at === null) {
      unstamped += 1;
      if (unstamped > maxUnstamped) return null;
      continue;
    }
    unstamped = 0;
    if (at >= limit) {
      isKnown = true;
      continue;
    }
    // Without a later stamp, what stands unstamped below may be of either process.
    const last = isKnown || isShared ? index : lines.length - 1;
    const before = takeBack(lines, withRest(lines, last));
    return before.length === 0
      ? null
      : { endAt: end.at, lines: before.map(({ raw }) => clean.text(raw, lineChars)) };
  }
  return null;
}

/** The indented lines below a stamped one are the rest of it. */
function withRest(lines: readonly AppLogLine[], index: number): number {
  let last = index;
  while (
    last + 1 < lines.length &&
    lines[last + 1]?.stamp === null &&
    /^\s+\S/.test(lines[last + 1]?.text ?? '')
  )
    last += 1;
  return last;
}

function takeBack(lines: readonly AppLogLine[], from: number): readonly AppLogLine[] {
  const taken: AppLogLine[] = [];
  for (let index = from; index >= 0 && taken.length < maxLines; index -= 1) {
    const line = lines[index];
    if (line !== undefined && line.raw.trim() !== '') taken.unshift(line);
  }
  return taken;
}
