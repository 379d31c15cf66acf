import { readFileSync } from 'node:fs';

/**
 * What tells this process from a later one under the same pid: the tick after boot at which it was started. null = there
 * is no such process; '' = there is, and this system does not say when it was started.
 * Source: field 22 of /proc/[pid]/stat, proc_pid_stat(5); the name before it may hold blanks and brackets.
 */
export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const after = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie (state Z) does nothing any more.
    return after[0] === 'Z' ? null : (after[19] ?? '');
  } catch {
    return isThere(pid) ? '' : null;
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
