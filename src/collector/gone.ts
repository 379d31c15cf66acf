import { parseProcessStat, ticksPerSecond } from '../gather/proc/proc-text.ts';
import { bootTime } from '../gather/proc/process-scan.ts';
import type { Host } from '../host/host.ts';
import type { OomKill } from '../model/oom.ts';

/** Start times are as exact as the boot time. */
const startMs = 2_000;

/** Answers: is the victim no longer there? A process under its pid that is dead, or began after the kill, is not it. */
export function isGone(host: Host, { pid, at }: OomKill): boolean {
  if (pid === null) return true;
  const text = host.readText(`/proc/${pid}/stat`);
  if (!text.ok) return true;
  // `pid (comm) state …`: Z = it waits for its parent to notice, X = dead (proc(5)).
  if (/^[ZX]/.test(text.value.slice(text.value.lastIndexOf(')') + 2))) return true;
  const stat = parseProcessStat(text.value);
  const bootedAt = bootTime(host);
  if (stat === null || bootedAt === null || at === null) return false;
  return bootedAt + (stat.startTicks * 1000) / ticksPerSecond > at + startMs;
}
