import { describe, expect, it } from 'vitest';
import restartRateRising from '../../src/audits/restart-rate-rising.ts';
import { app, daemon, day, hour, minute, now, pm2Log } from '../factories.ts';
import { effect, found, runAudit } from '../run-audit.ts';
import { crash } from '../stories/pm2-lines.ts';

/** Crashes a day, oldest first, spread over the day. */
function judge(perDay: readonly number[], coveredDays = 7, make = crash) {
  const total = perDay.reduce((sum, count) => sum + count, 0);
  const api = app('api', 0, {
    restartCounter: total,
    startedAt: now - 10 * minute,
    createdAt: now - 20 * day,
  });
  const events = perDay.flatMap((count, index) =>
    Array.from({ length: count }, (_, nth) => {
      const begin = now - (perDay.length - index) * day;
      return make(api, Math.floor(begin + hour + (nth * 22 * hour) / count));
    }).flat(),
  );
  const log = pm2Log(events, { coversFrom: now - coveredDays * day });
  return runAudit(restartRateRising, { daemons: [daemon([api])], pm2Log: [log] });
}

describe('restart-rate-rising', () => {
  it('finds an app that fails more often from day to day', () => {
    const [draft] = judge([1, 2, 3, 4, 6, 9, 14]);
    expect(draft).toMatchObject({
      priority: 'P2',
      confidence: 'likely',
      args: { apps: [{ perDay: [1, 2, 3, 4, 6, 9, 14] }] },
    });
    expect(found(restartRateRising, draft!)).toBe(
      'api failed 9.7 times a day lately, 2.5 times a day before',
    );
    expect(effect(restartRateRising, draft!)).toContain('1, 2, 3, 4, 6, 9, 14');
    expect(effect(restartRateRising, draft!, 'zh-CN')).toContain('1、2、3、4、6、9、14');
  });

  it.each([
    ['a steady nuisance', [5, 4, 6, 5, 4, 6, 5]],
    ['one bad day', [0, 0, 40, 0, 0, 0, 0]],
    ['one that began two days ago and stays', [0, 0, 0, 0, 0, 12, 12]],
    ['one that gets better', [14, 9, 6, 4, 3, 2, 1]],
    ['a rise just below three a day', [1, 1, 1, 1, 2, 3, 3]],
    ['a rise by less than half as much again', [10, 11, 12, 13, 14, 15, 16]],
    ['none at all', [0, 0, 0, 0, 0, 0, 0]],
  ] as const)('is silent about %s', (_name, perDay) => {
    expect(judge(perDay)).toEqual([]);
  });

  it('is silent where too few days were seen', () => {
    expect(judge([1, 2, 3, 4, 6, 9, 14], 4)).toEqual([]);
  });
});
