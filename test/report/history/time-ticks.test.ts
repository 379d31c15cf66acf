import { describe, expect, it } from 'vitest';
import { makeFmt } from '../../../src/report/format.ts';
import { timeTicks } from '../../../src/report/history/time-ticks.ts';
import { hour, minute, now } from '../../factories.ts';

const begin = Math.floor(now / hour) * hour;
const ticks = (spanMs: number, from = begin + 4000) =>
  timeTicks(from, from + spanMs, 73, makeFmt('en', 0), 0);

describe('the names below the axis', () => {
  it('say seconds where the span is of a minute or two', () => {
    expect(ticks(66_000).names.trim()).toMatch(/^\d+ Nov \d\d:00:30$/);
    expect(ticks(110_000).names.trim()).toMatch(/:00:30 +\d+ Nov \d\d:01:00/);
  });

  it.each([1, 2, 3, 5, 9, 30, 100, 600, 5000])('are never missing: %i min', (minutes) => {
    const { axis, names } = ticks(minutes * minute);
    expect(names.trim()).not.toBe('');
    expect(axis).toContain('+');
    expect(axis).toHaveLength(73);
  });
});
