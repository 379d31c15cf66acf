import { hostname, loadavg, uptime } from 'node:os';
import type { EpochMs } from '../model/text.ts';
import { failureOf } from './failure.ts';
import type { Outcome } from './host.ts';

/** One process as `ps` shows it on systems without /proc. RSS in bytes; `startedAt` null = not printed. */
export interface OtherProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly name: string;
  readonly state: string;
  readonly startedAt: EpochMs | null;
  readonly rssBytes: number;
  /** Percent of one core: on macOS over the last minute, elsewhere since the process started. */
  readonly cpuPercent: number;
}

/** Memory in bytes, load over 1, 5 and 15 minutes (always 0 on Windows). */
export interface OtherFacts {
  readonly name: string;
  readonly os: string;
  readonly kernel: string;
  readonly uptimeMs: number;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly memory: {
    readonly totalBytes: number;
    readonly freeBytes: number;
    readonly availableBytes: number;
    readonly cachedBytes: number;
  };
  readonly swap: { readonly totalBytes: number; readonly usedBytes: number };
  readonly load: readonly [number, number, number];
}

export interface OtherDisk {
  readonly mount: string;
  readonly device: string;
  readonly fsType: string;
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
}

/** What macOS, the BSDs and Windows are asked instead of /proc. Slow (0.1 to 1 s) and coarse. */
export interface OtherSystem {
  processes(): Promise<Outcome<readonly OtherProcess[]>>;
  facts(): Promise<Outcome<OtherFacts>>;
  disks(): Promise<Outcome<readonly OtherDisk[]>>;
}

/** Through systeminformation, loaded when first asked: on Linux it is never loaded. Never `getAllData()` (1 s). */
export const otherSystem: OtherSystem = {
  processes: () =>
    attempt(async () => {
      const { processes } = await import('systeminformation');
      const table = await processes();
      return table.list.map((row) => {
        // Local time without a zone: `2026-11-21 22:00:00`.
        const startedAt = Date.parse(row.started.replace(' ', 'T'));
        return {
          pid: row.pid,
          ppid: row.parentPid,
          name: row.name,
          state: row.state,
          startedAt: Number.isFinite(startedAt) ? startedAt : null,
          rssBytes: row.memRss * 1024,
          cpuPercent: row.cpu,
        };
      });
    }),
  facts: () =>
    attempt(async () => {
      const { cpu, mem, osInfo } = await import('systeminformation');
      const [os, processor, memory] = await Promise.all([osInfo(), cpu(), mem()]);
      const [one = 0, five = 0, fifteen = 0] = loadavg();
      return {
        name: hostname(),
        os: [os.distro, os.release].filter((part) => part !== '' && part !== 'unknown').join(' '),
        kernel: os.kernel,
        uptimeMs: uptime() * 1000,
        cpus: processor.cores,
        cpuModel: [processor.manufacturer, processor.brand].filter((part) => part !== '').join(' '),
        memory: {
          totalBytes: memory.total,
          freeBytes: memory.free,
          availableBytes: memory.available,
          cachedBytes: memory.buffcache,
        },
        swap: { totalBytes: memory.swaptotal, usedBytes: memory.swapused },
        load: [one, five, fifteen] as const,
      };
    }),
  disks: () =>
    attempt(async () => {
      const { fsSize } = await import('systeminformation');
      const disks = await fsSize();
      return disks.map((disk) => ({
        mount: disk.mount,
        device: disk.fs,
        fsType: disk.type,
        totalBytes: disk.size,
        usedBytes: disk.used,
        freeBytes: disk.available,
      }));
    }),
};

async function attempt<T>(ask: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    return failureOf(error);
  }
}
