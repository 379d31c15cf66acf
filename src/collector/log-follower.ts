import type { Cleaner } from '../gather/clean.ts';
import type { Host } from '../host/host.ts';
import { type FileId, type FollowedLine, LogFile } from './log-file.ts';
import { LogLines } from './log-lines.ts';

/** One file, and how far it was read. */
export interface FilePlace extends FileId {
  readonly offset: number;
}

/** The file of the log's name, and perhaps the one that had the name before: handed to the store, and back to the next run. */
export type LogPlace = readonly FilePlace[];

/** What one look at a log brought. */
export interface LogNews {
  readonly lines: readonly FollowedLine[];
  /** null = there is no such file, and none was read before. */
  readonly place: LogPlace | null;
  /** More had been written than one look reads: the oldest of it was passed over. */
  readonly skippedBytes: number;
}

/** A renamed file that has not grown for so long, while the new one has, is let go. */
const letGoMs = 60_000;

interface Followed {
  readonly file: LogFile;
  grewAtMs: number;
}

/**
 * Follows one daemon's pm2.log by its bytes: what was read is not read again, a file that shrank (`pm2 flush`,
 * copytruncate) is read from its start, one that was renamed is followed further beside the new file of its name, because
 * the daemon keeps writing to it (O_APPEND descriptor, lib/Client.js). Costs the daemon nothing.
 */
export class LogFollower {
  readonly lines: LogLines;
  private readonly host: Host;
  private readonly path: string;
  private readonly sinceMs: number;
  /** The file of the name first. At most two. */
  private followed: Followed[] = [];
  private left: LogPlace | null;
  private isResumed = false;

  /**
   * @param place where an earlier run ended; null = begin at the end of the file, or at the start of one that is younger
   * than `sinceMs`.
   */
  constructor(host: Host, path: string, clean: () => Cleaner, place: LogPlace | null, sinceMs: number) {
    this.host = host;
    this.path = path;
    this.left = place;
    this.sinceMs = sinceMs;
    this.lines = new LogLines(host, clean);
  }

  look(): LogNews {
    if (this.left !== null) this.resume(this.left);
    this.left = null;
    const stat = this.host.stat(this.path);
    const now = this.host.monotonicMs();
    if (stat.ok && stat.value.kind === 'file' && !this.isFirst(stat.value.device, stat.value.inode))
      this.begin(stat.value, now);
    const lines: FollowedLine[] = [];
    let skippedBytes = 0;
    // The older file first: what it holds was mostly written before.
    for (const followed of [...this.followed].reverse()) {
      const isNamed = stat.ok && followed === this.followed[0];
      const size = isNamed ? stat.value.sizeBytes : null;
      const news = followed.file.read(size, this.lines);
      if (news.grew) followed.grewAtMs = now;
      lines.push(...news.lines);
      skippedBytes += news.skippedBytes;
    }
    this.letGo(now);
    const place = this.followed.map(({ file }) => file.place);
    return { lines, place: place.length === 0 ? null : place, skippedBytes };
  }

  close(): void {
    for (const { file } of this.followed) file.close();
    this.followed = [];
  }

  private isFirst(device: number, inode: number): boolean {
    const id = this.followed[0]?.file.place;
    return id !== undefined && id.device === device && id.inode === inode;
  }

  private begin(
    stat: {
      readonly device: number;
      readonly inode: number;
      readonly sizeBytes: number;
      readonly createdAt: number | null;
    },
    now: number,
  ): void {
    const opened = this.host.open(this.path);
    if (!opened.ok) return;
    // A file that took the place of another one, or was made under our eyes, is new from its start.
    const isNew =
      this.isResumed ||
      this.followed.length > 0 ||
      (stat.createdAt !== null && stat.createdAt >= this.sinceMs);
    const { device, inode, createdAt } = stat;
    const place = { device, inode, bornAt: createdAt ?? 0, offset: isNew ? 0 : stat.sizeBytes };
    this.followed.unshift({ file: new LogFile(opened.value, place), grewAtMs: now });
    for (const { file } of this.followed.splice(2)) file.close();
  }

  /** Finds the files of an earlier run again: under the log's name, or beside it under the name it was given since. */
  private resume(places: LogPlace): void {
    const folder = this.path.slice(0, this.path.lastIndexOf('/'));
    const name = this.path.slice(folder.length + 1);
    const names = this.host.list(folder);
    const beside = names.ok ? names.value.filter((each) => each !== name && each.startsWith(name)) : [];
    for (const place of places.slice(0, 2)) {
      const path = [name, ...beside].find((each) => {
        const stat = this.host.stat(`${folder}/${each}`);
        return stat.ok && stat.value.device === place.device && stat.value.inode === place.inode;
      });
      const opened = path === undefined ? null : this.host.open(`${folder}/${path}`);
      if (opened?.ok)
        this.followed.push({
          file: new LogFile(opened.value, place),
          grewAtMs: this.host.monotonicMs(),
        });
    }
    // Where all are gone, what has the name now took their place.
    this.isResumed = true;
  }

  private letGo(now: number): void {
    const [named, older] = this.followed;
    if (named === undefined || older === undefined) return;
    if (named.grewAtMs <= older.grewAtMs || now - older.grewAtMs < letGoMs) return;
    older.file.close();
    this.followed = [named];
  }
}
