import type { AppRef } from './pm2.ts';
import type { CleanText, EpochMs } from './text.ts';

/** Pressure stall information: share of the last 10 s, 60 s, 300 s in which some or all tasks waited, percent. */
export interface Pressure {
  readonly some: readonly [number, number, number];
  readonly full: readonly [number, number, number] | null;
}

export interface HostFacts {
  readonly name: CleanText;
  readonly platform: string;
  readonly os: CleanText;
  readonly kernel: CleanText;
  readonly bootedAt: EpochMs | null;
  readonly cpus: number;
  readonly cpuModel: CleanText | null;
  /** Node that runs pm2-audit; the daemons and apps have their own. */
  readonly nodeVersion: CleanText;
  /** docker, podman, lxc, kubernetes, systemd-nspawn, wsl …; null = no sign of one. */
  readonly container: CleanText | null;
  /** `docker run --memory`, an LXC limit …: the tightest memory limit on this process's own cgroup path, bytes. */
  readonly limit: {
    readonly bytes: number;
    readonly usedBytes: number | null;
    readonly source: CleanText;
  } | null;
  readonly memory: {
    readonly totalBytes: number;
    readonly freeBytes: number;
    /** MemAvailable: what can be given out without swapping. */
    readonly availableBytes: number;
    readonly cachedBytes: number;
    readonly slabBytes: number;
  };
  readonly swap: { readonly totalBytes: number; readonly usedBytes: number };
  /** Load averages over 1, 5, 15 minutes. */
  readonly load: readonly [number, number, number];
  readonly pressure: {
    readonly memory: Pressure | null;
    readonly cpu: Pressure | null;
    readonly io: Pressure | null;
  };
  /** /proc/sys/vm values that bear on OOM kills; null = not readable. */
  readonly overcommitMemory: number | null;
  readonly swappiness: number | null;
}

/** A memory cgroup that holds a PM2 daemon. Version 1 files: memory.*; version 2: memory.max and friends. */
export interface Cgroup {
  readonly home: CleanText;
  readonly daemonPid: number;
  readonly version: 1 | 2;
  /** As in /proc/PID/cgroup, e.g. `/system.slice/pm2-root.service`. */
  readonly path: CleanText;
  /** Tightest limit on the way up; null = none. */
  readonly limitBytes: number | null;
  readonly limitPath: CleanText | null;
  readonly usedBytes: number | null;
  readonly peakBytes: number | null;
  readonly highBytes: number | null;
  readonly swapLimitBytes: number | null;
  /** memory.oom.group of this cgroup (version 2). */
  readonly oomGroup: boolean | null;
}

export interface Disk {
  readonly mount: CleanText;
  readonly device: CleanText;
  readonly fsType: CleanText;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly usedRatio: number;
  readonly freeInodesRatio: number | null;
  /** Apps and homes that write there. */
  readonly apps: readonly AppRef[];
  readonly holdsHome: boolean;
}

/** Counters survive a full kernel buffer: they say how many kills there were, not who. */
export interface OomCounters {
  /** /proc/vmstat oom_kill: kill lines since boot, all causes (kernel 4.13+). */
  readonly sinceBoot: number | null;
  readonly cgroups: readonly {
    readonly path: CleanText;
    readonly version: 1 | 2;
    readonly home: CleanText | null;
    /** Processes of this group (and its children, v2) killed. */
    readonly oomKill: number | null;
    /** v2 `oom`: the limit was hit and allocation failed; attempts, not kills. */
    readonly oom: number | null;
    readonly oomGroupKill: number | null;
  }[];
}
