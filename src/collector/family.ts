import type { ProcessStat } from '../gather/proc/proc-text.ts';
import type { Scan } from '../gather/proc/process-scan.ts';
import type { App, AppRef, Daemon } from '../model/pm2.ts';
import type { CleanText } from '../model/text.ts';

/** One process that belongs to PM2, and to whom. */
export interface Member {
  readonly pid: number;
  readonly stat: ProcessStat;
  readonly home: CleanText;
  readonly app: AppRef | null;
  readonly role: 'main' | 'child' | 'daemon';
}

/**
 * Answers: which processes are PM2's, and which app holds each? The daemons, the main process of each app, and everything
 * below these; a process below an app is the app's, any other one below a daemon belongs to the daemon alone and is left
 * out (PM2 starts none that stay).
 *
 * @param isSame whether a pid that PM2 named is still that process: a list may be a minute old, and pids are used again.
 */
export function findFamily(
  daemons: readonly Daemon[],
  scan: Scan,
  isSame: (pid: number, stat: ProcessStat) => boolean = () => true,
): readonly Member[] {
  const children = new Map<number, number[]>();
  for (const [pid, { ppid }] of scan) {
    const siblings = children.get(ppid);
    if (siblings === undefined) children.set(ppid, [pid]);
    else siblings.push(pid);
  }
  const members: Member[] = [];
  const taken = new Set<number>();
  const take = (pid: number | null, home: CleanText, app: AppRef | null, role: Member['role']): boolean => {
    const stat = pid === null || taken.has(pid) ? undefined : scan.get(pid);
    if (pid === null || stat === undefined || (role !== 'child' && !isSame(pid, stat))) return false;
    taken.add(pid);
    members.push({ pid, stat, home, app, role });
    return true;
  };
  // Main processes first: an app that another app started through PM2's own command line is still its own.
  for (const daemon of daemons) {
    take(daemon.pid, daemon.home, null, 'daemon');
    for (const app of appsOf(daemon)) take(app.pid, daemon.home, app.ref, 'main');
  }
  for (const member of members) {
    if (member.app === null) continue;
    for (const pid of children.get(member.pid) ?? []) take(pid, member.home, member.app, 'child');
  }
  return members;
}

export function appsOf(daemon: Daemon): readonly App[] {
  return [...daemon.apps, ...daemon.modules];
}
