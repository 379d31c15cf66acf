import type { Host } from '../../host/host.ts';
import { unescapeMount } from './cgroup-path.ts';

/** One line of /proc/self/mountinfo (proc(5)). */
export interface Mount {
  readonly point: string;
  /** `8:1`; the same for bind mounts and subvolumes of one file system. */
  readonly device: string;
  readonly fsType: string;
  /** `/dev/vda1`, `overlay`, `server:/export`. */
  readonly source: string;
  readonly isReadOnly: boolean;
}

/** Mounts in order; a later one on the same point hides the earlier. Spaces in names are written `\040`. */
export function parseMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const dash = line.indexOf(' - ');
    if (dash < 0) return [];
    const [, , device = '', , point = '', options = ''] = line.slice(0, dash).split(' ');
    const [fsType = '', source = ''] = line.slice(dash + 3).split(' ');
    return [
      {
        point: unescapeMount(point),
        device,
        fsType,
        source: unescapeMount(source),
        isReadOnly: options.split(',').includes('ro'),
      },
    ];
  });
}

const known = new WeakMap<readonly Mount[], ReadonlyMap<string, Mount>>();

/** The mount a path lies on: the one with the longest matching point. null = the table does not say. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | null {
  const byPoint = known.get(mounts) ?? new Map(mounts.map((mount) => [mount.point, mount]));
  known.set(mounts, byPoint);
  // From the path upwards: a host with containers has a thousand mounts, and each app asks for three paths.
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const mount = byPoint.get(at);
    if (mount !== undefined) return mount;
  }
  return byPoint.get('/') ?? null;
}

const network = /^(nfs|nfs4|cifs|smb3?|smbfs|ncpfs|afs|ceph|glusterfs|lustre|beegfs|9p|fuse\..+)$/;
/** The other end may be gone; asking such a file system can block for ever. The root must be alive, or nothing ran. */
export function isNetwork(mount: Mount): boolean {
  return mount.point !== '/' && mount.fsType !== 'fuse.lxcfs' && network.test(mount.fsType);
}

const pseudo = new Set(
  'autofs bdev binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl hugetlbfs iso9660 mqueue nsfs proc pstore rpc_pipefs securityfs selinuxfs squashfs sysfs tracefs'.split(
    ' ',
  ),
);
/** Nobody can fill it: kernel interfaces, images, and what is mounted read-only. */
export function cannotFill(mount: Mount): boolean {
  return mount.isReadOnly || pseudo.has(mount.fsType);
}

/** Resolves symbolic links, remembering each folder; what does not exist (yet) or lies on a network is kept as written. */
export class PathResolver {
  private readonly host: Host;
  private readonly mounts: readonly Mount[];
  private readonly known = new Map<string, string>([['/', '/']]);
  private readonly missing = new Set<string>();

  constructor(host: Host, mounts: readonly Mount[]) {
    this.host = host;
    this.mounts = mounts;
  }

  resolve(path: string, depth = 0): string {
    const known = this.known.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    // Links that lead in a circle end here, as in path_resolution(7).
    if (slash < 0 || depth > 40) return path;
    const parent = this.resolve(slash === 0 ? '/' : path.slice(0, slash), depth + 1);
    let resolved = parent;
    if (name === '..') resolved = parent.slice(0, Math.max(1, parent.lastIndexOf('/')));
    else if (name !== '' && name !== '.') {
      resolved = parent === '/' ? `/${name}` : `${parent}/${name}`;
      const mount = mountOf(this.mounts, resolved);
      const isAskable = !this.missing.has(parent) && (mount === null || !isNetwork(mount));
      // lstat first: asking every folder for its link target would throw for each.
      const stat = isAskable ? this.host.stat(resolved) : null;
      if (!stat?.ok) this.missing.add(resolved);
      const link = stat?.ok && stat.value.kind === 'link' ? this.host.readLink(resolved) : null;
      if (link?.ok)
        resolved = this.resolve(
          link.value.startsWith('/') ? link.value : `${parent}/${link.value}`,
          depth + 1,
        );
    }
    this.known.set(path, resolved);
    return resolved;
  }
}
