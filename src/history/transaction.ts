import type { Database } from './driver.ts';

/** All of `work`, or nothing of it. Takes the write lock first, so it never has to give up in the middle. */
export function transaction<T>(database: Database, work: () => T): T {
  return within(database, 'BEGIN IMMEDIATE', work);
}

/** Several reads of one and the same moment. */
export function snapshot<T>(database: Database, work: () => T): T {
  return within(database, 'BEGIN', work);
}

function within<T>(database: Database, begin: string, work: () => T): T {
  database.exec(begin);
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    try {
      database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk.
    }
    throw error;
  }
}
