import type { Gathered } from './gap.ts';
import type { Cgroup, Disk, HostFacts, OomCounters } from './host.ts';
import type { OomLog } from './oom.ts';
import type { BusObservation, Daemon, Pm2Home, Pm2Log } from './pm2.ts';
import type { ProcessTable } from './process.ts';
import type { Remembered } from './remembered.ts';
import type { AppLog, StorageScan } from './storage.ts';
import type { StartupFacts, UnitJournal } from './systemd.ts';
import type { EpochMs } from './text.ts';

/** Everything an audit can ask for, by key. One file of `gather/` fills each key. */
export interface EvidenceMap {
  /** PM2 daemons and their apps, from `getMonitorData` on `rpc.sock`. */
  readonly daemons: readonly Daemon[];
  /** What the PM2 bus said while we listened. */
  readonly bus: BusObservation;
  /** pm2.log of each home, decoded, rotated files included. */
  readonly pm2Log: readonly Pm2Log[];
  /** Files below each PM2 home: dump, modes, log sizes. */
  readonly pm2Files: readonly Pm2Home[];
  /** Kills by the kernel and by user-space killers, from the kernel log and the journal. */
  readonly oomLog: OomLog;
  /** Kill counters that lose nothing: /proc/vmstat and the cgroups of the daemons. */
  readonly oomCounters: OomCounters;
  /** All processes; those of apps with PSS, swap and open files. */
  readonly processes: ProcessTable;
  /** Memory, swap, load, pressure, CPUs, OS. */
  readonly host: HostFacts;
  /** The memory cgroups that hold a daemon, with limits. */
  readonly cgroups: readonly Cgroup[];
  readonly disks: readonly Disk[];
  /** How PM2 starts at boot: units with drop-ins, cron lines. */
  readonly startup: StartupFacts;
  /** What systemd's journal says of the units that hold PM2. */
  readonly unitJournal: readonly UnitJournal[];
  /** The biggest folders and logs. */
  readonly storage: StorageScan;
  /** The last part of each app's logs, searched for known texts. */
  readonly appLogs: readonly AppLog[];
  /** What a collector has kept; without one it is `switched-off`, which is no gap. */
  readonly history: Remembered;
}

export type EvidenceKey = keyof EvidenceMap;

/** The order of gathering, and of the evidence table in the report. */
export const evidenceKeys = [
  'daemons',
  'pm2Files',
  'pm2Log',
  'bus',
  'processes',
  'host',
  'cgroups',
  'disks',
  'oomLog',
  'oomCounters',
  'startup',
  'unitJournal',
  'appLogs',
  'storage',
  'history',
] as const satisfies readonly EvidenceKey[];

/** One run's whole input to the audits. `capture` writes it, `replay` reads it. */
export interface Evidence {
  readonly schema: 'pm2-audit.evidence/1';
  readonly tool: { readonly name: string; readonly version: string };
  readonly takenAt: EpochMs;
  /** Offset of the host's clock from UTC at `takenAt`, in minutes east; reports print times in it. */
  readonly utcOffsetMinutes: number;
  /** The window the user asked for: restarts and kills before `from` are history. */
  readonly window: { readonly from: EpochMs; readonly to: EpochMs };
  readonly items: { readonly [K in EvidenceKey]: Gathered<EvidenceMap[K]> };
  /** What gathering cost: wall time a key in ms, and this process's CPU ms and peak RSS at the end of gathering. */
  readonly cost: {
    readonly wallMs: number;
    readonly cpuMs: number;
    readonly peakRssBytes: number;
    readonly byKeyMs: { readonly [K in EvidenceKey]?: number };
  };
}
