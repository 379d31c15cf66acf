import type { AppText } from './oom.ts';
import type { AppRef } from './pm2.ts';
import type { CleanText, EpochMs } from './text.ts';

export interface StorageEntry {
  readonly path: CleanText;
  readonly bytes: number;
  readonly files: number;
  readonly kind: 'folder' | 'log';
  readonly app: AppRef | null;
  /** False: the budget ended inside this folder, the size is a lower bound. */
  readonly complete: boolean;
}

export interface StorageScan {
  /** Biggest first. */
  readonly top: readonly StorageEntry[];
  readonly logs: readonly StorageEntry[];
  readonly scannedBytes: number;
  readonly scannedFiles: number;
  readonly complete: boolean;
}

/** An exception as an app's log shows it. */
export interface LoggedException {
  /** From the line's own stamp, or from the file's time where nothing follows it; null = not known. */
  readonly at: EpochMs | null;
  readonly message: CleanText;
  /** The first frame that is the app's own code; null = none. */
  readonly frame: CleanText | null;
  /** The same for all exceptions of one place, or of one message but for its numbers. */
  readonly kind: CleanText;
  /** The runtime's farewell follows it (`Node.js v20…`), or nothing at all: it ended the process. */
  readonly isLast: boolean;
  readonly lines: readonly CleanText[];
  /** False: a message by itself. Not given = not known (an older capture). */
  readonly hasStack?: boolean;
  /**
   * `fatal`: the runtime, or PM2's own wrapper, says that the process was given up · `survived`: it went on, or was asked
   * to end (a rejection nobody caught, an interrupt) · null = both are possible.
   */
  readonly outcome?: 'fatal' | 'survived' | null;
  /** Of one without a stamp: the stamps before and after it, or the file's time after the last; null = none. */
  readonly between?: { readonly from: EpochMs | null; readonly to: EpochMs } | null;
  /** Up to 12 lines that stand before it, back to the exception before; only of the newest three. */
  readonly before?: readonly CleanText[];
}

/** What the end of one log file of an app shows. */
export interface AppLog {
  readonly app: AppRef;
  readonly stream: 'out' | 'err';
  readonly path: CleanText;
  readonly sizeBytes: number;
  readonly readBytes: number;
  readonly modifiedAt: EpochMs;
  readonly texts: readonly AppText[];
  /** First own stack frame or message of the last exception, with its lines. */
  readonly lastException: {
    readonly at: EpochMs | null;
    readonly headline: CleanText;
    readonly lines: readonly CleanText[];
    readonly repeats: number;
  } | null;
  /** All exceptions in the part that was read, oldest first, at most 400; of equal ones only the newest keeps its lines. */
  readonly exceptions: readonly LoggedException[];
  /** The last lines of the file, oldest first, at most 12, with the time of the last one that has a stamp. */
  readonly tail: { readonly at: EpochMs | null; readonly lines: readonly CleanText[] };
  /**
   * The last lines, at most 12, before the newest end of this app that nobody asked for, cut by their stamps: whole
   * seconds, so a line of that second is there only if no process was started in it. null = no such end, or no stamps.
   */
  readonly beforeEnd?: { readonly endAt: EpochMs; readonly lines: readonly CleanText[] } | null;
  /** Other instances that write to the same file; theirs are the exceptions as much as `app`'s. */
  readonly sharedBy?: readonly AppRef[];
}
