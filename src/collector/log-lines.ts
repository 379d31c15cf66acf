import type { Cleaner } from '../gather/clean.ts';
import { parseBannerTime, parsePm2LogText, splitStamp } from '../gather/pm2/pm2-log-line.ts';
import { findMeaning } from '../gather/pm2/pm2-log-meaning.ts';
import type { Host } from '../host/host.ts';
import type { EpochMs } from '../model/text.ts';
import type { FileId, FollowedLine } from './log-file.ts';

const mostLineBytes = 16 * 1024;
const newline = 10;
/** Every line of the daemon's own has it (lib/Utility.js overrideConsole). */
const mark = Buffer.from(': PM2 ');
/** V8's last words. What an app of cluster mode prints goes into pm2.log as it is, without a stamp. */
const abortMark = Buffer.from('FATAL ERROR: ');
/** The banner says its time twice, in the stamp and in words, within one moment. */
const sameMs = 5_000;

/** Reads whole lines of one daemon's pm2.log, by the daemon's clock. */
export class LogLines {
  private readonly host: Host;
  private readonly clean: () => Cleaner;
  private zone: (at: EpochMs) => number;
  private bannerMinutes: number | null = null;

  constructor(host: Host, clean: () => Cleaner) {
    this.host = host;
    this.clean = clean;
    this.zone = (at) => host.utcOffsetMinutes(at);
  }

  /** The zone of a daemon as its environment tells it, minutes east of UTC. */
  useZone(zone: (at: EpochMs) => number): void {
    this.zone = zone;
    this.bannerMinutes = null;
  }

  /** @param bytes whole lines, the first of which begins at `from` in `file`. */
  read(bytes: Buffer, file: FileId, from: number, into: FollowedLine[]): void {
    if (bytes.indexOf(mark) < 0 && bytes.indexOf(abortMark) < 0) return;
    const { device, inode, bornAt } = file;
    const id = { device, inode, bornAt };
    const first = into.length;
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const line = bytes.subarray(start, end);
      if (line.length <= mostLineBytes && line.indexOf(mark) >= 0)
        this.readLine(line.toString('utf8'), id, from + start, into);
      else if (line.length <= mostLineBytes && line.indexOf(abortMark) >= 0)
        this.readAbort(line.toString('utf8'), id, from + start, into);
      start = end + 1;
    }
    dateAborts(into, first);
  }

  /** It was written now, or just before the line that follows it: PM2 writes down the end at once. */
  private readAbort(raw: string, file: FileId, offset: number, into: FollowedLine[]): void {
    const meaning = findMeaning(raw, this.clean());
    if (meaning?.event?.kind !== 'heap-abort') return;
    const line = { at: this.host.now(), text: meaning.text, event: meaning.event };
    into.push({ line, file, offset, wallMs: null });
  }

  private readLine(raw: string, file: FileId, offset: number, into: FollowedLine[]): void {
    const { prefixed, stamp, text } = splitStamp(raw);
    if (!prefixed) return;
    const wallMs = stamp?.wallMs ?? null;
    if (stamp?.offsetMinutes === null) this.learnZone(text, stamp.wallMs);
    const clean = this.clean();
    const event = parsePm2LogText(text, clean);
    if (event === null) return;
    // Without a stamp that can be read, the time we saw it is at most a look late.
    const at =
      stamp === null
        ? this.host.now()
        : stamp.wallMs -
          (stamp.offsetMinutes ?? this.bannerMinutes ?? this.offsetAtWall(stamp.wallMs)) * 60_000;
    into.push({ line: { at, text: clean.text(text), event }, file, offset, wallMs });
  }

  /** A new daemon writes its zone in its banner; that counts where the environment has told another one. */
  private learnZone(text: string, wallMs: number): void {
    const banner = parseBannerTime(text);
    if (banner === null || Math.abs(banner.at + banner.offsetMinutes * 60_000 - wallMs) > sameMs) return;
    this.bannerMinutes = banner.offsetMinutes === this.zone(banner.at) ? null : banner.offsetMinutes;
  }

  /** The zone at a time of the wall clock: asked once more, because the first answer may lie across a change of the clock. */
  private offsetAtWall(wallMs: number): number {
    return this.zone(wallMs - this.zone(wallMs) * 60_000);
  }
}

/** A line without a stamp that is read late, after a pause of ours, gets the time of the next one that has a stamp. */
function dateAborts(lines: FollowedLine[], from: number): void {
  let next: EpochMs | null = null;
  for (let index = lines.length - 1; index >= from; index -= 1) {
    const each = lines[index];
    if (each === undefined) continue;
    if (each.wallMs !== null) next = each.line.at;
    else if (next !== null && each.line.event.kind === 'heap-abort')
      lines[index] = { ...each, line: { ...each.line, at: Math.min(each.line.at, next) } };
  }
}
