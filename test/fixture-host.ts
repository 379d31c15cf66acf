/**
 * A machine in a folder: `<folder>/proc/meminfo` answers a read of `/proc/meminfo`. Beside a file or folder,
 * `<name>.EACCES` makes it unreadable; `commands/<command> <args>.txt` is what a program prints (slashes in the
 * arguments become `_`, trailing arguments may be left out; without such a file it is "not installed"). Links are real,
 * relative symbolic links.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FileStat, Host, Outcome } from '../src/host/host.ts';
import { now } from './factories.ts';

const done = <T>(value: T): Outcome<T> => ({ ok: true, value });
const failed = (
  why: 'not-found' | 'permission-denied' | 'not-supported',
  detail: string,
): Outcome<never> => ({
  ok: false,
  why,
  detail,
});
const missing = (path: string): Outcome<never> =>
  failed('not-found', `ENOENT: no such file or directory, '${path}'`);
const kindOf = (stat: ReturnType<typeof lstatSync>): FileStat['kind'] =>
  stat?.isFile()
    ? 'file'
    : stat?.isDirectory()
      ? 'folder'
      : stat?.isSymbolicLink()
        ? 'link'
        : stat?.isSocket()
          ? 'socket'
          : 'other';

/** Any of the folders on the way may carry the mark, not only the last one. */
function isDenied(folder: string, real: string): boolean {
  for (let at = real; at.length > folder.length; at = dirname(at)) {
    if (existsSync(join(dirname(at), `${basename(at)}.EACCES`))) return true;
  }
  return false;
}

/** The small machine in `folder`; `over` replaces single answers. Clock: `now` of the factories. */
export function fixtureHost(folder: string, over: Partial<Host> = {}): Host {
  const at = <T>(path: string, use: (real: string) => T): Outcome<T> => {
    const real = join(folder, path);
    if (isDenied(folder, real)) return failed('permission-denied', `EACCES: permission denied, '${path}'`);
    try {
      return done(use(real));
    } catch {
      return missing(path);
    }
  };
  const read = (path: string, maxBytes = 1024 * 1024): Outcome<Buffer> =>
    at(path, (real) => readFileSync(real).subarray(0, maxBytes));
  return {
    platform: 'linux',
    uid: 0,
    pid: 999_999,
    homeFolder: '/root',
    env: {},
    nodeVersion: '24.11.0',
    now: () => now,
    monotonicMs: () => 1_000_000,
    utcOffsetMinutes: () => 480,
    read,
    readText: (path, maxBytes) => {
      const outcome = read(path, maxBytes);
      return outcome.ok ? done(outcome.value.toString('utf8')) : outcome;
    },
    list: (path) =>
      at(path, (real) =>
        readdirSync(real)
          .filter((name) => !name.endsWith('.EACCES'))
          .sort(),
      ),
    stat: (path) =>
      at(path, (real) => {
        const stat = lstatSync(real);
        return {
          kind: kindOf(stat),
          sizeBytes: stat.size,
          allocatedBytes: stat.blocks * 512,
          links: stat.nlink,
          mode: stat.mode & 0o7777,
          uid: 0,
          gid: 0,
          modifiedAt: now - 3_600_000,
          createdAt: null,
          inode: stat.ino,
          device: stat.dev,
        };
      }),
    readLink: (path) => at(path, (real) => readlinkSync(real)),
    fileSystem: () => failed('not-supported', 'no file system figures in this story'),
    open: (path) =>
      at(path, (real) => {
        const handle = openSync(real, 'r');
        const stat = fstatSync(handle);
        return {
          sizeBytes: stat.size,
          modifiedAt: now - 3_600_000,
          inode: stat.ino,
          read: (offset, length) => {
            const buffer = Buffer.alloc(length);
            return buffer.subarray(0, readSync(handle, buffer, 0, length, offset));
          },
          close: () => closeSync(handle),
        };
      }),
    run: async (command, args, limits) => {
      for (let count = args.length; count >= 0; count--) {
        const name = [command, ...args.slice(0, count)].join(' ').replaceAll('/', '_');
        const outcome = name.length > 200 ? null : read(`/commands/${name}.txt`);
        if (!outcome?.ok) continue;
        const stdout = outcome.value.subarray(0, limits.maxBytes);
        return done({ code: 0, stdout, stderr: '', truncated: stdout.length < outcome.value.length });
      }
      return failed('not-found', `spawn ${command} ENOENT`);
    },
    kernelMessages: (maxBytes) => {
      const outcome = read('/dev/kmsg', maxBytes);
      return outcome.ok ? done({ text: outcome.value, lost: false }) : outcome;
    },
    pm2Call: async (socketPath, method) => read(join(dirname(socketPath), `${method}.json`)),
    pm2Bus: async () => failed('not-supported', 'no bus in this story'),
    close: () => {},
    ...over,
  };
}
