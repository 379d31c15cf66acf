import type { Host } from '../../host/host.ts';
import type { Daemon } from '../../model/pm2.ts';
import { type CgroupMounts, memoryGroup, parseCgroupLines } from '../proc/cgroup-path.ts';

/** The unit or scope that holds a process now. */
export interface Holder {
  readonly daemon: Daemon;
  readonly pid: number;
  readonly cgroupPath: string;
  /** `pm2-root.service`, `session-3.scope`; null = none: a container, or no systemd. */
  readonly unit: string | null;
  /** It belongs to the manager of a user (`user@1000.service`), not to the system's. */
  readonly isUser: boolean;
  /** The manager can notice OOM kills in it: version 2 memory accounting is on. null = could not be checked. */
  readonly isWatched: boolean | null;
}

/** From /proc/PID/cgroup: systemd's own line on version 1, the unified one on version 2. null = not readable. */
export function holderOf(host: Host, daemon: Daemon, mounts: CgroupMounts): Holder | null {
  if (daemon.pid === null) return null;
  const text = host.readText(`/proc/${daemon.pid}/cgroup`);
  if (!text.ok) return null;
  const lines = parseCgroupLines(text.value);
  const cgroupPath = lines.systemd ?? lines.unified;
  if (cgroupPath === null) return null;
  const found = unitOf(cgroupPath);
  return {
    daemon,
    pid: daemon.pid,
    cgroupPath,
    ...found,
    isWatched: isWatched(host, lines, mounts, found.unit),
  };
}

/** The deepest component that names a service or scope; below `user@UID.service` it is one of that user's manager. */
export function unitOf(path: string): { readonly unit: string | null; readonly isUser: boolean } {
  const parts = path.split('/');
  const manager = parts.findLastIndex((part) => /^user@\d+\.service$/.test(part));
  const below = parts.slice(manager + 1).findLast((part) => /\.(service|scope)$/.test(part));
  const unit = below ?? (manager < 0 ? null : (parts[manager] ?? null));
  // A name that could be mistaken for a kernel file is written with a leading `_` (systemd cg_escape).
  return { unit: unit?.replace(/^_/, '') ?? null, isUser: manager >= 0 && below !== undefined };
}

/**
 * systemd learns of OOM kills from `memory.events` of the unit's version 2 group (src/core/cgroup.c,
 * unit_watch_cgroup_memory). On version 1, or without memory accounting, no OOMPolicy ever takes effect.
 */
function isWatched(
  host: Host,
  lines: ReturnType<typeof parseCgroupLines>,
  mounts: CgroupMounts,
  unit: string | null,
): boolean | null {
  if (lines.memory !== null && mounts.memory !== null) return false;
  const group = memoryGroup(lines, mounts);
  const level = group?.isExact
    ? group.levels.find(({ path }) => unit !== null && path.endsWith(`/${unit}`))
    : undefined;
  if (level === undefined) return null;
  if (host.stat(`${level.folder}/memory.events`).ok) return true;
  return host.stat(level.folder).ok ? false : null;
}
