import type { AttributedKill, OomKill, OomLog } from '../../model/oom.ts';
import { asDaemon, asUnit } from './daemon-tie.ts';
import { asSuddenExit } from './exit-tie.ts';
import { asElsewhere, asNeighbour } from './group-tie.ts';
import type { AttributionInput, Scene, Tie } from './kill-scene.ts';
import { setScene } from './kill-setting.ts';
import { memoryThen } from './memory-then.ts';
import { asLivePid, asNamedInLog, asPidOfApp } from './pid-tie.ts';
import { inOrder } from './same-kills.ts';

export type { AttributionInput } from './kill-scene.ts';

const known = new WeakMap<
  OomLog,
  { readonly input: AttributionInput; readonly result: readonly AttributedKill[] }[]
>();

/**
 * Answers: which app did each kill take, and how sure is that? One entry a kill, oldest first; kills without a time
 * last. A kill that stands in the input twice is one. Remembered for the same inputs.
 *
 * A killed pid is gone, so what is alive now proves little. From the surest to the weakest:
 * - A collector's samples that knew the pid, its start and its app, until the kill (`pid-in-samples`).
 * - PM2's daemon by its title, and whether a daemon started right after (`daemon-name`).
 * - The pid PM2 still has on record for an app, gone from /proc, started before the kill (`pid-of-app`).
 * - A log of the app that names the pid at that time: a worker; the app lived on (`pid-in-app-log`).
 * - Another cgroup than that of any daemon alive at the time (`other-cgroup`).
 * - A sudden end in pm2.log within seconds, where exactly one pairing fits (`sigkill-in-pm2-log`) and the victim's name or
 *   unit is the app's: likely, never certain. A name that many programs have needs its cgroup, user or the table too.
 * - The victim lived in PM2's cgroup, or beside live processes of apps in the kernel's table (`tasks-of-app`): possible.
 * All apps of one daemon share one cgroup, and apps below one folder share a name: neither tells apps apart.
 */
export function attributeKills(input: AttributionInput): readonly AttributedKill[] {
  const earlier = known.get(input.oomLog) ?? [];
  known.set(input.oomLog, earlier);
  const before = earlier.find(({ input: other }) => isSame(input, other));
  if (before !== undefined) return before.result;
  const oomLog = { ...input.oomLog, kills: inOrder(input.oomLog.kills) };
  const scene = setScene({ ...input, oomLog, past: input.past ?? oomLog.past ?? null });
  const result = oomLog.kills.map((kill) => {
    const tie = attribute(kill, scene);
    return { kill, ...tie, ...memoryThen(kill, tie, scene) };
  });
  earlier.push({ input, result });
  return result;
}

function isSame(a: AttributionInput, b: AttributionInput): boolean {
  const sameDaemons = a.daemons === b.daemons || (a.daemons.length === 0 && b.daemons.length === 0);
  return (
    sameDaemons &&
    a.processes === b.processes &&
    a.pm2Log === b.pm2Log &&
    a.appLogs === b.appLogs &&
    a.startup === b.startup &&
    (a.past ?? null) === (b.past ?? null)
  );
}

function attribute(kill: OomKill, scene: Scene): Tie {
  const remembered = scene.remembered.get(kill) ?? null;
  return (
    asUnit(kill, scene) ??
    (remembered?.confidence === 'certain' ? remembered : null) ??
    asDaemon(kill, scene) ??
    asPidOfApp(kill, scene) ??
    asNamedInLog(kill, scene) ??
    (remembered?.confidence === 'likely' ? remembered : null) ??
    asElsewhere(kill, scene) ??
    asSuddenExit(kill, scene) ??
    remembered ??
    asLivePid(kill, scene) ??
    asNeighbour(kill, scene) ?? {
      app: null,
      candidates: [],
      role: null,
      confidence: 'none',
      because: kill.quotes,
      reason: 'no-tie',
    }
  );
}
