import type { OomKill } from '../../model/oom.ts';
import { isTied } from './app-fit.ts';
import type { SuddenExit } from './kill-pairing.ts';
import { roleOf, type Scene, type Tie } from './kill-scene.ts';
import { isMadeElsewhen } from './pid-order.ts';

/**
 * A sudden end in pm2.log within seconds of the kill. Several instances of one app that died together are told apart by
 * their order only: the app is sure then, the instance a guess, and the others are named beside it.
 */
export function asSuddenExit(kill: OomKill, scene: Scene): Tie | null {
  const pairing = scene.pairings.get(kill);
  if (pairing === undefined) return null;
  const { exit, others, isOnly } = pairing;
  const because = [...kill.quotes, exit.quote, ...others.slice(0, 3).map((other) => other.quote)];
  const candidates = others.flatMap((other) => (other.app === null ? [] : [other.app.ref]));
  const reason = 'sigkill-in-pm2-log';
  // The line names an app that is gone from PM2's list: it was that one, and we have no record of it.
  if (exit.app === null)
    return {
      app: null,
      candidates,
      role: null,
      confidence: candidates.length > 0 ? 'possible' : 'none',
      because,
      reason,
    };
  const role = typeof exit.by === 'number' ? 'child' : roleOf(exit.app);
  const isSure = isOnly && isTied(kill, exit.app, role, scene) && !isAnother(kill, exit, scene);
  const confidence = isSure ? 'likely' : 'possible';
  return { app: exit.app.ref, candidates, role, confidence, because, reason };
}

/** The main process of an app ended, and the victim's pid says that it was made at another time. */
function isAnother(kill: OomKill, exit: SuddenExit, { processes }: Scene): boolean {
  if (typeof exit.by === 'number' || kill.pid === null || kill.at === null) return false;
  if (exit.startedAt === null || processes === null) return false;
  return isMadeElsewhen(kill.pid, kill.at, exit.startedAt, processes.processes);
}
