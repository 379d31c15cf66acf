import { counterSteps } from '../derive/past/counter-steps.ts';
import { refKey } from '../derive/past/outlook.ts';
import type { HistoryReader } from '../history/store.ts';
import type { AppRef } from '../model/pm2.ts';
import type { RestartWeeks } from '../model/remembered.ts';
import type { EpochMs } from '../model/text.ts';

const hourMs = 3_600_000;
const weekMs = 7 * 24 * hourMs;
/** A week counts as watched when nothing is missing but this much: a count over holes would be too low, and say so nowhere. */
const mostMissing = 0.05;

/** Restarts of two weeks by `refKey`, as PM2's counter tells them, which also knows those that no line tells of. */
export function restartWeeks(
  reader: HistoryReader,
  isWanted: (app: AppRef) => boolean,
  now: EpochMs,
  keptFrom: EpochMs | null,
): ReadonlyMap<string, RestartWeeks> {
  const begin = now - 2 * weekMs;
  const middle = now - weekMs;
  const missing = (from: EpochMs, to: EpochMs): number =>
    reader.gaps({ from, to }).reduce((sum, gap) => sum + gap.to - gap.from, 0) / (to - from);
  if (keptFrom === null || keptFrom > middle || missing(middle, now) > mostMissing) return new Map();
  const hasBefore = keptFrom <= begin && missing(begin, middle) <= mostMissing;
  const series = reader.allSeries('app', {
    from: begin - hourMs,
    to: now,
    metric: 'restartCounter',
    resolution: 'hour',
    wanted: (subject) => subject.kind === 'app' && isWanted(subject.app),
  });
  return new Map(
    series.flatMap(({ subject, at, last }) => {
      const first = at[0] ?? now;
      // Younger than a week: its first count is not known to be a rise.
      if (subject.kind !== 'app' || first > middle) return [];
      const steps = counterSteps(at, last, hourMs);
      const within = (from: EpochMs, to: EpochMs): number =>
        steps.reduce((sum, step) => sum + (step.to > from && step.to <= to ? step.restarts : 0), 0);
      const weekBefore = hasBefore && first <= begin + hourMs ? within(begin, middle) : null;
      return [[refKey(subject.app), { thisWeek: within(middle, now + hourMs), weekBefore }] as const];
    }),
  );
}
