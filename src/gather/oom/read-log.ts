import type { OpenFile } from '../../host/host.ts';
import type { OomParser } from './parse.ts';

/** How a log ended. `damaged`: a compressed file that cannot be unpacked to its end; what came before was read. */
export interface LogEnd {
  readonly bytes: number;
  readonly damaged: string | null;
}

const chunkBytes = 1024 * 1024;
/** RFC 1952. */
const gzipMagic = 0x1f8b;

/** Gzip by its first two bytes, whatever the name says. */
export function isGzip(beginning: Buffer): boolean {
  return beginning.length >= 2 && beginning.readUInt16BE(0) === gzipMagic;
}

/** Feeds a file to the parser, from `from` on (a packed one always whole, at most `maxBytes` of its text). */
export async function readLog(
  file: OpenFile,
  parser: OomParser,
  limits: Limits = {
    from: 0,
    maxBytes: Number.POSITIVE_INFINITY,
  },
): Promise<LogEnd> {
  if (isGzip(file.read(0, 2))) return readPacked(file, parser, limits.maxBytes);
  return file.readLater
    ? readWhileSearching(file.readLater, parser, limits)
    : readPlain(file, parser, limits);
}

type Limits = { readonly from: number; readonly maxBytes: number };

/** The kernel copies the next piece while this one is searched: reading half a gigabyte takes as long as searching it. */
async function readWhileSearching(
  read: NonNullable<OpenFile['readLater']>,
  parser: OomParser,
  limits: Limits,
): Promise<LogEnd> {
  const end = limits.from + limits.maxBytes;
  const start = (offset: number): Promise<number> => {
    const space = parser.space();
    return read(offset, space.subarray(0, Math.min(space.length, Math.max(0, end - offset))));
  };
  let offset = limits.from;
  for (let count = await start(offset); count > 0; ) {
    offset += count;
    parser.filled(count);
    const next = start(offset);
    parser.search();
    count = await next;
  }
  return { bytes: offset - limits.from, damaged: null };
}

function readPlain(file: OpenFile, parser: OomParser, limits: Limits): LogEnd {
  const end = limits.from + limits.maxBytes;
  let offset = limits.from;
  while (offset < end) {
    const bytes = file.read(offset, Math.min(chunkBytes, end - offset));
    if (bytes.length === 0) break;
    parser.push(bytes);
    offset += bytes.length;
  }
  return { bytes: offset - limits.from, damaged: null };
}

async function readPacked(file: OpenFile, parser: OomParser, maxBytes: number): Promise<LogEnd> {
  // Only here: zlib's streams cost start-up time.
  const { createGunzip } = await import('node:zlib');
  const unpack = createGunzip({ chunkSize: 256 * 1024 });
  let bytes = 0;
  let damaged: string | null = null;
  const done = new Promise<void>((resolve) => {
    unpack.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      parser.push(chunk);
      if (bytes >= maxBytes) unpack.destroy();
    });
    unpack.on('error', (error) => {
      damaged = error.message;
      resolve();
    });
    unpack.on('close', () => resolve());
  });
  for (let offset = 0; !unpack.destroyed; ) {
    const chunk = file.read(offset, chunkBytes);
    if (chunk.length === 0) break;
    offset += chunk.length;
    if (!unpack.write(chunk)) await new Promise<void>((resolve) => once(unpack, resolve));
  }
  if (!unpack.destroyed) unpack.end();
  await done;
  return { bytes, damaged };
}

/** Goes on when the stream wants more, or has ended for good. */
function once(stream: NodeJS.EventEmitter, resolve: () => void): void {
  const go = (): void => {
    for (const name of ['drain', 'error', 'close']) stream.off(name, go);
    resolve();
  };
  for (const name of ['drain', 'error', 'close']) stream.on(name, go);
}
