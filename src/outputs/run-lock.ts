import { readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, isAlive, makeFolder, OutputError } from './report-files.ts';

/** How long between two looks at a lock that another run holds. */
const turnMs = 100;

/**
 * Takes the lock of a report folder, so that two runs never mix their files. Waits for another run up to `waitMs`; a
 * lock whose process is gone is taken over. Returns the function that gives it back.
 */
export async function lockFolder(
  root: string,
  waitMs: number,
  onWait: (holder: number) => void,
): Promise<() => void> {
  const path = join(root, '.pm2-audit.lock');
  let told = false;
  let waitedMs = 0;
  for (;;) {
    try {
      makeFolder(resolve(root));
      writeFileSync(path, `${process.pid}\n`, { flag: 'wx', mode: 0o644 });
      return () => release(path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
        throw new OutputError(`${root}: ${describe(error)}`, {
          cause: error,
        });
      }
    }
    const holder = holderOf(path);
    if (holder !== null && !isAlive(holder)) {
      rmSync(path, { force: true });
      continue;
    }
    if (waitedMs >= waitMs) {
      throw new OutputError(
        `${root}: another pm2-audit (pid ${holder ?? 'unknown'}) is writing there; try again when it has ended`,
      );
    }
    if (!told && holder !== null) onWait(holder);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, turnMs));
    waitedMs += turnMs;
  }
}

/** null while the other run is between creating the file and writing its pid. */
function holderOf(path: string): number | null {
  try {
    return Number(readFileSync(path, 'utf8').trim()) || null;
  } catch {
    return null;
  }
}

function release(path: string): void {
  if (holderOf(path) === process.pid) unlinkSync(path);
}
