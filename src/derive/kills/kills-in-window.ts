import type { AttributedKill } from '../../model/oom.ts';
import type { EpochMs } from '../../model/text.ts';

/** Answers: which kills happened in the window? Kills without a time are not known to; see `undatedKills`. */
export function killsInWindow(
  kills: readonly AttributedKill[],
  window: { readonly from: EpochMs; readonly to: EpochMs },
): readonly AttributedKill[] {
  return kills.filter(({ kill }) => kill.at !== null && kill.at >= window.from && kill.at <= window.to);
}

/** Answers: which kills have no time that could be placed on a calendar? */
export function undatedKills(kills: readonly AttributedKill[]): readonly AttributedKill[] {
  return kills.filter(({ kill }) => kill.at === null);
}
