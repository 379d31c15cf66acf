import { describe, expect, it } from 'vitest';
import { memoryTrend } from '../../../src/derive/trends/memory-trend.ts';
import type { LabelledSeries } from './labelled-series.ts';
import { leaking, series } from './labelled-series.ts';
import { afterWeekend, morning, morningHours, ramps, wholeDayHours } from './load-ramps.ts';

const judge = ({ points, starts, now }: LabelledSeries) => memoryTrend(points, starts, now);

describe('a load that rises in the morning', () => {
  it.each(morningHours)('may be called a leak after %i hours, but is never sure to be one', (hours) => {
    const seen = ramps.flatMap((ramp) => [1, 2, 101, 102].map((seed) => judge(morning(ramp, hours, seed))));
    for (const { kind, sure } of seen) expect(sure).toBe(kind === 'leak' ? 'possible' : null);
  });

  it.each(wholeDayHours)('is no leak once a full day was seen: %i hours, whenever it began', (hours) => {
    const accused = [0, 3, 6, 9, 12, 15, 18, 21].flatMap((begin) =>
      ramps
        .map((ramp) => morning(ramp, hours, begin + 1, begin))
        .filter((each) => judge(each).kind === 'leak'),
    );
    expect(accused.map(({ name }) => name)).toEqual([]);
  });

  it.each([18, 42, 60])(
    'is no leak on a Monday after a quiet weekend, begun %i hours after Friday',
    (begin) => {
      // Until Monday 06:00, 10:00, 14:00, 18:00 and Tuesday 12:00.
      const accused = [78, 82, 86, 90, 108].flatMap((end) =>
        ramps
          .map((ramp) => afterWeekend(ramp, end - begin, end, begin))
          .filter((each) => judge(each).sure === 'likely'),
      );
      expect(accused.map(({ name }) => name)).toEqual([]);
    },
  );
});

describe('how sure a leak is', () => {
  it('is possible before a full day, likely after it', () => {
    const each = (hours: number) => {
      const [shape] = leaking;
      return judge(series({ ...shape!, minutes: hours * 60 }, 1));
    };
    for (const hours of [2, 6, 12, 23])
      expect(each(hours), `${hours} h`).toMatchObject({ kind: 'leak', sure: 'possible' });
    for (const hours of [24, 36])
      expect(each(hours), `${hours} h`).toMatchObject({ kind: 'leak', sure: 'likely' });
  });

  it('is possible where the process before is told of, however long it was watched', () => {
    const [shape] = leaking;
    const told = series({ ...shape!, minutes: 31 * 60, restarts: [30 * 60] }, 1);
    expect(judge(told)).toMatchObject({ kind: 'leak', sure: 'possible', isOfEarlierLife: true });
  });
});
