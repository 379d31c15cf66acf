import type { OomKill } from '../../model/oom.ts';
import type { App, Pm2Log, Pm2LogEvent } from '../../model/pm2.ts';
import type { CleanText, EpochMs, Quote } from '../../model/text.ts';
import { readTimeline } from '../restarts/log-timeline.ts';

/** An app that ended though nobody at PM2 asked for it, by SIGKILL, SIGTERM or as after one, as pm2.log shows it. */
export interface SuddenExit {
  readonly home: CleanText;
  readonly pmId: number;
  readonly name: CleanText;
  /** null = pm2.log names an app that its daemon no longer lists. */
  readonly app: App | null;
  /** Whole second, cut off. */
  readonly at: EpochMs;
  readonly by: 'SIGKILL' | 'SIGTERM' | 'clean' | 137 | 143;
  /** When the process that ended was started, whole second; null = before the log begins. */
  readonly startedAt: EpochMs | null;
  readonly quote: Quote;
}

/** Ends that a polite killer leaves: SIGTERM, the shell's word for it, or an app that obeyed and exited by itself. */
export function isGentle(by: SuddenExit['by']): boolean {
  return by === 'SIGTERM' || by === 143 || by === 'clean';
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

/**
 * Answers: which apps died suddenly? Oldest first, of all homes; in one second, in the order of the log. A log that was
 * handed in twice counts once.
 */
export function suddenExits(
  logs: readonly Pm2Log[],
  find: (home: string, pmId: number, name: string) => App | null,
): readonly SuddenExit[] {
  const exits = new Map<string, SuddenExit>();
  for (const log of logs) {
    const times = new Map<string, number>();
    for (const end of readTimeline(log.events).ends) {
      if (end.at === null || end.exit === null || end.asked !== null || end.ownSigkill !== null) continue;
      const by = suddenEnd(end.code, end.signal);
      if (by === null) continue;
      // One app may well die twice in a second; the same two lines in a copy of the log are those two.
      const line = [log.home, end.at, end.pmId, end.name, by].join('\n');
      const time = (times.get(line) ?? 0) + 1;
      times.set(line, time);
      const app = find(log.home, end.pmId, end.name);
      const quote = quoteOf(log, end.exit);
      const { pmId, name, at, startedAt } = end;
      const exit = { home: log.home, pmId, name, app, at, by, startedAt, quote };
      if (!exits.has(`${line}\n${time}`)) exits.set(`${line}\n${time}`, exit);
    }
  }
  return [...exits.values()].sort((a, b) => a.at - b.at || (a.home < b.home ? -1 : a.home > b.home ? 1 : 0));
}

/** A line of pm2.log as a quote. */
export function quoteOf(log: Pm2Log, line: Pm2LogEvent): Quote {
  return { source: log.path, at: line.at, text: line.text };
}

/** 137 and 143 = 128 + signal: what a shell or npm exits with when its child was killed. PM2 prints SIGINT for no signal. */
function suddenEnd(code: number | null, signal: string | null): SuddenExit['by'] | null {
  if (code === 137 || code === 143) return code;
  if (signal === 'SIGKILL' || signal === 'SIGTERM') return signal;
  return code === 0 && signal === 'SIGINT' ? 'clean' : null;
}

/**
 * Answers: which exit goes with which kill? Only kills and exits within seconds of each other meet; `fits` keeps apart
 * what cannot belong together (another cgroup, another program's name).
 *
 * Kills that meet a common exit, directly or through others, form a knot. A kill is an app's where it meets exits of that
 * app alone, and the app has at least as many exits in the knot as there are kills that could be its own. All else is
 * paired by order, and not the only way. Which of several instances that were all killed was which is told by order too.
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
    for (const name of new Set(met.map(nameOf))) rivals.set(name, (rivals.get(name) ?? 0) + 1);
    for (const exit of met) exits.set(nameOf(exit), (exits.get(nameOf(exit)) ?? new Set()).add(exit));
  }
  const taken = new Set<SuddenExit>();
  for (const [kill, met] of knot) {
    const exit = met.find((each) => !taken.has(each)) ?? met[0];
    if (exit === undefined) continue;
    taken.add(exit);
    const name = nameOf(exit);
    const [kills, ends] = [rivals.get(name) ?? 0, exits.get(name)?.size ?? 0];
    const isOneApp = met.every((each) => nameOf(each) === name);
    const isOneInstance = met.every((each) => each.pmId === exit.pmId);
    // As many kills as instances ended: all of them were killed, and their order is all that is guessed.
    const isOnly = isOneApp && (isOneInstance ? kills <= ends : kills === ends);
    const others = new Map<string, SuddenExit>();
    if (!isOnly) for (const each of met) if (ownerOf(each) !== ownerOf(exit)) others.set(ownerOf(each), each);
    pairs.set(kill, { exit, others: [...others.values()], isOnly });
  }
}

function ownerOf(exit: SuddenExit): string {
  return `${nameOf(exit)}\n${exit.pmId}`;
}

/** All instances of an app share its name. */
function nameOf(exit: SuddenExit): string {
  return `${exit.home}\n${exit.app?.ref.namespace ?? ''}\n${exit.name}`;
}
