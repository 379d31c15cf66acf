import { readFileSync, statSync } from 'node:fs';
import { decodeCapture } from '../gather/capture-file.ts';
import { makeCleaner } from '../gather/clean.ts';
import { type Flags, resolveOptions } from '../resolve-options.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const maxBytes = 512 * 1024 * 1024;

/** `pm2-audit replay FILE`: the report of a capture; the clock is the capture's own. */
export async function runReplay(file: string, flags: Flags, terminal: Terminal): Promise<number> {
  const options = await resolveOptions(flags, process.env, process.cwd(), Date.now());
  const decoded = decodeCapture(read(file), makeCleaner());
  if (!decoded.ok)
    throw new UsageError(`${file}: ${decoded.reason}. Make one with pm2-audit capture -o FILE.`);
  const { deliver } = await import('./deliver.ts');
  return deliver(decoded.evidence, options, terminal);
}

function read(file: string): string {
  try {
    if (file !== '-' && statSync(file).size > maxBytes)
      throw new UsageError(`${file}: is larger than any capture (512 MB).`);
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `${file}: ${error instanceof Error ? error.message : String(error)}. Name a file made by pm2-audit capture.`,
      { cause: error },
    );
  }
}
