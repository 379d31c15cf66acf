import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { problem, problemOf } from './problem.ts';

/**
 * `$XDG_STATE_HOME/pm2-audit/history.db`, or below `~/.local/state` (XDG Base Directory Specification 0.8: a relative
 * path in the variable does not count).
 */
export function defaultPath(env: { readonly [name: string]: string | undefined }): string {
  const state = env['XDG_STATE_HOME'];
  const base =
    state !== undefined && isAbsolute(state) ? state : join(env['HOME'] || homedir(), '.local', 'state');
  return join(base, 'pm2-audit', 'history.db');
}

/** What the store asks of the disk; tests put another one in. */
export interface Disk {
  /** Magic number of the file system (statfs(2)); 0 = not known. */
  typeAt(folder: string): number;
  /** Share of the disk that this user may still fill; null = not known. */
  freeRatioAt(folder: string): number | null;
}

export const realDisk: Disk = {
  typeAt: (folder) => look(folder)?.type ?? 0,
  freeRatioAt(folder) {
    const seen = look(folder);
    return seen === null || seen.blocks === 0 ? null : seen.bavail / seen.blocks;
  },
};

function look(folder: string): { type: number; bavail: number; blocks: number } | null {
  try {
    return statfsSync(folder);
  } catch {
    return null;
  }
}

/** linux/magic.h and the file systems' own headers. SQLite's log lies in shared memory, which works on one host only. */
const networkTypes: { readonly [magic: number]: string } = {
  [0x6969]: 'NFS',
  [0x517b]: 'SMB',
  [0xff534d42]: 'CIFS',
  [0xfe534d42]: 'SMB2',
  [0x5346414f]: 'AFS',
  [0x564c]: 'NCP',
  [0x00c36400]: 'Ceph',
  [0x0bd00bd0]: 'Lustre',
  [0x01161970]: 'GFS2',
  [0x01021997]: '9p',
};
const fuse = 0x65735546;

/** Name of the network file system the folder lies on; null = a local one, or not known. */
export function networkFileSystem(folder: string, disk: Disk): string | null {
  const type = disk.typeAt(folder) >>> 0;
  if (type === fuse) return networkFuse(folder);
  return networkTypes[type] ?? null;
}

/** FUSE says nothing of what is behind it, the mount table does: `fuse.sshfs`. */
function networkFuse(folder: string): string | null {
  try {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    let best = { length: -1, type: '' };
    for (const line of mounts) {
      const [before = '', after = ''] = line.split(' - ');
      const point = (before.split(' ')[4] ?? '').replaceAll('\\040', ' ');
      const isAbove = folder === point || folder.startsWith(point === '/' ? '/' : `${point}/`);
      if (isAbove && point.length >= best.length)
        best = { length: point.length, type: after.split(' ')[0] ?? '' };
    }
    return /^fuse\.(?:sshfs|glusterfs|s3fs|rclone|davfs|curlftpfs|ceph)/.exec(best.type)?.[0] ?? null;
  } catch {
    return null;
  }
}

/** Makes folder and file for their owner alone, and refuses a place where the store cannot be safe. */
export function makePlace(path: string, disk: Disk): void {
  const folder = dirname(path);
  try {
    makeFolders(folder);
    const network = networkFileSystem(folder, disk);
    if (network !== null)
      throw problem('network-file-system', path, `it would lie on a network file system (${network})`);
    makeFile(path);
  } catch (error) {
    throw problemOf(error, path);
  }
}

/** Folder by folder: Node's own recursive mkdir never returns on a file system such as /proc that denies with ENOENT. */
function makeFolders(folder: string): void {
  const isFolder = (): boolean => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder()) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolders(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it in between.
    if (!isFolder()) throw error;
  }
}

/** SQLite gives its `-wal` and `-shm` the rights of the file itself. Never called while the file is open: see lock.ts. */
export function makeFile(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600));
  for (const each of [path, `${path}-wal`, `${path}-shm`]) {
    if (existsSync(each) && (statSync(each).mode & 0o077) !== 0) chmodSync(each, 0o600);
  }
}

/** Moves a damaged file aside, with what belongs to it: `history.db.corrupt-2026-11-22`. Never deletes. Returns where to. */
export function moveAside(path: string, now: number): string {
  const day = new Date(now).toISOString().slice(0, 10);
  let target = `${path}.corrupt-${day}`;
  for (let number = 2; existsSync(target); number += 1) target = `${path}.corrupt-${day}-${number}`;
  for (const end of ['-wal', '-shm', '']) {
    if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${target}${end}`);
  }
  return target;
}
