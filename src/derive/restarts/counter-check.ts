import type { App } from '../../model/pm2.ts';
import type { Restart } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';
import type { ProcessEnd } from './process-end.ts';
import { atMostPossible } from './restart-cause.ts';

/** A restart that the log tells of, not yet held against PM2's counter. */
export interface ToldRestart {
  readonly restart: Restart;
  readonly end: ProcessEnd;
  readonly restartedAt: EpochMs;
  /** Something other than pm2.log shows it: the bus, a kill, the app's own log, PM2's time of the last start. */
  readonly isCorroborated: boolean;
}

/**
 * Answers: which restarts since the present daemon's start can be true, and how many of them does the counter hold?
 * Apps in cluster mode can write into pm2.log, so its lines are not beyond doubt; PM2's own record is.
 *
 * PM2 counts each restart it makes, and notes when it last set the counter to 0 (`created_at`, lib/God/ActionMethods.js
 * resetMetaProcessId; a restart by hand sets it too, lib/God/Methods.js resetState). So since `created_at` there were at
 * most `restart_time` restarts. What the log shows beyond that did not happen. Out first: those out of the order of time,
 * then those that nothing else shows. Where nothing tells the forged
 * from the true, all of them are at most `possible`.
 */
export function holdAgainstCounter(
  app: App,
  told: readonly ToldRestart[],
): { readonly kept: readonly ToldRestart[]; readonly explained: number } {
  const { createdAt, restartCounter: counter } = app;
  const since = told.filter((each) => createdAt !== null && !each.end.isMaybe && isSince(each, createdAt));
  let surplus = since.length - counter;
  const out = new Set<ToldRestart>();
  const weak = new Set<ToldRestart>();
  const leaveOut = (which: (each: ToldRestart) => boolean): void => {
    for (const each of since) {
      if (surplus <= 0) return;
      if (out.has(each) || !which(each)) continue;
      out.add(each);
      surplus -= 1;
    }
  };
  if (counter === 0 && createdAt !== null) leaveOut(() => true);
  leaveOut(({ end, isCorroborated }) => end.isBackwards && !isCorroborated);
  if (surplus > 0) {
    const left = since.filter((each) => !out.has(each));
    const sure = left.filter((each) => each.isCorroborated);
    const rest = left.filter((each) => !each.isCorroborated);
    if (sure.length === counter) for (const each of rest) out.add(each);
    else for (const each of sure.length > counter ? left : rest) weak.add(each);
  }
  const isUntouched = out.size === 0 && weak.size === 0;
  const kept = isUntouched
    ? told
    : told
        .filter((each) => !out.has(each))
        .map((each) =>
          weak.has(each)
            ? { ...each, restart: { ...each.restart, confidence: atMostPossible(each.restart.confidence) } }
            : each,
        );
  // Two commands a second apart look like one restart: only a counter that holds exactly those as well says they were.
  const isPlain = kept.length === counter || !kept.some(({ end }) => end.isMaybe);
  const left = isPlain ? kept : kept.filter(({ end }) => !end.isMaybe);
  const shown = left.length > counter ? left.map(doubted) : left;
  return { kept: shown, explained: Math.min(counter, left.length) };
}

/** More commands than the counter holds: it was set back since, or some were a stop and a start, which PM2 does not count. */
function doubted(each: ToldRestart): ToldRestart {
  if (each.restart.cause !== 'manual') return each;
  return { ...each, restart: { ...each.restart, confidence: atMostPossible(each.restart.confidence) } };
}

/** pm2.log has whole seconds: a start by hand itself stands in that second of the log; a crash in it came before. */
function isSince({ end, restartedAt }: ToldRestart, createdAt: EpochMs): boolean {
  return restartedAt >= (end.asked === null ? createdAt : Math.floor(createdAt / 1000) * 1000);
}
