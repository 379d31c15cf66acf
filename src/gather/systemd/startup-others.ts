import type { Host } from '../../host/host.ts';
import type { Attempt } from '../../model/gap.ts';
import type { Daemon } from '../../model/pm2.ts';
import type { StartupFacts } from '../../model/systemd.ts';
import type { Cleaner } from '../clean.ts';

type Other = StartupFacts['others'][number];

/** Start-ups of PM2 that are no systemd unit, and the crontabs that could not be read. */
export async function otherStartups(
  host: Host,
  clean: Cleaner,
  daemons: readonly Daemon[],
): Promise<{ readonly others: readonly Other[]; readonly denied: readonly Attempt[] }> {
  const others: Other[] = [];
  const denied: Attempt[] = [];
  const add = (kind: Other['kind'], path: string, line: string | null): void => {
    others.push({ kind, path: clean.text(path), line: line === null ? null : clean.text(line.trim(), 300) });
  };

  for (const path of [
    ...crontabs(host, clean, denied),
    '/etc/crontab',
    ...inFolder(host, '/etc/cron.d', /./),
  ]) {
    const text = host.readText(path);
    if (text.ok) for (const line of cronStarts(text.value)) add('crontab', path, line);
    else if (text.why === 'permission-denied')
      denied.push({ source: path, why: text.why, detail: clean.text(text.detail) });
  }
  // A user may not read the spool, but may ask for the own crontab.
  if (denied.length > 0 && host.uid !== 0) {
    const own = await host.run('crontab', ['-l'], { timeoutMs: 1000, maxBytes: 256 * 1024 });
    if (own.ok)
      for (const line of cronStarts(own.value.stdout.toString('utf8'))) add('crontab', 'crontab -l', line);
  }
  for (const path of ['/etc/rc.local', '/etc/rc.d/rc.local']) {
    const text = host.readText(path);
    if (text.ok) for (const line of pm2Lines(text.value)) add('rc.local', path, line);
  }
  for (const path of inFolder(host, '/etc/init.d', /^pm2/)) {
    const text = host.readText(path);
    // PM2's `upstart` template installs a System V script there; OpenRC's names its own interpreter.
    add(text.ok && text.value.includes('openrc-run') ? 'openrc' : 'upstart', path, null);
  }
  for (const path of inFolder(host, '/etc/init', /^pm2.*\.conf$/)) add('upstart', path, null);
  for (const folder of ['/etc/supervisor/conf.d', '/etc/supervisord.d']) {
    for (const path of inFolder(host, folder, /\.(conf|ini)$/)) {
      const text = host.readText(path);
      const line = text.ok ? /^command\s*=.*\bpm2\b.*$/m.exec(text.value) : null;
      if (line !== null) add('supervisor', path, line[0]);
    }
  }
  if (host.platform === 'darwin') {
    const homes = [host.homeFolder, ...daemons.map((daemon) => daemon.home.replace(/\/\.pm2$/, ''))];
    for (const folder of [
      '/Library/LaunchDaemons',
      ...new Set(homes.map((home) => `${home}/Library/LaunchAgents`)),
    ])
      for (const path of inFolder(host, folder, /pm2.*\.plist$/i)) add('launchd', path, null);
  }
  const entry = host.readText('/proc/1/cmdline');
  const command = entry.ok ? entry.value.replaceAll('\0', ' ') : '';
  if (/\bpm2-(?:runtime|docker)\b|\bpm2\b.*(?:\bruntime\b|--no-daemon)/.test(command))
    add('container', '/proc/1/cmdline', command);
  return { others, denied };
}

/** Debian keeps crontabs in `crontabs/`, Red Hat and Alpine right in the spool. */
function crontabs(host: Host, clean: Cleaner, denied: Attempt[]): readonly string[] {
  const found: string[] = [];
  for (const folder of ['/var/spool/cron/crontabs', '/var/spool/cron', '/etc/crontabs']) {
    const names = host.list(folder);
    if (names.ok)
      found.push(...names.value.filter((name) => name !== 'crontabs').map((name) => `${folder}/${name}`));
    else if (names.why === 'permission-denied')
      denied.push({ source: folder, why: names.why, detail: clean.text(names.detail) });
  }
  return found;
}

/** `@reboot … pm2 …`, or `pm2 resurrect` on any schedule. A nightly `pm2 restart` starts nothing at boot. */
function cronStarts(text: string): readonly string[] {
  return pm2Lines(text).filter((line) => /^\s*@reboot\b/.test(line) || /\bresurrect\b/.test(line));
}

function pm2Lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => /\bpm2\b/.test(line) && !/^\s*#/.test(line));
}

function inFolder(host: Host, folder: string, wanted: RegExp): readonly string[] {
  const names = host.list(folder);
  return names.ok ? names.value.filter((name) => wanted.test(name)).map((name) => `${folder}/${name}`) : [];
}
