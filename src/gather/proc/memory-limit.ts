import type { Host } from '../../host/host.ts';
import type { MemoryGroup } from './cgroup-path.ts';
import { wordValue } from './proc-text.ts';

/** "No limit" in version 1 is the largest page-aligned number; nothing real is near 2^60 (memory.txt, kernel docs). */
const noLimit = 2 ** 60;

/** Figures of a memory cgroup, bytes; null = no limit, or not readable. */
export interface MemoryFigures {
  /** Tightest limit on the way up, and the group that sets it. */
  readonly limitBytes: number | null;
  readonly limitPath: string | null;
  readonly limitFile: string | null;
  /**
   * Of the group that sets the limit, or of the process's own: memory in use without the file cache that is given back
   * first (`inactive_file`), as the kubelet reckons it; the plain figure reaches every limit in time.
   */
  readonly usedBytes: number | null;
  /** Highest use ever, file cache included; of the same group. */
  readonly peakBytes: number | null;
  readonly highBytes: number | null;
  readonly swapLimitBytes: number | null;
  readonly oomGroup: boolean | null;
}

/** Reads version 2 `memory.{max,high,swap.max,current,peak,oom.group}` or version 1 `memory.{limit,usage}_in_bytes` and friends. */
export function memoryFigures(host: Host, group: MemoryGroup): MemoryFigures {
  return group.version === 2 ? unifiedFigures(host, group) : legacyFigures(host, group);
}

function bytes(host: Host, path: string): number | null {
  const text = host.readText(path);
  if (!text.ok) return null;
  // `max` is version 2's word for no limit.
  const value = Number.parseInt(text.value, 10);
  return Number.isFinite(value) && value < noLimit ? value : null;
}

function tightest(host: Host, group: MemoryGroup, file: string) {
  let found: { readonly bytes: number; readonly folder: string; readonly path: string } | null = null;
  for (const level of group.levels) {
    const value = bytes(host, `${level.folder}/${file}`);
    if (value !== null && (found === null || value < found.bytes)) found = { bytes: value, ...level };
  }
  return found;
}

function used(host: Host, folder: string, file: string, cacheWord: string): number | null {
  const usage = bytes(host, `${folder}/${file}`);
  if (usage === null) return null;
  const stat = host.readText(`${folder}/memory.stat`);
  return Math.max(0, usage - (stat.ok ? (wordValue(stat.value, cacheWord) ?? 0) : 0));
}

function unifiedFigures(host: Host, group: MemoryGroup): MemoryFigures {
  const own = group.levels[0]?.folder ?? '';
  const limit = tightest(host, group, 'memory.max');
  const folder = limit?.folder ?? own;
  const oomGroup = host.readText(`${own}/memory.oom.group`);
  return {
    limitBytes: limit?.bytes ?? null,
    limitPath: limit?.path ?? null,
    limitFile: limit === null ? null : `${limit.folder}/memory.max`,
    usedBytes: used(host, folder, 'memory.current', 'inactive_file'),
    peakBytes: bytes(host, `${folder}/memory.peak`),
    highBytes: tightest(host, group, 'memory.high')?.bytes ?? null,
    swapLimitBytes: tightest(host, group, 'memory.swap.max')?.bytes ?? null,
    oomGroup: oomGroup.ok ? oomGroup.value.trim() === '1' : null,
  };
}

function legacyFigures(host: Host, group: MemoryGroup): MemoryFigures {
  const own = group.levels[0]?.folder ?? '';
  let limit = tightest(host, group, 'memory.limit_in_bytes');
  // An ancestor above a container's mount is not to be seen, but memory.stat counts it in.
  const stat = host.readText(`${own}/memory.stat`);
  const overall = stat.ok ? wordValue(stat.value, 'hierarchical_memory_limit') : null;
  const isAbove = overall !== null && overall < noLimit && overall < (limit?.bytes ?? noLimit);
  if (isAbove) limit = { bytes: overall, folder: own, path: group.levels[0]?.path ?? group.path };
  const folder = limit?.folder ?? own;
  // memsw is memory plus swap; only the difference is swap.
  const memsw = tightest(host, group, 'memory.memsw.limit_in_bytes')?.bytes ?? null;
  const swap = memsw === null || limit === null ? null : Math.max(0, memsw - limit.bytes);
  return {
    limitBytes: limit?.bytes ?? null,
    limitPath: limit?.path ?? null,
    limitFile: limit === null ? null : `${limit.folder}/${isAbove ? 'memory.stat' : 'memory.limit_in_bytes'}`,
    usedBytes: used(host, folder, 'memory.usage_in_bytes', 'total_inactive_file'),
    peakBytes: bytes(host, `${folder}/memory.max_usage_in_bytes`),
    highBytes: null,
    swapLimitBytes: swap,
    oomGroup: null,
  };
}
