import type { Resolution, SeriesGap } from '../../model/history.ts';
import type { AppRef, AppStatus } from '../../model/pm2.ts';
import type { RestartWeeks } from '../../model/remembered.ts';
import type { Cause } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';
import type { DaemonTrend } from '../../model/trend.ts';
import type { PastEvent } from './app-events.ts';
import type { CounterStep } from './counter-steps.ts';
import type { Outlook } from './outlook.ts';

/** What `--metric` may be, and what it is measured in. */
export const metrics = {
  memory: { column: 'treeRssBytes', unit: 'bytes' },
  pm2: { column: 'pm2RssBytes', unit: 'bytes' },
  pss: { column: 'treePssBytes', unit: 'bytes' },
  swap: { column: 'treeSwapBytes', unit: 'bytes' },
  cpu: { column: 'cpuPercent', unit: 'percent' },
  processes: { column: 'processes', unit: 'count' },
  restarts: { column: 'restartCounter', unit: 'count' },
} as const;
export type MetricName = keyof typeof metrics;
export type Unit = (typeof metrics)[MetricName]['unit'];

/** Points of one app, oldest first; NaN = not known. A bucket begins at `at`; raw points have all four alike. */
export interface Points {
  readonly at: ArrayLike<EpochMs>;
  readonly min: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly max: ArrayLike<number>;
  readonly last: ArrayLike<number>;
}

/** The newest restart: when, and the cause if an audit or the lines say it. */
export interface LastRestart {
  readonly at: EpochMs;
  readonly cause: Cause | null;
  readonly event: PastEvent | null;
}

export interface AppPast {
  readonly app: AppRef;
  readonly points: Points;
  /** `gone`: not in PM2's list at the newest sample. */
  readonly state: AppStatus | 'gone';
  /** In the newest sample; null = no process, or not known. */
  readonly now: number | null;
  readonly peak: { readonly value: number; readonly at: EpochMs } | null;
  readonly steps: readonly CounterStep[];
  /** In the span, by PM2's counter; null = the counter was not seen. */
  readonly restarts: number | null;
  readonly lastRestart: LastRestart | null;
  readonly events: readonly PastEvent[];
  /** null unless the metric is memory. */
  readonly outlook: Outlook | null;
  /** null = not watched for a week, or many apps were asked for. */
  readonly weeks: RestartWeeks | null;
  /** As the newest kept report has it; null = none, or no report is kept. */
  readonly maxMemoryRestartBytes: number | null;
}

export interface DaemonPast extends DaemonTrend {
  /** It was in the newest sample. */
  readonly isRunning: boolean;
  /** At the newest sample; null = gone, or not known. */
  readonly nowBytes: number | null;
}

export interface Past {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly utcOffsetMinutes: number;
  readonly metric: MetricName;
  readonly resolution: Resolution;
  /** Length of a point, ms. */
  readonly stepMs: number;
  readonly gaps: readonly SeriesGap[];
  readonly store: {
    readonly path: string;
    readonly firstAt: EpochMs | null;
    readonly lastAt: EpochMs | null;
    readonly everyMs: number | null;
  };
  /** The collector writes: its newest sample is not late. */
  readonly isFresh: boolean;
  readonly apps: readonly AppPast[];
  /** PM2's own daemons of the last hours; empty unless the metric is memory. */
  readonly daemons: readonly DaemonPast[];
}

/** The highest value and when it was; null = none is known. */
export function peakOf({ at, max }: Points): AppPast['peak'] {
  let peak: { value: number; at: EpochMs } | null = null;
  for (let index = 0; index < at.length; index += 1) {
    const value = max[index] ?? Number.NaN;
    if (!Number.isNaN(value) && (peak === null || value > peak.value)) peak = { value, at: at[index] ?? 0 };
  }
  return peak;
}
