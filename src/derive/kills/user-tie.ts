import type { OomKill } from '../../model/oom.ts';
import type { App } from '../../model/pm2.ts';
import { appKey } from '../apps/process-tree.ts';
import { cgroupTie } from './cgroup-tie.ts';
import type { People } from './kill-scene.ts';

/** The victim's user against an app's: `own` = its user, `other` = cannot be its process, `open` = it cannot be said. */
export type UserTie = 'own' | 'other' | 'open';

/** Users of containers are shifted by whole blocks of this size (subuid(5), lxc, userns-remap of docker). */
const shiftBlock = 65_536;

/**
 * Answers: can a process of the victim's user belong to this app? A daemon that runs as a plain user starts children of
 * that user only (but for setuid programs, which its live tree then shows). PM2 as root may run apps as others (setting
 * `uid`): then the users of the app's live processes say more, and never rule out.
 *
 * The kernel prints users of the host; in a container with a user namespace PM2 sees others. So nothing is ruled out
 * where the victim lived in PM2's own cgroup, nor where the two differ by a block as only namespaces give them out.
 */
export function userTie(kill: OomKill, app: App, people: People): UserTie {
  const { uid } = kill;
  if (uid === null) return 'open';
  const daemon = people.daemonOf.get(app.ref.home);
  const tree = people.trees?.byApp.get(appKey(app.ref)) ?? null;
  const daemonUid = people.trees?.daemons.get(app.ref.home)?.uid ?? daemon?.uid ?? null;
  const live = new Set((tree?.members ?? []).flatMap((member) => member.uid ?? []));
  if (live.has(uid) || (live.size === 0 && uid === daemonUid)) return 'own';
  if (daemonUid === null || daemonUid === 0) return 'open';
  if (uid === daemonUid) return 'own';
  if (uid >= shiftBlock && daemonUid < shiftBlock) return 'open';
  return cgroupTie(kill, app.ref.home, people.startup, people.daemonOf) === 'inside' ? 'open' : 'other';
}
