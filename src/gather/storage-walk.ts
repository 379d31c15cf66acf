import type { Host } from '../host/host.ts';

/** One folder of the scan. Bytes as `du` counts them (blocks on the disk), folders' own blocks left out. */
export interface Folder {
  readonly path: string;
  readonly name: string;
  readonly parent: Folder | null;
  readonly device: number;
  /** Counted as one: what is inside is not listed by itself. */
  readonly isWhole: boolean;
  readonly children: Folder[];
  /** With everything below, once the walk is over. */
  bytes: number;
  files: number;
  /** False: the budget ended, or a folder could not be read, in it or below it. */
  complete: boolean;
}

export interface Walk {
  /** In the order of the paths asked for; null = not there, or no folder. */
  readonly roots: readonly (Folder | null)[];
  readonly scannedFiles: number;
  readonly unreadable: number;
  readonly isCut: boolean;
}

/** Give way to others (the PM2 bus) this often. */
const turnMs = 10;
/** Big, and no data: scanned last, and never opened up in the list. */
const wholeNames = new Set(['node_modules', '.git', '.pnpm-store', '.yarn', '__pycache__', '.venv', 'venv']);

/**
 * Adds up folders, level by level over all roots, so that a budget that ends early still leaves a fair picture. Links are not
 * followed, other file systems not entered, a file with several names counts once, and a root inside another one is
 * counted for itself only.
 */
export async function walkFolders(
  host: Host,
  paths: readonly string[],
  budget: { readonly ms: number; readonly files: number },
): Promise<Walk> {
  const started = host.monotonicMs();
  const isRoot = new Set(paths);
  const met = new Set<string>();
  const all: Folder[] = [];
  const roots = paths.map((path): Folder | null => {
    const stat = host.stat(path);
    if (!stat.ok || stat.value.kind !== 'folder') return null;
    const folder: Folder = {
      path,
      name: '',
      parent: null,
      device: stat.value.device,
      isWhole: false,
      children: [],
      bytes: 0,
      files: 0,
      complete: false,
    };
    all.push(folder);
    return folder;
  });
  let level: Folder[] = [...all];
  let later: Folder[] = [];
  let scannedFiles = 0;
  let unreadable = 0;
  let isCut = false;
  let turn = started;

  const enter = (folder: Folder, next: Folder[]): void => {
    const names = host.list(folder.path);
    if (!names.ok) {
      // Gone meanwhile is as good as empty.
      if (names.why === 'not-found') folder.complete = true;
      else unreadable += 1;
      return;
    }
    folder.complete = true;
    for (const name of names.value) {
      if (scannedFiles >= budget.files || host.monotonicMs() - started >= budget.ms) {
        folder.complete = false;
        isCut = true;
        return;
      }
      scannedFiles += 1;
      const path = folder.path === '/' ? `/${name}` : `${folder.path}/${name}`;
      const stat = host.stat(path);
      if (!stat.ok) continue;
      const { kind, device, links, inode, allocatedBytes } = stat.value;
      if (kind === 'folder') {
        if (device !== folder.device || isRoot.has(path)) continue;
        const isWhole = folder.isWhole || wholeNames.has(name);
        const child: Folder = {
          path,
          name,
          parent: folder,
          device,
          isWhole,
          children: [],
          bytes: 0,
          files: 0,
          complete: false,
        };
        folder.children.push(child);
        all.push(child);
        (isWhole && !folder.isWhole ? later : next).push(child);
        continue;
      }
      if (links > 1) {
        const id = `${device}:${inode}`;
        if (met.has(id)) continue;
        met.add(id);
      }
      folder.bytes += allocatedBytes;
      folder.files += 1;
    }
  };

  while (level.length > 0 && !isCut) {
    const next: Folder[] = [];
    for (const folder of level) {
      if (isCut) break;
      enter(folder, next);
      if (host.monotonicMs() - turn > turnMs) {
        await new Promise((resolve) => setImmediate(resolve));
        turn = host.monotonicMs();
      }
    }
    level = next;
    if (level.length === 0) {
      level = later;
      later = [];
    }
  }
  // Children were added after their parents: backwards, every sum is complete before it is passed on.
  for (const folder of all.reverse()) {
    if (folder.parent === null) continue;
    folder.parent.bytes += folder.bytes;
    folder.parent.files += folder.files;
    if (!folder.complete) folder.parent.complete = false;
  }
  return { roots, scannedFiles, unreadable, isCut };
}
