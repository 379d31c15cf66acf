import type { Host } from '../../host/host.ts';

/** Where the memory cgroup of a process is mounted, and its ancestors that can be read. */
export interface MemoryGroup {
  readonly version: 1 | 2;
  /** As in /proc/PID/cgroup. */
  readonly path: string;
  /** False: the path lies outside the mounted part, `levels` holds only the mount's root. */
  readonly isExact: boolean;
  /** Folders from the process's own group up to the mount's root, each with its path in /proc/PID/cgroup terms. */
  readonly levels: readonly { readonly folder: string; readonly path: string }[];
}

/** The lines of /proc/PID/cgroup: `4:memory:/a`, `0::/b` (cgroups(7)). */
export interface CgroupLines {
  /** Version 1 memory controller. */
  readonly memory: string | null;
  /** Version 2, or the unified half of a hybrid. */
  readonly unified: string | null;
  /** systemd's own version 1 hierarchy. */
  readonly systemd: string | null;
}

export function parseCgroupLines(text: string): CgroupLines {
  let memory: string | null = null;
  let unified: string | null = null;
  let systemd: string | null = null;
  for (const line of text.split('\n')) {
    const first = line.indexOf(':');
    const second = line.indexOf(':', first + 1);
    if (first < 0 || second < 0) continue;
    const controllers = line.slice(first + 1, second);
    const path = line.slice(second + 1);
    if (controllers === '') unified = path;
    else if (controllers === 'name=systemd') systemd = path;
    else if (controllers.split(',').includes('memory')) memory = path;
  }
  return { memory, unified, systemd };
}

/** Where the hierarchies are mounted. `root` is the part of the tree a container was given, `/` on a plain host. */
export interface CgroupMounts {
  readonly memory: { readonly mount: string; readonly root: string } | null;
  readonly unified: { readonly mount: string; readonly root: string } | null;
}

/** From /proc/self/mountinfo (proc(5)): field 4 is the root, field 5 the mount point, behind ` - ` the type and options. */
export function parseCgroupMounts(mountinfo: string): CgroupMounts {
  let memory: CgroupMounts['memory'] = null;
  let unified: CgroupMounts['unified'] = null;
  for (const line of mountinfo.split('\n')) {
    const dash = line.indexOf(' - cgroup');
    if (dash < 0) continue;
    const fields = line.slice(0, dash).split(' ');
    const [type, , options = ''] = line.slice(dash + 3).split(' ');
    const at = { root: unescapeMount(fields[3] ?? '/'), mount: unescapeMount(fields[4] ?? '') };
    if (type === 'cgroup2') unified ??= at;
    else if (type === 'cgroup' && options.split(',').includes('memory')) memory ??= at;
  }
  return { memory, unified };
}

/** mountinfo writes space, tab, newline and backslash as three octal digits: `\040`. */
export function unescapeMount(text: string): string {
  return text.includes('\\')
    ? text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    : text;
}

export function cgroupMounts(host: Host): CgroupMounts {
  const mountinfo = host.readText('/proc/self/mountinfo');
  return parseCgroupMounts(mountinfo.ok ? mountinfo.value : '');
}

/**
 * The memory cgroup that holds a process. Version 1 counts where its memory controller is mounted, even beside a version 2
 * tree (hybrid). A path outside the mounted part (another cgroup namespace: `/../..`) leaves only the mount's root.
 * null = neither is mounted.
 */
export function memoryGroup(lines: CgroupLines, mounts: CgroupMounts): MemoryGroup | null {
  if (lines.memory !== null && mounts.memory !== null) return groupAt(1, lines.memory, mounts.memory);
  if (lines.unified !== null && mounts.unified !== null) return groupAt(2, lines.unified, mounts.unified);
  return null;
}

function groupAt(
  version: 1 | 2,
  path: string,
  at: { readonly mount: string; readonly root: string },
): MemoryGroup {
  const root = at.root === '/' ? '' : at.root;
  const inside = path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : null;
  const isExact = inside !== null && !inside.includes('/..');
  const below = isExact ? inside.replace(/\/$/, '') : '';
  const levels: { folder: string; path: string }[] = [];
  for (let rest = below; ; rest = rest.slice(0, rest.lastIndexOf('/'))) {
    levels.push({ folder: at.mount + rest, path: `${root}${rest}` || '/' });
    if (rest === '') break;
  }
  return { version, path, isExact, levels };
}
