import type { AppRef } from './pm2.ts';
import type { CleanText, EpochMs } from './text.ts';

/**
 * `stable`: the floor does not rise · `warm-up`: it rises and comes to rest · `sawtooth`: it swings, the floor stays ·
 * `leak`: the floor rises without end · `unknown`: too little was seen.
 */
export type TrendKind = 'stable' | 'warm-up' | 'sawtooth' | 'leak' | 'unknown';

/**
 * How sure a `leak` is: `likely` once a full day was seen of the process that runs; `possible` before, because the morning
 * of a daily load and a cache that still fills look the same.
 */
export type LeakSureness = 'likely' | 'possible';

/** What stops a growing app: PM2's own limit, V8's heap, the memory cgroup, or the memory of the host. */
export type LimitKind = 'max-memory-restart' | 'v8-heap' | 'cgroup' | 'host';

/** When a growing series reaches a limit. */
export interface LimitReach {
  readonly kind: LimitKind;
  /** The limit, in bytes of the figure it is compared with. */
  readonly bytes: number;
  readonly at: EpochMs;
  readonly earliest: EpochMs;
  /** null = it may never. */
  readonly latest: EpochMs | null;
}

/** How the memory of one app moves. Slopes in bytes an hour with their 95 % interval; null unless it grows. */
export interface AppTrend {
  readonly app: AppRef;
  readonly kind: TrendKind;
  /** null unless it is a `leak`. */
  readonly sure: LeakSureness | null;
  readonly bytesPerHour: number | null;
  readonly lowPerHour: number | null;
  readonly highPerHour: number | null;
  /** The life of the process that was judged. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  /** Said of the process before: the one that runs is too young. */
  readonly isOfEarlierLife: boolean;
  /** `unknown`: how much longer it must be watched, ms. */
  readonly missingMs: number | null;
  /** `leak`: the limit it reaches first; null = none within 400 days, or none is known. */
  readonly reach: LimitReach | null;
}

/** How the memory of PM2's daemon of one home moves. `reach`: when it holds what `daemon-bloated` warns at. */
export interface DaemonTrend {
  readonly home: CleanText;
  readonly kind: TrendKind;
  /** null unless it grows. */
  readonly bytesPerDay: number | null;
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  readonly missingMs: number | null;
  readonly reach: Omit<LimitReach, 'kind'> | null;
}

/** How a disk fills. */
export interface DiskTrend {
  readonly mount: CleanText;
  readonly bytesPerDay: number;
  /** When it is full; null = not within 400 days. */
  readonly full: Omit<LimitReach, 'kind'> | null;
}

/** How fast a file grows, rotations left out. */
export interface LogTrend {
  readonly path: CleanText;
  readonly bytesPerDay: number;
}
