import type { Database } from '../driver.ts';
import { problem } from '../problem.ts';
import { transaction } from '../transaction.ts';
import { first } from './0001-first.ts';
import { deliveries } from './0002-deliveries.ts';
import { keptMessages } from './0003-kept-messages.ts';

/** Step n brings a file from version n to n + 1. Only ever appended to: files of every version are about. */
const steps: readonly string[] = [first, deliveries, keptMessages];

/** `PM2a` in SQLite's application_id: tells our file from another program's. */
export const applicationId = 0x504d3261;

/** What the file says it is. A new file is version 0 of nobody. */
export function versionOf(database: Database): { readonly version: number; readonly application: number } {
  const version = Number(database.prepare('PRAGMA user_version').all()[0]?.['user_version'] ?? 0);
  const application = Number(database.prepare('PRAGMA application_id').all()[0]?.['application_id'] ?? 0);
  return { version, application };
}

/** Refuses a file of a newer version or of another program. */
export function checkVersion(database: Database, path: string, known: readonly string[] = steps): number {
  const { version, application } = versionOf(database);
  const isEmpty = (): boolean => database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').all().length === 0;
  if (application !== applicationId && !(application === 0 && version === 0 && isEmpty()))
    throw problem('foreign', path, 'the file belongs to another program');
  if (version > known.length)
    throw problem(
      'newer',
      path,
      `written by a newer pm2-audit (layout ${version}, this one knows ${known.length})`,
    );
  return version;
}

/** Brings the file to the newest version, each step whole or not at all. */
export function migrate(database: Database, path: string, known: readonly string[] = steps): void {
  for (let version = checkVersion(database, path, known); version < known.length; version += 1) {
    transaction(database, () => {
      // Another process may have been quicker.
      if (versionOf(database).version !== version) return;
      database.exec(known[version] ?? '');
      database.exec(`PRAGMA application_id = ${applicationId}`);
      database.exec(`PRAGMA user_version = ${version + 1}`);
    });
  }
}

export const newestVersion = steps.length;
