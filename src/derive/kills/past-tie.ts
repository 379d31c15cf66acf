import type { OomKill } from '../../model/oom.ts';
import type { PastProcess } from '../../model/past.ts';
import type { Confidence } from '../../model/text.ts';
import { isBelow } from './cgroup-tie.ts';
import { commFit, isPlainNode } from './comm-fit.ts';
import { type People, roleOf, type Tie } from './kill-scene.ts';

/** A big process takes long to die, and is still in /proc then: PM2 noted exits up to 5 s after a kill. */
const dyingMs = 10_000;
/** Start times are as exact as the boot time: to a second. */
const startMs = 2_000;
/** Missed samples: a host that thrashes does not take them in time. */
const freshIntervals = 3;
/** Pids come back after pid_max others; a busy host with 32,768 of them needs minutes. */
const staleMs = 600_000;

/**
 * Answers: did samples taken before the kill know this pid? It must have started before the kill, been seen before it
 * and not after it, under a name, user and cgroup that fit: then it is certain. Where a pid was used twice, time tells.
 *
 * A sample that contradicts (seen after the kill, another program, another user) stays silent: the pid had changed
 * hands. Without a sample shortly before it is likely at most, and after ten minutes only possible.
 */
export function asRemembered(kill: OomKill, people: People): Tie | null {
  const { pid, at } = kill;
  const { past } = people;
  if (pid === null || at === null || past == null) return null;
  const fitting = past.processes
    .filter((one) => one.pid === pid && wasThere(one, at) && isSame(one, kill, people))
    .sort((a, b) => b.lastSeen - a.lastSeen || b.firstSeen - a.firstSeen);
  const newest = fitting[0];
  if (newest === undefined) return null;
  // Two of one pid that were both there at the time: the notes are muddled, so both are named.
  const rivals = fitting.filter(
    (one) => ownerOf(one) !== ownerOf(newest) && newest.firstSeen <= one.lastSeen,
  );
  const known = people.apps.find(({ ref }) => newest.app !== null && sameRef(ref, newest.app));
  return {
    app: newest.app,
    candidates: rivals.flatMap((one) => one.app ?? []),
    role: newest.role === 'main' ? (known ? roleOf(known) : 'app') : newest.role,
    confidence: rivals.length > 0 ? 'possible' : howSure(newest, kill, at, people),
    because: kill.quotes,
    reason: 'pid-in-samples',
  };
}

/** Started and seen before, and not seen again. */
function wasThere(one: PastProcess, at: number): boolean {
  if (one.startedAt !== null && one.startedAt > at) return false;
  return one.firstSeen <= at && one.lastSeen <= at + dyingMs;
}

/** Nothing in the sample speaks against it: name, user, cgroup, and what is alive now. */
function isSame(one: PastProcess, kill: OomKill, people: People): boolean {
  if (kill.comm !== null && kill.comm !== one.comm && !mayHaveBecome(one, kill.comm, people)) return false;
  // A server started by root gives up its rights after a moment; the other way takes a setuid program.
  if (kill.uid !== null && one.uid !== null && kill.uid !== one.uid && one.uid !== 0) return false;
  if (!isNear(kill.taskMemcg, one.cgroup)) return false;
  const running = people.byPid.get(one.pid);
  return (
    running === undefined || one.startedAt === null || Math.abs(running.startedAt - one.startedAt) > startMs
  );
}

/** PM2 sets the title of a Node app in its first moment; a sample may have come before that. */
function mayHaveBecome(one: PastProcess, comm: string, people: People): boolean {
  if (one.role !== 'main' || !isPlainNode(one.comm)) return false;
  const app = people.apps.find(({ ref }) => one.app !== null && sameRef(ref, one.app));
  return app !== undefined && commFit(comm, app, null) === 'fits';
}

/** One path lies below the other; a container shows its own root, which says nothing. */
function isNear(victim: string | null, sampled: string | null): boolean {
  if (victim === null || sampled === null || victim === '/' || sampled === '/') return true;
  return isBelow(victim, sampled) || isBelow(sampled, victim);
}

function howSure(one: PastProcess, kill: OomKill, at: number, people: People): Confidence {
  const everyMs = people.past?.everyMs ?? 0;
  const ageMs = at - one.lastSeen;
  // Gone is what a later sample, or the process table of now, no longer shows.
  const isGone = (people.past?.to ?? at) > Math.max(at, one.lastSeen) || people.processes !== null;
  const isProven =
    isGone && one.startedAt !== null && kill.comm === one.comm && (one.uid === kill.uid || kill.uid === null);
  if (ageMs <= everyMs * freshIntervals + dyingMs) return isProven ? 'certain' : 'likely';
  return ageMs <= staleMs && isProven ? 'likely' : 'possible';
}

function ownerOf(one: PastProcess): string {
  return one.app === null ? `${one.home}\n${one.role}` : `${one.app.home}\n${one.app.pmId}\n${one.app.name}`;
}

function sameRef(a: NonNullable<PastProcess['app']>, b: NonNullable<PastProcess['app']>): boolean {
  return a.home === b.home && a.pmId === b.pmId && a.name === b.name;
}
