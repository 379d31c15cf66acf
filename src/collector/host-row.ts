import { parsePressure } from '../gather/host-facts.ts';
import { kbField } from '../gather/proc/proc-text.ts';
import type { Host } from '../host/host.ts';
import type { HostSample } from '../model/history.ts';

/** Memory, swap, pressure and load at this moment, from three small files of /proc; null = /proc/meminfo cannot be read. */
export function readHostRow(host: Host): HostSample | null {
  const meminfo = host.readText('/proc/meminfo');
  const totalBytes = meminfo.ok ? kbField(meminfo.value, 'MemTotal') : null;
  if (!meminfo.ok || totalBytes === null) return null;
  const kb = (name: string): number => kbField(meminfo.value, name) ?? 0;
  const text = host.readText('/proc/pressure/memory');
  const pressure = text.ok ? parsePressure(text.value) : null;
  const load = host.readText('/proc/loadavg');
  const load1 = load.ok ? Number.parseFloat(load.value) : Number.NaN;
  return {
    memoryTotalBytes: totalBytes,
    memoryAvailableBytes:
      kbField(meminfo.value, 'MemAvailable') ?? kb('MemFree') + kb('Cached') + kb('Buffers'),
    swapTotalBytes: kb('SwapTotal'),
    swapUsedBytes: Math.max(0, kb('SwapTotal') - kb('SwapFree')),
    memorySomePercent: pressure?.some[0] ?? null,
    memoryFullPercent: pressure?.full?.[0] ?? null,
    load1: Number.isFinite(load1) ? load1 : null,
  };
}
