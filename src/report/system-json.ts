import type { Pressure } from '../model/host.ts';
import type { Report } from '../model/report.ts';
import type { Json } from '../model/text.ts';
import { appJson, integer, short } from './json-values.ts';

const ratio = (part: number, whole: number): number | null => (whole > 0 ? short(part / whole) : null);

const pressure = (value: Pressure | null): Json =>
  value === null ? null : { some: value.some, full: value.full };

/** Memory, swap, the tightest limit, pressure, load, disks and the kernel's own count of kills. */
export function systemJson(report: Report): { readonly [key: string]: Json } {
  const { host } = report;
  return {
    memory:
      host === null
        ? null
        : {
            totalBytes: integer(host.memory.totalBytes),
            freeBytes: integer(host.memory.freeBytes),
            availableBytes: integer(host.memory.availableBytes),
            usedRatio: ratio(host.memory.totalBytes - host.memory.availableBytes, host.memory.totalBytes),
          },
    swap:
      host === null
        ? null
        : {
            totalBytes: integer(host.swap.totalBytes),
            usedBytes: integer(host.swap.usedBytes),
            usedRatio: ratio(host.swap.usedBytes, host.swap.totalBytes),
          },
    limit: tightestLimit(report),
    pressure:
      host === null ||
      (host.pressure.memory === null && host.pressure.cpu === null && host.pressure.io === null)
        ? null
        : {
            memory: pressure(host.pressure.memory),
            cpu: pressure(host.pressure.cpu),
            io: pressure(host.pressure.io),
          },
    load: host === null ? null : host.load.map((value) => short(value)),
    disks:
      report.disks?.map((disk) => ({
        mount: disk.mount,
        fsType: disk.fsType,
        totalBytes: integer(disk.totalBytes),
        freeBytes: integer(disk.freeBytes),
        usedRatio: short(disk.usedRatio),
        freeInodesRatio: short(disk.freeInodesRatio),
        apps: disk.apps.map((app) => appJson(app)),
      })) ?? null,
    oomKillsSinceBoot: report.oomCounters?.sinceBoot ?? null,
  };
}

/** The smallest limit over this host's own cgroup and those of the daemons; null = none, or not seen. */
function tightestLimit(report: Report): Json {
  const own = report.host?.limit ?? null;
  const limits = [
    ...(own === null ? [] : [{ bytes: own.bytes, usedBytes: own.usedBytes, source: own.source }]),
    ...report.cgroups.flatMap(({ limitBytes, usedBytes, limitPath, path }) =>
      limitBytes === null ? [] : [{ bytes: limitBytes, usedBytes, source: limitPath ?? path }],
    ),
  ];
  const [tightest] = limits.toSorted((a, b) => a.bytes - b.bytes);
  if (tightest === undefined) return null;
  return {
    bytes: integer(tightest.bytes),
    usedBytes: integer(tightest.usedBytes),
    source: tightest.source,
  };
}
