import { describe, expect, it } from 'vitest';
import type { Track } from '../../src/model/remembered.ts';
import type { ProcessRow } from '../../src/model/report.ts';
import type { AppTrend } from '../../src/model/trend.ts';
import { sparkline, sparkText } from '../../src/report/chart/sparkline.ts';
import { makeFmt } from '../../src/report/format.ts';
import { trendWord } from '../../src/report/view/trend.ts';
import { trendWords } from '../../src/report/view/words/trend.ts';
import { app, hour, MB, minute, now, ref } from '../factories.ts';

const week = (of: (hour: number) => number | null): Track => ({
  from: now - 168 * hour,
  stepMs: hour,
  unit: MB,
  values: Array.from({ length: 168 }, (_, index) => of(index)),
});

describe('the line of a week', () => {
  it('goes from 0 at its foot to the highest value', () => {
    const line = sparkline(
      week((at) => at),
      now,
      null,
    )!;
    expect(line).toMatchObject({
      lowBytes: 2 * MB,
      highBytes: 167 * MB,
      lastBytes: 167 * MB,
      unseen: [],
      limitY: null,
    });
    expect(line.path).toMatch(/^M1 \d+(\.\d)?L3 /);
    expect(line.path.endsWith(' 1')).toBe(true);
    expect(line.path.length).toBeLessThan(700);
  });

  it('breaks where nothing was seen, and says where', () => {
    const line = sparkline(
      week((at) => (at >= 42 && at < 84 ? null : 50)),
      now,
      null,
    )!;
    expect(line.path.match(/M/g)).toHaveLength(2);
    expect(line.unseen).toEqual([{ x: 28, width: 28 }]);
    // A collector that was started three days ago.
    expect(
      sparkline(
        week((at) => (at < 96 ? null : 50)),
        now,
        null,
      )!.unseen,
    ).toEqual([{ x: 0, width: 64 }]);
  });

  it('has the limit where it is near, and not where it would press the line flat', () => {
    expect(
      sparkline(
        week(() => 100),
        now,
        150 * MB,
      )!.limitY,
    ).toBe(1);
    expect(
      sparkline(
        week(() => 100),
        now,
        200 * MB,
      )!.limitY,
    ).toBeNull();
  });

  it('is not drawn of fewer than eight values', () => {
    expect(sparkline(null, now, null)).toBeNull();
    expect(
      sparkline(
        week((at) => (at > 160 ? 5 : null)),
        now,
        null,
      ),
    ).toBeNull();
  });

  it('is fourteen blocks in a terminal, blank where nothing was seen', () => {
    expect(
      sparkText(
        week((at) => at),
        now,
        14,
      ),
    ).toBe('▁▁▂▂▃▃▄▄▅▅▆▆▇▇');
    expect(
      sparkText(
        week((at) => (at < 84 ? null : 9)),
        now,
        14,
      ),
    ).toBe('       ▇▇▇▇▇▇▇');
    expect(sparkText(null, now, 14)).toBeNull();
  });
});

describe('the word of a trend', () => {
  const trend = (over: Partial<AppTrend>): AppTrend => ({
    app: ref('web', 0),
    kind: 'stable',
    sure: null,
    bytesPerHour: null,
    lowPerHour: null,
    highPerHour: null,
    from: null,
    to: null,
    isOfEarlierLife: false,
    missingMs: null,
    reach: null,
    ...over,
  });
  const row = (own: AppTrend | null, pid: number | null = 1000, seen: Track | null = null) =>
    ({ trend: own, app: app('web', 0, { pid }), week: seen }) as ProcessRow;
  const says = (one: ProcessRow) =>
    (['en', 'zh-CN'] as const).map((locale) => trendWord(trendWords[locale](makeFmt(locale, 0)), one));

  it.each([
    [row(trend({})), ['stable', '平稳']],
    [row(trend({ kind: 'warm-up' })), ['warm-up', '预热中']],
    [row(trend({ kind: 'sawtooth' })), ['sawtooth', '锯齿']],
    [
      row(trend({ kind: 'leak', sure: 'likely', bytesPerHour: 12 * MB })),
      ['leak +12 MB/h', '泄漏 +12 MB/小时'],
    ],
    // Less than a full day was seen of it: a daily load rises too.
    [
      row(trend({ kind: 'leak', sure: 'possible', bytesPerHour: 12 * MB })),
      ['rising +12 MB/h', '上升 +12 MB/小时'],
    ],
    [
      row(trend({ kind: 'unknown', missingMs: 40 * minute })),
      ['unknown, 40 min more', '无法判断，还需 40 分钟'],
    ],
    [row(null), ['new', '新']],
    [
      row(
        null,
        null,
        week(() => 5),
      ),
      ['stopped', '已停止'],
    ],
  ])('%#', (one, words) => {
    expect(says(one).map((word) => word.replaceAll('\u00a0', ' '))).toEqual(words);
  });
});
