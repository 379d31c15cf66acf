import type { AttributedKill } from '../../model/oom.ts';
import type { Daemon } from '../../model/pm2.ts';
import type { ProcessTable } from '../../model/process.ts';
import type { CleanText, Confidence } from '../../model/text.ts';
import { processTrees } from '../apps/process-tree.ts';
import { biggerThanVictim, heldBytes } from './kill-summary.ts';

/** A process outside PM2 that filled the memory of the host when a kill happened. Bytes. */
export interface MemoryHog {
  readonly comm: CleanText;
  readonly bytes: number;
  readonly pid: number | null;
  /** It was the one killed; else it lived on and another one died. */
  readonly isVictim: boolean;
  readonly confidence: Confidence;
}

/** Every Node app of PM2 is called `node …` for the kernel (lib/ProcessContainer.js 7.0.4), and a young one `node` or `MainThread`. */
const pm2Names = /^(node\b|MainThread|PM2 v\d|npm\b|bun\b)/;

/**
 * Answers: can a process of this name be told from PM2's own? True only where the process table was read and no process
 * of an app carries it. An app that is gone by now may have carried it: this is likely, not certain.
 */
export function outsidePm2(
  daemons: readonly Daemon[],
  table: ProcessTable | null,
): (comm: string) => boolean {
  if (!table || daemons.length === 0) return () => false;
  const trees = processTrees(daemons, table);
  const own = new Set(
    table.processes.filter(({ pid }) => trees.appOfPid.has(pid)).map(({ comm }): string => comm),
  );
  for (const tree of trees.byApp.values()) for (const orphan of tree.orphans) own.add(orphan.comm);
  const interpreters = new Set(
    daemons.flatMap((daemon) => daemon.apps.map((app) => (app.interpreter ?? '').split('/').at(-1) ?? '')),
  );
  return (comm) => !own.has(comm) && !pm2Names.test(comm) && !interpreters.has(comm);
}

/**
 * Answers: was it a process outside PM2 that filled the host? Only for kills because the whole host was full: a group
 * that hits its own limit elsewhere is no business of PM2's. Proof is the victim's cgroup; without one, its name.
 */
export function hogOfKill(one: AttributedKill, isOutside: (comm: string) => boolean): MemoryHog | null {
  const { kill } = one;
  if (kill.constraint !== 'global' && kill.constraint !== 'unknown') return null;
  const bigger = biggerThanVictim(one);
  if (bigger) {
    if (bigger.app || kill.constraint !== 'global' || !isOutside(bigger.name)) return null;
    return { comm: bigger.name, bytes: bigger.rssBytes, pid: null, isVictim: false, confidence: 'likely' };
  }
  const bytes = heldBytes(kill);
  if (kill.comm === null || bytes === null || one.app !== null || one.candidates.length > 0) return null;
  if (one.role === 'other')
    return { comm: kill.comm, bytes, pid: kill.pid, isVictim: true, confidence: one.confidence };
  // Old or cut logs name no cgroup. One that is named and not elsewhere is PM2's own: then it is no stranger.
  if (one.role !== null || kill.taskMemcg !== null || !isOutside(kill.comm)) return null;
  return { comm: kill.comm, bytes, pid: kill.pid, isVictim: true, confidence: 'likely' };
}
