import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Answers: could this user keep reports in this folder? A run makes what is missing of the path, so the nearest part that is
 * there decides. A schedule runs as the user who makes it.
 */
export function mayWrite(folder: string): boolean {
  if (!existsSync(folder)) return dirname(folder) !== folder && mayWrite(dirname(folder));
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}
