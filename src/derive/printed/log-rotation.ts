import type { Daemon, FileFacts, Pm2Home } from '../../model/pm2.ts';

/** Names rotation leaves behind: logrotate `x.log.1`, `x.log-20261121`, `.gz`, and pm2-logrotate `x__2026-11-21_00-00-00.log`. */
const rotatedName = /\.log[.-]\d|\.(gz|xz|zst|bz2)$|__\d{4}-\d\d-\d\d/;

/** The name a rotated file had: everything before its number or date. */
function stem(path: string): string {
  return path.replace(/(\.log[.-]\d.*|__\d{4}-\d\d-\d\d.*)$/, '').replace(/\.(log|gz|xz|zst|bz2)$/, '');
}

/** Answers: which logs of this home grow with nothing rotated beside them? Biggest first. */
export function unrotatedLogs(home: Pm2Home): readonly FileFacts[] {
  const all: readonly FileFacts[] = [...home.logs, ...(home.pm2Log === null ? [] : [home.pm2Log])];
  const once = [...new Map(all.map((file) => [file.path, file])).values()];
  const rotated = new Set(once.filter((file) => rotatedName.test(file.path)).map((file) => stem(file.path)));
  return once
    .filter((file) => !rotatedName.test(file.path) && !rotated.has(stem(file.path)))
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1));
}

/** Answers: does a PM2 module rotate this home's logs? `stopped` = installed, but not running. */
export function rotatingModule(home: Pm2Home, daemon: Daemon | null): 'running' | 'stopped' | 'none' {
  if (!home.modules.some((name) => /logrotate/.test(name))) return 'none';
  if (daemon === null || daemon.state !== 'online') return 'running';
  return daemon.modules.some((app) => /logrotate/.test(app.ref.name) && app.status === 'online')
    ? 'running'
    : 'stopped';
}
