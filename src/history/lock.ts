import type { Database, Driver } from './driver.ts';
import { makeFile } from './place.ts';
import { problemOf } from './problem.ts';

/**
 * The collector's lock: SQLite's own lock on a second, empty file, held as long as the collector lives. The kernel gives
 * it back when the process ends, however it ends: no pid to compare, no stale file, and it holds across containers that
 * share the folder. (It is a POSIX record lock: opening and closing the file by hand would drop it.)
 * Throws a HistoryProblem `locked` when another collector has it. Returns the function that gives it back.
 */
export function takeLock(driver: Driver, path: string): () => void {
  const lockPath = `${path}.lock`;
  let lock: Database | null = null;
  try {
    makeFile(lockPath);
    lock = driver.open(lockPath, 0);
    lock.exec('PRAGMA cache_size = 4');
    lock.exec('BEGIN EXCLUSIVE');
    const held = lock;
    return () => held.close();
  } catch (error) {
    lock?.close();
    throw problemOf(error, path);
  }
}
