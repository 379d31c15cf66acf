import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StoredReport } from '../model/history.ts';
import type { EpochMs } from '../model/text.ts';
import { makeCollector } from './collector.ts';
import type { Database, Driver } from './driver.ts';
import { takeLock } from './lock.ts';
import { checkVersion, migrate } from './migrations/index.ts';
import { type Disk, makePlace, moveAside, networkFileSystem, realDisk } from './place.ts';
import { HistoryProblem, problem, problemOf } from './problem.ts';
import { makeReader } from './reader.ts';
import { addReport } from './report-log.ts';
import { defaultKeep, type Keep, keepSize } from './retention.ts';
import type { HistoryCollector, HistoryReader } from './store.ts';
import { transaction } from './transaction.ts';

/** How long a short write waits for another process's transaction, which takes milliseconds. */
const busyMs = 2000;

/** Opens for reading. Throws a HistoryProblem: no store, newer, foreign, damaged, not readable. */
export function openReader(driver: Driver, path: string, disk: Disk = realDisk): HistoryReader {
  if (!existsSync(path)) throw problem('no-store', path, 'there is none');
  refuseNetwork(path, disk);
  return guarded(path, () => {
    const database = driver.open(path, busyMs);
    return closingOnError(database, () => {
      // Brings an older file up first: its owner may well be the audit that comes before the new collector.
      if (checkVersion(database, path) === 0) throw problem('no-store', path, 'it is empty so far');
      migrate(database, path);
      database.exec('PRAGMA query_only = 1');
      return makeReader(database, driver.name, path);
    });
  });
}

export interface CollectorOptions {
  readonly path: string;
  /** The wall clock at the start. */
  readonly now: EpochMs;
  readonly everyMs: number;
  readonly pid: number;
  readonly keep?: Keep;
  readonly disk?: Disk;
}

/**
 * Opens for the collector: makes place and file, takes the one lock, mends what can be mended. A damaged file is moved
 * aside and a new one begun; the first `write` says so. Throws a HistoryProblem where there can be no store.
 */
export function openCollector(driver: Driver, options: CollectorOptions): HistoryCollector {
  const { path, disk = realDisk, keep = defaultKeep } = options;
  makePlace(path, disk);
  const unlock = lockOrSay(driver, path);
  try {
    return makeCollector({
      ...options,
      disk,
      keep,
      driver: driver.name,
      open: () => openForWriting(driver, path),
      replace(now) {
        const target = moveAside(path, now);
        makePlace(path, disk);
        return target;
      },
      unlock,
    });
  } catch (error) {
    unlock();
    throw problemOf(error, path);
  }
}

/**
 * Keeps a report for `diff`, beside a collector that may be running or none. Makes the store when there is none, and keeps
 * it below its size. Throws a HistoryProblem: the audit says it in one line and goes on.
 */
export function saveReport(
  driver: Driver,
  path: string,
  report: StoredReport,
  { disk = realDisk, keep = defaultKeep }: { readonly disk?: Disk; readonly keep?: Keep } = {},
): void {
  makePlace(path, disk);
  guarded(path, () => {
    const database = openForWriting(driver, path);
    try {
      transaction(database, () => addReport(database, report));
      keepSize(database, keep);
    } finally {
      database.close();
    }
  });
}

/**
 * WAL: readers never wait, a killed writer leaves whole transactions. NORMAL: no fsync for each sample, and still no damage
 * when the power fails, only the last seconds are gone (sqlite.org/pragma.html#pragma_synchronous). Small pages: a sample
 * changes a few hundred bytes.
 */
export function openForWriting(driver: Driver, path: string): Database {
  const database = driver.open(path, busyMs);
  return closingOnError(database, () => {
    checkVersion(database, path);
    database.exec('PRAGMA page_size = 1024');
    database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    const mode = database.prepare('PRAGMA journal_mode = WAL').all()[0]?.['journal_mode'];
    if (mode !== 'wal')
      throw problem('not-writable', path, `SQLite keeps its journal as ${mode}, not as wal`);
    database.exec('PRAGMA synchronous = NORMAL');
    database.prepare('PRAGMA wal_autocheckpoint = 512').all();
    database.prepare('PRAGMA journal_size_limit = 524288').all();
    // What is read again lies in the kernel's cache; a page of our own is memory that stays.
    database.exec('PRAGMA cache_size = -256');
    migrate(database, path);
    return database;
  });
}

function lockOrSay(driver: Driver, path: string): () => void {
  try {
    return takeLock(driver, path);
  } catch (error) {
    if (!(error instanceof HistoryProblem) || error.code !== 'locked') throw error;
    throw new HistoryProblem(
      'locked',
      `history ${path}: another collector${holder(driver, path)} writes to it; stop that one, or name another path with --db`,
      { cause: error },
    );
  }
}

/** ` (pid 123)`, as the newest run says; '' when that cannot be read. */
function holder(driver: Driver, path: string): string {
  try {
    const reader = openReader(driver, path);
    try {
      const { collectorPid } = reader.state();
      return collectorPid === null ? '' : ` (pid ${collectorPid})`;
    } finally {
      reader.close();
    }
  } catch {
    return '';
  }
}

function refuseNetwork(path: string, disk: Disk): void {
  const network = networkFileSystem(dirname(path), disk);
  if (network !== null)
    throw problem('network-file-system', path, `it lies on a network file system (${network})`);
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw problemOf(error, path);
  }
}

function closingOnError<T>(database: Database, work: () => T): T {
  try {
    return work();
  } catch (error) {
    database.close();
    throw error;
  }
}
