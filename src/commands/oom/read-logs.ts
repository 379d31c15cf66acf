import { createReadStream } from 'node:fs';
import type { Cleaner } from '../../gather/clean.ts';
import type { LogClock } from '../../gather/oom/calendar.ts';
import { createOomParser, type OomParse } from '../../gather/oom/parse.ts';
import { isGzip, readLog } from '../../gather/oom/read-log.ts';
import type { Host } from '../../host/host.ts';
import type { CleanText } from '../../model/text.ts';

/** One file named on the command line: what it says, or why it could not be read to its end. */
export interface ReadFile {
  readonly name: CleanText;
  readonly parse: OomParse | null;
  /** Finished sentence without full stop: what happened and what to do; null = read whole. */
  readonly problem: Problem | null;
  readonly isEmpty: boolean;
}

export type Problem =
  | { readonly kind: 'missing' | 'denied' | 'folder' | 'binary' | 'journal' | 'utf16' | 'damaged-gzip' }
  | { readonly kind: 'packed'; readonly tool: string }
  | { readonly kind: 'failed'; readonly detail: CleanText };

const sampleBytes = 32 * 1024;
/** Other compressions by their first bytes, and the program that unpacks them. */
const packed: readonly (readonly [magic: string, tool: string])[] = [
  ['fd377a585a00', 'xzcat'],
  ['28b52ffd', 'zstdcat'],
  ['425a68', 'bzcat'],
  ['04224d18', 'lz4cat'],
  ['504b0304', 'unzip -p'],
];

/** Answers: is this a text log? null = yes, as far as its beginning shows. */
export function problemOf(beginning: Buffer): Problem | null {
  const hex = beginning.toString('hex', 0, 8);
  if (beginning.toString('latin1', 0, 8) === 'LPKSHHRH') return { kind: 'journal' };
  if (hex.startsWith('fffe') || hex.startsWith('feff')) return { kind: 'utf16' };
  const tool = packed.find(([magic]) => hex.startsWith(magic))?.[1];
  if (tool !== undefined) return { kind: 'packed', tool };
  let strange = 0;
  for (const byte of beginning)
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 27 && byte !== 30) strange += 1;
  // After a crash a log may hold a stretch of NULs; a third and more is no text.
  return beginning.length > 0 && strange / beginning.length > 0.3 ? { kind: 'binary' } : null;
}

/** Reads one file, or standard input for `-`; never throws. */
export async function readOne(host: Host, path: string, clean: Cleaner, clock: LogClock): Promise<ReadFile> {
  const name = clean.text(path === '-' ? 'stdin' : path, 300);
  if (path === '-') return readStream(process.stdin, name, clean, clock);
  const file = host.open(path);
  if (!file.ok) {
    const stat = host.stat(`${path}/.`);
    if (stat.ok && stat.value.kind === 'folder')
      return { name, parse: null, problem: { kind: 'folder' }, isEmpty: false };
    // A pipe: `pm2-audit oom <(journalctl -k)`.
    if (file.why === 'not-supported') return readStream(createReadStream(path), name, clean, clock);
    if (file.why === 'not-found') return { name, parse: null, problem: { kind: 'missing' }, isEmpty: false };
    if (file.why === 'permission-denied')
      return { name, parse: null, problem: { kind: 'denied' }, isEmpty: false };
    return {
      name,
      parse: null,
      problem: { kind: 'failed', detail: clean.text(file.detail, 200) },
      isEmpty: false,
    };
  }
  try {
    const beginning = file.value.read(0, sampleBytes);
    const problem = isGzip(beginning) ? null : problemOf(beginning);
    if (problem) return { name, parse: null, problem, isEmpty: false };
    const parser = createOomParser(name, clean, clock);
    const { damaged } = await readLog(file.value, parser);
    return {
      name,
      parse: parser.end(),
      problem: damaged === null ? null : { kind: 'damaged-gzip' },
      isEmpty: beginning.length === 0,
    };
  } catch (error) {
    const detail = clean.text(error instanceof Error ? error.message : String(error), 200);
    return { name, parse: null, problem: { kind: 'failed', detail }, isEmpty: false };
  } finally {
    file.value.close();
  }
}

async function readStream(
  stream: NodeJS.ReadableStream,
  name: CleanText,
  clean: Cleaner,
  clock: LogClock,
): Promise<ReadFile> {
  const parser = createOomParser(name, clean, clock);
  let input = stream;
  let isFirst = true;
  let damaged = false;
  try {
    for await (const piece of stream) {
      const chunk = Buffer.isBuffer(piece) ? piece : Buffer.from(piece);
      if (isFirst) {
        isFirst = false;
        const problem = isGzip(chunk) ? null : problemOf(chunk.subarray(0, sampleBytes));
        if (problem) return { name, parse: null, problem, isEmpty: false };
        if (isGzip(chunk)) {
          const { createGunzip } = await import('node:zlib');
          input = createGunzip();
          const unpacked = input;
          unpacked.on('data', (bytes: Buffer) => parser.push(bytes));
          unpacked.on('error', () => {
            damaged = true;
          });
        }
      }
      if (input === stream) parser.push(chunk);
      else await writeTo(input, chunk, () => damaged);
    }
    if (input !== stream) await endOf(input, () => damaged);
  } catch (error) {
    const detail = clean.text(error instanceof Error ? error.message : String(error), 200);
    return { name, parse: null, problem: { kind: 'failed', detail }, isEmpty: false };
  }
  return { name, parse: parser.end(), problem: damaged ? { kind: 'damaged-gzip' } : null, isEmpty: isFirst };
}

function isWritable(stream: NodeJS.ReadableStream): stream is NodeJS.ReadableStream & NodeJS.WritableStream {
  return 'write' in stream;
}

async function writeTo(stream: NodeJS.ReadableStream, chunk: Buffer, isOver: () => boolean): Promise<void> {
  if (isOver() || !isWritable(stream) || stream.write(chunk)) return;
  await new Promise<void>((resolve) => {
    for (const event of ['drain', 'error', 'close']) stream.once(event, () => resolve());
  });
}

async function endOf(stream: NodeJS.ReadableStream, isOver: () => boolean): Promise<void> {
  if (isOver() || !isWritable(stream)) return;
  await new Promise<void>((resolve) => {
    for (const event of ['end', 'error', 'close']) stream.once(event, () => resolve());
    stream.end();
  });
}
