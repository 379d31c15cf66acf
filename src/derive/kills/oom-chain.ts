import type { AttributedKill, OomKill } from '../../model/oom.ts';
import type { Daemon, Pm2Log } from '../../model/pm2.ts';
import type { StartupFacts, UnitJournal } from '../../model/systemd.ts';
import type { EpochMs, Quote } from '../../model/text.ts';
import { quoteOf } from './kill-pairing.ts';
import { stopWithinMs, type UnitStop, unitStops } from './unit-stops.ts';

/** One incident from the kill to the last app that was up again. */
export interface OomChain {
  readonly stop: UnitStop;
  /** The kills that began it or fell into it, oldest first; empty = the kernel log has lost them. */
  readonly kills: readonly AttributedKill[];
  /** Apps of the daemon that went down with it; null = pm2.log does not show that time. */
  readonly apps: readonly string[] | null;
  /** Those of them that did not come back within ten minutes. */
  readonly missing: readonly string[];
  /** When the last of those that came back was online again; null = not seen. */
  readonly backAt: EpochMs | null;
  /** The line of pm2.log that makes it look like an ordinary stop. */
  readonly farewell: Quote | null;
}

export interface ChainInput {
  readonly unitJournal: readonly UnitJournal[] | null;
  readonly startup: StartupFacts | null;
  readonly daemons: readonly Daemon[] | null;
  readonly pm2Log: readonly Pm2Log[] | null;
}

/** systemd hears of a kill late on a host that thrashes; never before it, but for the clocks' whole seconds. */
const heardLateMs = 60_000;
const clockMs = 2_000;
/** Lines of pm2.log that a kill of the whole group still leaves come within seconds. */
const lastLinesMs = 10_000;
const backWithinMs = 600_000;

/**
 * Answers: which kills took a whole unit of PM2's down, and what came of it? Each is one incident: the kill, systemd's stop,
 * all apps down, the restart with counters at 0. Needs the journal: pm2.log alone shows an ordinary `pm2 kill`.
 */
export function oomChains(
  input: ChainInput,
  kills: readonly AttributedKill[],
  withinMs = stopWithinMs,
): readonly OomChain[] {
  return (input.unitJournal ?? [])
    .flatMap((journal) => unitStops(journal, withinMs))
    .map((stop) => {
      const home = homeOf(stop.unit, input);
      const sure = kills.filter((one) => isOfStop(one, stop, home));
      const own = kills.filter((one) => sure.includes(one) || isBeside(one, sure));
      const log = input.pm2Log?.find((each) => each.home === home) ?? null;
      return { stop, kills: own, ...downAndBack(stop, own, log) };
    });
}

/** Kills that some chain tells. */
export function killsOf(chains: readonly OomChain[]): ReadonlySet<OomKill> {
  return new Set(chains.flatMap(({ kills }) => kills.map(({ kill }) => kill)));
}

/** The home whose daemon lives in this unit, or is started by it; null = it cannot be told. */
function homeOf(unit: string, { startup, daemons }: ChainInput): string | null {
  const held = startup?.holders.find((holder) => holder.unit?.name === unit)?.home;
  const meant = startup?.units.find(({ name }) => name === unit)?.pm2Home;
  const [only, second] = daemons ?? [];
  return held ?? meant ?? (only && !second ? only.home : null);
}

function isOfStop(
  { kill, app, role, candidates }: AttributedKill,
  stop: UnitStop,
  home: string | null,
): boolean {
  if (kill.at === null || kill.at < stop.at - heardLateMs || kill.at > stop.endedAt + clockMs) return false;
  if (kill.killer === 'systemd-oomd') return kill.unit?.split('/').includes(stop.unit) === true;
  if (stop.by === 'systemd-oomd') return false;
  if (kill.taskMemcg !== null && kill.taskMemcg !== '/') return kill.taskMemcg.split('/').includes(stop.unit);
  // Old and cut logs name no cgroup: then it is the one whose victim was PM2's.
  return (
    role === 'daemon' || app?.home === home || (app === null && candidates.some((one) => one.home === home))
  );
}

/** Of a group that is killed whole only the first victim's lines name the cgroup; the others follow at once. */
function isBeside({ kill, role }: AttributedKill, sure: readonly AttributedKill[]): boolean {
  const { at } = kill;
  if (at === null || kill.taskMemcg !== null || role === 'other' || kill.constraint === 'global')
    return false;
  return sure.some(
    (one) => one.kill.constraint === 'memcg' && one.kill.at !== null && Math.abs(one.kill.at - at) <= clockMs,
  );
}

/** Who was stopped and who came back, by the lines of pm2.log around it. */
function downAndBack(
  stop: UnitStop,
  kills: readonly AttributedKill[],
  log: Pm2Log | null,
): Pick<OomChain, 'apps' | 'missing' | 'backAt' | 'farewell'> {
  const from = Math.min(stop.at, ...kills.flatMap(({ kill }) => kill.at ?? [])) - clockMs;
  const until = stop.endedAt + lastLinesMs;
  const down = new Set<string>();
  const before = new Set<string>();
  const back = new Map<string, EpochMs>();
  let farewell: Quote | null = null;
  let isNew = false;
  // Only a log that shows the daemon's own start shows all its apps.
  let isWhole = false;
  if (log === null) return { apps: null, missing: [], backAt: stop.startedAt, farewell };
  for (const line of log.events) {
    const { at, event } = line;
    if (at === null) continue;
    if (at > stop.endedAt + backWithinMs) break;
    if (event.kind === 'daemon-started') {
      // What ran under the daemon before the last is gone; a second one that only carries out `pm2 kill` has no apps.
      if (at < from) {
        before.clear();
        isWhole = true;
      } else isNew = true;
    } else if (event.kind === 'online') {
      if (isNew) back.set(event.name, back.get(event.name) ?? at);
      else before.add(event.name);
    } else if (event.kind === 'stopping' && !event.old) {
      if (at >= from && at <= until && !isNew) down.add(event.name);
      else if (at < from) before.delete(event.name);
    } else if (event.kind === 'daemon-stopped' && at >= from && at <= until && !isNew) {
      farewell ??= quoteOf(log, line);
    }
  }
  // A group killed at once leaves no lines: what ran before was down.
  const apps = down.size > 0 ? [...down] : isWhole ? [...before] : [];
  const times = apps.flatMap((name) => back.get(name) ?? []);
  return {
    apps: apps.length === 0 ? null : apps,
    missing: back.size === 0 ? [] : apps.filter((name) => !back.has(name)),
    backAt: times.length > 0 ? Math.max(...times) : stop.startedAt,
    farewell,
  };
}
