import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const name = '.latest.facts.json';
/** The facts of a thousand apps have 3 MB. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Puts the facts of the newest report beside `latest.*`, for a later `send`. No fsync: after a power failure the report
 * itself is worth more. Where it cannot be written, an older one goes too: it must not pass for the newest.
 */
export function writeFacts(root: string, text: string): void {
  const path = join(resolve(root), name);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    // Of a run that was killed, under our own pid; what else lies there is not written through.
    remove(temporary);
    writeFileSync(temporary, text, { mode: 0o640, flag: 'wx' });
    renameSync(temporary, path);
  } catch {
    for (const each of [temporary, path]) remove(each);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A folder that nobody may write: then there is none of an earlier run either, or root made it.
  }
}

export type FactsText =
  | { readonly ok: true; readonly text: string; readonly path: string }
  /** `code`: what the system said, e.g. ENOENT. */
  | { readonly ok: false; readonly code: string; readonly path: string };

export function readFactsText(root: string): FactsText {
  const path = join(resolve(root), name);
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { ok: false, code: 'ENOTFILE', path };
    if (stat.size > maxBytes) return { ok: false, code: 'EFBIG', path };
    return { ok: true, text: readFileSync(path, 'utf8'), path };
  } catch (error) {
    return { ok: false, code: error instanceof Error && 'code' in error ? String(error.code) : '', path };
  }
}
