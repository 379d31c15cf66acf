import { cgroups } from '../gather/cgroups.ts';
import { disks } from '../gather/disks.ts';
import type { GatherContext } from '../gather/gatherer.ts';
import type { Host } from '../host/host.ts';
import type { LogSample, Sample } from '../model/history.ts';
import type { Daemon } from '../model/pm2.ts';
import { appsOf } from './family.ts';

/** What changes slowly: groups, disks, logs. A part that cannot be read is null, as if it had not been looked at. */
export async function readSlowRows(
  host: Host,
  context: GatherContext,
): Promise<Pick<Sample, 'cgroups' | 'disks' | 'logs'>> {
  const [groups, mounts] = await Promise.all([cgroups.gather(host, context), disks.gather(host, context)]);
  const paths = new Set<string>();
  return {
    cgroups: groups.seen
      ? groups.value
          .filter(({ path }) => !paths.has(path) && paths.add(path))
          .map(({ path, usedBytes, limitBytes }) => ({ path, usedBytes, limitBytes }))
      : null,
    disks: mounts.seen
      ? mounts.value.map(({ mount, totalBytes, freeBytes }) => {
          const system = host.fileSystem(mount);
          const reservedBytes = system.ok ? system.value.reservedBytes : 0;
          // As `df` reckons: what is kept for root counts neither as used nor as free.
          return { mount, totalBytes: totalBytes - reservedBytes, freeBytes };
        })
      : null,
    logs: (context.seen('daemons') ?? []).flatMap((daemon) => logsOf(host, daemon)),
  };
}

/** The sizes of a daemon's own log and of its apps' logs, each file once. */
function logsOf(host: Host, daemon: Daemon): readonly LogSample[] {
  const found = new Map<string, LogSample>();
  const look = (path: LogSample['path'] | null, app: LogSample['app']): void => {
    if (path === null || !path.startsWith('/') || path.startsWith('/dev/') || found.has(path)) return;
    const stat = host.stat(path);
    if (stat.ok && stat.value.kind === 'file')
      found.set(path, { path, app, sizeBytes: stat.value.sizeBytes });
  };
  for (const app of appsOf(daemon)) {
    look(app.errLogPath, app.ref);
    look(app.outLogPath, app.ref);
  }
  return [...found.values()];
}
