import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UsageError } from '../../usage-error.ts';

const maxBytes = 64 * 1024;
/** Containers mount their secrets readable by all, and nobody else lives in them. */
const mounted = /^(?:\/var)?\/run\/(?:secrets|credentials)\//;

/**
 * Variables for a scheduled run: `NAME=value` lines, as in Docker's and systemd's files. Read by ourselves, never by a
 * shell: nothing in it is run or expanded. A value may stand in quotes; without them it is taken as it is, `#` too (it may
 * be a password). Refused when others than its owner may read it. Throws UsageError; no value is ever part of a message.
 */
export function readEnvFile(path: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const text = readPrivate(path);
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line);
    if (match === null)
      throw new UsageError(`--secrets ${path}: line ${index + 1} is not NAME=value. Correct it.`);
    found.set(match[1] ?? '', unquote(match[2] ?? ''));
  }
  return found;
}

function readPrivate(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(
      `--secrets ${path}: could not be read (${code}). Check the path, and whose file it is.`,
    );
  }
  try {
    const { mode, uid, size } = fstatSync(file);
    const own = process.getuid?.() ?? uid;
    if (uid !== own && uid !== 0)
      throw new UsageError(
        `--secrets ${path}: belongs to another user, who could change it. Run: chown ${own} ${path}`,
      );
    if ((mode & 0o077) !== 0 && !mounted.test(path))
      throw new UsageError(
        `--secrets ${path}: others may read or change it (mode ${(mode & 0o777).toString(8).padStart(4, '0')}), so it is not used. Run: chmod 600 ${path}`,
      );
    if (size > maxBytes)
      throw new UsageError(`--secrets ${path}: is larger than 64 KB. Name a file of NAME=value lines.`);
    const bytes = Buffer.alloc(maxBytes);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, maxBytes, 0));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--secrets ${path}: is no file of NAME=value lines.`);
  } finally {
    closeSync(file);
  }
}

function unquote(value: string): string {
  const text = value.trim();
  if (/^'[^']*'$/.test(text)) return text.slice(1, -1);
  if (!/^"(?:[^"\\]|\\.)*"$/.test(text)) return text;
  return text.slice(1, -1).replace(/\\(.)/g, (_whole, letter: string) => (letter === 'n' ? '\n' : letter));
}
