import type { AttributedKill, MemoryShare, OomKill, OomTask } from '../../model/oom.ts';
import type { AppRef } from '../../model/pm2.ts';
import type { Scene, Tie } from './kill-scene.ts';
import { residentBytes } from './victim-size.ts';

/** Shown at most: single processes, and sums. */
const shown = 5;

/**
 * Answers: what was big when this victim was killed? The five biggest rows of the kernel's table, and the five biggest
 * sums: by app, all instances of it, where a row's process still lives or was remembered (or is the victim itself), else by name.
 */
export function memoryThen(
  kill: OomKill,
  tie: Tie,
  scene: Scene,
): Pick<AttributedKill, 'biggest' | 'shares' | 'isTableWhole'> {
  const owner = (task: OomTask) => appOf(task, kill, tie, scene);
  const groups = new Map<string, MemoryShare>();
  for (const task of kill.tasks) {
    const app = owner(task);
    const key = app === null ? `\n${task.comm}` : `${app.home}\n${app.namespace}\n${app.name}`;
    const before = groups.get(key);
    groups.set(key, {
      name: before?.name ?? task.comm,
      app,
      processes: (before?.processes ?? 0) + 1,
      rssBytes: (before?.rssBytes ?? 0) + task.rssBytes,
      holdsVictim: (before?.holdsVictim ?? false) || task.pid === kill.pid,
    });
  }
  return {
    biggest: kill.tasks
      .slice(0, shown)
      .map((task) => ({ name: task.comm, app: owner(task), rssBytes: task.rssBytes })),
    shares: [...groups.values()].sort((a, b) => b.rssBytes - a.rssBytes).slice(0, shown),
    isTableWhole: isWhole(kill),
  };
}

/**
 * A table without its victim lost lines: what else it lost may have been the biggest. Only where we keep no more than its
 * biggest rows may a small victim be missing.
 */
function isWhole(kill: OomKill): boolean {
  const least = kill.tasks.at(-1);
  if (least === undefined || kill.pid === null) return false;
  if (kill.tasks.some((task) => task.pid === kill.pid)) return true;
  const isCapped = kill.tasksTotal !== null && kill.tasksTotal > kill.tasks.length;
  return isCapped && (residentBytes(kill) ?? Infinity) <= least.rssBytes;
}

/** The app of a row: that of the victim where it is tied, or of a process that was the same one then. */
function appOf(task: OomTask, kill: OomKill, tie: Tie, scene: Scene): AppRef | null {
  if (task.pid === kill.pid)
    return tie.confidence === 'certain' || tie.confidence === 'likely' ? tie.app : null;
  const { at } = kill;
  if (at === null) return null;
  const running = scene.byPid.get(task.pid);
  if (running !== undefined && running.startedAt <= at && running.comm === task.comm)
    return scene.trees?.appOfPid.get(task.pid) ?? null;
  const past = scene.past?.processes.find(
    (one) =>
      one.pid === task.pid &&
      one.comm === task.comm &&
      one.startedAt !== null &&
      one.startedAt <= at &&
      one.firstSeen <= at &&
      one.lastSeen >= at - (scene.past?.everyMs ?? 0) * 3,
  );
  return past?.app ?? null;
}
