import type { Host } from '../host/host.ts';
import { type OtherSystem, otherSystem } from '../host/other-systems.ts';
import type { Gap, Gathered } from '../model/gap.ts';
import type { Disk } from '../model/host.ts';
import type { AppRef, Daemon } from '../model/pm2.ts';
import { ownWords } from './clean.ts';
import { type GatherContext, type Gatherer, unseen } from './gatherer.ts';
import { cannotFill, isNetwork, type Mount, mountOf, PathResolver, parseMounts } from './proc/mounts.ts';

/**
 * The file systems that PM2 and its apps write to: those that hold a PM2 home, an app's folder or log, `/`, `/var` or
 * `/tmp`. Each file system once, however often it is mounted. `usedRatio` is reckoned as `df` does: used / (used +
 * available), so that blocks kept for root count as neither.
 */
export const disks: Gatherer<'disks'> = {
  key: 'disks',
  sources: ['/proc/self/mountinfo', 'statfs(2)', 'systeminformation'],
  privilege: 'Any user.',
  remedy: 'none',
  after: ['daemons'],
  budgetMs: 5000,
  async gather(host, context) {
    const places = placesOf(context.seen('daemons') ?? [], host.homeFolder);
    if (host.platform !== 'linux') return otherDisks(host, context, places);
    const mountinfo = host.readText('/proc/self/mountinfo', 4 * 1024 * 1024);
    if (!mountinfo.ok) {
      const detail = context.clean.text(mountinfo.detail);
      const tried = [{ source: '/proc/self/mountinfo', why: mountinfo.why, detail }];
      return unseen({ key: 'disks', subject: ownWords('disks'), why: mountinfo.why, tried, remedy: 'none' });
    }
    const gaps: Gap[] = [];
    const value: Disk[] = [];
    for (const [mount, on] of byDevice(host, parseMounts(mountinfo.value), places)) {
      const figures = isNetwork(mount) ? null : host.fileSystem(mount.point);
      if (figures === null || !figures.ok) {
        const why = figures === null ? ('not-supported' as const) : figures.why;
        const detail =
          figures === null
            ? ownWords('a network file system may never answer')
            : context.clean.text(figures.detail);
        const tried = [{ source: `statfs (${mount.fsType})`, why, detail }];
        gaps.push({ key: 'disks', subject: context.clean.text(mount.point), why, tried, remedy: 'none' });
        continue;
      }
      const { totalBytes, freeBytes, reservedBytes, totalInodes, freeInodes } = figures.value;
      if (totalBytes <= 0) continue;
      const usedBytes = Math.max(0, totalBytes - freeBytes - reservedBytes);
      value.push({
        mount: context.clean.text(mount.point),
        device: context.clean.text(mount.source),
        fsType: context.clean.text(mount.fsType, 40),
        totalBytes,
        freeBytes,
        usedRatio: usedRatio(usedBytes, freeBytes),
        // btrfs and others make inodes as they go, and report none.
        freeInodesRatio: totalInodes > 0 ? freeInodes / totalInodes : null,
        ...on,
      });
    }
    return whole(host, value, gaps, '/proc/self/mountinfo, statfs');
  },
};

interface Place {
  readonly path: string;
  readonly app: AppRef | null;
  readonly isHome: boolean;
}

type On = Pick<Disk, 'apps' | 'holdsHome'>;

function placesOf(daemons: readonly Daemon[], homeFolder: string): readonly Place[] {
  const places: Place[] = ['/', '/var', '/tmp', homeFolder].map((path) => ({
    path,
    app: null,
    isHome: false,
  }));
  for (const daemon of daemons) {
    places.push({ path: daemon.home, app: null, isHome: true });
    for (const app of [...daemon.apps, ...daemon.modules]) {
      for (const path of [app.cwd, app.outLogPath, app.errLogPath])
        if (path?.startsWith('/')) places.push({ path, app: app.ref, isHome: false });
    }
  }
  return places;
}

/** The file systems that hold a place, each under its shortest mount point among those used. */
function byDevice(host: Host, mounts: readonly Mount[], places: readonly Place[]): ReadonlyMap<Mount, On> {
  const resolver = new PathResolver(host, mounts);
  const groups = new Map<string, { mount: Mount; places: Place[] }>();
  for (const place of places) {
    const mount = mountOf(mounts, resolver.resolve(place.path));
    if (mount === null || cannotFill(mount)) continue;
    const group = groups.get(mount.device);
    if (group === undefined) groups.set(mount.device, { mount, places: [place] });
    else {
      group.places.push(place);
      if (mount.point.length < group.mount.point.length) group.mount = mount;
    }
  }
  return new Map([...groups.values()].map((group) => [group.mount, on(group.places)]));
}

function on(places: readonly Place[]): On {
  const apps = new Map<string, AppRef>();
  for (const { app } of places) if (app !== null) apps.set(`${app.home}\n${app.pmId}\n${app.name}`, app);
  return { apps: [...apps.values()], holdsHome: places.some((place) => place.isHome) };
}

/** Rounded to 0.0001, so that the same disk gives the same report. */
function usedRatio(usedBytes: number, freeBytes: number): number {
  const sum = usedBytes + freeBytes;
  return sum <= 0 ? 1 : Math.round((usedBytes / sum) * 10_000) / 10_000;
}

function whole(
  host: Host,
  value: readonly Disk[],
  gaps: readonly Gap[],
  source: string,
): Gathered<readonly Disk[]> {
  const now = host.now();
  return { seen: true, value, source: ownWords(source), covers: { from: now, to: now }, gaps };
}

/** macOS and others: the mounts `df` lists. */
export async function otherDisks(
  host: Host,
  context: GatherContext,
  places: readonly Place[],
  system: OtherSystem = otherSystem,
): Promise<Gathered<readonly Disk[]>> {
  const rows = await system.disks();
  if (!rows.ok) {
    const tried = [{ source: 'systeminformation', why: rows.why, detail: context.clean.text(rows.detail) }];
    return unseen({ key: 'disks', subject: ownWords('disks'), why: rows.why, tried, remedy: 'linux-only' });
  }
  const mounts = rows.value.map((row) => ({
    point: row.mount,
    device: row.device,
    fsType: row.fsType,
    source: row.device,
    isReadOnly: false,
  }));
  const value: Disk[] = [];
  for (const [mount, found] of byDevice(host, mounts, places)) {
    const row = rows.value.find((candidate) => candidate.mount === mount.point);
    if (row === undefined || row.totalBytes <= 0) continue;
    value.push({
      mount: context.clean.text(row.mount),
      device: context.clean.text(row.device),
      fsType: context.clean.text(row.fsType, 40),
      totalBytes: row.totalBytes,
      freeBytes: row.freeBytes,
      usedRatio: usedRatio(row.usedBytes, row.freeBytes),
      freeInodesRatio: null,
      ...found,
    });
  }
  return whole(host, value, [], 'systeminformation');
}
