import type { OomKill } from '../../model/oom.ts';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A kill in the making, with what decides whether another line speaks of the same one. */
export interface Draft {
  readonly kill: Mutable<OomKill>;
  /** Place in the log: kills are listed in the order of their first line. */
  readonly order: number;
  /** Seconds since boot, and which boot of this log. */
  readonly seconds: number | null;
  readonly boot: string | number;
}

/** A kill of which nothing is known yet. */
export function emptyKill(
  over: Pick<OomKill, 'source' | 'at' | 'timestamp' | 'evidence' | 'quotes'>,
): Mutable<OomKill> {
  return {
    pid: null,
    comm: null,
    killer: 'kernel',
    constraint: 'unknown',
    totalVmKb: null,
    anonRssKb: null,
    fileRssKb: null,
    shmemRssKb: null,
    rssKb: null,
    swapKb: null,
    uid: null,
    oomScoreAdj: null,
    oomMemcg: null,
    taskMemcg: null,
    invokedBy: null,
    signal: null,
    sysrq: false,
    unit: null,
    processes: null,
    repeats: 1,
    usageKb: null,
    limitKb: null,
    tasks: [],
    tasksTotal: null,
    ...over,
  };
}
