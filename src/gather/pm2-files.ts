import { dirname } from 'node:path';
import type { FileStat, Host } from '../host/host.ts';
import type { Gap, Why } from '../model/gap.ts';
import type { App, AppRef, Daemon, FileFacts, Pm2Home } from '../model/pm2.ts';
import type { CleanText } from '../model/text.ts';
import { type Cleaner, ownWords } from './clean.ts';
import { type Gatherer, unseen } from './gatherer.ts';
import { readDump } from './pm2/pm2-dump.ts';
import { shownTextsOf } from './pm2/pm2-secrets.ts';

/** pm2-logrotate keeps 30 files an app by default; a folder with more than this is looked at in part. */
const maxLogFiles = 5000;

/** What lies in each PM2 home: the dump by names and states only, modes, sizes of logs, modules. Contents stay unread. */
export const pm2Files: Gatherer<'pm2Files'> = {
  key: 'pm2Files',
  sources: ['$PM2_HOME'],
  privilege: 'The user who runs PM2, or root.',
  remedy: 'run-as-owner',
  after: ['daemons'],
  budgetMs: 3000,
  async gather(host, context) {
    const daemons = context.seen('daemons') ?? [];
    const gaps: Gap[] = [];
    const homes = daemons
      .map((daemon) => readHome(host, daemon, context.clean, gaps))
      .filter((home) => home !== null);
    const [first, ...rest] = gaps;
    if (homes.length === 0) {
      if (first !== undefined) return { seen: false, gaps: [first, ...rest] };
      return unseen(
        gap(ownWords('PM2 home'), ownWords('$PM2_HOME'), 'not-found', ownWords('no PM2 home is known')),
      );
    }
    return {
      seen: true,
      value: homes,
      source: ownWords('files of PM2_HOME'),
      covers: { from: host.now(), to: host.now() },
      gaps,
    };
  },
};

function gap(subject: CleanText, source: CleanText, why: Why, detail: CleanText): Gap {
  return { key: 'pm2Files', subject, why, tried: [{ source, why, detail }], remedy: 'run-as-owner' };
}

function readHome(host: Host, daemon: Daemon, clean: Cleaner, gaps: Gap[]): Pm2Home | null {
  const { home } = daemon;
  const shown = shownTextsOf([daemon]);
  const folder = host.stat(`${home}/.`);
  if (!folder.ok) {
    gaps.push(gap(home, home, folder.why, clean.text(folder.detail)));
    return null;
  }
  const look = (name: string): FileFacts | null => factsOf(host, `${home}/${name}`, clean, gaps);
  const dump = (name: string): Pm2Home['dump'] => {
    const facts = look(name);
    if (facts === null) return null;
    const read = readDump(host, facts, shown, clean);
    if (read.problem !== null) gaps.push(gap(facts.path, facts.path, read.problem.why, read.problem.detail));
    return { ...facts, apps: read.apps };
  };
  return {
    home,
    homeMode: reachableMode(host, home, folder.value.mode),
    uid: folder.value.uid,
    dump: dump('dump.pm2'),
    dumpBackup: dump('dump.pm2.bak'),
    rpcSocket: look('rpc.sock'),
    pubSocket: look('pub.sock'),
    pm2Log: look('pm2.log'),
    moduleConf: look('module_conf.json'),
    logs: readLogs(host, daemon, clean, gaps),
    modules: readModules(host, home, clean),
  };
}

/**
 * Mode of the home, less the rights that a folder above it takes away: who may not search a parent reaches nothing below
 * (path_resolution(7)). A parent that is not readable counts as open.
 */
function reachableMode(host: Host, home: string, mode: number): number {
  let left = mode;
  for (let folder = dirname(home); ; folder = dirname(folder)) {
    const facts = host.stat(`${folder}/.`);
    const bits = facts.ok ? facts.value.mode : 0o777;
    if ((bits & 0o001) === 0) left &= ~0o007;
    if ((bits & 0o011) === 0) left &= ~0o070;
    if (folder === dirname(folder)) return left;
  }
}

/** null = not there, which is no gap, or not to be looked at, which is one. */
function factsOf(host: Host, path: string, clean: Cleaner, gaps: Gap[]): FileFacts | null {
  const stat = host.stat(path);
  if (stat.ok) return toFacts(clean.text(path), stat.value);
  if (stat.why !== 'not-found') {
    const shown = clean.text(path);
    gaps.push(gap(shown, shown, stat.why, clean.text(stat.detail)));
  }
  return null;
}

function toFacts(path: CleanText, stat: FileStat): FileFacts {
  return {
    path,
    sizeBytes: stat.sizeBytes,
    mode: stat.mode,
    uid: stat.uid,
    gid: stat.gid,
    modifiedAt: stat.modifiedAt,
  };
}

/** Every file of the logs folder, rotated ones included, and the apps' own logs elsewhere; each with its app if known. */
function readLogs(host: Host, daemon: Daemon, clean: Cleaner, gaps: Gap[]): Pm2Home['logs'] {
  const folder = `${daemon.home}/logs`;
  const owners = logOwners([...daemon.apps, ...daemon.modules]);
  const paths = new Set<string>();
  const names = host.list(folder);
  if (names.ok) for (const name of names.value.slice(0, maxLogFiles)) paths.add(`${folder}/${name}`);
  if (!names.ok && names.why !== 'not-found') {
    gaps.push(gap(clean.text(folder), clean.text(folder), names.why, clean.text(names.detail)));
  }
  if (names.ok && names.value.length > maxLogFiles) {
    const detail = clean.text(`${names.value.length} files, ${maxLogFiles} looked at`);
    gaps.push(gap(clean.text(folder), clean.text(folder), 'truncated', detail));
  }
  for (const path of owners.keys()) paths.add(path);
  const logs: (FileFacts & { readonly app: AppRef | null })[] = [];
  for (const path of paths) {
    const stat = host.stat(path);
    if (!stat.ok || stat.value.kind !== 'file') continue;
    const own = owners.get(path) ?? owners.get(withoutRotation(path)) ?? null;
    logs.push({ ...toFacts(clean.text(path), stat.value), app: own });
  }
  return logs.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1));
}

/** pm2-logrotate names `web-out__2026-11-21_00-00-00.log[.gz]`; logrotate(8) `web-out.log.1[.gz]` or `-20261121`. */
function withoutRotation(path: string): string {
  return path
    .replace(/\.gz$/, '')
    .replace(/__[\d_TZ:-]+(?=\.log$)/, '')
    .replace(/\.log(?:[.-]\d+)+$/, '.log');
}

function logOwners(apps: readonly App[]): ReadonlyMap<string, AppRef> {
  const owners = new Map<string, AppRef>();
  for (const app of apps) {
    for (const path of [app.outLogPath, app.errLogPath]) {
      if (path?.startsWith('/') && !owners.has(path)) owners.set(path, app.ref);
    }
  }
  return owners;
}

/** `modules/<name>/node_modules/<name>` (PM2 4 and later), also scoped: `modules/@scope/name`. */
function readModules(host: Host, home: string, clean: Cleaner): readonly CleanText[] {
  const folder = `${home}/modules`;
  const names = host.list(folder);
  if (!names.ok) return [];
  const found: string[] = [];
  for (const name of [...names.value].sort()) {
    if (name.startsWith('.') || name === 'node_modules' || name.endsWith('.json')) continue;
    const scoped = name.startsWith('@') ? host.list(`${folder}/${name}`) : null;
    if (scoped === null) found.push(name);
    else if (scoped.ok) found.push(...[...scoped.value].sort().map((part) => `${name}/${part}`));
  }
  return found.map((name) => clean.text(name, 200));
}
