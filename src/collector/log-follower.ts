import type { Cleaner } from '../gather/clean.ts';
import { parsePm2LogText, splitStamp } from '../gather/pm2/pm2-log-line.ts';
import type { Host, OpenFile } from '../host/host.ts';
import type { Pm2LogEvent } from '../model/pm2.ts';
import type { EpochMs } from '../model/text.ts';

/** A line of pm2.log that means something, and where it stands. */
export interface FollowedLine {
  readonly line: Pm2LogEvent & { readonly at: EpochMs };
  readonly offset: number;
}

/** Which file, and how far it was read: handed to the store, and back to the next run. */
export interface LogPlace {
  readonly device: number;
  readonly inode: number;
  readonly bornAt: EpochMs;
  readonly offset: number;
}

export interface LogNews {
  readonly lines: readonly FollowedLine[];
  readonly place: LogPlace | null;
  /** More had been written than one look reads: the oldest of it was passed over. */
  readonly skippedBytes: number;
}

/** At one look; cluster apps may write their output here by the megabyte. */
const lookBytes = 1024 * 1024;
const stepBytes = 64 * 1024;
const mostLineBytes = 16 * 1024;
const mark = Buffer.from(': PM2 ');
const abort = Buffer.from('FATAL ERROR: ');

/**
 * Follows one daemon's pm2.log by its bytes: what was read is not read again, a file that shrank (`pm2 flush`,
 * copytruncate) is read from its start, one that was renamed is followed to its end and beyond, because the daemon keeps
 * writing to it (O_APPEND descriptor, lib/Client.js), beside the new file of its name. Costs the daemon nothing.
 */
export class LogFollower {
  private readonly host: Host;
  private readonly path: string;
  private readonly clean: () => Cleaner;
  private readonly offsetAt: (at: EpochMs) => number;
  private current: OpenFile | null = null;
  private place: LogPlace | null;

  /**
   * @param place where an earlier run ended; null = begin at the end of the file.
   * @param offsetAt zone of the daemon, minutes east of UTC.
   */
  constructor(
    host: Host,
    path: string,
    clean: () => Cleaner,
    offsetAt: (at: EpochMs) => number,
    place: LogPlace | null,
  ) {
    this.host = host;
    this.path = path;
    this.clean = clean;
    this.offsetAt = offsetAt;
    this.place = place;
  }

  look(): LogNews {
    const stat = this.host.stat(this.path);
    if (!stat.ok) return this.rest();
    const { device, inode, sizeBytes, createdAt } = stat.value;
    const isSame = this.place !== null && this.place.device === device && this.place.inode === inode;
    if (isSame && this.current !== null && sizeBytes === this.place?.offset)
      return { lines: [], place: this.place, skippedBytes: 0 };
    const before = isSame ? { lines: [], place: null, skippedBytes: 0 } : this.rest();
    if (!isSame || this.current === null) {
      this.current?.close();
      const opened = this.host.open(this.path);
      this.current = opened.ok ? opened.value : null;
      if (!isSame) {
        // The very first look begins at the end; a file that took the place of another one is new from its start.
        const offset = this.place === null ? sizeBytes : 0;
        this.place = { device, inode, bornAt: createdAt ?? 0, offset };
      }
    }
    if (this.place !== null && sizeBytes < this.place.offset) this.place = { ...this.place, offset: 0 };
    const news = this.rest();
    return {
      lines: [...before.lines, ...news.lines],
      place: this.place,
      skippedBytes: before.skippedBytes + news.skippedBytes,
    };
  }

  close(): void {
    this.current?.close();
    this.current = null;
  }

  /** All that the open file holds beyond the place. */
  private rest(): LogNews {
    const lines: FollowedLine[] = [];
    const { current, place } = this;
    if (current === null || place === null) return { lines, place, skippedBytes: 0 };
    let { offset } = place;
    let skippedBytes = 0;
    for (let read = 0; ; ) {
      const chunk = current.read(offset, stepBytes);
      const end = chunk.lastIndexOf(10) + 1;
      if (end === 0) {
        // A line still being written; one that never ends is not PM2's.
        if (chunk.length >= mostLineBytes) offset += chunk.length;
        break;
      }
      this.readLines(chunk.subarray(0, end), offset, lines);
      offset += end;
      read += end;
      if (chunk.length < stepBytes) break;
      if (read >= lookBytes) {
        const size = this.host.stat(this.path);
        const left = size.ok ? size.value.sizeBytes - offset : 0;
        if (left > 8 * lookBytes) {
          skippedBytes += left - lookBytes;
          offset += left - lookBytes;
        }
        break;
      }
    }
    this.place = { ...place, offset };
    return { lines, place: this.place, skippedBytes };
  }

  private readLines(chunk: Buffer, from: number, into: FollowedLine[]): void {
    if (chunk.indexOf(mark) < 0 && chunk.indexOf(abort) < 0) return;
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = chunk.subarray(start, end);
      if (line.length <= mostLineBytes && line.indexOf(mark) >= 0) this.readLine(line, from + start, into);
      start = end + 1;
    }
  }

  private readLine(bytes: Buffer, offset: number, into: FollowedLine[]): void {
    const { prefixed, stamp, text } = splitStamp(bytes.toString('utf8'));
    const clean = this.clean();
    const event = prefixed ? parsePm2LogText(text, clean) : null;
    if (event === null) return;
    const now = this.host.now();
    // Without a stamp that can be read, the time we saw it is at most a look late.
    const at =
      stamp === null ? now : stamp.wallMs - (stamp.offsetMinutes ?? this.offsetAt(stamp.wallMs)) * 60_000;
    into.push({ line: { at, text: clean.text(text), event }, offset });
  }
}
