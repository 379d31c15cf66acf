import type { FileFacts, Pm2Home } from '../../model/pm2.ts';

/** Who besides the owner: everybody on the host, or the members of the file's group. */
export type Others = 'everyone' | 'group';

/**
 * Answers: who besides its owner may use this file of a PM2 home? `bit` is that of "other", 4 read, 2 write; its group bit
 * is the same times 8. Entering the home needs its search bit (path_resolution(7)). A group that has the user's own number
 * is taken for the private group of that user, and counts for nobody. `homeMode` already counts the folders above.
 */
export function openTo(file: FileFacts, home: Pm2Home, bit: 2 | 4): Others | null {
  const mode = home.homeMode ?? 0o777;
  if (file.mode & bit && mode & 0o001) return 'everyone';
  const isShared = file.gid !== file.uid;
  return file.mode & (bit * 8) && mode & 0o010 && isShared ? 'group' : null;
}

/** `0644`, as chmod(1) takes it. */
export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
