import type { Daemon } from '../../model/pm2.ts';
import type { StartupFacts, Unit } from '../../model/systemd.ts';

/**
 * How one home comes up at boot. `unit` = a PM2 unit of systemd, and whether the daemon runs in it now. `service` = the
 * daemon runs in a service of another name, which may start it or not. `other` = crontab, rc.local, OpenRC and the like.
 */
export type BootWay =
  | { readonly kind: 'unit'; readonly unit: Unit; readonly isInside: boolean | null }
  | { readonly kind: 'service'; readonly unit: Unit }
  | { readonly kind: 'other' }
  | { readonly kind: 'none' };

/** Answers: what starts this home's daemon at boot, as far as the evidence goes? */
export function bootWay(daemon: Daemon, startup: StartupFacts): BootWay {
  const holder = startup.holders.find((each) => each.home === daemon.home);
  const unit =
    startup.units.find((each) => each.pm2Home === daemon.home) ??
    startup.units.find((each) => each.pm2Home === null && each.user !== null && each.user === daemon.user);
  if (unit) {
    const isInside = holder?.unit ? holder.unit.name === unit.name : null;
    return { kind: 'unit', unit, isInside };
  }
  const held = holder?.unit ?? null;
  if (held !== null && isOwnService(held.name)) return { kind: 'service', unit: held };
  const lines = startup.others.filter((other) => other.kind !== 'container');
  const isMine = ({ path, line }: (typeof lines)[number]) =>
    `${path} ${line ?? ''}`.includes(daemon.home) ||
    (daemon.user !== null && `${path} ${line ?? ''}`.split(/[\s/]+/).includes(daemon.user));
  // A line that names nobody can be anybody's: with doubt there is a start-up.
  return lines.some((other) => isMine(other) || !namesAnotherHome(other.path, other.line))
    ? { kind: 'other' }
    : { kind: 'none' };
}

/** Services people log in by, or that run other people's commands: a daemon in one of them was started by hand. */
function isOwnService(name: string): boolean {
  return (
    name.endsWith('.service') &&
    !/^(user@|user-runtime-dir@|sshd?(@|\.)|cron|crond|getty@|serial-getty@|atd|dropbear|gitlab-runner|actions\.runner|jenkins|teamcity)/.test(
      name,
    )
  );
}

/** A per-user crontab, or a line with a user's home in it, belongs to that user. */
function namesAnotherHome(path: string, line: string | null): boolean {
  return /\/(crontabs|cron|tabs)\/[^/]+$/.test(path) || /\/(home\/[^/ ]+|root)\//.test(line ?? '');
}
