import { closeSync, constants, openSync, readSync } from 'node:fs';
import { errorCode, failureOf } from './failure.ts';
import type { Outcome } from './host.ts';

/** Longest record /dev/kmsg hands out: CONSOLE_EXT_LOG_MAX, 8192 bytes (kernel/printk). A smaller buffer gives EINVAL. */
const recordMaxBytes = 8192;
const chunkBytes = 256 * 1024;
/** A kernel that prints faster than we read must not keep us here. */
const maxRecords = 2_000_000;

/**
 * Every record in the kernel's ring buffer now, oldest first, each ending in a newline. `lost`: the kernel overwrote
 * records while we read (EPIPE), or the oldest were dropped to stay within `maxBytes`.
 * Source: Documentation/ABI/testing/dev-kmsg — one record a read(2), EAGAIN at the end with O_NONBLOCK.
 */
export function drainKernelMessages(
  maxBytes: number,
  path = '/dev/kmsg',
): Outcome<{ readonly text: Buffer; readonly lost: boolean }> {
  let descriptor = -1;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { ok: true, value: drain(descriptor, maxBytes) };
  } catch (error) {
    return failureOf(error);
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}

function drain(descriptor: number, maxBytes: number): { readonly text: Buffer; readonly lost: boolean } {
  const chunks: Buffer[] = [];
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let filled = 0;
  let total = 0;
  let lost = false;
  for (let records = 0; records < maxRecords; records += 1) {
    if (chunk.length - filled < recordMaxBytes) {
      chunks.push(chunk.subarray(0, filled));
      chunk = Buffer.allocUnsafe(chunkBytes);
      filled = 0;
    }
    const count = readRecord(descriptor, chunk, filled);
    if (count === 'end') break;
    if (count === 'lost') lost = true;
    else {
      filled += count;
      total += count;
    }
    // The newest records matter most: the oldest go first.
    const oldest = chunks[0];
    if (total > maxBytes && oldest !== undefined) {
      chunks.shift();
      total -= oldest.length;
      lost = true;
    }
  }
  return { text: Buffer.concat([...chunks, chunk.subarray(0, filled)]), lost };
}

function readRecord(descriptor: number, into: Buffer, at: number): number | 'end' | 'lost' {
  try {
    const count = readSync(descriptor, into, at, recordMaxBytes, null);
    return count === 0 ? 'end' : count;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EAGAIN') return 'end';
    // EPIPE: overwritten under us; the next read continues at the oldest record left. EINTR: just again.
    if (code === 'EPIPE') return 'lost';
    if (code === 'EINTR') return 0;
    throw error;
  }
}

/** One piece of the kernel log. `more`: the buffer was full, there may be more to read at once. */
export interface KernelPiece {
  /** Valid until the next `read`. */
  readonly text: Buffer;
  /** The kernel overwrote records that were not read yet. */
  readonly lost: boolean;
  readonly more: boolean;
}

/**
 * /dev/kmsg kept open: each `read` gives what came since the one before, in pieces of at most 64 KiB; the first ones give
 * the kernel's whole buffer, which is several megabytes on large hosts. Errors other than a full buffer are thrown.
 */
export interface KernelTail {
  read(): KernelPiece;
  close(): void;
}

const pieceBytes = 64 * 1024;

export function tailKernelMessages(path = '/dev/kmsg'): Outcome<KernelTail> {
  let descriptor = -1;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    // A device that may be opened may still refuse to be read: EPERM under kernel.dmesg_restrict in some containers.
    const piece = Buffer.allocUnsafeSlow(pieceBytes);
    let filled = 0;
    let lost = false;
    const first = readRecord(descriptor, piece, 0);
    if (first === 'lost') lost = true;
    else if (first !== 'end') filled = first;
    return { ok: true, value: makeTail(descriptor, piece, filled, lost) };
  } catch (error) {
    if (descriptor >= 0) closeSync(descriptor);
    return failureOf(error);
  }
}

/** @param first bytes of `piece` that are filled already. */
function makeTail(descriptor: number, piece: Buffer, first: number, isLost: boolean): KernelTail {
  let filled = first;
  let lost = isLost;
  let isOpen = true;
  return {
    read() {
      let isEnd = !isOpen;
      while (!isEnd && pieceBytes - filled >= recordMaxBytes) {
        const count = readRecord(descriptor, piece, filled);
        if (count === 'end') isEnd = true;
        else if (count === 'lost') lost = true;
        else filled += count;
      }
      const found = { text: piece.subarray(0, filled), lost, more: !isEnd };
      filled = 0;
      lost = false;
      return found;
    },
    close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}
