import { existsSync } from 'node:fs';
import { findDriver } from '../../history/driver.ts';
import { defaultPath } from '../../history/place.ts';
import { HistoryProblem } from '../../history/problem.ts';
import { openReader } from '../../history/sqlite.ts';
import type { HistoryReader } from '../../history/store.ts';
import { UsageError } from '../../usage-error.ts';

export type Env = { readonly [name: string]: string | undefined };

/** Opens the store for a verb that cannot do without: what is wrong becomes the user's one sentence. */
export async function needStore(named: string | undefined, env: Env): Promise<HistoryReader> {
  const path = named ?? defaultPath(env);
  try {
    return openReader(await findDriver(), path);
  } catch (error) {
    if (!(error instanceof HistoryProblem)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** The store, where there is one that can be read. One that was named must be there. */
export async function storeIfAny(named: string | undefined, env: Env): Promise<HistoryReader | null> {
  if (named !== undefined) return needStore(named, env);
  const path = defaultPath(env);
  if (!existsSync(path)) return null;
  try {
    return openReader(await findDriver(), path);
  } catch (error) {
    if (error instanceof HistoryProblem) return null;
    throw error;
  }
}

/** Runs a question on the store; damage found on the way is the user's one sentence too. */
export function asking<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof HistoryProblem)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}
