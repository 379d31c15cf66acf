import type { Host } from '../../host/host.ts';
import type { EpochMs } from '../../model/text.ts';
import { lineValue, type ProcessStat, parseProcessStat, ticksPerSecond } from './proc-text.ts';

/** All processes by pid, as /proc/PID/stat shows them at one moment; those that end meanwhile are absent. */
export type Scan = ReadonlyMap<number, ProcessStat>;

/** Reads /proc/PID/stat of the given processes, or of all. `null` = /proc cannot be listed. */
export function scanProcesses(host: Host, pids: readonly number[] | null = null): Scan | null {
  const wanted = pids ?? listPids(host);
  if (wanted === null) return null;
  const scan = new Map<number, ProcessStat>();
  for (const pid of wanted) {
    const line = host.readText(`/proc/${pid}/stat`);
    const stat = line.ok ? parseProcessStat(line.value) : null;
    if (stat !== null) scan.set(pid, stat);
  }
  return scan;
}

function listPids(host: Host): readonly number[] | null {
  const names = host.list('/proc');
  if (!names.ok) return null;
  return names.value.filter((name) => name.charCodeAt(0) <= 57 && /^\d+$/.test(name)).map(Number);
}

/** User plus system time of each process, ms since its start, and when it was read (CLOCK_MONOTONIC, ms). */
export interface CpuSample {
  readonly atMs: number;
  readonly cpuMs: ReadonlyMap<number, number>;
}

/** One sample of CPU time; processes that are gone are absent. */
export function sampleCpu(host: Host, pids: readonly number[]): CpuSample {
  const atMs = host.monotonicMs();
  const cpuMs = new Map<number, number>();
  for (const [pid, stat] of scanProcesses(host, pids) ?? [])
    cpuMs.set(pid, (stat.cpuTicks * 1000) / ticksPerSecond);
  return { atMs, cpuMs };
}

/** Percent of one core between two samples, to 0.1; null when the process is missing in one of them. */
export function cpuPercent(first: CpuSample, second: CpuSample, pid: number): number | null {
  const from = first.cpuMs.get(pid);
  const to = second.cpuMs.get(pid);
  const elapsedMs = second.atMs - first.atMs;
  if (from === undefined || to === undefined || elapsedMs <= 0 || to < from) return null;
  return Math.round(((to - from) / elapsedMs) * 1000) / 10;
}

/**
 * Size of a memory page in bytes: 4096 almost everywhere, 16 or 64 KiB on some arm64 and ppc64 kernels. From the size of
 * our own address space, which /proc shows in pages (`statm`) and in kB (`status`); 4096 when they cannot be read.
 */
export function pageBytes(host: Host): number {
  const pages = host.readText('/proc/self/statm');
  const status = host.readText('/proc/self/status');
  const sizeKb = status.ok ? lineValue(status.value, 'VmSize') : null;
  const count = pages.ok ? Number.parseInt(pages.value, 10) : 0;
  if (sizeKb === null || !(count > 0)) return 4096;
  return Math.max(4096, 2 ** Math.round(Math.log2((sizeKb * 1024) / count)));
}

/** Boot time: now minus /proc/uptime (time asleep included). null = not readable. */
export function bootTime(host: Host): EpochMs | null {
  const uptime = host.readText('/proc/uptime');
  const seconds = uptime.ok ? Number.parseFloat(uptime.value) : Number.NaN;
  return Number.isFinite(seconds) ? Math.round(host.now() - seconds * 1000) : null;
}

/**
 * Turns start ticks into times. In an LXC container /proc/uptime is the container's, but start ticks are the host's:
 * every process would start in the future. Then the newest process is taken to have started just now.
 */
export function startTimes(host: Host, scan: Scan): (stat: ProcessStat) => EpochMs {
  const now = host.now();
  const msPerTick = 1000 / ticksPerSecond;
  let newest = 0;
  for (const stat of scan.values()) newest = Math.max(newest, stat.startTicks);
  const boot = bootTime(host) ?? now - newest * msPerTick;
  const zero = boot + newest * msPerTick > now + 2000 ? now - newest * msPerTick : boot;
  return (stat) => Math.round(zero + stat.startTicks * msPerTick);
}
