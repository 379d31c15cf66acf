import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

/** Formats that become files; the terminal summary goes to stdout. */
export type FileFormat = 'md' | 'html' | 'json' | 'prom' | 'junit.xml' | 'sarif';

const endings: readonly FileFormat[] = ['md', 'html', 'json', 'prom', 'junit.xml', 'sarif'];

/** Why the reports could not be written, in words for the user. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/**
 * A host or app name as a part of a file name: letters, digits, `.`, `_`, `-`; never empty, never starting with a dot,
 * at most 64 characters. So no name leads out of the report folder.
 */
export function fileNamePart(name: string): string {
  const part = name
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, 64);
  return part || 'host';
}

export interface ReportPlace {
  /** `DIR/YYYY-MM-DD` */
  readonly folder: string;
  /** `health-<host>-<YYYYMMDD-HHmmss>`, without extension. */
  readonly stem: string;
}

/** `stamp` is the local time of the run as `YYYYMMDD-HHmmss`. A stem that is taken gets `-2`, `-3` … */
export function reportPlace(root: string, host: string, stamp: string): ReportPlace {
  const day = `${stamp.slice(0, 4)}-${stamp.slice(4, 6)}-${stamp.slice(6, 8)}`;
  const folder = join(resolve(root), day);
  const stem = `health-${fileNamePart(host)}-${stamp}`;
  const taken = (candidate: string): boolean =>
    endings.some((ext) => existsSync(join(folder, `${candidate}.${ext}`)));
  let free = stem;
  for (let n = 2; taken(free); n += 1) free = `${stem}-${n}`;
  return { folder, stem: free };
}

/**
 * Writes all formats of one report, or none that is half: each goes to a temporary name in the same folder and is
 * renamed when complete. Then `latest.*`, beside the reports and in `root`, point at the new ones. Returns the paths.
 */
export function writeReports(
  root: string,
  place: ReportPlace,
  contents: ReadonlyMap<FileFormat, string>,
): readonly string[] {
  const temporary: string[] = [];
  try {
    makeFolder(place.folder);
    sweep(place.folder);
    const ready: { from: string; to: string; format: FileFormat }[] = [];
    for (const [format, content] of contents) {
      const to = join(place.folder, `${place.stem}.${format}`);
      const from = join(place.folder, `.${place.stem}.${format}.${process.pid}.tmp`);
      temporary.push(from);
      // Reports hold log lines of the host: for the owner and group, not for everybody.
      writeFileSync(from, content, { mode: 0o640, flush: true });
      ready.push({ from, to, format });
    }
    for (const { from, to } of ready) renameSync(from, to);
    for (const { to, format } of ready) {
      point(join(place.folder, `latest.${format}`), to);
      point(join(resolve(root), `latest.${format}`), to);
    }
    return ready.map(({ to }) => to);
  } catch (error) {
    for (const path of temporary) if (existsSync(path)) rmSync(path);
    throw new OutputError(`${place.folder}: ${describe(error)}`, { cause: error });
  }
}

/** One file of the user's choice, whole or not at all; readable by its owner only, unless told otherwise. Throws OutputError. */
export function writeWhole(path: string, content: string, mode = 0o600): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content, { mode: 0o600, flush: true });
    // Not with the mode of the new file: the umask would take from it.
    if (mode !== 0o600) chmodSync(temporary, mode);
    renameSync(temporary, path);
  } catch (error) {
    if (existsSync(temporary)) rmSync(temporary);
    throw new OutputError(`${path}: ${describe(error)}`, { cause: error });
  }
}

/** Folder by folder: Node's own recursive mkdir never returns on a file system such as /proc that denies with ENOENT. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another run may have made it in between.
    if (!existsSync(path)) throw error;
  }
}

/** Temporary files of a run that was killed; its pid is in the name. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(/^\.health-.*\.(\d+)\.tmp$/.exec(name)?.[1]);
    if (pid && !isAlive(pid)) rmSync(join(folder, name), { force: true });
  }
}

/** A relative symlink, replaced by rename so that a reader never meets a missing one; a copy where links are refused. */
function point(link: string, target: string): void {
  const temporary = `${link}.${process.pid}.tmp`;
  // Not `rmSync`: its first use loads 2 ms of Node.
  if (lstatSync(temporary, { throwIfNoEntry: false }) !== undefined) unlinkSync(temporary);
  try {
    symlinkSync(relative(join(link, '..'), target), temporary);
  } catch {
    copyFileSync(target, temporary);
  }
  renameSync(temporary, link);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const path = error instanceof Error && 'path' in error ? basename(String(error.path)) : '';
  const known: { readonly [code: string]: string } = {
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    ENOTDIR: 'a file stands where a folder is needed',
    EEXIST: 'a file stands where a folder is needed',
    ENAMETOOLONG: 'the path is too long',
  };
  const words = known[code] ?? (error instanceof Error ? error.message : String(error));
  return path && !words.includes(path) ? `${words} (${path})` : words;
}
