import type { AttributedKill, OomKill } from '../../model/oom.ts';
import type { Quote } from '../../model/text.ts';
import { appKey } from '../apps/process-tree.ts';

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
  /** The biggest process at the last kill where it was not the victim: a victim is not a culprit. */
  readonly culprit: {
    readonly name: string;
    readonly app: string | null;
    readonly bytes: number;
    /** Its name is that of no process of PM2; false also where that could not be told. */
    readonly outside: boolean;
  } | null;
};

/**
 * What the victim held, bytes: anonymous and shared RSS, which nothing but its end frees. Pages of files (`file-rss`) are
 * left out: the kernel takes them back by itself, and a limit of 120 MB would seem to hold 169. Where the killer prints
 * one figure only (earlyoom, OpenVZ), that. Before Linux 4.5 shared pages stood in `file-rss`: then this is a lower
 * bound. null = not said.
 */
export function heldBytes(kill: OomKill): number | null {
  if (kill.anonRssKb !== null) return (kill.anonRssKb + (kill.shmemRssKb ?? 0)) * 1024;
  return kill.rssKb === null ? null : kill.rssKb * 1024;
}

/** All pages of the victim, files too: what the kernel's task table counts, so the figure to hold against it. null = not said. */
export function residentBytes(kill: OomKill): number | null {
  const held = heldBytes(kill);
  if (held === null || kill.anonRssKb === null) return held;
  return Math.max(held + (kill.fileRssKb ?? 0) * 1024, (kill.rssKb ?? 0) * 1024);
}

/**
 * Answers: which process was clearly bigger than the victim when it was killed? null = none, or the task table is lost.
 * The table is written a moment before the kill line, so the victim's own row may differ a little: it is known by its pid.
 */
export function biggerThanVictim(one: AttributedKill): AttributedKill['biggest'][number] | null {
  const biggest = one.biggest[0];
  const resident = residentBytes(one.kill);
  if (!biggest || resident === null || biggest.rssBytes <= resident * 1.05) return null;
  if (one.kill.tasks[0] && one.kill.tasks[0].pid === one.kill.pid) return null;
  if (biggest.app && one.app && appKey(biggest.app) === appKey(one.app)) return null;
  return biggest;
}

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
  const accused = kills.findLast((one) => biggerThanVictim(one) !== null);
  const culprit = accused ? biggerThanVictim(accused) : null;
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
      // The table of a group lists that group only: PM2's own, or another one.
      outside: culprit.app === null && accused?.kill.constraint === 'global' && isOutside(culprit.name),
    },
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
