import type { Fmt } from '../../model/audit.ts';
import { groupName } from './group-name.ts';

/** What kind of place a cgroup path names, where its form tells. Ids are cut to the twelve digits `docker ps` shows. */
export interface Place {
  readonly kind: 'container' | 'pod' | 'session' | 'user-unit' | 'unit' | 'group';
  /** Engine where the path names it: docker, podman, lxc, containerd, cri-o, nspawn. */
  readonly engine: string | null;
  readonly name: string;
  /** Of a session or a user's unit. */
  readonly uid: number | null;
}

/**
 * Forms of container engines. cgroupfs driver: `/docker/<id>`, `/kubepods/…/pod<uid>/<id>`; systemd driver:
 * `docker-<id>.scope`, `libpod-<id>.scope`, `cri-containerd-<id>.scope`, `crio-<id>.scope`; LXC and LXD: `/lxc/<name>`,
 * `lxc.payload.<name>`; systemd-machined: `machine-<name>.scope`.
 */
const containers: readonly (readonly [engine: string | null, form: RegExp])[] = [
  ['docker', /(?:^|\/)docker[/-]([0-9a-f]{12,64})(?:\.scope)?(?=\/|$)/],
  ['podman', /(?:^|\/)libpod[/-]([0-9a-f]{12,64})(?:\.scope)?(?=\/|$)/],
  ['containerd', /(?:^|\/)(?:cri-containerd|nerdctl)-([0-9a-f]{12,64})\.scope(?=\/|$)/],
  ['cri-o', /(?:^|\/)crio-([0-9a-f]{12,64})(?:\.scope)?(?=\/|$)/],
  [null, /(?:^|\/)kubepods[^/]*(?:\/[^/]+)*\/([0-9a-f]{12,64})(?=\/|$)/],
  ['lxc', /(?:^|\/)lxc(?:\.payload)?[./]([^/]+)(?=\/|$)/],
  ['nspawn', /(?:^|\/)machine-([^/]+)\.scope(?=\/|$)/],
];

/** Answers: what is at this path: a container, a login session, a user's own unit, a service, or just a group? */
export function placeOf(path: string): Place {
  for (const [engine, form] of containers) {
    const name = form.exec(path)?.[1];
    if (name !== undefined) {
      const kind = /kubepods/.test(path) ? 'pod' : 'container';
      return { kind, engine, name: /^[0-9a-f]{12,64}$/.test(name) ? name.slice(0, 12) : name, uid: null };
    }
  }
  const owner = /\/user-(\d+)\.slice(?:\/|$)/.exec(path)?.[1];
  const uid = owner === undefined ? null : Number(owner);
  const session = /(?:^|\/)(session-[^/]+\.scope)(?=\/|$)/.exec(path)?.[1];
  if (session !== undefined) return { kind: 'session', engine: null, name: session, uid };
  const name = groupName(path);
  if (uid !== null && /\/user@\d+\.service\//.test(path))
    return { kind: 'user-unit', engine: null, name, uid };
  return { kind: /\.(?:service|scope)$/.test(name) ? 'unit' : 'group', engine: null, name, uid: null };
}

/** True where the path is inside a container: another PM2 in there gives its apps the same titles. */
export function isContainer(path: string): boolean {
  const { kind } = placeOf(path);
  return kind === 'container' || kind === 'pod';
}

/** In a sentence: `the docker container 3f2a…`, `session-412.scope of user 1000`, `mysql.service`. */
export function placeEn(path: string, code: Fmt['code']): string {
  const { kind, engine, name, uid } = placeOf(path);
  const what = code(name);
  if (kind === 'pod') return `the container ${what} of a Kubernetes pod`;
  if (kind === 'container') return `the ${engine === null ? '' : `${engine} `}container ${what}`;
  return uid === null ? what : `${what} of user ${uid}`;
}

/** The same in Chinese, to follow a Han character: a blank stands before what begins in Latin. */
export function placeZh(path: string, code: Fmt['code']): string {
  const { kind, engine, name, uid } = placeOf(path);
  const what = code(name);
  if (kind === 'pod') return ` Kubernetes pod 中的容器 ${what}`;
  if (kind === 'container') return `${engine === null ? '' : ` ${engine} `}容器 ${what}`;
  return uid === null ? ` ${what}` : `用户 ${uid} 的 ${what}`;
}
