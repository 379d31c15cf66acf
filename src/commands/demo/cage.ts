import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A memory cgroup made for the demo. */
export interface Cage {
  /** File that takes the pid of whoever steps in. */
  readonly procs: string;
  /** Removes the group; it must be empty by then. */
  remove(): void;
}

/** Enough for Node to start, too little for the hog. */
const limitBytes = 120 * 1024 * 1024;

/** Makes a cgroup with a memory limit (version 1 or 2) below our own. A reason instead where this user or kernel cannot. */
export function makeCage(name: string): Cage | { readonly reason: string } {
  try {
    const own = readFileSync('/proc/self/cgroup', 'utf8');
    const v1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(own)?.[1];
    if (v1 !== undefined) return version1(join('/sys/fs/cgroup/memory', v1, name));
    const v2 = /^0::(.*)$/m.exec(own)?.[1];
    if (v2 !== undefined) return version2(join('/sys/fs/cgroup', v2), name);
    return { reason: 'this system has no memory cgroup' };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function version1(path: string): Cage {
  mkdirSync(path);
  try {
    writeFileSync(join(path, 'memory.limit_in_bytes'), String(limitBytes));
    const swap = join(path, 'memory.memsw.limit_in_bytes');
    if (existsSync(swap)) writeFileSync(swap, String(limitBytes));
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  return { procs: join(path, 'cgroup.procs'), remove: () => removeGroup(path) };
}

/** Version 2 allows limits only in a group whose parent has no processes of its own, or at the top. */
function version2(own: string, name: string): Cage {
  const candidates = [own, join(own, '..'), '/sys/fs/cgroup'];
  let last: unknown = new Error('no group above this one lets its memory be divided');
  for (const parent of candidates) {
    const path = join(parent, name);
    try {
      const enabled = readFileSync(join(parent, 'cgroup.subtree_control'), 'utf8').split(/\s+/);
      if (!enabled.includes('memory')) writeFileSync(join(parent, 'cgroup.subtree_control'), '+memory');
      mkdirSync(path);
      writeFileSync(join(path, 'memory.max'), String(limitBytes));
      const swap = join(path, 'memory.swap.max');
      if (existsSync(swap)) writeFileSync(swap, '0');
      return { procs: join(path, 'cgroup.procs'), remove: () => removeGroup(path) };
    } catch (error) {
      last = error;
      if (existsSync(path)) rmdirSync(path);
    }
  }
  throw last;
}

/** The kernel refuses while a dying process is still inside; it is gone within moments. */
function removeGroup(path: string): void {
  const deadline = performance.now() + 3000;
  for (;;) {
    try {
      rmdirSync(path);
      return;
    } catch (error) {
      if (!existsSync(path)) return;
      if (performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}
