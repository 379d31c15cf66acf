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
}
