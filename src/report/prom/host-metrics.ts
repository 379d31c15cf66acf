import type { Report } from '../../model/report.ts';
import { shortLabel } from './app-entries.ts';
import { type Labels, labelText, type Metric, type Sample } from './exposition.ts';

const diskLimit = 50;

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name: `pm2_audit_${name}`,
  type: 'gauge',
  help,
  samples,
});
const one = (name: string, help: string, value: number | null): Metric => gauge(name, help, [{ value }]);

/** The host, its disks, the daemons and their modules, as far as the report holds them. */
export function hostMetrics(report: Report): readonly Metric[] {
  const { host, oomCounters } = report;
  return [
    one('host_memory_total_bytes', 'Memory of the host.', host?.memory.totalBytes ?? null),
    one(
      'host_memory_available_bytes',
      'Memory that can be given out without swapping (MemAvailable).',
      host?.memory.availableBytes ?? null,
    ),
    one('host_swap_total_bytes', 'Swap of the host.', host?.swap.totalBytes ?? null),
    one('host_swap_used_bytes', 'Swap in use.', host?.swap.usedBytes ?? null),
    one(
      'memory_limit_bytes',
      'Tightest memory limit of the cgroups that hold PM2 or this audit; absent where there is none.',
      tightestLimit(report),
    ),
    {
      name: 'pm2_audit_host_oom_kills_total',
      type: 'counter',
      help: 'Processes the OOM killer took since the host was started (oom_kill in /proc/vmstat).',
      samples: [{ value: oomCounters?.sinceBoot ?? null }],
    },
    ...disks(report),
    ...daemons(report),
  ];
}

function tightestLimit({ host, cgroups }: Report): number | null {
  const limits = [host?.limit?.bytes ?? null, ...cgroups.map(({ limitBytes }) => limitBytes)].filter(
    (bytes) => bytes !== null,
  );
  return limits.length === 0 ? null : Math.min(...limits);
}

function disks(report: Report): readonly Metric[] {
  const few = (report.disks ?? []).slice(0, diskLimit);
  const of = (value: (disk: (typeof few)[number]) => number | null): readonly Sample[] =>
    few.map((disk) => ({ labels: { mountpoint: shortLabel(disk.mount) }, value: value(disk) }));
  return [
    gauge(
      'disk_used_ratio',
      'Used share of the disks that hold PM2 and its apps, 0 to 1.',
      of(({ usedRatio }) => usedRatio),
    ),
    gauge(
      'disk_free_bytes',
      'Free space of these disks.',
      of(({ freeBytes }) => freeBytes),
    ),
    gauge(
      'disk_free_inodes_ratio',
      'Free share of their inodes, 0 to 1.',
      of(({ freeInodesRatio }) => freeInodesRatio),
    ),
  ];
}

function daemons(report: Report): readonly Metric[] {
  const labels = (home: string): Labels => ({ home: shortLabel(home) });
  return [
    gauge(
      'daemon_up',
      '1 where the PM2 daemon of this home answered.',
      report.daemons.map(({ home, state }) => ({ labels: labels(home), value: Number(state === 'online') })),
    ),
    gauge(
      'daemon_info',
      'Versions of the PM2 daemon; the value is always 1.',
      report.daemons
        .filter(({ state }) => state === 'online')
        .map(({ home, pm2Version, nodeVersion }) => ({
          labels: {
            ...labels(home),
            pm2_version: labelText(pm2Version ?? ''),
            node_version: labelText(nodeVersion ?? ''),
          },
          value: 1,
        })),
    ),
    gauge(
      'daemon_memory_rss_bytes',
      'RSS of the PM2 daemon itself.',
      report.daemons.map(({ home, rssBytes }) => ({ labels: labels(home), value: rssBytes })),
    ),
    gauge(
      'daemon_start_time_seconds',
      'When the PM2 daemon was started, in seconds since 1970.',
      report.daemons.map(({ home, startedAt }) => ({
        labels: labels(home),
        value: startedAt === null ? null : startedAt / 1000,
      })),
    ),
    gauge(
      'module_memory_bytes',
      'Memory of a PM2 module with its descendants: PSS, else RSS.',
      report.modules.slice(0, diskLimit).map(({ app, rankedBytes }) => ({
        labels: { ...labels(app.ref.home), module: shortLabel(app.ref.name) },
        value: rankedBytes,
      })),
    ),
  ];
}
