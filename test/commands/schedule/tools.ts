/** System programs these tests need. Elsewhere than in CI a machine without one skips its tests, and says so. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export const systemdAnalyze = '/usr/bin/systemd-analyze';
export const cronDaemon = '/usr/sbin/cron';

export const hasSystemd = existsSync(systemdAnalyze) || missing(`no ${systemdAnalyze}: install systemd`);

/** root, Debian's cron and mount namespaces: the crontabs of this machine stay out of sight. */
export const hasPrivateCron =
  (existsSync(cronDaemon) &&
    existsSync('/usr/bin/crontab') &&
    process.getuid?.() === 0 &&
    spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/var/spool/cron']).status === 0) ||
  missing('root, Debian cron (apt-get install cron) and unshare -m are needed');

function missing(what: string): false {
  if (process.env['CI'] !== undefined) throw new Error(what);
  console.warn(`SKIPPED tests in test/commands/schedule: ${what}`);
  return false;
}
