import type { App, DumpFile } from '../../model/pm2.ts';
import type { CleanText } from '../../model/text.ts';

/** Names of apps, one a process, as a dump holds them. */
export type Names = readonly CleanText[];

/** What a dump would start: stopped entries are listed by `pm2 resurrect`, not started (lib/God.js 7.0.4 prepare). null = not readable. */
export function savedToRun(dump: DumpFile | null): Names | null {
  return dump?.apps?.filter((app) => app.status !== 'stopped').map((app) => app.name) ?? null;
}

/** What is meant to run now: everything but apps stopped by hand. */
export function liveToRun(apps: readonly App[]): Names {
  return apps.filter((app) => app.status !== 'stopped').map((app) => app.ref.name);
}

/** Names of `wanted` that `held` has not, or has too few of; each name once, in order. */
export function missingFrom(held: Names, wanted: Names): Names {
  const left = new Map<CleanText, number>();
  for (const name of held) left.set(name, (left.get(name) ?? 0) + 1);
  const missing = new Set<CleanText>();
  for (const name of wanted) {
    const count = left.get(name) ?? 0;
    if (count === 0) missing.add(name);
    else left.set(name, count - 1);
  }
  return [...missing];
}
