import type { Host } from '../host/host.ts';
import type { HostFacts, Pressure } from '../model/host.ts';
import { type Cleaner, ownWords } from './clean.ts';
import { type Gatherer, unseen } from './gatherer.ts';
import { cgroupMounts, memoryGroup, parseCgroupLines } from './proc/cgroup-path.ts';
import { detectContainer } from './proc/container.ts';
import { otherHostFacts } from './proc/host-facts-other.ts';
import { memoryFigures } from './proc/memory-limit.ts';
import { kbField } from './proc/proc-text.ts';
import { bootTime } from './proc/process-scan.ts';

/**
 * Memory, swap, load, pressure, CPUs and names of this host, from small files of /proc: no program is run. Bytes; CPUs are
 * those online, not what a cgroup's quota leaves.
 */
export const hostFacts: Gatherer<'host'> = {
  key: 'host',
  sources: [
    '/proc/{meminfo,loadavg,pressure/*,uptime,cpuinfo,sys/*}',
    '/etc/os-release',
    '/sys/fs/cgroup',
    'systeminformation',
  ],
  privilege: 'Any user.',
  remedy: 'none',
  after: [],
  budgetMs: 5000,
  async gather(host, context) {
    if (host.platform !== 'linux') return otherHostFacts(host, context);
    const { clean } = context;
    const meminfo = host.readText('/proc/meminfo');
    const totalBytes = meminfo.ok ? kbField(meminfo.value, 'MemTotal') : null;
    if (!meminfo.ok || totalBytes === null) {
      const why = meminfo.ok ? 'malformed' : meminfo.why;
      const detail = meminfo.ok ? ownWords('no MemTotal') : clean.text(meminfo.detail);
      return unseen({
        key: 'host',
        subject: ownWords('memory'),
        why,
        tried: [{ source: '/proc/meminfo', why, detail }],
        remedy: 'none',
      });
    }
    const kb = (name: string): number => kbField(meminfo.value, name) ?? 0;
    const now = host.now();
    // The first processor names the model; all of them would cost a call to each.
    const cpuinfo = host.readText('/proc/cpuinfo', 4096);
    const value: HostFacts = {
      name: clean.text(sys(host, 'kernel/hostname') ?? 'unknown', 255),
      platform: host.platform,
      os: clean.text(osName(host)),
      kernel: clean.text(sys(host, 'kernel/osrelease') ?? 'unknown'),
      bootedAt: bootTime(host),
      cpus: onlineCpus(host),
      cpuModel: cpuinfo.ok ? cpuModel(cpuinfo.value, clean) : null,
      nodeVersion: clean.text(host.nodeVersion),
      container: detectContainer(host),
      limit: limitOf(host, clean, totalBytes),
      memory: {
        totalBytes,
        freeBytes: kb('MemFree'),
        // MemAvailable came with Linux 3.14; before it, this sum was the usual estimate.
        availableBytes:
          kbField(meminfo.value, 'MemAvailable') ?? kb('MemFree') + kb('Cached') + kb('Buffers'),
        cachedBytes: kb('Cached') + kb('Buffers'),
        slabBytes: kb('Slab'),
      },
      swap: { totalBytes: kb('SwapTotal'), usedBytes: Math.max(0, kb('SwapTotal') - kb('SwapFree')) },
      load: load(host),
      pressure: { memory: pressure(host, 'memory'), cpu: pressure(host, 'cpu'), io: pressure(host, 'io') },
      overcommitMemory: integer(sys(host, 'vm/overcommit_memory')),
      swappiness: integer(sys(host, 'vm/swappiness')),
    };
    return { seen: true, value, source: ownWords('/proc'), covers: { from: now, to: now }, gaps: [] };
  },
};

function sys(host: Host, name: string): string | null {
  const text = host.readText(`/proc/sys/${name}`);
  const value = text.ok ? text.value.trim() : '';
  return value === '' ? null : value;
}

function integer(text: string | null): number | null {
  const value = Number.parseInt(text ?? '', 10);
  return Number.isFinite(value) ? value : null;
}

/** PRETTY_NAME of os-release(5), which may be quoted like a shell word. */
function osName(host: Host): string {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    const text = host.readText(path);
    const line = text.ok ? /^PRETTY_NAME=(.*)$/m.exec(text.value) : null;
    if (line?.[1] !== undefined)
      return line[1]
        .trim()
        .replace(/^(["'])(.*)\1$/, '$2')
        .replace(/\\(.)/g, '$1');
  }
  return 'Linux';
}

/** `0-3,8` -> 5. /proc/cpuinfo as a second choice: it lists the online ones, one `processor : N` each (not on s390). */
function onlineCpus(host: Host): number {
  const online = host.readText('/sys/devices/system/cpu/online');
  let count = 0;
  for (const part of online.ok ? online.value.trim().split(',') : []) {
    const [from = Number.NaN, to = from] = part.split('-').map(Number);
    if (to >= from) count += to - from + 1;
  }
  if (count > 0) return count;
  const cpuinfo = host.readText('/proc/cpuinfo', 4 * 1024 * 1024);
  return (cpuinfo.ok ? cpuinfo.value.match(/^processor\s*\d*\s*:/gm)?.length : 0) || 1;
}

/** `model name` on x86; `Model` on a Raspberry Pi, `cpu` on POWER; other arm64 machines print no name. */
function cpuModel(cpuinfo: string, clean: Cleaner) {
  const line = /^(?:model name|Model|cpu)\s*:\s*(.+)$/m.exec(cpuinfo);
  return line?.[1] === undefined ? null : clean.text(line[1].trim(), 120);
}

function load(host: Host): readonly [number, number, number] {
  const text = host.readText('/proc/loadavg');
  const [one = 0, five = 0, fifteen = 0] = text.ok ? text.value.split(' ').slice(0, 3).map(Number) : [];
  return [one || 0, five || 0, fifteen || 0];
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, kernel Documentation/accounting/psi.rst (4.20+; needs psi=1 on some). */
export function parsePressure(text: string): Pressure | null {
  const line = (word: string): readonly [number, number, number] | null => {
    const match = new RegExp(`^${word} avg10=([\\d.]+) avg60=([\\d.]+) avg300=([\\d.]+)`, 'm').exec(text);
    return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3])];
  };
  const some = line('some');
  return some === null ? null : { some, full: line('full') };
}

function pressure(host: Host, what: string): Pressure | null {
  const text = host.readText(`/proc/pressure/${what}`);
  return text.ok ? parsePressure(text.value) : null;
}

/** The tightest limit on our own cgroup path. One above the host's memory never takes effect, so it is none. */
function limitOf(host: Host, clean: Cleaner, totalBytes: number): HostFacts['limit'] {
  const lines = host.readText('/proc/self/cgroup');
  const group = lines.ok ? memoryGroup(parseCgroupLines(lines.value), cgroupMounts(host)) : null;
  if (group === null) return null;
  const { limitBytes, limitFile, usedBytes } = memoryFigures(host, group);
  if (limitBytes === null || limitFile === null || limitBytes >= totalBytes) return null;
  return { bytes: limitBytes, usedBytes, source: clean.text(limitFile) };
}
