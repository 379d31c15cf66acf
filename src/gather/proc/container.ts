import type { Host } from '../../host/host.ts';
import type { CleanText } from '../../model/text.ts';
import { ownWords } from '../clean.ts';

/** Names systemd and others put into `container=` of process 1, or into /run/systemd/container (systemd CONTAINER_INTERFACE). */
const known: { readonly [word: string]: CleanText } = {
  docker: ownWords('docker'),
  podman: ownWords('podman'),
  lxc: ownWords('lxc'),
  'lxc-libvirt': ownWords('lxc'),
  'systemd-nspawn': ownWords('systemd-nspawn'),
  openvz: ownWords('openvz'),
  wsl: ownWords('wsl'),
  oci: ownWords('oci'),
  kube: ownWords('kubernetes'),
};

/** Words in the cgroup path of process 1 where no cgroup namespace hides them. */
const pathWords: readonly (readonly [RegExp, CleanText])[] = [
  [/kubepods/, ownWords('kubernetes')],
  [/\/docker[/-]/, ownWords('docker')],
  [/libpod[-_]/, ownWords('podman')],
  [/\/lxc[./]/, ownWords('lxc')],
];

/** Answers: are we in a container, and whose? null = no sign of one. Never proof of the contrary. */
export function detectContainer(host: Host): CleanText | null {
  if (host.env['KUBERNETES_SERVICE_HOST'] !== undefined || exists(host, '/var/run/secrets/kubernetes.io'))
    return ownWords('kubernetes');
  if (exists(host, '/run/.containerenv')) return ownWords('podman');
  if (exists(host, '/.dockerenv')) return ownWords('docker');
  const told = host.readText('/run/systemd/container');
  if (told.ok) return known[told.value.trim()] ?? ownWords('other');
  const environ = host.read('/proc/1/environ');
  const word = environ.ok ? /(?:^|\0)container=([^\0]*)/.exec(environ.value.toString('latin1')) : null;
  if (word?.[1]) return known[word[1]] ?? ownWords('other');
  if (exists(host, '/proc/vz') && !exists(host, '/proc/bc')) return ownWords('openvz');
  const kernel = host.readText('/proc/sys/kernel/osrelease');
  if (kernel.ok && /microsoft|WSL/.test(kernel.value)) return ownWords('wsl');
  const groups = host.readText('/proc/1/cgroup');
  if (!groups.ok) return null;
  return pathWords.find(([pattern]) => pattern.test(groups.value))?.[1] ?? null;
}

function exists(host: Host, path: string): boolean {
  return host.stat(path).ok;
}
