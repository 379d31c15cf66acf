import type { AttributedKill } from '../../model/oom.ts';
import type { AppRef } from '../../model/pm2.ts';
import type { CleanText } from '../../model/text.ts';
import { residentBytes } from './victim-size.ts';

/** The table and the kill line are written a moment apart: as big within a tenth is as big. */
const alike = 1.1;
/** RSS counts pages that workers share once for each: a sum must stand out to be believed. */
const sumsAlike = 1.5;

/** A process that holds this part of its group's sum is the culprit by itself. */
const mostly = 0.8;

/** What was clearly bigger than the victim when it was killed. Bytes of RSS. */
export interface Culprit {
  readonly name: CleanText;
  /** null = of no app that could be told. */
  readonly app: AppRef | null;
  /** More than one: `rssBytes` is their sum. */
  readonly processes: number;
  readonly rssBytes: number;
  /** No lines of the table were lost, so nothing bigger is hidden. */
  readonly isSure: boolean;
}

/**
 * Answers: was it the victim that filled the memory, or another process, or the many processes of another app or program
 * together? null = the victim and its own app were as big as any, or the kernel's table is lost. Processes that were killed
 * in the same shortage (`victims`, their pids) accuse nobody: they are victims too.
 */
export function culpritOf(one: AttributedKill, victims: ReadonlySet<number> = new Set()): Culprit | null {
  const culprit = biggestBeside(one);
  if (culprit === null || victims.size === 0) return culprit;
  const isVictim = one.kill.tasks.some(
    ({ pid, comm }) => pid !== one.kill.pid && victims.has(pid) && comm === culprit.name,
  );
  return isVictim ? null : culprit;
}

function biggestBeside(one: AttributedKill): Culprit | null {
  const resident = residentBytes(one.kill);
  if (resident === null) return null;
  const isSure = one.isTableWhole !== false;
  const own = one.shares?.find(({ holdsVictim }) => holdsVictim)?.rssBytes ?? 0;
  const held = Math.max(resident, one.app === null ? 0 : own);
  const sum = one.shares?.find(({ holdsVictim }) => !holdsVictim);
  const single = biggerThanVictim(one);
  // Other processes of the victim's own name may be strangers, but may as well be its brothers.
  if (
    sum &&
    sum.processes > 1 &&
    sum.rssBytes > Math.max(held, own) * sumsAlike &&
    // One giant with small brothers is told as the giant.
    sum.rssBytes * mostly > (single?.rssBytes ?? 0)
  )
    return { name: sum.name, app: sum.app, processes: sum.processes, rssBytes: sum.rssBytes, isSure };
  if (single === null || single.rssBytes <= held * alike) return null;
  return { ...single, processes: 1, isSure };
}

/**
 * Answers: which single process was clearly bigger than the victim when it was killed? null = none, or the table is lost.
 * The table is written a moment before the kill line, so the victim's own row may differ a little: it is known by its pid.
 */
export function biggerThanVictim(one: AttributedKill): AttributedKill['biggest'][number] | null {
  const biggest = one.biggest[0];
  const resident = residentBytes(one.kill);
  if (!biggest || resident === null || biggest.rssBytes <= resident * alike) return null;
  if (one.kill.tasks[0] && one.kill.tasks[0].pid === one.kill.pid) return null;
  if (biggest.app && one.app && isOneApp(biggest.app, one.app)) return null;
  return biggest;
}

/** Where nobody stands out: how small a part of all memory in the table the victim held. A type: it travels in a finding's args. */
export type Crowd = {
  readonly processes: number;
  readonly bytes: number;
  /** The victim's own part. */
  readonly victimBytes: number;
};

/** Answers: were many small processes the cause? Only where the whole table is there and the victim held under a quarter. */
export function crowdOf(one: AttributedKill): Crowd | null {
  const { kill } = one;
  const victimBytes = residentBytes(kill);
  if (one.isTableWhole !== true || victimBytes === null || biggestBeside(one) !== null) return null;
  if (kill.tasksTotal !== null && kill.tasksTotal > kill.tasks.length) return null;
  const bytes = kill.tasks.reduce((total, task) => total + task.rssBytes, 0);
  return victimBytes * 4 < bytes ? { processes: kill.tasks.length, bytes, victimBytes } : null;
}

/** Instances of one app share its name. */
function isOneApp(a: AppRef, b: AppRef): boolean {
  return a.home === b.home && a.namespace === b.namespace && a.name === b.name;
}
