import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * True where this user may make a memory cgroup, so that the kernel can really kill in it. Where not, it is said aloud and
 * the test leaves that part out; in CI it is an error.
 */
export function canMakeOomKills(): boolean {
  const own = readFileSync('/proc/self/cgroup', 'utf8');
  const v1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(own)?.[1];
  const v2 = /^0::(.*)$/m.exec(own)?.[1];
  const group =
    v1 !== undefined
      ? join('/sys/fs/cgroup/memory', v1)
      : v2 !== undefined
        ? join('/sys/fs/cgroup', v2)
        : null;
  try {
    if (group !== null && existsSync(group) && process.getuid?.() === 0) {
      accessSync(group, constants.W_OK);
      return true;
    }
  } catch {
    // Said below.
  }
  const advice = 'no real OOM kills in this run: they need root and a memory cgroup that may be divided';
  if (process.env['CI'] === 'true') throw new Error(advice);
  process.stderr.write(`\nSKIPPED: ${advice}\n\n`);
  return false;
}
