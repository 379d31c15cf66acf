import type { Host, OpenFile, Outcome } from '../../host/host.ts';
import type { EpochMs } from '../../model/text.ts';

/** Packed logs are unpacked whole: text shrinks to a tenth, so this is about 16 MB on disk. */
const maxUnpackedBytes = 160 * 1024 * 1024;
const maxPackedBytes = 32 * 1024 * 1024;
export const maxGenerations = 40;

/**
 * `pm2.log.1`, `pm2.log-20261120.gz` (logrotate), `pm2__2026-11-20_00-00-00.log` (pm2-logrotate 3.0.0), each with or
 * without `.gz`.
 */
const generationName = /^pm2(?:\.log[.\-_].+|__.+\.log(?:\.gz)?)$/;

export interface Generation {
  readonly path: string;
  readonly modifiedAt: EpochMs;
  readonly sizeBytes: number;
}

/** Rotated siblings of a home's pm2.log, newest first; the caller reads at most `maxGenerations`. */
export function findGenerations(host: Host, home: string): readonly Generation[] {
  const names = host.list(home);
  if (!names.ok) return [];
  const found: Generation[] = [];
  for (const name of names.value) {
    if (!generationName.test(name)) continue;
    const path = `${home}/${name}`;
    const stat = host.stat(path);
    if (stat.ok && stat.value.kind === 'file')
      found.push({ path, modifiedAt: stat.value.modifiedAt, sizeBytes: stat.value.sizeBytes });
  }
  return found.sort((a, b) => b.modifiedAt - a.modifiedAt || (a.path < b.path ? -1 : 1));
}

/** Opens a generation to be read at any offset; a packed one is unpacked into memory, as far as the caps allow. */
export function openGeneration(host: Host, generation: Generation): Outcome<OpenFile> {
  return generation.path.endsWith('.gz') ? unpack(host, generation) : host.open(generation.path);
}

function unpack(host: Host, generation: Generation): Outcome<OpenFile> {
  const packed = host.read(generation.path, maxPackedBytes);
  if (!packed.ok) return packed;
  try {
    // Only here: loading zlib costs a run without packed logs 1 ms.
    const { gunzipSync } = process.getBuiltinModule('node:zlib');
    const content = gunzipSync(packed.value, { maxOutputLength: maxUnpackedBytes });
    return {
      ok: true,
      value: {
        sizeBytes: content.length,
        modifiedAt: generation.modifiedAt,
        inode: 0,
        read: (offset, length) => content.subarray(offset, offset + length),
        close: () => {},
      },
    };
  } catch (error) {
    const isBig = error instanceof RangeError || packed.value.length === maxPackedBytes;
    return {
      ok: false,
      why: isBig ? 'truncated' : 'malformed',
      detail: error instanceof Error ? error.message : String(error),
    };
  }
}
