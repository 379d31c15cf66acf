import { describe, expect, it } from 'vitest';
import type { Report, ReportHistory } from '../../src/model/report.ts';
import { makeFmt } from '../../src/report/format.ts';
import { pastSentences } from '../../src/report/view/past-sentences.ts';
import { c, day, GB, MB, now } from '../factories.ts';

const quiet: ReportHistory = {
  from: now - 15 * day,
  to: now,
  gaps: [],
  disks: [],
  logs: [],
  weekAgo: { at: now - 7 * day, thenBytes: 2 * GB, nowBytes: 2.1 * GB },
  restartWeeks: { thisWeek: 3, weekBefore: 2 },
  daemons: [
    {
      home: c('/home/deploy/.pm2'),
      kind: 'stable',
      bytesPerDay: null,
      from: now - 7 * day,
      to: now,
      missingMs: null,
      reach: null,
    },
  ],
};
const said = (over: Partial<ReportHistory>, locale: 'en' | 'zh-CN' = 'en') =>
  pastSentences(
    { report: { takenAt: now, history: { ...quiet, ...over } } as Report, fmt: makeFmt(locale, 0), locale },
    (path) => path,
    ['memory', 'restarts', 'daemons'],
  );

describe('what a history adds beside the apps', () => {
  it('is nothing where nothing has changed', () => {
    expect(said({})).toEqual([]);
  });

  it('compares memory and restarts with the week before, in both languages', () => {
    const changed: Partial<ReportHistory> = {
      weekAgo: { at: now - 7 * day, thenBytes: 2 * GB, nowBytes: 3 * GB },
      restartWeeks: { thisWeek: 14, weekBefore: 2 },
    };
    expect(said(changed)).toEqual([
      'A week ago at this hour the trees that were there held 2 GB, now 3 GB: 50 % more.',
      'PM2’s counters rose by 14 restarts in the last seven days, by 2 in the seven before.',
    ]);
    expect(said(changed, 'zh-CN')[1]).toBe('按 PM2 的计数，最近七天重启 14 次，此前七天 2 次。');
  });

  it('names the day PM2’s own daemon is heavy', () => {
    const [daemon] = quiet.daemons;
    const at = now + 20 * day;
    const growing = {
      ...daemon!,
      kind: 'leak',
      bytesPerDay: 12 * MB,
      reach: { bytes: 500 * MB, at, earliest: at, latest: at },
    } as const;
    expect(said({ daemons: [growing] })[0]).toMatch(
      /^PM2’s own daemon of \/home\/deploy\/\.pm2 grows by 12 MB a day and holds 500 MB on \d+ \w+ at this pace\.$/,
    );
  });
});
