import type { Host } from '../host/host.ts';
import type { Attempt, Gap } from '../model/gap.ts';
import type { Daemon } from '../model/pm2.ts';
import type { StartupFacts, Unit } from '../model/systemd.ts';
import { type Cleaner, ownWords } from './clean.ts';
import type { Gatherer } from './gatherer.ts';
import { cgroupMounts } from './proc/cgroup-path.ts';
import { kbField } from './proc/proc-text.ts';
import { otherStartups } from './systemd/startup-others.ts';
import { type Holder, holderOf } from './systemd/systemd-holder.ts';
import { showUnits } from './systemd/systemd-show.ts';
import {
  findPm2Units,
  loadUnit,
  managerDefaults,
  systemdVersion,
  systemPaths,
  type UnitPaths,
  userPaths,
  wantedUnits,
} from './systemd/systemd-units.ts';
import { buildUnit, type Manager } from './systemd/unit-facts.ts';

/**
 * How PM2 comes up at boot, and which unit or scope really holds each daemon now: `pm2 startup` only enables its unit,
 * until the next boot the daemon lives where it was started. Files are read first; one `systemctl show` then corrects
 * them with what the manager has in force.
 */
export const startup: Gatherer<'startup'> = {
  key: 'startup',
  sources: [
    '/etc/systemd, /run/systemd, /usr/lib/systemd',
    '/proc/PID/cgroup',
    'systemctl show',
    'crontabs, rc.local, init.d, launchd',
  ],
  privilege: 'Any user; crontabs of other users need root.',
  remedy: 'run-as-root',
  after: ['daemons'],
  budgetMs: 5000,
  async gather(host, context) {
    const { clean } = context;
    const daemons = context.seen('daemons') ?? [];
    const now = host.now();
    const gaps: Gap[] = [];
    const { others, denied } = await otherStartups(host, clean, daemons);
    if (denied.length > 0) gaps.push(gap('crontabs', 'permission-denied', denied));
    const init = host.readText('/proc/1/comm');
    const isSystemd = init.ok && init.value.trim() === 'systemd';
    const value: StartupFacts = isSystemd
      ? { ...(await systemdFacts(host, clean, daemons, gaps)), others }
      : {
          systemd: false,
          systemdVersion: null,
          units: [],
          holders: plainHolders(host, clean, daemons),
          others,
        };
    return {
      seen: true,
      value,
      source: ownWords(isSystemd ? 'systemd units' : 'start-up files'),
      covers: { from: now, to: now },
      gaps,
    };
  },
};

function gap(subject: string, why: Gap['why'], tried: readonly Attempt[]): Gap {
  return { key: 'startup', subject: ownWords(subject), why, tried, remedy: 'run-as-root' };
}

function plainHolders(host: Host, clean: Cleaner, daemons: readonly Daemon[]): StartupFacts['holders'] {
  const mounts = cgroupMounts(host);
  return daemons.flatMap((daemon) => {
    const holder = holderOf(host, daemon, mounts);
    if (holder === null) return [];
    return [
      { home: daemon.home, daemonPid: holder.pid, unit: null, cgroupPath: clean.text(holder.cgroupPath) },
    ];
  });
}

async function systemdFacts(
  host: Host,
  clean: Cleaner,
  daemons: readonly Daemon[],
  gaps: Gap[],
): Promise<Omit<StartupFacts, 'others'>> {
  const version = systemdVersion(host);
  const mounts = cgroupMounts(host);
  const meminfo = host.readText('/proc/meminfo');
  const manager = (paths: UnitPaths, startsAtBoot: boolean): Manager => ({
    paths,
    defaults: managerDefaults(host, paths),
    wanted: wantedUnits(host, paths),
    version,
    totalBytes: meminfo.ok ? kbField(meminfo.value, 'MemTotal') : null,
    startsAtBoot,
    canWatch: mounts.memory === null,
  });
  const system = manager(systemPaths, true);
  const systemNames = findPm2Units(host, systemPaths, system.wanted);
  const holders = daemons.flatMap((daemon) => holderOf(host, daemon, mounts) ?? []);
  const heldNames = holders.flatMap((holder) => (holder.unit === null || holder.isUser ? [] : [holder.unit]));
  const asked = [...new Set([...systemNames, ...heldNames])];
  const shown = await showUnits(host, asked);
  if (shown === null)
    gaps.push(
      gap('state of the units', 'not-supported', [
        {
          source: 'systemctl show',
          why: 'not-supported',
          detail: ownWords('no answer; the files were read'),
        },
      ]),
    );
  const build = (name: string, by: Manager, held: Holder | null): Unit =>
    buildUnit(clean, loadUnit(host, name, by.paths), by, shown?.get(name) ?? null, held);

  const units = systemNames.map((name) => build(name, system, null));
  const managers = new Map<string, Manager>();
  for (const home of userHomes(host, daemons)) {
    const user = home.slice(home.lastIndexOf('/') + 1);
    const own = manager(userPaths(home), host.stat(`/var/lib/systemd/linger/${user}`).ok);
    managers.set(home, own);
    for (const name of findPm2Units(host, own.paths, own.wanted)) {
      // Folders like /etc/systemd/user are everybody's.
      const unit = buildUnit(clean, loadUnit(host, name, own.paths), own, null, null);
      if (!units.some((other) => other.name === unit.name && other.path === unit.path)) units.push(unit);
    }
  }
  return {
    systemd: true,
    systemdVersion: version,
    units,
    holders: holders.map((holder) => {
      const by = holder.isUser ? (managers.get(userHome(holder.daemon)) ?? system) : system;
      return {
        home: holder.daemon.home,
        daemonPid: holder.pid,
        unit: holder.unit === null ? null : build(holder.unit, by, holder),
        cgroupPath: clean.text(holder.cgroupPath),
      };
    }),
  };
}

function userHome(daemon: Daemon): string {
  return daemon.home.replace(/\/[^/]*$/, '');
}

function userHomes(host: Host, daemons: readonly Daemon[]): readonly string[] {
  return [...new Set([host.homeFolder, ...daemons.map(userHome)])].filter((home) => home.startsWith('/'));
}
