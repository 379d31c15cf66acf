import type { Host } from '../host/host.ts';
import type { Gap } from '../model/gap.ts';
import type { AppRef, Daemon, Pm2Home } from '../model/pm2.ts';
import type { StorageEntry } from '../model/storage.ts';
import { type Cleaner, ownWords } from './clean.ts';
import type { Gatherer } from './gatherer.ts';
import { isNetwork, mountOf, PathResolver, parseMounts } from './proc/mounts.ts';
import { type Folder, walkFolders } from './storage-walk.ts';

const listed = 10;
/** Folders of everybody: what lies there is not the app's. */
const broad = new Set(['/', '/home', '/opt', '/root', '/srv', '/tmp', '/usr', '/var', '/var/www']);

/**
 * The biggest folders under the apps' working directories and PM2's logs, and the biggest log files. Of a working
 * directory its subfolders are listed; where one of them holds more than half of it, that one is opened up instead, and so
 * on down. A directory whose own files are more than half of it is listed itself. Within the budget of the options:
 * an entry that was not finished says so.
 */
export const storage: Gatherer<'storage'> = {
  key: 'storage',
  sources: ['folders of the apps', 'PM2_HOME/logs'],
  privilege: 'The user of the apps, or root.',
  remedy: 'raise-budget',
  after: ['daemons', 'pm2Files'],
  budgetMs: 5000,
  async gather(host, context) {
    const { clean, options } = context;
    const daemons = context.seen('daemons') ?? [];
    const logs = logFiles(host, clean, daemons, context.seen('pm2Files') ?? []);
    const { roots, offline } = rootsOf(host, daemons);
    const walk = await walkFolders(host, [...roots.keys()], options.storageBudget);
    const entries: StorageEntry[] = [];
    let scannedBytes = 0;
    for (const root of walk.roots) {
      if (root === null) continue;
      scannedBytes += root.bytes;
      for (const folder of worthNaming(root)) {
        if (folder.bytes === 0) continue;
        entries.push({
          path: clean.text(folder.path),
          bytes: folder.bytes,
          files: folder.files,
          kind: 'folder',
          app: roots.get(root.path) ?? null,
          complete: folder.complete,
        });
      }
    }
    const gaps: Gap[] = [];
    const add = (subject: string, why: Gap['why'], detail: string, remedy: Gap['remedy']) =>
      gaps.push({
        key: 'storage',
        subject: clean.text(subject),
        why,
        tried: [{ source: 'folders of the apps', why, detail: clean.text(detail) }],
        remedy,
      });
    if (walk.isCut)
      add(
        'folders of the apps',
        'truncated',
        `${walk.scannedFiles} entries read within ${options.storageBudget.ms} ms; sizes are lower bounds`,
        'raise-budget',
      );
    if (walk.unreadable > 0)
      add(
        `${walk.unreadable} folders`,
        'permission-denied',
        'folders that could not be listed',
        'run-as-root',
      );
    for (const path of offline) add(path, 'not-supported', 'a network file system may never answer', 'none');
    const now = host.now();
    return {
      seen: true,
      value: {
        top: biggest(entries),
        logs: biggest(logs),
        scannedBytes,
        scannedFiles: walk.scannedFiles,
        complete: !walk.isCut && walk.unreadable === 0 && offline.length === 0,
      },
      source: ownWords('folders of the apps'),
      covers: { from: now, to: now },
      gaps,
    };
  },
};

/** Folders to scan, with the app they belong to; null where several do, or where everything lives (`/`, a user's home). */
function rootsOf(host: Host, daemons: readonly Daemon[]) {
  const mountinfo = host.readText('/proc/self/mountinfo', 4 * 1024 * 1024);
  const mounts = parseMounts(mountinfo.ok ? mountinfo.value : '');
  const resolver = new PathResolver(host, mounts);
  const homes = new Set([host.homeFolder, ...daemons.map((daemon) => parentOf(daemon.home))]);
  const roots = new Map<string, AppRef | null>();
  const offline = new Set<string>();
  const add = (given: string, app: AppRef | null): void => {
    if (!given.startsWith('/')) return;
    const path = resolver.resolve(given);
    const mount = mountOf(mounts, path);
    if (mount !== null && isNetwork(mount)) {
      offline.add(path);
      return;
    }
    const isBroad = homes.has(path) || broad.has(path);
    const known = roots.get(path);
    const isOther =
      known !== undefined &&
      (known === null || app === null || known.name !== app.name || known.home !== app.home);
    roots.set(path, isBroad || isOther ? null : (known ?? app));
  };
  for (const daemon of daemons) {
    add(`${daemon.home}/logs`, null);
    for (const app of [...daemon.apps, ...daemon.modules]) if (app.cwd !== null) add(app.cwd, app.ref);
  }
  return { roots, offline: [...offline] };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** See `storage`. A folder is never listed beside one that lies inside it. */
function worthNaming(root: Folder): readonly Folder[] {
  const inFolders = root.children.reduce((sum, child) => sum + child.bytes, 0);
  if (root.bytes - inFolders > root.bytes / 2 || root.children.length === 0) return [root];
  return root.children.flatMap((child) => deepest(child));
}

function deepest(folder: Folder): readonly Folder[] {
  if (folder.isWhole) return [folder];
  const heavy = folder.children.find((child) => child.bytes > folder.bytes / 2);
  return heavy === undefined ? [folder] : deepest(heavy);
}

/** Biggest first; ties by path, so that the same disk gives the same list. */
function biggest(entries: readonly StorageEntry[]): readonly StorageEntry[] {
  return [...entries].sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1)).slice(0, listed);
}

/** What the PM2 files already say, plus the logs of apps that lie elsewhere. */
function logFiles(
  host: Host,
  clean: Cleaner,
  daemons: readonly Daemon[],
  homes: readonly Pm2Home[],
): readonly StorageEntry[] {
  const found = new Map<string, StorageEntry>();
  const add = (path: StorageEntry['path'], bytes: number, app: AppRef | null): void => {
    if (bytes > 0 && !found.has(path))
      found.set(path, { path, bytes, files: 1, kind: 'log', app, complete: true });
  };
  for (const home of homes) {
    for (const log of home.logs) add(log.path, log.sizeBytes, log.app);
    if (home.pm2Log !== null) add(home.pm2Log.path, home.pm2Log.sizeBytes, null);
  }
  for (const daemon of daemons) {
    for (const app of [...daemon.apps, ...daemon.modules]) {
      for (const path of [app.outLogPath, app.errLogPath]) {
        if (path === null || found.has(path) || !path.startsWith('/') || path === '/dev/null') continue;
        const stat = host.stat(path);
        if (stat.ok && stat.value.kind === 'file') add(clean.text(path), stat.value.sizeBytes, app.ref);
      }
    }
  }
  return [...found.values()];
}
