import type { Why } from '../model/gap.ts';
import type { EpochMs } from '../model/text.ts';

/** Outcome of asking the machine something: it never throws. `detail` is the machine's own message, not yet cleaned. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: Why; readonly detail: string };

export interface FileStat {
  readonly kind: 'file' | 'folder' | 'socket' | 'link' | 'other';
  readonly sizeBytes: number;
  /** Space it takes on the disk, as `du` counts: less than its size where it has holes. */
  readonly allocatedBytes: number;
  /** Names it has (hard links). */
  readonly links: number;
  /** Permission bits, e.g. 0o644. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedAt: EpochMs;
  /** Birth time, statx(2) stx_btime; null = the file system keeps none. */
  readonly createdAt: EpochMs | null;
  readonly inode: number;
  readonly device: number;
}

export interface FileSystemStat {
  readonly totalBytes: number;
  /** Free to an unprivileged user. */
  readonly freeBytes: number;
  /** Free to root only (ext4 keeps 5 %): `df` counts it neither as used nor as free. */
  readonly reservedBytes: number;
  readonly totalInodes: number;
  readonly freeInodes: number;
}

export interface CommandResult {
  /** null = ended by a signal. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** The output cap was reached. */
  readonly truncated: boolean;
}

/** An open file to be read at any offset; `read` gives fewer bytes at the end. Close it. */
export interface OpenFile {
  readonly sizeBytes: number;
  readonly modifiedAt: EpochMs;
  readonly inode: number;
  read(offset: number, length: number): Buffer;
  /** As `read`, into memory of the caller's and while the caller does something else. Gives the count; 0 = the end. */
  readLater?(offset: number, target: Uint8Array): Promise<number>;
  close(): void;
}

export interface BusFrame {
  /** Event name, e.g. `process:event`. */
  readonly name: string;
  /** Undecoded JSON. */
  readonly payload: Buffer;
}

/** The one door IN. `real.ts` is the machine, the tests' `fixtureHost` a folder. Reads only; nothing here changes the host. */
export interface Host {
  readonly platform: string;
  readonly uid: number;
  readonly pid: number;
  /** Home folder of this user, and the environment of this run (PM2_HOME, PATH …). */
  readonly homeFolder: string;
  readonly env: { readonly [key: string]: string | undefined };
  readonly nodeVersion: string;
  now(): EpochMs;
  /** CLOCK_MONOTONIC, ms. */
  monotonicMs(): number;
  /** Minutes east of UTC at a time, in the host's zone. */
  utcOffsetMinutes(at: EpochMs): number;
  /** Whole file, or its first `maxBytes` (default 1 MiB); synchronous: a /proc read is faster than a thread hop. */
  read(path: string, maxBytes?: number): Outcome<Buffer>;
  readText(path: string, maxBytes?: number): Outcome<string>;
  /**
   * As `readText`, on another thread, for small files of /proc that take the kernel long to write: `smaps_rollup` of a Node
   * app is 0.75 ms, a thread hop 0.01 ms. Absent = only `readText`.
   */
  readTextAside?(path: string): Promise<Outcome<string>>;
  list(path: string): Outcome<readonly string[]>;
  stat(path: string): Outcome<FileStat>;
  readLink(path: string): Outcome<string>;
  fileSystem(path: string): Outcome<FileSystemStat>;
  open(path: string): Outcome<OpenFile>;
  /** Runs a program from PATH without a shell, LC_ALL=C. `not-found` when it is not installed. */
  run(
    command: string,
    args: readonly string[],
    limits: { readonly timeoutMs: number; readonly maxBytes: number },
  ): Promise<Outcome<CommandResult>>;
  /** Drains /dev/kmsg: every record now in the kernel's buffer, without waiting; raw records joined by newlines. */
  kernelMessages(maxBytes: number): Outcome<{ readonly text: Buffer; readonly lost: boolean }>;
  /**
   * One call with exactly one argument to a PM2 daemon's `rpc.sock`. Returns the first reply argument, undecoded JSON. With
   * `onPiece` its bytes are handed over as they come, in order, to be copied, and what is returned is empty.
   */
  pm2Call(
    socketPath: string,
    method: 'getMonitorData' | 'getVersion',
    limits: {
      readonly timeoutMs: number;
      readonly maxBytes: number;
      readonly onPiece?: (bytes: Buffer) => void;
    },
  ): Promise<Outcome<Buffer>>;
  /**
   * Listens on `pub.sock` for `durationMs`. `wanted` decides by name which frames are handed over; the rest is counted
   * and dropped undecoded. Gives up the connection when we fall behind, so that the daemon does not buffer for us.
   */
  pm2Bus(
    socketPath: string,
    durationMs: number,
    wanted: (name: string) => boolean,
    onFrame: (frame: BusFrame) => void,
  ): Promise<
    Outcome<{ readonly droppedFrames: number; readonly droppedBytes: number; readonly gaveUp: boolean }>
  >;
  /** Stops everything the other calls left open; used on Ctrl-C. */
  close(): void;
}
