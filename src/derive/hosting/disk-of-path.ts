import type { Disk } from '../../model/host.ts';

/** Answers: on which of the disks does this path lie? The longest mount point above it; null when none is known. */
export function diskOfPath(path: string, disks: readonly Disk[] | null): Disk | null {
  let best: Disk | null = null;
  for (const disk of disks ?? []) {
    const below =
      disk.mount === '/' ? path.startsWith('/') : path === disk.mount || path.startsWith(`${disk.mount}/`);
    if (below && (best === null || disk.mount.length > best.mount.length)) best = disk;
  }
  return best;
}

/** File systems that are full by nature. */
const readOnly = /^(squashfs|iso9660|erofs|udf|cramfs|romfs)$/;

/** Disks that apps or PM2 write to, and the root: the ones that stop something when they are full. */
export function disksThatMatter(disks: readonly Disk[]): readonly Disk[] {
  return disks.filter(
    (disk) => (disk.holdsHome || disk.apps.length > 0 || disk.mount === '/') && !readOnly.test(disk.fsType),
  );
}
