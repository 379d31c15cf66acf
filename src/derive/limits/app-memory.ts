import type { App } from '../../model/pm2.ts';
import type { AppTree } from '../apps/process-tree.ts';

/** What an app holds, and which figure that is. Bytes. */
export interface AppMemory {
  /**
   * The whole tree by PSS; where PSS was not readable, the RSS of its biggest process: a sum of RSS counts shared pages
   * of forked workers many times (652 MB for a true 134 MB in our lab). Without /proc: PM2's figure. null = not known.
   */
  readonly bytes: number | null;
  readonly by: 'pss' | 'largest-rss' | 'pm2' | 'none';
  /** RSS of the main process, the only figure PM2 knows and compares with `max_memory_restart`. */
  readonly mainBytes: number | null;
  /** Part held by processes below the main one, same measure as `bytes`; null = not known. */
  readonly childBytes: number | null;
  readonly processes: number | null;
}

/** Answers: how much memory does this app hold, children included, at the least? */
export function appMemory(app: App, tree: AppTree | null): AppMemory {
  if (!tree || tree.members.length === 0) {
    const bytes = app.pm2RssBytes && app.pm2RssBytes > 0 ? app.pm2RssBytes : null;
    return {
      bytes,
      by: bytes === null ? 'none' : 'pm2',
      mainBytes: bytes,
      childBytes: null,
      processes: null,
    };
  }
  const mainBytes = tree.main?.rssBytes ?? null;
  const processes = tree.members.length;
  const children = tree.members.filter((member) => member.pid !== tree.main?.pid);
  if (tree.pssBytes !== null) {
    const childBytes = children.reduce((sum, child) => sum + (child.pssBytes ?? 0), 0);
    return { bytes: tree.pssBytes, by: 'pss', mainBytes, childBytes, processes };
  }
  const childBytes = Math.max(0, ...children.map((child) => child.rssBytes));
  return { bytes: Math.max(mainBytes ?? 0, childBytes), by: 'largest-rss', mainBytes, childBytes, processes };
}

/** True where more than half of the app's memory is in processes PM2 does not measure (PM2 lib/God/ActionMethods.js: pidusage of one pid). */
export function childrenHoldMost(memory: AppMemory): boolean {
  const { bytes, by, childBytes, mainBytes } = memory;
  if (bytes === null || childBytes === null) return false;
  // Without PSS only the biggest child is sure to be apart from its parent.
  return by === 'pss' ? childBytes > bytes / 2 : childBytes > (mainBytes ?? 0);
}
