/** What one line of /proc/PID/stat says; times in clock ticks since boot, memory in pages. Source: proc(5). */
export interface ProcessStat {
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  readonly sessionId: number;
  /** PF_* bits of field 9. */
  readonly flags: number;
  readonly cpuTicks: number;
  readonly threads: number;
  readonly startTicks: number;
  readonly rssPages: number;
}

/** Clock ticks a second in /proc: USER_HZ is 100 on every architecture Node runs on (include/asm-generic/param.h). */
export const ticksPerSecond = 100;

/** PF_KTHREAD, include/linux/sched.h: a kernel thread. */
const kernelThreadFlag = 0x00200000;
export const isKernelThread = (stat: ProcessStat): boolean => (stat.flags & kernelThreadFlag) !== 0;

/** Reads /proc/PID/stat. The name may hold spaces and parentheses, so it ends at the LAST `)`. null = not such a line. */
export function parseProcessStat(line: string): ProcessStat | null {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  // Field 3 of proc(5) is the first one here.
  const fields = line.slice(close + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  const stat: ProcessStat = {
    comm: line.slice(open + 1, close),
    state: fields[0] ?? '?',
    ppid: field(4),
    sessionId: field(6),
    flags: field(9),
    cpuTicks: field(14) + field(15),
    threads: field(20),
    startTicks: field(22),
    rssPages: field(24),
  };
  return Number.isFinite(stat.ppid + stat.sessionId + stat.cpuTicks + stat.startTicks + stat.rssPages)
    ? stat
    : null;
}

/** `MemTotal:  995592 kB` -> bytes; kB in /proc means 1024 bytes. null = no such line. */
export function kbField(text: string, name: string): number | null {
  const value = lineValue(text, name);
  return value === null ? null : value * 1024;
}

/** First number behind `name:` at the start of a line (`Uid:  1000 …`); null = no such line. */
export function lineValue(text: string, name: string): number | null {
  const label = `${name}:`;
  let at = text.startsWith(label) ? 0 : text.indexOf(`\n${label}`);
  if (at < 0) return null;
  at = text.indexOf(':', at) + 1;
  const value = Number.parseInt(text.slice(at, at + 40), 10);
  return Number.isFinite(value) ? value : null;
}

/** `inactive_file 4096` (memory.stat, vmstat); null = no such line. */
export function wordValue(text: string, name: string): number | null {
  const at = text.startsWith(`${name} `) ? 0 : text.indexOf(`\n${name} `) + 1;
  if (at === 0 && !text.startsWith(`${name} `)) return null;
  const value = Number.parseInt(text.slice(at + name.length + 1, at + name.length + 30), 10);
  return Number.isFinite(value) ? value : null;
}
