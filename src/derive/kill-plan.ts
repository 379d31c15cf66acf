import type { Fix } from '../model/finding.ts';
import type { AttributedKill } from '../model/oom.ts';
import type { App, AppRef, Daemon } from '../model/pm2.ts';
import { groupApps } from './app-groups.ts';
import { appMemory, childrenHoldMost } from './app-memory.ts';
import { biggerThanVictim, summarizeKills } from './kill-summary.ts';
import type { LimitAdvice } from './limit-advice.ts';
import { memoryLimitPatch } from './memory-patch.ts';
import { type AppTree, appKey } from './process-tree.ts';

/** What to do against the next kill. A type, not an interface: it travels in a finding's args. */
export type KillPlan = {
  /**
   * `limit` a memory limit for whoever grew · `workers` PM2 cannot measure it, bound its children · `culprit` something
   * outside PM2 grew · `room` no limit would come in time without hurting a healthy app · `none` not known whom.
   */
  readonly plan: 'limit' | 'workers' | 'culprit' | 'room' | 'none';
  /** The one it is for: the culprit where it is known, else the victim. */
  readonly target: string | null;
  readonly proposed: string | null;
};

export const noPlan: KillPlan & { readonly fix: null } = {
  plan: 'none',
  target: null,
  proposed: null,
  fix: null,
};

interface Scene {
  readonly daemons: readonly Daemon[];
  readonly trees: ReadonlyMap<string, AppTree> | null;
  readonly advice: ReadonlyMap<string, LimitAdvice>;
  readonly isOutside: (comm: string) => boolean;
}

/** Answers: what keeps these victims alive next time? Values come from `limitAdvice` alone. */
export function planAgainst(
  victims: readonly AppRef[],
  kills: readonly AttributedKill[],
  { daemons, trees, advice, isOutside }: Scene,
): KillPlan & { readonly fix: Fix } {
  const culprit = kills.map(biggerThanVictim).findLast((biggest) => biggest !== null) ?? null;
  const manual = { proposed: null, fix: { kind: 'manual' } } as const;
  if (culprit && !culprit.app) {
    const outside = kills.some(({ kill }) => kill.constraint === 'global') && isOutside(culprit.name);
    return { plan: outside ? 'culprit' : 'room', target: culprit.name, ...manual };
  }
  const targets = culprit?.app ? [culprit.app] : victims;
  const target = targets[0]?.name ?? null;
  const apps = instancesOf(targets, daemons);
  if (apps.some((app) => childrenHoldMost(appMemory(app, trees?.get(appKey(app.ref)) ?? null)))) {
    return { plan: 'workers', target, ...manual };
  }
  // A limit above the size at which the kernel came would come too late.
  const killedAt = culprit ? culprit.rssBytes : (summarizeKills(kills).leastBytes ?? 0);
  const inTime = apps.filter(
    (app) => (advice.get(appKey(app.ref))?.maxMemoryRestartBytes ?? Infinity) < killedAt,
  );
  const fix = memoryLimitPatch(inTime, advice);
  if (fix?.kind !== 'ecosystem-patch') return { plan: 'room', target, ...manual };
  return { plan: 'limit', target, proposed: String(fix.patches[0]?.set[0]?.value ?? ''), fix };
}

/** All instances of the apps named: they share one entry of the ecosystem file. */
function instancesOf(refs: readonly AppRef[], daemons: readonly Daemon[]): readonly App[] {
  const keys = new Set(refs.map(appKey));
  return groupApps(daemons)
    .filter(({ apps }) => apps.some((app) => keys.has(appKey(app.ref))))
    .flatMap(({ apps }) => apps);
}
