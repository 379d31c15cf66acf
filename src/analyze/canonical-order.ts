import type { Evidence, EvidenceKey, EvidenceMap } from '../model/evidence.ts';
import type { Gap, Gathered } from '../model/gap.ts';
import type { AppRef } from '../model/pm2.ts';

/** Code units, not a locale: the order is the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Numbers ascending, null first. */
function compareNumber(a: number | null, b: number | null): number {
  return a === b ? 0 : (a ?? Number.NEGATIVE_INFINITY) < (b ?? Number.NEGATIVE_INFINITY) ? -1 : 1;
}

function compareApps(a: AppRef | null, b: AppRef | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return compareText(a.home, b.home) || a.pmId - b.pmId || compareText(a.name, b.name);
}

type Order = { readonly [K in EvidenceKey]?: (value: EvidenceMap[K]) => EvidenceMap[K] };

/** Lists whose order means nothing. Events of a log and rows of a task table keep theirs: it means time or size. */
const orders: Order = {
  daemons: (daemons) =>
    daemons
      .map((daemon) => ({
        ...daemon,
        apps: daemon.apps.toSorted((a, b) => compareApps(a.ref, b.ref)),
        modules: daemon.modules.toSorted((a, b) => compareApps(a.ref, b.ref)),
      }))
      .sort((a, b) => compareText(a.home, b.home) || compareNumber(a.pid, b.pid)),
  pm2Files: (homes) =>
    homes
      .map((home) => ({
        ...home,
        logs: home.logs.toSorted((a, b) => compareText(a.path, b.path)),
        modules: home.modules.toSorted(compareText),
      }))
      .sort((a, b) => compareText(a.home, b.home)),
  pm2Log: (logs) => logs.toSorted((a, b) => compareText(a.home, b.home) || compareText(a.path, b.path)),
  processes: (table) => ({ ...table, processes: table.processes.toSorted((a, b) => a.pid - b.pid) }),
  cgroups: (cgroups) =>
    cgroups.toSorted(
      (a, b) => compareText(a.home, b.home) || compareText(a.path, b.path) || a.daemonPid - b.daemonPid,
    ),
  disks: (disks) =>
    disks.toSorted((a, b) => compareText(a.mount, b.mount) || compareText(a.device, b.device)),
  oomLog: (log) => ({
    ...log,
    kills: log.kills.toSorted(
      (a, b) =>
        compareNumber(a.at, b.at) || compareNumber(a.pid, b.pid) || compareText(a.comm ?? '', b.comm ?? ''),
    ),
    unconfirmed: log.unconfirmed.toSorted((a, b) => compareNumber(a.at, b.at) || compareNumber(a.pid, b.pid)),
  }),
  oomCounters: (counters) => ({
    ...counters,
    cgroups: counters.cgroups.toSorted((a, b) => compareText(a.path, b.path)),
  }),
  startup: (startup) => ({
    ...startup,
    units: startup.units.toSorted((a, b) => compareText(a.name, b.name)),
    holders: startup.holders.toSorted((a, b) => compareText(a.home, b.home) || a.daemonPid - b.daemonPid),
    others: startup.others.toSorted(
      (a, b) => compareText(a.path, b.path) || compareText(a.line ?? '', b.line ?? ''),
    ),
  }),
  unitJournal: (journals) => journals.toSorted((a, b) => compareText(a.unit, b.unit)),
  appLogs: (logs) =>
    logs.toSorted(
      (a, b) => compareApps(a.app, b.app) || compareText(a.stream, b.stream) || compareText(a.path, b.path),
    ),
  storage: (scan) => ({
    ...scan,
    top: scan.top.toSorted((a, b) => b.bytes - a.bytes || compareText(a.path, b.path)),
    logs: scan.logs.toSorted((a, b) => b.bytes - a.bytes || compareText(a.path, b.path)),
  }),
  history: (past) => ({
    ...past,
    apps: past.apps.toSorted((a, b) => compareApps(a.app, b.app)),
    disks: past.disks.toSorted((a, b) => compareText(a.mount, b.mount)),
    logs: past.logs.toSorted((a, b) => compareText(a.path, b.path)),
  }),
};

function orderGaps<G extends readonly Gap[]>(gaps: G): G;
function orderGaps(gaps: readonly Gap[]): readonly Gap[] {
  return gaps.toSorted(
    (a, b) =>
      compareText(a.subject, b.subject) || compareText(a.why, b.why) || compareText(a.remedy, b.remedy),
  );
}

function ordered<K extends EvidenceKey>(items: Evidence['items'], key: K): Gathered<EvidenceMap[K]> {
  const item = items[key];
  if (!item.seen) return { ...item, gaps: orderGaps(item.gaps) };
  const order = orders[key];
  return { ...item, value: order === undefined ? item.value : order(item.value), gaps: orderGaps(item.gaps) };
}

/** The same evidence with every unordered list in one fixed order, so that a report does not depend on how it came. */
export function inOrder(evidence: Evidence): Evidence {
  const { items } = evidence;
  return {
    ...evidence,
    items: {
      daemons: ordered(items, 'daemons'),
      pm2Files: ordered(items, 'pm2Files'),
      pm2Log: ordered(items, 'pm2Log'),
      bus: ordered(items, 'bus'),
      processes: ordered(items, 'processes'),
      host: ordered(items, 'host'),
      cgroups: ordered(items, 'cgroups'),
      disks: ordered(items, 'disks'),
      oomLog: ordered(items, 'oomLog'),
      oomCounters: ordered(items, 'oomCounters'),
      startup: ordered(items, 'startup'),
      unitJournal: ordered(items, 'unitJournal'),
      appLogs: ordered(items, 'appLogs'),
      storage: ordered(items, 'storage'),
      history: ordered(items, 'history'),
    },
  };
}
