import type { App } from '../../model/pm2.ts';
import type { Start } from '../../model/restart.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';
import { appKey } from '../apps/process-tree.ts';
import { groupBy } from '../grouping.ts';
import { type AppTimes, defaultTimes, type KnownOfDaemon, nothingKnown } from './log-slot.ts';
import { type LogTimeline, type ProcessEnd, slotKey } from './process-end.ts';

/** What the log says of one listed app. */
export interface OwnLines {
  readonly ends: readonly ProcessEnd[];
  readonly starts: readonly Start[];
}

/** The end that a start answers may stand before the beginning of the log: restart_delay, a slow stop. */
const edgeMs = 60_000;

/** Settings by id and name, under earlier daemons by name. */
export function timesOf(apps: readonly App[]): KnownOfDaemon['timesOf'] {
  // Nothing of their own: the log is read as for every other question, once.
  if (apps.every(({ settings }) => isDefault(settings))) return nothingKnown.timesOf;
  const exact = new Map(apps.map(({ ref, settings }) => [slotKey(ref), settings]));
  const byName = new Map(apps.map(({ ref, settings }) => [ref.name, settings]));
  return (slot) => exact.get(slotKey(slot)) ?? byName.get(slot.name) ?? defaultTimes;
}

function isDefault({ killTimeoutMs, restartDelayMs }: AppTimes): boolean {
  return killTimeoutMs === defaultTimes.killTimeoutMs && restartDelayMs === defaultTimes.restartDelayMs;
}

/**
 * Answers: which lines are whose? Only apps that a daemon lists get any, and only by id and name together; those of an
 * earlier daemon, which may have given other ids, also by a name that is unique.
 */
export function linesByApp(
  apps: readonly App[],
  timeline: LogTimeline,
  source: CleanText,
): ReadonlyMap<string, OwnLines> {
  const byId = groupBy(apps, ({ ref }) => ref.pmId);
  const keys = new Map(apps.map((app) => [app, appKey(app.ref)]));
  const keyOf = ({ pmId, name }: { readonly pmId: number; readonly name: CleanText }) => {
    const app = byId.get(pmId)?.findLast(({ ref }) => ref.name === name);
    return app && keys.get(app);
  };
  const byName = groupBy(apps, (app) => app.ref.name);
  const lastBanner = timeline.daemonStarts.at(-1)?.at ?? null;
  const owner = (
    of: { readonly pmId: number; readonly name: CleanText },
    time: EpochMs | null,
  ): string | undefined => {
    const key = keyOf(of);
    if (key !== undefined || lastBanner === null || time === null || time >= lastBanner) return key;
    const [only, another] = byName.get(of.name) ?? [];
    return only !== undefined && another === undefined ? appKey(only.ref) : undefined;
  };
  const own = new Map<string, { ends: ProcessEnd[]; starts: Start[] }>();
  const of = (key: string) => {
    const known = own.get(key);
    if (known !== undefined) return known;
    const made = { ends: [], starts: [] };
    own.set(key, made);
    return made;
  };
  for (const end of timeline.ends) {
    const key = owner(end, end.restartedAt ?? end.at);
    if (key !== undefined) of(key).ends.push(end);
  }
  for (const { at, line, isBeforeBanner, ...slot } of timeline.starts) {
    const key = owner(slot, at);
    if (key === undefined || (isBeforeBanner && at - (timeline.from ?? at) <= edgeMs)) continue;
    of(key).starts.push({ at, because: { source, at: line.at, text: line.text } });
  }
  return own;
}
