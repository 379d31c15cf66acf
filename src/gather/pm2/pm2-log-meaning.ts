import type { Pm2Event } from '../../model/pm2.ts';
import type { CleanText } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';
import { parseBannerTime, parseBannerVersion, parsePm2LogText, type Stamp } from './pm2-log-line.ts';

/** What one kind of line means; shared by all lines of the same text, so a loop of 40,000 restarts costs little. */
export interface Meaning {
  readonly text: CleanText;
  readonly event: Pm2Event | null;
  readonly bannerTime: { readonly at: number; readonly offsetMinutes: number } | null;
  readonly bannerVersion: { readonly of: 'pm2' | 'node'; readonly version: CleanText } | null;
}

/** A line that means something, its time still on the daemon's wall clock. */
export interface RawLine {
  readonly stamp: Stamp | null;
  readonly meaning: Meaning;
}

/** Is told of each line: wall clock in ms as if UTC (NaN = no stamp), zone of the stamp in minutes east, meaning. */
export type LineVisit = (wallMs: number, offsetMinutes: number | null, meaning: Meaning) => void;

/** Tells of all lines, oldest first; the same each time. */
export type LineWalk = (visit: LineVisit) => void;

/** Answers: what does this text of a line, without its prefix, mean? null = nothing that a restart story needs. */
export function findMeaning(text: string, clean: Cleaner): Meaning | null {
  const none = { bannerTime: null, bannerVersion: null };
  const isolate = /^\[(\d+)\] (FATAL ERROR: [\s\S]*)$/.exec(text);
  if (isolate !== null) {
    const abort = parsePm2LogText(isolate[2] ?? '', clean);
    if (abort?.kind !== 'heap-abort') return null;
    return {
      text: clean.text(isolate[2] ?? ''),
      event: { kind: 'heap-abort', pid: Number(isolate[1]) },
      ...none,
    };
  }
  const event = parsePm2LogText(text, clean);
  if (event !== null) return { text: clean.text(text), event, ...none };
  const bannerTime = parseBannerTime(text);
  if (bannerTime !== null) return { text: clean.text(text), event: null, bannerTime, bannerVersion: null };
  const version = parseBannerVersion(text);
  if (version === null) return null;
  const bannerVersion = { of: version.of, version: clean.text(version.version) };
  return { text: clean.text(text), event: null, bannerTime: null, bannerVersion };
}
