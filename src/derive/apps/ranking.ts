import type { App } from '../../model/pm2.ts';
import type { RestartStory } from '../../model/restart.ts';

/**
 * Answers: who uses most memory? Rows with their rank, 1 = most, in that order. Equal figures are ordered by home, id
 * and name; rows without a figure come last, in the same order.
 */
export function rankByMemory<T extends { readonly rankedBytes: number | null; readonly app: App }>(
  rows: readonly T[],
): ReadonlyMap<T, number> {
  return rank(rows, (a, b) => (b.rankedBytes ?? -1) - (a.rankedBytes ?? -1) || byName(a.app, b.app));
}

/**
 * Answers: who restarted most? By PM2's lifetime counter, the figure `pm2 ls` shows; equal ones by the restarts seen in
 * the window, then by home, id and name.
 */
export function rankByRestarts<T extends { readonly story: RestartStory | null; readonly app: App }>(
  rows: readonly T[],
): ReadonlyMap<T, number> {
  const counter = (row: T) => row.story?.counter ?? row.app.restartCounter;
  const inWindow = (row: T) => row.story?.restarts.length ?? 0;
  return rank(rows, (a, b) => counter(b) - counter(a) || inWindow(b) - inWindow(a) || byName(a.app, b.app));
}

function rank<T>(rows: readonly T[], compare: (a: T, b: T) => number): ReadonlyMap<T, number> {
  return new Map(rows.toSorted(compare).map((row, index) => [row, index + 1]));
}

/** Code units, not a locale: the order must be the same on every machine. */
function byName(a: App, b: App): number {
  return (
    order(a.ref.home, b.ref.home) ||
    a.ref.pmId - b.ref.pmId ||
    order(a.ref.name, b.ref.name) ||
    order(a.ref.namespace, b.ref.namespace)
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
