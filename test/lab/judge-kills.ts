import { ranks, type SaidKill } from './judge.ts';
import type { KillTruth } from './scenarios/scenario.ts';

/** What is wrong with what was said of one kill by the kernel. */
export function judgeKill(truth: KillTruth, said: readonly SaidKill[]): readonly string[] {
  const found = said.filter((kill) => kill.pid === truth.pid);
  const [kill] = found;
  const who = `kill of ${truth.pid} (${truth.app ?? 'a stranger'})`;
  if (kill === undefined) return [`${who}: not found`];
  if (found.length > 1) return [`${who}: reported ${found.length} times`];
  const name = kill.app?.name ?? null;
  const word = `${name ?? 'nobody'}, ${kill.role ?? 'no role'}, ${kill.confidence}`;
  const rank = ranks.indexOf(kill.confidence);
  const isSure = rank >= 2;
  if (isSure && name !== truth.app) return [`${who}: said to be ${word}`];
  const isStranger = truth.app === null && kill.role === 'other';
  if (isSure && kill.role !== null && kill.role !== truth.role && !isStranger)
    return [`${who}, ${truth.role}: said to be ${word}`];
  if (rank < ranks.indexOf(truth.atLeast))
    return [`${who}: only ${word}; at least ${truth.atLeast} was to be said`];
  if (truth.atLeast === 'none' || truth.app === null) return [];
  // Where it is only possible, the right app must be among those that are named.
  const named = [name, ...(kill.candidates ?? []).map((candidate) => candidate.name)];
  return named.includes(truth.app) ? [] : [`${who}: said to be ${word}, of ${named.join(', ')}`];
}
