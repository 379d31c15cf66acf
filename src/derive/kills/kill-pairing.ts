import type { OomKill } from '../../model/oom.ts';
import type { App, Pm2Log, Pm2LogEvent } from '../../model/pm2.ts';
import type { CleanText, EpochMs, Quote } from '../../model/text.ts';
import { readTimeline } from '../restarts/log-timeline.ts';

/** An app that died by a SIGKILL or SIGTERM nobody at PM2 asked for, as pm2.log shows it. */
export interface SuddenExit {
  readonly home: CleanText;
  readonly pmId: number;
  readonly name: CleanText;
  /** null = pm2.log names an app that its daemon no longer lists. */
  readonly app: App | null;
  /** Whole second, cut off. */
  readonly at: EpochMs;
  readonly by: 'SIGKILL' | 'SIGTERM' | 137 | 143;
  readonly quote: Quote;
}

/** What pm2.log says of one kill. */
export interface Pairing {
  readonly exit: SuddenExit;
  /** Other exits that fit as well; empty when this is the only one. */
  readonly others: readonly SuddenExit[];
  /** True when exactly one way of pairing fits. */
  readonly isOnly: boolean;
}

/**
 * PM2 notes the exit 15 ms after the kill on an idle host and 2 s later under pressure; a big process takes long to die,
 * at most 5 s in ours. Stamps of pm2.log are whole seconds, and the kernel's clock may be off by a second or two. An exit
 * within the near window is preferred: in a fast loop the wide one meets the neighbours' exits as well.
 */
const near = { beforeMs: 1_000, afterMs: 2_000 };
const wide = { beforeMs: 2_000, afterMs: 5_000 };

/** Answers: which apps died suddenly? Oldest first, of all homes. */
export function suddenExits(
  logs: readonly Pm2Log[],
  find: (home: string, pmId: number, name: string) => App | null,
): readonly SuddenExit[] {
  const exits: SuddenExit[] = [];
  for (const log of logs) {
    for (const end of readTimeline(log.events).ends) {
      if (end.at === null || end.exit === null || end.asked !== null || end.ownSigkill !== null) continue;
      const by = suddenEnd(end.code, end.signal);
      if (by === null) continue;
      const app = find(log.home, end.pmId, end.name);
      exits.push({
        home: log.home,
        pmId: end.pmId,
        name: end.name,
        app,
        at: end.at,
        by,
        quote: quoteOf(log, end.exit),
      });
    }
  }
  return exits.sort((a, b) => a.at - b.at);
}

/** A line of pm2.log as a quote. */
export function quoteOf(log: Pm2Log, line: Pm2LogEvent): Quote {
  return { source: log.path, at: line.at, text: line.text };
}

/** 137 and 143 = 128 + signal: what a shell or npm exits with when its child was killed. */
function suddenEnd(code: number | null, signal: string | null): SuddenExit['by'] | null {
  if (code === 137 || code === 143) return code;
  return signal === 'SIGKILL' || signal === 'SIGTERM' ? signal : null;
}

/**
 * Answers: which exit goes with which kill? Only kills and exits within seconds of each other meet; `fits` keeps apart
 * what cannot belong together (another cgroup, another program's name).
 *
 * Kills that meet a common exit, directly or through others, form a knot. A kill is an app's where it meets exits of that
 * app alone, and the app has at least as many exits in the knot as there are kills that could be its own. All else is
 * paired by order, and not the only way.
 */
export function pairKills(
  kills: readonly OomKill[],
  exits: readonly SuddenExit[],
  fits: (kill: OomKill, exit: SuddenExit) => boolean,
): ReadonlyMap<OomKill, Pairing> {
  const timed = kills
    .flatMap((kill) => (kill.at === null ? [] : [{ kill, at: kill.at }]))
    .sort((a, b) => a.at - b.at);
  const pairs = new Map<OomKill, Pairing>();
  let knot: Knot = new Map();
  let knotEnd = -Infinity;
  let from = 0;
  for (const { kill, at } of timed) {
    while (from < exits.length && (exits[from]?.at ?? Infinity) < at - wide.beforeMs) from += 1;
    const met: SuddenExit[] = [];
    for (let index = from; index < exits.length; index += 1) {
      const exit = exits[index];
      if (exit === undefined || exit.at > at + wide.afterMs) break;
      if (fits(kill, exit)) met.push(exit);
    }
    // The stamp's second is cut off, so the exit may lie up to 999 ms later.
    const close = met.filter((exit) => exit.at + 999 >= at - near.beforeMs && exit.at <= at + near.afterMs);
    const used = close.length > 0 ? close : met;
    const [first] = used;
    if (first === undefined) continue;
    if (first.at > knotEnd) {
      untie(knot, pairs);
      knot = new Map();
    }
    knot.set(kill, used);
    knotEnd = Math.max(knotEnd, used.at(-1)?.at ?? knotEnd);
  }
  untie(knot, pairs);
  return pairs;
}

/** Kills in their order, each with the exits it meets. */
type Knot = Map<OomKill, readonly SuddenExit[]>;

function untie(knot: Knot, pairs: Map<OomKill, Pairing>): void {
  const rivals = new Map<string, number>();
  const exits = new Map<string, Set<SuddenExit>>();
  for (const met of knot.values()) {
    for (const owner of new Set(met.map(ownerOf))) rivals.set(owner, (rivals.get(owner) ?? 0) + 1);
    for (const exit of met) exits.set(ownerOf(exit), (exits.get(ownerOf(exit)) ?? new Set()).add(exit));
  }
  const taken = new Set<SuddenExit>();
  for (const [kill, met] of knot) {
    const exit = met.find((each) => !taken.has(each)) ?? met[0];
    if (exit === undefined) continue;
    taken.add(exit);
    const owner = ownerOf(exit);
    const others = new Map(
      met.filter((each) => ownerOf(each) !== owner).map((each) => [ownerOf(each), each]),
    );
    const isOnly = others.size === 0 && (rivals.get(owner) ?? 0) <= (exits.get(owner)?.size ?? 0);
    pairs.set(kill, { exit, others: [...others.values()], isOnly });
  }
}

function ownerOf(exit: SuddenExit): string {
  return `${exit.home}\n${exit.pmId}\n${exit.name}`;
}
