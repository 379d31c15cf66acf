import type { OpenFile } from '../host/host.ts';
import type { Pm2LogEvent } from '../model/pm2.ts';
import type { EpochMs } from '../model/text.ts';
import type { FilePlace } from './log-follower.ts';
import type { LogLines } from './log-lines.ts';

/** Inodes are used again: the birth time tells two files apart; 0 = the file system keeps none. */
export interface FileId {
  readonly device: number;
  readonly inode: number;
  readonly bornAt: EpochMs;
}

/** A line of pm2.log that means something, and where it stands. */
export interface FollowedLine {
  readonly line: Pm2LogEvent & { readonly at: EpochMs };
  readonly file: FileId;
  readonly offset: number;
  /** The stamp as written, as if it were UTC; null = none that can be read. */
  readonly wallMs: number | null;
}

interface FileNews {
  readonly lines: readonly FollowedLine[];
  readonly skippedBytes: number;
  readonly grew: boolean;
}

/** At one look; cluster apps may write their output here by the megabyte. */
const lookBytes = 1024 * 1024;
/** So much may wait for the next looks; of more, the oldest is passed over. */
const waitingBytes = 8 * lookBytes;
const stepBytes = 64 * 1024;
const mostLineBytes = 16 * 1024;
const newline = 10;

/** One file of pm2.log, read on from a place. */
export class LogFile {
  private readonly file: OpenFile;
  private at: FilePlace;
  /** The place is inside a line whose rest does not count. */
  private isInside = false;

  constructor(file: OpenFile, place: FilePlace) {
    this.file = file;
    this.at = place;
  }

  get place(): FilePlace {
    return this.at;
  }

  /** @param sizeBytes as just seen; null = not known: a file without a name is read as far as it goes. */
  read(sizeBytes: number | null, into: LogLines): FileNews {
    const lines: FollowedLine[] = [];
    let skippedBytes = 0;
    if (sizeBytes !== null && sizeBytes === this.at.offset) return { lines, skippedBytes, grew: false };
    if (sizeBytes !== null && sizeBytes < this.at.offset) this.moveTo(0, false);
    const from = this.at.offset;
    if (sizeBytes !== null && sizeBytes - from > waitingBytes) {
      skippedBytes = sizeBytes - from - lookBytes;
      this.moveTo(from + skippedBytes, true);
    } else if (this.wasReplaced()) this.moveTo(0, false);
    for (let read = 0; read < lookBytes; ) {
      const { offset } = this.at;
      const chunk = this.file.read(offset, stepBytes);
      const end = chunk.lastIndexOf(newline) + 1;
      if (end === 0) {
        // A line still being written; one that never ends is not PM2's.
        if (chunk.length < mostLineBytes) break;
        this.moveTo(offset + chunk.length, true);
        read += chunk.length;
        continue;
      }
      const start = this.isInside ? chunk.indexOf(newline) + 1 : 0;
      into.read(chunk.subarray(start, end), this.at, offset + start, lines);
      this.moveTo(offset + end, false);
      read += end;
      if (chunk.length < stepBytes) break;
    }
    return { lines, skippedBytes, grew: this.at.offset !== from };
  }

  close(): void {
    this.file.close();
  }

  /** Emptied and grown past the place between two looks: then the place is no longer behind the end of a line. */
  private wasReplaced(): boolean {
    if (this.at.offset === 0 || this.isInside) return false;
    const before = this.file.read(this.at.offset - 1, 1);
    return before.length === 1 && before[0] !== newline;
  }

  private moveTo(offset: number, isInside: boolean): void {
    this.at = { ...this.at, offset };
    this.isInside = isInside;
  }
}
