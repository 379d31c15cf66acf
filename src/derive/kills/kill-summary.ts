import type { AttributedKill } from '../../model/oom.ts';
import type { Quote } from '../../model/text.ts';
import { type Crowd, crowdOf, culpritOf } from './kill-culprit.ts';
import { heldBytes } from './victim-size.ts';

export { biggerThanVictim } from './kill-culprit.ts';
export { heldBytes, residentBytes } from './victim-size.ts';

/** Several kills in a few figures. Times in epoch ms, sizes in bytes. A type, not an interface: it travels in a finding's args. */
export type KillSummary = {
  readonly kills: number;
  readonly first: number | null;
  readonly last: number | null;
  /** What the victims held; null = no line says. */
  readonly leastBytes: number | null;
  readonly mostBytes: number | null;
  /** cgroups whose limit was hit, with the limit where a line names it. */
  readonly limits: readonly { readonly path: string; readonly bytes: number | null }[];
  /** Kills because the memory of the whole host was full. */
  readonly hostWide: number;
  /** User-space killers that did it, e.g. `earlyoom`. */
  readonly killers: readonly string[];
  /** Names of the victims as the kernel has them. */
  readonly comms: readonly string[];
  /** What was biggest at the last kill where it was not the victim: a victim is not a culprit. */
  readonly culprit: {
    readonly name: string;
    readonly app: string | null;
    readonly bytes: number;
    /** More than one: `bytes` is their sum. */
    readonly processes: number;
    /** The kernel's table is whole, so nothing bigger is hidden. */
    readonly sure: boolean;
    /** Its name is that of no process of PM2; false also where that could not be told. */
    readonly outside: boolean;
  } | null;
  /** Nobody stood out at the last kill, and the victim held little of it: many small ones together. */
  readonly crowd: Crowd | null;
};

/** Answers: how many, when, how big, which limit, and who was really the biggest? */
export function summarizeKills(
  kills: readonly AttributedKill[],
  isOutside: (comm: string) => boolean = () => false,
): KillSummary {
  const times = kills.flatMap((one) => (one.kill.at === null ? [] : [one.kill.at]));
  const sizes = kills.flatMap((one) => heldBytes(one.kill) ?? []);
  const limits = new Map<string, number | null>();
  for (const { kill } of kills) {
    if (kill.oomMemcg !== null)
      limits.set(
        kill.oomMemcg,
        kill.limitKb === null ? (limits.get(kill.oomMemcg) ?? null) : kill.limitKb * 1024,
      );
  }
  const victims = new Set(kills.flatMap(({ kill }) => kill.pid ?? []));
  const accused = kills.findLast((one) => culpritOf(one, victims) !== null);
  const culprit = accused ? culpritOf(accused, victims) : null;
  const latest = kills.at(-1);
  return {
    kills: kills.length,
    first: times.length > 0 ? Math.min(...times) : null,
    last: times.length > 0 ? Math.max(...times) : null,
    leastBytes: sizes.length > 0 ? Math.min(...sizes) : null,
    mostBytes: sizes.length > 0 ? Math.max(...sizes) : null,
    limits: [...limits].map(([path, bytes]) => ({ path, bytes })),
    hostWide: kills.filter((one) => one.kill.constraint === 'global').length,
    killers: [...new Set(kills.flatMap((one) => (one.kill.killer === 'kernel' ? [] : [one.kill.killer])))],
    comms: [...new Set(kills.flatMap((one) => one.kill.comm ?? []))],
    culprit: culprit && {
      name: culprit.name,
      app: culprit.app?.name ?? null,
      bytes: culprit.rssBytes,
      processes: culprit.processes,
      sure: culprit.isSure,
      // The table of a group lists that group only: PM2's own, or another one.
      outside: culprit.app === null && accused?.kill.constraint === 'global' && isOutside(culprit.name),
    },
    crowd: culprit === null && latest ? crowdOf(latest) : null,
  };
}

/** At most `most` quoted lines, newest kill first, one kernel line and one tie to the app for each; no line twice. */
export function killQuotes(kills: readonly AttributedKill[], most = 4): readonly Quote[] {
  const quotes: Quote[] = [];
  for (const one of kills.toReversed()) {
    const { quotes: lines, pid } = one.kill;
    const names = (text: string) => pid === null || text.includes(String(pid));
    const line = lines.find(({ text }) => /\bkilled process/i.test(text) && names(text)) ?? lines[0];
    const tie = one.because.find((quote) => !one.kill.quotes.some(({ text }) => text === quote.text));
    for (const quote of [...(line ? [line] : []), ...(tie ? [tie] : [])]) {
      if (quotes.length < most && !quotes.some((other) => other.text === quote.text && other.at === quote.at))
        quotes.push(quote);
    }
  }
  return quotes;
}
