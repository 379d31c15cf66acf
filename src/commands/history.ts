import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { needStore } from './history/store.ts';

export interface HistoryFlags {
  readonly color?: boolean;
  readonly since?: string;
  readonly metric?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly db?: string;
  readonly lang?: string;
}

export async function runHistory(
  app: string | null,
  flags: HistoryFlags,
  _terminal: Terminal,
): Promise<number> {
  const store = await needStore(flags.db, process.env);
  store.close();
  throw new UsageError(`history ${app}`);
}
