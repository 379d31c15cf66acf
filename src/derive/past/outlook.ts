import type { PastProcess } from '../../model/past.ts';
import type { AppRef } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import type { LimitKind } from '../../model/trend.ts';
import type { SizePoint } from '../trends/growth.ts';
import { type Reach, reachOf } from '../trends/limit-forecast.ts';
import { type MemoryTrend, memoryTrend } from '../trends/memory-trend.ts';

/** The limits the store can tell of: PM2's, and all the memory this host has left. An audit knows more of them. */
export type ToldLimit = Extract<LimitKind, 'max-memory-restart' | 'host'>;

export interface Outlook {
  readonly trend: MemoryTrend;
  /** Only of a leak; the one that is reached first comes first. */
  readonly reaches: readonly (Reach & { readonly limit: ToldLimit })[];
}

/** Which part of an app's memory the verdict is made from. */
export interface LifeSpan {
  readonly starts: readonly EpochMs[];
  readonly from: EpochMs;
  readonly stepMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** A life this long is told by hours: 36 points at least. */
const longMs = 48 * hourMs;
/** A younger one cannot be judged (memory-trend.ts), so those before it are looked at too. */
const youngMs = 2 * hourMs;
const mostPoints = 360;
const mostStarts = 200;

/** The main processes of each app, by `home`, id and name. */
export function mainsByApp(processes: readonly PastProcess[]): ReadonlyMap<string, readonly PastProcess[]> {
  const found = new Map<string, PastProcess[]>();
  for (const process of processes) {
    if (process.role !== 'main' || process.app === null) continue;
    const key = refKey(process.app);
    const list = found.get(key);
    if (list === undefined) found.set(key, [process]);
    else list.push(process);
  }
  return found;
}

export function refKey({ home, pmId, name, namespace }: AppRef): string {
  return `${home}\n${pmId}\n${name}\n${namespace}`;
}

/** The life of the newest process, and how fine it must be looked at; null = none was seen from `from` on. */
export function lifeSpan(mains: readonly PastProcess[], from: EpochMs, now: EpochMs): LifeSpan | null {
  const starts = mains
    .map(({ startedAt, firstSeen }) => startedAt ?? firstSeen)
    .filter((at) => at <= now)
    .toSorted((a, b) => a - b)
    .slice(-mostStarts);
  const born = starts.at(-1);
  if (born === undefined) return null;
  const age = now - born;
  if (age > longMs) return { starts, from: Math.max(from, born), stepMs: hourMs };
  const begin = Math.max(from, age >= youngMs ? born : now - longMs);
  const steps = Math.max(1, Math.ceil((now - begin) / mostPoints / minuteMs));
  return { starts, from: begin, stepMs: steps * minuteMs };
}

/**
 * Answers: does this app's memory leak, and what does it reach when? `pm2Points`: PM2's own figure, which its own limit
 * is held against; null = the limit is not known. `hostLeftBytes`: what the host has left for it.
 */
export function outlookOf(
  points: readonly SizePoint[],
  life: LifeSpan,
  now: EpochMs,
  limits: {
    readonly own: { readonly bytes: number; readonly points: readonly SizePoint[] } | null;
    readonly hostLeftBytes: number | null;
  },
): Outlook {
  const trend = memoryTrend(points, life.starts, now);
  if (trend.kind !== 'leak' || trend.growth === null || trend.isOfEarlierLife) return { trend, reaches: [] };
  const last = points.at(-1)?.bytes ?? 0;
  const host =
    limits.hostLeftBytes === null ? null : reachOf(points, trend.growth, last + limits.hostLeftBytes);
  const reaches = [
    ownReach(life, now, limits.own),
    host === null ? null : { ...host, limit: 'host' as const },
  ];
  return { trend, reaches: reaches.filter((reach) => reach !== null).toSorted((a, b) => a.at - b.at) };
}

function ownReach(
  { starts }: LifeSpan,
  now: EpochMs,
  own: { readonly bytes: number; readonly points: readonly SizePoint[] } | null,
): Outlook['reaches'][number] | null {
  if (own === null) return null;
  const { kind, growth } = memoryTrend(own.points, starts, now);
  const reach = kind === 'leak' && growth !== null ? reachOf(own.points, growth, own.bytes) : null;
  return reach === null ? null : { ...reach, limit: 'max-memory-restart' };
}
