import { resolve } from 'node:path';
import type { FileStat, Host, Outcome } from '../../host/host.ts';

/** Places with more home folders than this are left to `--home`. */
const maxUsers = 2000;

/** A home as found, before anybody answered. Paths are as this process reaches them. */
export interface FoundHome {
  readonly path: string;
  /** Folder its paths are to be read below: `/proc/PID/root` for a daemon in another mount namespace, else empty. */
  readonly root: string;
  readonly rpcSocket: string;
  readonly pubSocket: string;
  readonly foundBy: readonly string[];
  /** The daemon, from its title or `pm2.pid`; null = no live process found. */
  readonly pid: number | null;
  readonly titleVersion: string | null;
  /** The folder itself. */
  readonly stat: Outcome<FileStat>;
}

interface Candidate {
  readonly path: string;
  readonly root: string;
  readonly foundBy: string;
  readonly pid: number | null;
  readonly version: string | null;
}

export interface PasswdEntry {
  readonly user: string;
  readonly uid: number;
  readonly home: string;
}

/** /etc/passwd, users with a number and a home only. Users from LDAP and the like are not in it. */
export function readPasswd(host: Host): readonly PasswdEntry[] {
  const text = host.readText('/etc/passwd');
  if (!text.ok) return [];
  return text.value
    .split('\n')
    .map((line) => line.split(':'))
    .map((field) => ({ user: field[0] ?? '', uid: Number(field[2] || Number.NaN), home: field[5] ?? '' }))
    .filter((entry) => entry.user !== '' && Number.isInteger(entry.uid) && entry.home.startsWith('/'));
}

/**
 * Every home of a PM2 daemon that leaves a trace on this host: those asked for (then only these), PM2_HOME, `~/.pm2`,
 * daemon titles, listening `rpc.sock`; for root also the `.pm2` of every user. Two ways to one folder are one home.
 */
export function findHomes(
  host: Host,
  asked: readonly string[],
  passwd: readonly PasswdEntry[],
): readonly FoundHome[] {
  const own = host.env['PM2_HOME'];
  const named: Candidate[] = asked.map((path) => candidate(resolve(path), '--home'));
  let titles: readonly Candidate[] = [];
  if (asked.length === 0) {
    titles = readTitles(host);
    if (own !== undefined && own !== '') named.push(candidate(resolve(own), 'PM2_HOME'));
    named.push(candidate(resolve(host.homeFolder, '.pm2'), '~/.pm2'));
    named.push(...titles, ...listeningHomes(host, '/proc/net/unix', '', null));
    if (host.uid === 0) {
      for (const entry of passwd.slice(0, maxUsers))
        named.push(candidate(resolve(entry.home, '.pm2'), '~/.pm2'));
    }
  }
  const found = merge(host, named, titles);
  // Reading all titles costs more than the rest: not where `pm2.pid` names each daemon already.
  if (asked.length === 0 || found.every((home) => home.pid !== null)) return found;
  return merge(host, named, readTitles(host));
}

function candidate(path: string, foundBy: string): Candidate {
  return { path, root: '', foundBy, pid: null, version: null };
}

/** Joins candidates that are one folder (links, relative ways), by device and inode. */
function merge(host: Host, named: readonly Candidate[], titles: readonly Candidate[]): readonly FoundHome[] {
  const found = new Map<string, FoundHome>();
  for (const { path, root, foundBy, pid, version } of named) {
    const full = root + path;
    // `/.` follows a link to the folder.
    const stat = host.stat(`${full}/.`);
    const key = stat.ok ? `${stat.value.device}:${stat.value.inode}` : full;
    const known = found.get(key);
    const titled = titles.find((title) => title.root === root && title.path === path);
    found.set(key, {
      path: known?.path ?? full,
      root: known?.root ?? root,
      rpcSocket: known?.rpcSocket ?? socketOf(host, full, foundBy, 'rpc'),
      pubSocket: known?.pubSocket ?? socketOf(host, full, foundBy, 'pub'),
      foundBy: [...new Set([...(known?.foundBy ?? []), foundBy])],
      pid: known?.pid ?? pid ?? titled?.pid ?? null,
      titleVersion: known?.titleVersion ?? version ?? titled?.version ?? null,
      stat,
    });
  }
  return [...found.values()].map((home) =>
    home.pid === null ? { ...home, pid: pidFromFile(host, home) } : home,
  );
}

/** PM2_DAEMON_RPC_PORT and PM2_DAEMON_PUB_PORT move the sockets of the PM2_HOME they stand beside (paths.js, 7.0.4). */
function socketOf(host: Host, home: string, foundBy: string, kind: 'rpc' | 'pub'): string {
  const moved =
    foundBy === 'PM2_HOME' || foundBy === '~/.pm2'
      ? host.env[`PM2_DAEMON_${kind.toUpperCase()}_PORT`]
      : undefined;
  return moved?.startsWith('/') && isOwnHome(host, home) ? moved : `${home}/${kind}.sock`;
}

function isOwnHome(host: Host, home: string): boolean {
  return home === resolve(host.env['PM2_HOME'] || resolve(host.homeFolder, '.pm2'));
}

/** `pm2.pid` may be left over: it counts only while that process looks like a daemon. */
function pidFromFile(host: Host, home: FoundHome): number | null {
  const text = host.readText(`${home.path}/pm2.pid`, 32);
  const pid = text.ok && /^\d{1,9}\s*$/.test(text.value) ? Number(text.value) : 0;
  if (pid < 2 || home.root !== '') return null;
  const line = host.readText(`/proc/${pid}/cmdline`, 4096);
  return line.ok && /PM2|node|bun|Daemon/.test(line.value) ? pid : null;
}

/** Daemons by their process title, and homes behind a pm2-runtime, which has none. */
function readTitles(host: Host): readonly Candidate[] {
  const names = host.list('/proc');
  if (!names.ok) return [];
  const found: Candidate[] = [];
  for (const name of names.value) {
    if (name.charCodeAt(0) > 0x39 || name.charCodeAt(0) < 0x31) continue;
    const line = host.readText(`/proc/${name}/cmdline`, 4096);
    if (!line.ok || line.value === '') continue;
    const pid = Number(name);
    if (line.value.startsWith('PM2 v')) found.push(...fromTitle(host, pid, line.value));
    else if (/pm2-(?:runtime|docker)|pm2\/lib\/Daemon\.js/.test(line.value)) {
      found.push(...foreign(host, pid, listeningHomes(host, `/proc/${pid}/net/unix`, '', pid)));
    }
  }
  return found;
}

/** `PM2 v7.0.4: God Daemon (/home/deploy/.pm2)`; the system cuts titles that are longer than the command line was. */
function fromTitle(host: Host, pid: number, line: string): readonly Candidate[] {
  const match = /^PM2 v([\w.+-]{1,40}): God Daemon \((\/[^\0]*)/.exec(line);
  if (match === null) return [];
  const rest = match[2] ?? '';
  const close = rest.lastIndexOf(')');
  const path = close > 0 ? rest.slice(0, close) : homeOfProcess(host, pid);
  const version = match[1] ?? null;
  return path === null
    ? []
    : foreign(host, pid, [{ path, root: '', foundBy: 'process title', pid, version }]);
}

/** PM2_HOME in a daemon's environment. Nothing else of it is kept. */
function homeOfProcess(host: Host, pid: number): string | null {
  const environ = host.readText(`/proc/${pid}/environ`, 256 * 1024);
  const match = environ.ok ? /(?:^|\0)PM2_HOME=(\/[^\0]*)/.exec(environ.value) : null;
  return match?.[1] ?? null;
}

/** A daemon in another mount namespace (a container) has its home below /proc/PID/root. */
function foreign(host: Host, pid: number, homes: readonly Candidate[]): readonly Candidate[] {
  if (homes.length === 0) return homes;
  const root = `/proc/${pid}/root`;
  return homes.map((home) => {
    const here = host.stat(`${home.path}/.`);
    const there = host.stat(`${root}${home.path}/.`);
    if (!there.ok) return home;
    const isSame =
      here.ok && here.value.inode === there.value.inode && here.value.device === there.value.device;
    return isSame ? home : { ...home, root };
  });
}

/** Homes with a listening `rpc.sock`. Flag 00010000 is __SO_ACCEPTCON (Linux include/linux/net.h). */
function listeningHomes(host: Host, table: string, root: string, pid: number | null): readonly Candidate[] {
  const text = host.readText(table, 16 * 1024 * 1024);
  if (!text.ok) return [];
  const paths = new Set<string>();
  for (const match of text.value.matchAll(/ 00010000 \w+ \w+ +\d+ (\/[^\n]*)\/rpc\.sock$/gm))
    paths.add(match[1] ?? '');
  return [...paths].map((path) => ({ path, root, foundBy: 'socket', pid, version: null }));
}
