import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barWidth, meter, textBar } from '../../src/report/chart/bars.ts';
import { oomTimeline } from '../../src/report/chart/oom-timeline.ts';
import { restartLanes } from '../../src/report/chart/restart-lanes.ts';
import { percentAt, timeTicks } from '../../src/report/chart/time-axis.ts';
import { day, GB, hour, MB, minute, now } from '../factories.ts';

const axis = { from: now - 7 * day, to: now, utcOffsetMinutes: 480 };
const at = (time: number) => ({
  number: 1,
  at: time,
  bytes: 100 * MB,
  biggestBytes: null,
  label: 'web 100 MB',
  short: '100 MB',
});

describe('a time axis', () => {
  it('puts a hairline at each local midnight of a week', () => {
    const ticks = timeTicks(axis);
    expect(ticks).toHaveLength(7);
    for (const tick of ticks) expect((tick.at + 8 * hour) % day).toBe(0);
    expect(ticks.every((tick) => !tick.isClock)).toBe(true);
    expect(ticks.at(-1)?.labelled, 'no label runs out of the chart').toBe(false);
  });

  it('never draws more than ten, whatever the window', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 * day }),
        fc.integer({ min: -720, max: 840 }),
        (span, utcOffsetMinutes) => {
          const ticks = timeTicks({ from: now - span, to: now, utcOffsetMinutes });
          expect(ticks.length).toBeLessThanOrEqual(10);
          for (const tick of ticks) expect(tick.x).toBeGreaterThanOrEqual(0);
          for (const tick of ticks) expect(tick.x).toBeLessThanOrEqual(100);
        },
      ),
    );
  });

  it('labels the hours of a day', () => {
    const ticks = timeTicks({ ...axis, from: now - day });
    expect(ticks.length).toBeGreaterThan(3);
    expect(ticks.every((tick) => tick.isClock)).toBe(true);
  });

  it('keeps a time outside at the edge', () => {
    expect(percentAt(axis, now - 8 * day)).toBe(0);
    expect(percentAt(axis, now + day)).toBe(100);
    expect(percentAt({ ...axis, from: now }, now)).toBe(0);
  });
});

describe('restart lanes', () => {
  it('keeps one row a cause and says how many marks overlap', () => {
    const crashes = [0, 1, 2, 3].map((index) => now - 3 * day + index * minute);
    const chart = restartLanes(
      axis,
      [
        { cause: 'crash', at: crashes },
        { cause: 'manual', at: [now - day] },
      ],
      null,
    );
    expect(chart.lanes.map((lane) => lane.total)).toEqual([4, 1]);
    expect(chart.lanes[0]?.counts.map((count) => count.count)).toEqual([4]);
    expect(chart.lanes[1]?.counts).toEqual([]);
    expect(chart.lanes[1]!.y - chart.lanes[0]!.y).toBe(26);
  });

  it('draws a storm of thousands with few marks, and counts it truly', () => {
    const storm = Array.from({ length: 20_000 }, (_, index) => axis.from + (index * 7 * day) / 20_000);
    const [lane] = restartLanes(axis, [{ cause: 'crash', at: storm }], null).lanes;
    expect(lane?.total).toBe(20_000);
    expect(lane?.marks.length).toBeLessThanOrEqual(501);
  });

  it('keeps a count at the right edge inside the chart', () => {
    const late = [0, 1, 2].map((index) => now - index * minute);
    expect(restartLanes(axis, [{ cause: 'crash', at: late }], null).lanes[0]?.counts[0]).toMatchObject({
      anchor: 'end',
      count: 3,
    });
  });

  it('hatches what was not seen', () => {
    expect(restartLanes(axis, [], now - 3.5 * day).unseen).toBe(50);
    expect(restartLanes(axis, [], axis.from - day).unseen).toBeNull();
    expect(restartLanes(axis, [], null).unseen).toBeNull();
  });
});

describe('the time line of kills', () => {
  it('starts at zero bytes and keeps bigger victims higher', () => {
    const chart = oomTimeline(
      axis,
      [
        { ...at(now - 3 * day), bytes: 0 },
        { ...at(now - 2 * day), bytes: 1 * GB },
      ],
      [],
      null,
    );
    const [none, big] = chart.marks;
    expect(none?.y).toBe(chart.axisY);
    expect(big!.y).toBeLessThan(none!.y);
    expect(big!.y).toBeGreaterThan(chart.top);
  });

  it('never lets labels run out of the chart, and gives touching kills one number', () => {
    const kills = [0, 1, 2].map((index) => ({ ...at(now - index * minute), number: index + 1 })).reverse();
    const chart = oomTimeline(axis, kills, [], null);
    const labelled = chart.marks.filter((mark) => mark.number !== null);
    expect(labelled).toHaveLength(1);
    expect(labelled[0]).toMatchObject({ anchor: 'end', label: null });
    expect(new Set(chart.marks.map((mark) => mark.shift)).size, 'they stand side by side').toBe(3);
  });

  it('keeps the labels of close limits apart', () => {
    const limits = [7.8, 7.7].map((size) => ({ bytes: size * GB, label: `${size}`, short: `${size}` }));
    const [first, second] = oomTimeline(axis, [at(now - day)], limits, null).limits;
    expect(Math.abs(first!.labelY - second!.labelY)).toBeGreaterThan(14);
  });

  it('stays inside for any kills', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            time: fc.integer({ min: 0, max: 7 * day }),
            bytes: fc.integer({ min: 0, max: 64 * GB }),
          }),
          { minLength: 1, maxLength: 40 },
        ),
        (kills) => {
          const sorted = kills
            .toSorted((a, b) => a.time - b.time)
            .map((kill, index) => ({ ...at(axis.from + kill.time), bytes: kill.bytes, number: index + 1 }));
          const chart = oomTimeline(axis, sorted, [], null);
          expect(chart.marks).toHaveLength(kills.length);
          for (const mark of chart.marks) {
            expect(mark.y).toBeGreaterThanOrEqual(chart.top);
            expect(mark.y).toBeLessThanOrEqual(chart.axisY);
          }
        },
      ),
    );
  });
});

describe('bars', () => {
  it('show a little as a little, and almost all as almost all', () => {
    expect(textBar(0, 16)).toBe('[................]');
    expect(textBar(0.001, 16)).toBe('[|...............]');
    expect(textBar(0.999, 16)).toBe('[|||||||||||||||.]');
    expect(textBar(1, 16)).toBe('[||||||||||||||||]');
  });

  it('keep an unknown value apart from an empty one', () => {
    expect(barWidth(null, 10)).toBeNull();
    expect(barWidth(0, 10)).toBe(0);
    expect(barWidth(5, 10)).toBe(50);
  });

  it('fill at most the whole meter', () => {
    expect(meter(1.7, 0.8, 0.9, 1.4)).toMatchObject({ percent: 100, ticks: [80, 90], peak: 100 });
    expect(meter(Number.NaN, 0.8, 0.9).percent).toBe(0);
  });
});
