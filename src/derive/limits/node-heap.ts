import type { App } from '../../model/pm2.ts';

const MB = 1024 * 1024;
const GB = 1024 * MB;

/** True for an app that runs on Node: cluster mode always does, else the interpreter says so. */
export function isNodeApp(app: App): boolean {
  return app.execMode === 'cluster' || /(^|\/)node(js)?$/.test(app.interpreter ?? '');
}

/**
 * V8's default limit of the old generation on 64-bit Node 12 and later, bytes, from the memory Node believes it has:
 * half of it, at least 256 MB, at most 2 GB, or 4 GB from 15 GB on (V8 src/heap/heap.cc,
 * Heap::HeapSizeFromPhysicalMemory). Measured with Node 20.20 in memory cgroups of 128 MB to 16 GB.
 */
export function defaultOldSpaceBytes(memoryBytes: number): number {
  const most = memoryBytes >= 15 * GB ? 4 * GB : 2 * GB;
  return Math.min(most, Math.max(256 * MB, memoryBytes / 2));
}

/**
 * True where Node is too old to read the limit of its own cgroup version 2 and sizes its heap by the host: before
 * 20.3.0 (libuv 1.45; nodejs/node#47259). null = version not known.
 */
export function missesCgroupTwoLimit(nodeVersion: string | null): boolean | null {
  const match = /^v?(\d+)\.(\d+)\./.exec(nodeVersion ?? '');
  if (!match) return null;
  const major = Number(match[1]);
  return major < 20 || (major === 20 && Number(match[2]) < 3);
}
