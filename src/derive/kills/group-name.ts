/**
 * The last part of a cgroup's path, as `systemctl status` and `docker ps` call it: the unit, slice or container. Ids of
 * containers are 64 digits long; twelve name them. The full path stands in the quoted line. A path below /sys/fs/cgroup is
 * read without what stands around the group.
 */
export function groupName(path: string): string {
  const inside = path.replace(/^\/sys\/fs\/cgroup(?:\/memory)?(?=\/|$)/, '').replace(/\/memory\.[\w.]+$/, '');
  const last = inside.split('/').findLast((part) => part !== '') ?? path;
  return last.replace(/[0-9a-f]{32,}/g, (id) => `${id.slice(0, 12)}…`);
}

/** The group in a sentence, as `code` marks it; the root of a container has no name of its own. */
export function groupText(path: string, code: (text: string) => string, container: string): string {
  const isRoot = /^\/sys\/fs\/cgroup(?:\/memory)?(?:\/memory\.[\w.]+)?$/.test(path);
  return isRoot ? container : code(groupName(path));
}

/** Who set the limit of a group, as far as its path tells: that is where it can be raised. */
export function groupKeeper(path: string): 'systemd' | 'docker' | 'kubernetes' | 'unknown' {
  if (/kubepods/.test(path)) return 'kubernetes';
  if (/(^|\/)(docker|libpod|podman)[-/]/.test(path)) return 'docker';
  return /\.(service|scope|slice)$/.test(path) ? 'systemd' : 'unknown';
}
