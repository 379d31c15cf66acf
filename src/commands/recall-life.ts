import type { PastProcess } from '../model/past.ts';
import type { App } from '../model/pm2.ts';
import type { EpochMs } from '../model/text.ts';

/** From when on an app's memory is of use, and how fine. */
export interface Life {
  readonly starts: readonly EpochMs[];
  readonly from: EpochMs;
  readonly stepMs: number;
  /** Minutes are needed back to here; null = hours say enough. */
  readonly fineFrom: EpochMs | null;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** From so long a life on, hours are enough: 36 points, and a block of the trend holds one at least. */
const coarseMs = 48 * hourMs;
/** A life below this cannot be judged (derive/trends/memory-trend.ts), so the ones before it are wanted too. */
const youngMs = 2 * hourMs;
const mostPoints = 360;
/** Of the lives before, so much: enough to judge one of them. */
const beforeMs = 12 * hourMs;
const mostStarts = 200;

/**
 * Answers: which part of an app's memory does a trend need? The life that runs, in at most 360 points; where that is too
 * young to judge, half a day with the lives before it. null = nothing runs.
 */
export function lifeOf(app: App, mains: readonly PastProcess[], now: EpochMs, from: EpochMs): Life | null {
  if (app.pid === null || app.startedAt === null) return null;
  const { ref } = app;
  const before = mains.flatMap(({ app: own, startedAt, firstSeen }) =>
    own !== null && own.home === ref.home && own.pmId === ref.pmId && own.name === ref.name
      ? [startedAt ?? firstSeen]
      : [],
  );
  // The same start, as PM2 has it and as /proc has it, differs by a moment.
  const starts = [...before.filter((at) => Math.abs(at - (app.startedAt ?? 0)) > 5000), app.startedAt]
    .filter((at) => at <= now)
    .sort((a, b) => a - b)
    .slice(-mostStarts);
  const aged = now - app.startedAt;
  if (aged > coarseMs) return { starts, from: Math.max(from, app.startedAt), stepMs: hourMs, fineFrom: null };
  const begin = Math.max(from, aged >= youngMs ? app.startedAt : now - beforeMs);
  const steps = Math.max(1, Math.ceil((now - begin) / mostPoints / minuteMs));
  return { starts, from: begin, stepMs: steps * minuteMs, fineFrom: begin };
}
