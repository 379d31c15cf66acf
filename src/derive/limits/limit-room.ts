import type { Cgroup, HostFacts } from '../../model/host.ts';
import type { App, Daemon } from '../../model/pm2.ts';
import type { ProcessTable } from '../../model/process.ts';
import { appKey, processTrees, type Trees } from '../apps/process-tree.ts';

/** Memory that apps share: the host's, a container's, or that of the group their daemon lives in. Bytes. */
export interface LimitRoom {
  /** null = it holds the apps of all daemons. */
  readonly home: string | null;
  readonly bytes: number;
  /** What is in use now, page cache left out: the kernel gives that back. */
  readonly usedBytes: number;
}

/** Answers: which limits of memory stand above the apps, and how much of each is used? */
export function limitRooms(
  daemons: readonly Daemon[],
  processes: ProcessTable | null,
  host: HostFacts,
  cgroups: readonly Cgroup[] | null,
): readonly LimitRoom[] {
  const trees = processes === null ? null : processTrees(daemons, processes);
  const pm2Bytes = daemons.reduce((total, daemon) => total + daemonUse(daemon, trees), 0);
  const { totalBytes, availableBytes } = host.memory;
  // In a container the table shows its own processes; outside, the kernel knows the sum.
  const seenBytes =
    host.limit === null
      ? totalBytes - availableBytes
      : (processes?.processes ?? []).reduce(
          (total, running) => total + (running.pssBytes ?? running.rssBytes),
          0,
        );
  const rooms: LimitRoom[] = [
    {
      home: null,
      bytes: Math.min(totalBytes, host.limit?.bytes ?? totalBytes),
      usedBytes: Math.max(seenBytes, pm2Bytes),
    },
  ];
  for (const daemon of daemons) {
    for (const { home, limitBytes } of cgroups ?? []) {
      if (home === daemon.home && limitBytes !== null)
        rooms.push({ home, bytes: limitBytes, usedBytes: daemonUse(daemon, trees) });
    }
  }
  return rooms;
}

/** A daemon with all it runs, bytes. */
function daemonUse(daemon: Daemon, trees: Trees | null): number {
  return [...daemon.apps, ...daemon.modules].reduce(
    (total, app) => total + treeUse(app, trees),
    daemon.rssBytes ?? 0,
  );
}

function treeUse(app: App, trees: Trees | null): number {
  const tree = trees?.byApp.get(appKey(app.ref));
  if (tree === undefined || tree.main === null) return app.pm2RssBytes ?? 0;
  return tree.pssBytes ?? tree.rssBytes;
}
