import type { Fix, Subject } from '../../model/finding.ts';
import type { App, AppRef, Daemon } from '../../model/pm2.ts';
import type { CleanText } from '../../model/text.ts';

/** The instances of one entry of an ecosystem file: same home, namespace and name, as in `limitAdvice`. At least one. */
export interface AppGroup {
  readonly home: CleanText;
  readonly name: CleanText;
  readonly apps: readonly App[];
}

/** One string for one entry of an ecosystem file: what its instances have in common. */
export function entryKey({ home, namespace, name }: AppRef): string {
  return `${home}\n${namespace}\n${name}`;
}

const known = new WeakMap<readonly Daemon[], readonly AppGroup[]>();

/**
 * Answers: which records are instances of the same app? Order of first appearance; modules are left out. Remembered:
 * every second audit asks.
 */
export function groupApps(daemons: readonly Daemon[]): readonly AppGroup[] {
  const before = known.get(daemons);
  if (before !== undefined) return before;
  const groups = findGroups(daemons);
  known.set(daemons, groups);
  return groups;
}

function findGroups(daemons: readonly Daemon[]): readonly AppGroup[] {
  const groups = new Map<string, { home: CleanText; name: CleanText; apps: App[] }>();
  for (const app of daemons.flatMap((daemon) => daemon.apps)) {
    const key = entryKey(app.ref);
    const group = groups.get(key);
    if (group) group.apps.push(app);
    else groups.set(key, { home: app.ref.home, name: app.ref.name, apps: [app] });
  }
  return [...groups.values()];
}

/** The subject of a finding about these apps; one app stands alone. */
export function subjectOfApps(refs: readonly AppRef[]): Subject {
  const [first, second] = refs;
  return first && !second ? { kind: 'app', app: first } : { kind: 'apps', apps: refs };
}

/** The fix by hand against children that PM2's limit does not see: one task for these apps, whichever audit asks. */
export function boundChildren(refs: readonly AppRef[]): Fix {
  return { kind: 'manual', task: `children of ${[...new Set(refs.map(entryKey))].toSorted().join(' ')}` };
}

/** Each name once, in order: what a sentence lists. */
export function appNames(refs: readonly AppRef[]): readonly string[] {
  return [...new Set(refs.map((ref) => ref.name))];
}
