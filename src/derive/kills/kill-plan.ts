import type { Fix } from '../../model/finding.ts';
import type { AttributedKill } from '../../model/oom.ts';
import type { App, AppRef, Daemon } from '../../model/pm2.ts';
import { boundChildren, groupApps } from '../apps/app-groups.ts';
import { type AppTree, appKey } from '../apps/process-tree.ts';
import { type WorkerKind, workerKind } from '../apps/worker-kind.ts';
import { appMemory, childrenHoldMost } from '../limits/app-memory.ts';
import type { LimitAdvice } from '../limits/limit-advice.ts';
import { memoryLimitPatch } from '../limits/memory-patch.ts';
import { culpritOf } from './kill-culprit.ts';
import { summarizeKills } from './kill-summary.ts';

const MB = 1024 * 1024;

/** What to do against the next kill. A type, not an interface: it travels in a finding's args. */
export type KillPlan = {
  /**
   * `limit` a memory limit for whoever grew · `late` the limit in force is as good as any, and did not come in time ·
   * `workers` PM2 cannot measure it, bound its children · `culprit` something outside PM2 grew · `group` its ordinary size
   * is close to the limit of its group · `room` no limit would come in time without hurting a healthy app · `none` not
   * known whom.
   */
  readonly plan: 'limit' | 'late' | 'workers' | 'culprit' | 'group' | 'room' | 'none';
  /** The one it is for: the culprit where it is known, else the victim. */
  readonly target: string | null;
  /** Memory limit as PM2 takes it; of `late` the one in force. */
  readonly proposed: string | null;
  /** What its children are, for `workers`. */
  readonly kinds: readonly WorkerKind[];
  /** The group that was full, its limit then and half as much again, bytes; for `group`. */
  readonly group: { readonly path: string; readonly bytes: number; readonly raisedBytes: number } | null;
};

export const noPlan: KillPlan & { readonly fix: null } = {
  plan: 'none',
  target: null,
  proposed: null,
  kinds: [],
  group: null,
  fix: null,
};

interface Scene {
  readonly daemons: readonly Daemon[];
  readonly trees: ReadonlyMap<string, AppTree> | null;
  readonly advice: ReadonlyMap<string, LimitAdvice>;
  readonly isOutside: (comm: string) => boolean;
}

/** One task, whichever finding proposes it: a limit for this process outside PM2. */
export function boundOutsider(comm: string): Fix {
  return { kind: 'manual', task: `bound ${comm} outside PM2` };
}

/** Answers: what keeps these victims alive next time? Values come from `limitAdvice` alone. */
export function planAgainst(
  victims: readonly AppRef[],
  kills: readonly AttributedKill[],
  { daemons, trees, advice, isOutside }: Scene,
): KillPlan & { readonly fix: Fix } {
  const pids = new Set(kills.flatMap(({ kill }) => kill.pid ?? []));
  const culprit = kills.map((one) => culpritOf(one, pids)).findLast((biggest) => biggest !== null) ?? null;
  const manual = { proposed: null, kinds: [], group: null, fix: { kind: 'manual' } } as const;
  if (culprit && !culprit.app) {
    const outside = kills.some(({ kill }) => kill.constraint === 'global') && isOutside(culprit.name);
    if (!outside) return { plan: 'room', target: culprit.name, ...manual };
    return { plan: 'culprit', target: culprit.name, ...manual, fix: boundOutsider(culprit.name) };
  }
  const targets = culprit?.app ? [culprit.app] : victims;
  const target = targets[0]?.name ?? null;
  const apps = instancesOf(targets, daemons);
  const treeOf = (app: App) => trees?.get(appKey(app.ref)) ?? null;
  if (apps.some((app) => childrenHoldMost(appMemory(app, treeOf(app))))) {
    const told = kills.flatMap(({ kill, role }) =>
      role === 'child' && kill.comm !== null ? [kill.comm] : [],
    );
    const kinds = [...new Set(apps.map((app) => workerKind(app, treeOf(app), told)))];
    return { plan: 'workers', target, ...manual, kinds, fix: boundChildren(apps.map(({ ref }) => ref)) };
  }
  // A limit above the size at which the kernel came would come too late.
  const killedAt = culprit ? culprit.rssBytes / culprit.processes : (summarizeKills(kills).leastBytes ?? 0);
  const inTime = apps.filter(
    (app) => (advice.get(appKey(app.ref))?.maxMemoryRestartBytes ?? Infinity) < killedAt,
  );
  const fix = memoryLimitPatch(inTime, advice);
  if (fix?.kind === 'ecosystem-patch') {
    const proposed = String(fix.patches[0]?.set[0]?.value ?? '');
    return { plan: 'limit', target, proposed, kinds: [], group: null, fix };
  }
  const [kept] = inTime;
  if (kept)
    return {
      plan: 'late',
      target,
      ...manual,
      proposed: advice.get(appKey(kept.ref))?.maxMemoryRestart ?? null,
    };
  const near = apps.some((app) => advice.get(appKey(app.ref))?.none === 'killed-near');
  const group = near ? fullGroup(kills) : null;
  return { plan: group === null ? 'room' : 'group', target, ...manual, group };
}

/** The group whose limit the last of these kills hit. */
function fullGroup(kills: readonly AttributedKill[]): KillPlan['group'] {
  const kill = kills.findLast((one) => one.kill.constraint === 'memcg')?.kill;
  if (!kill || kill.oomMemcg === null || kill.limitKb === null) return null;
  const bytes = kill.limitKb * 1024;
  return { path: kill.oomMemcg, bytes, raisedBytes: Math.ceil((bytes * 1.5) / (10 * MB)) * 10 * MB };
}

/** All instances of the apps named: they share one entry of the ecosystem file. */
function instancesOf(refs: readonly AppRef[], daemons: readonly Daemon[]): readonly App[] {
  const keys = new Set(refs.map(appKey));
  return groupApps(daemons)
    .filter(({ apps }) => apps.some((app) => keys.has(appKey(app.ref))))
    .flatMap(({ apps }) => apps);
}
