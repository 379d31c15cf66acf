import type { OomTask } from '../../model/oom.ts';
import type { Cleaner } from '../clean.ts';

/** The task table counts pages; 4 KiB on x86 and most arm64 machines. */
const pageBytes = 4096;
/** Columns of kernels whose header was cut off: none can be named, so no row is read. */
const needed = ['rss', 'name'] as const;

const rowPatterns = new Map<number, RegExp>();

/** `[ 4711]`, so many numbers, and the name. Compiled once a layout. */
function rowPattern(numbers: number): RegExp {
  const known = rowPatterns.get(numbers);
  if (known) return known;
  const made = new RegExp(`^\\s*\\[\\s*(\\d+)\\]\\s+((?:-?\\d+\\s+){${numbers}})([\\s\\S]*)$`);
  rowPatterns.set(numbers, made);
  return made;
}

/**
 * Rows of the table a kernel prints before a kill, biggest first, at most `maxRows`. Columns differ from version to
 * version and are found by their header; the name is the rest of the line. Source: dump_tasks() in mm/oom_kill.c.
 */
export function readTasks(
  columns: readonly string[],
  rows: readonly string[],
  clean: Cleaner,
  maxRows: number,
): readonly OomTask[] {
  if (needed.some((name) => !columns.includes(name))) return [];
  const at = (name: string): number => columns.indexOf(name);
  const [uid, rss, swap, adj] = [at('uid'), at('rss'), at('swapents'), at('oom_score_adj')];
  const pattern = rowPattern(columns.length - 1);
  const tasks: {
    pid: number;
    uid: number | null;
    name: string;
    rssBytes: number;
    swapBytes: number | null;
    oomScoreAdj: number | null;
  }[] = [];
  for (const row of rows) {
    const match = pattern.exec(row);
    if (!match) continue;
    const values = (match[2] ?? '').trim().split(/\s+/).map(Number);
    const value = (index: number): number | null => (index < 0 ? null : (values[index] ?? null));
    const pages = value(rss);
    const swapPages = value(swap);
    if (pages === null) continue;
    tasks.push({
      pid: Number(match[1]),
      uid: value(uid),
      name: match[3] ?? '',
      rssBytes: pages * pageBytes,
      swapBytes: swapPages === null ? null : swapPages * pageBytes,
      oomScoreAdj: value(adj),
    });
  }
  tasks.sort((a, b) => b.rssBytes - a.rssBytes || a.pid - b.pid);
  return tasks.slice(0, maxRows).map(({ name, ...task }) => ({ ...task, comm: clean.text(name, 64) }));
}
