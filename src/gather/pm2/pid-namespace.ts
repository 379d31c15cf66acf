import type { Host } from '../../host/host.ts';

/**
 * A daemon in a container numbers its processes by its own pid namespace. Gives a function from such a pid to ours, from
 * the last number of `NSpid` in /proc/PID/status (proc(5), Linux 4.1); null = not found, never a stranger's pid.
 * Where daemon and auditor share a namespace, or that cannot be seen, a pid is what it is.
 */
export function pidTranslation(host: Host, daemonPid: number | null): (pid: number) => number | null {
  const own = daemonPid === null ? null : host.readLink('/proc/self/ns/pid');
  const theirs = daemonPid === null ? null : host.readLink(`/proc/${daemonPid}/ns/pid`);
  if (!own?.ok || !theirs?.ok || own.value === theirs.value) return (pid) => pid;
  const table = new Map<number, number>();
  const names = host.list('/proc');
  for (const name of names.ok ? names.value : []) {
    if (!/^\d+$/.test(name)) continue;
    const status = host.readText(`/proc/${name}/status`, 4096);
    const inner = status.ok ? /^NSpid:.*\s(\d+)$/m.exec(status.value)?.[1] : undefined;
    if (inner === undefined) continue;
    const link = host.readLink(`/proc/${name}/ns/pid`);
    if (link.ok && link.value === theirs.value) table.set(Number(inner), Number(name));
  }
  return (pid) => table.get(pid) ?? null;
}
