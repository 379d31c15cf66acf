import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  read,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  type Stats,
  statfsSync,
} from 'node:fs';
import { failure, failureOf } from './failure.ts';
import type { FileStat, FileSystemStat, OpenFile, Outcome } from './host.ts';

const defaultMaxBytes = 1024 * 1024;
/** `smaps_rollup` has 0.7 kB. */
const asideBytes = 2048;
/** One buffer for all reads: reading is synchronous, so no two reads ever share it. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);
/** A FIFO in the place of a log must neither block us nor lose the data meant for its reader. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

function attempt<T>(action: () => T): Outcome<T> {
  try {
    return { ok: true, value: action() };
  } catch (error) {
    return failureOf(error);
  }
}

/** Kernel files report size 0 and are no data of anybody; the check would cost as much as the read. */
function isKernelFile(path: string): boolean {
  return path.startsWith('/proc/') || path.startsWith('/sys/');
}

/** `/proc/4711/stat`: small, and never a FIFO or a device, as what lies below `/proc/4711/root` may be. */
const onePiece = /^\/proc\/\d+\/(?:stat|statm|status|smaps_rollup|oom_score_adj)$/;
const isOnePiece = (path: string): boolean => onePiece.test(path);

function kindOf(stat: Stats): FileStat['kind'] {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  if (stat.isSocket()) return 'socket';
  return stat.isSymbolicLink() ? 'link' : 'other';
}

/** Reads to the end of file, never trusting its size, or up to `maxBytes`. A socket, FIFO or device is `not-supported`. */
export function readFile(path: string, maxBytes: number = defaultMaxBytes): Outcome<Buffer> {
  let descriptor = -1;
  try {
    descriptor = openSync(path, flags);
    if (!isKernelFile(path) && !fstatSync(descriptor).isFile())
      return failure('not-supported', 'not a regular file');
    const parts: Buffer[] = [];
    let total = 0;
    while (total < maxBytes) {
      const count = readSync(descriptor, scratch, 0, Math.min(scratch.length, maxBytes - total), null);
      if (count === 0) break;
      parts.push(Buffer.from(scratch.subarray(0, count)));
      total += count;
    }
    const [first] = parts;
    return {
      ok: true,
      value: parts.length === 1 && first !== undefined ? first : Buffer.concat(parts, total),
    };
  } catch (error) {
    return failureOf(error);
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}

/** As `readFile`, decoded as UTF-8; most files of /proc fit the shared buffer and are decoded straight from it. */
export function readFileText(path: string, maxBytes: number = defaultMaxBytes): Outcome<string> {
  if (!isKernelFile(path)) {
    const bytes = readFile(path, maxBytes);
    return bytes.ok ? { ok: true, value: bytes.value.toString('utf8') } : bytes;
  }
  let descriptor = -1;
  try {
    // One call into Node instead of four; a host with many processes has hundreds of such files.
    if (isOnePiece(path)) return { ok: true, value: readFileSync(path, 'utf8') };
    descriptor = openSync(path, flags);
    let filled = 0;
    const room = Math.min(scratch.length, maxBytes);
    while (filled < room) {
      const count = readSync(descriptor, scratch, filled, room - filled, null);
      filled += count;
      if (count === 0) return { ok: true, value: scratch.toString('utf8', 0, filled) };
    }
    if (filled === maxBytes) return { ok: true, value: scratch.toString('utf8', 0, filled) };
  } catch (error) {
    return failureOf(error);
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
  const whole = readFile(path, maxBytes);
  return whole.ok ? { ok: true, value: whole.value.toString('utf8') } : whole;
}

/** The first read(2) of a kernel file that fits into one, on a thread of libuv's pool. */
export function readFileTextAside(path: string): Promise<Outcome<string>> {
  return new Promise((resolve) => {
    let descriptor: number;
    try {
      descriptor = openSync(path, flags);
    } catch (error) {
      resolve(failureOf(error));
      return;
    }
    const bytes = Buffer.allocUnsafe(asideBytes);
    read(descriptor, bytes, 0, asideBytes, null, (error, count) => {
      closeSync(descriptor);
      resolve(error === null ? { ok: true, value: bytes.toString('utf8', 0, count) } : failureOf(error));
    });
  });
}

/** Names in a folder, unsorted, without `.` and `..`. */
export function listFolder(path: string): Outcome<readonly string[]> {
  return attempt(() => readdirSync(path));
}

/** lstat(2): a symbolic link is described itself. `path/.` follows a link to a folder. */
export function statFile(path: string): Outcome<FileStat> {
  return attempt(() => {
    const stat = lstatSync(path);
    return {
      kind: kindOf(stat),
      sizeBytes: stat.size,
      allocatedBytes: stat.blocks * 512,
      links: stat.nlink,
      mode: stat.mode & 0o7777,
      uid: stat.uid,
      gid: stat.gid,
      modifiedAt: Math.round(stat.mtimeMs),
      // libuv gives 0 where the file system keeps none.
      createdAt: stat.birthtimeMs > 0 ? Math.round(stat.birthtimeMs) : null,
      inode: stat.ino,
      device: stat.dev,
    };
  });
}

export function readLinkTarget(path: string): Outcome<string> {
  return attempt(() => readlinkSync(path));
}

/** statfs(2). Free means free to an unprivileged user, as `df` counts it. */
export function statFileSystem(path: string): Outcome<FileSystemStat> {
  return attempt(() => {
    const stat = statfsSync(path);
    return {
      totalBytes: stat.blocks * stat.bsize,
      freeBytes: stat.bavail * stat.bsize,
      reservedBytes: (stat.bfree - stat.bavail) * stat.bsize,
      totalInodes: stat.files,
      freeInodes: stat.ffree,
    };
  });
}

/** Opens a regular file for reads at any offset. */
export function openFile(path: string): Outcome<OpenFile> {
  let descriptor = -1;
  try {
    descriptor = openSync(path, flags);
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) {
      closeSync(descriptor);
      return failure('not-supported', 'not a regular file');
    }
    return { ok: true, value: openedFile(descriptor, stat) };
  } catch (error) {
    if (descriptor >= 0) closeSync(descriptor);
    return failureOf(error);
  }
}

function openedFile(descriptor: number, stat: Stats): OpenFile {
  let isOpen = true;
  return {
    sizeBytes: stat.size,
    modifiedAt: Math.round(stat.mtimeMs),
    inode: stat.ino,
    read(offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      let filled = 0;
      while (isOpen && filled < length) {
        const count = readSync(descriptor, bytes, filled, length - filled, offset + filled);
        if (count === 0) break;
        filled += count;
      }
      return bytes.subarray(0, filled);
    },
    readLater: (offset, target) =>
      new Promise((resolve, reject) => {
        read(descriptor, target, 0, target.length, offset, (error, count) =>
          error ? reject(error) : resolve(count),
        );
      }),
    close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}
