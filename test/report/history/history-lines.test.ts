import { describe, expect, it } from 'vitest';
import type { PastEvent } from '../../../src/derive/past/app-events.ts';
import type { AppPast, Past } from '../../../src/derive/past/app-past.ts';
import type { Locale } from '../../../src/model/text.ts';
import { makeFmt } from '../../../src/report/format.ts';
import { daemonLines, whyLines } from '../../../src/report/history/history-lines.ts';
import { appLines } from '../../../src/report/history/history-view.ts';
import { historyWords } from '../../../src/report/history/history-words.ts';
import { c, day, home, hour, MB, now, ref } from '../../factories.ts';

type Told = Past['daemons'][number];
const grows: Told = {
  home,
  kind: 'leak',
  bytesPerDay: 26 * MB,
  from: now - 9 * day,
  to: now,
  missingMs: null,
  reach: { bytes: 500 * MB, at: now + 6 * day, earliest: now + 5 * day, latest: now + 7 * day },
  isRunning: true,
  nowBytes: 340 * MB,
};
const past = (over: Partial<Past> = {}): Past => ({
  from: now - 7 * day,
  to: now,
  utcOffsetMinutes: 0,
  metric: 'memory',
  resolution: 'hour',
  stepMs: hour,
  gaps: [],
  store: { path: '/var/history.db', firstAt: now - 7 * day, lastAt: now, everyMs: 10_000 },
  isFresh: true,
  apps: [],
  daemons: [],
  ...over,
});
const api = (over: Partial<AppPast> = {}): AppPast => ({
  app: ref('api', 0),
  points: { at: [], min: [], mean: [], max: [], last: [] },
  state: 'online',
  now: null,
  peak: null,
  steps: [],
  restarts: 0,
  lastRestart: null,
  events: [],
  outlook: null,
  weeks: null,
  maxMemoryRestartBytes: null,
  ...over,
});
const context = (of: Past, locale: Locale = 'en') => {
  const fmt = makeFmt(locale, 0);
  return { past: of, say: historyWords[locale](fmt), fmt, locale, columns: 200 };
};
const text = (lines: ReturnType<typeof daemonLines>) =>
  lines
    .map((line) => line.map((piece) => piece.text).join(''))
    .join('\n')
    .trim();

describe('PM2’s own daemon in history', () => {
  it('is told with what it holds, how it grows and when it is heavy', () => {
    const lines = daemonLines(context(past({ daemons: [grows] })));
    expect(text(lines)).toBe(
      'PM2’s own daemon of /home/deploy/.pm2: 340 MB now, it grows by 26 MB a day and holds 500 MB about 26 Nov 19:12 at this pace.',
    );
    expect(lines.at(-1)?.[0]?.style).toBe('yellow');
    expect(text(daemonLines(context(past({ daemons: [grows] }), 'zh-CN')))).toBe(
      '/home/deploy/.pm2 的 PM2 守护进程：当前 340 MB，每天增长 26 MB，照此速度约 11 月 26 日 19:12 达到 500 MB。',
    );
  });

  it('is told calmly where it rests, without a date where none is known, and not at all without one', () => {
    const rests = { ...grows, kind: 'stable', bytesPerDay: null, reach: null } as const;
    const lines = daemonLines(context(past({ daemons: [rests] })));
    expect(text(lines)).toBe('PM2’s own daemon of /home/deploy/.pm2: 340 MB now, stable.');
    expect(lines.at(-1)?.[0]?.style).toBe('soft');
    expect(text(daemonLines(context(past({ daemons: [{ ...grows, reach: null, nowBytes: null }] }))))).toBe(
      'PM2’s own daemon of /home/deploy/.pm2: unknown now, it grows by 26 MB a day.',
    );
    expect(daemonLines(context(past()))).toEqual([]);
  });

  it('says nothing of now where it is gone, and names no more than two of those', () => {
    const young = { ...grows, kind: 'unknown', bytesPerDay: null, reach: null } as const;
    const gone = (name: string) => ({ ...young, home: c(name), isRunning: false, nowBytes: null });
    const shown = (daemons: readonly Told[], locale: Locale = 'en') =>
      text(daemonLines(context(past({ daemons }), locale)));
    expect(shown([young, gone('/a'), gone('/b')])).toBe(
      'PM2’s own daemon of /home/deploy/.pm2: 340 MB now, trend unknown.\nThe PM2 daemons of /a and /b are gone.',
    );
    expect(shown([gone('/a')])).toBe('The PM2 daemon of /a is gone.');
    const many = Array.from({ length: 38 }, (_, index) => gone(`/h${index}`));
    expect(shown([young, ...many]).split('\n')).toEqual([
      expect.stringContaining('340 MB now'),
      '38 PM2 daemons of the last two hours are gone.',
    ]);
    expect(shown(many, 'zh-CN')).toBe('最近两小时内的 38 个 PM2 守护进程已不在。');
  });
});

describe('why an app ended', () => {
  const ended = (at: number, code: number): PastEvent => ({
    kind: 'end',
    at,
    code,
    signal: null,
    reason: null,
    nextAt: at + 1000,
  });
  const events: readonly PastEvent[] = [
    ended(now - 5 * hour, 1),
    ended(now - 4 * hour, 3),
    { kind: 'deploy', at: now - 3 * hour, version: c('1.2.0') },
    ended(now - 2 * hour, 3),
  ];

  it('counts causes, the most frequent first, and no deploy', () => {
    expect(text(whyLines(context(past()), api({ events })))).toBe('Why it ended: exit 3 ×2, exit 1 ×1.');
    expect(text(whyLines(context(past(), 'zh-CN'), api({ events })))).toBe(
      '结束原因：退出码 3（2 次）、退出码 1（1 次）。',
    );
    expect(whyLines(context(past()), api())).toEqual([]);
  });

  it('compares the weeks, says where one was not watched, and is silent of two quiet ones', () => {
    expect(text(whyLines(context(past()), api({ weeks: { thisWeek: 9, weekBefore: 2 } })))).toBe(
      'PM2’s counter rose by 9 in the last seven days, by 2 in the seven before.',
    );
    expect(text(whyLines(context(past()), api({ weeks: { thisWeek: 9, weekBefore: null } })))).toContain(
      'the seven before were not watched',
    );
    expect(whyLines(context(past()), api({ weeks: { thisWeek: 0, weekBefore: 0 } }))).toEqual([]);
  });
});

describe('what history can only tell in part', () => {
  const events: readonly PastEvent[] = [
    { kind: 'end', at: now - hour, code: null, signal: null, reason: null, nextAt: null, seenBy: 'samples' },
    { kind: 'lines-not-kept', at: now - 2 * hour, from: now - 2 * hour - 600_000, lines: 1200 },
    { kind: 'counted', at: now - 3 * hour, restarts: 37, isRead: true, isKept: false },
  ];
  const shown = (locale: Locale) =>
    text(appLines(past(), api({ events }), { locale, fmt: makeFmt(locale, 0), columns: 200 }));

  it('says of the memory limit how much of how much, and of a start in the same second no 0 ms', () => {
    const limit: readonly PastEvent[] = [
      {
        kind: 'end',
        at: now,
        code: 0,
        signal: null,
        reason: 'memory-limit',
        nextAt: now,
        over: { bytes: 163 * MB, limitBytes: 150 * MB },
      },
    ];
    const said = (locale: Locale) =>
      text(appLines(past(), api({ events: limit }), { locale, fmt: makeFmt(locale, 0), columns: 200 }));
    expect(said('en')).toContain('memory limit: 163 MB of 150 MB, started again at once');
    expect(said('zh-CN')).toContain('超过内存上限：163 MB，上限 150 MB，立即重新启动');
  });

  it('says so in one line each', () => {
    expect(shown('en')).toContain(
      'ended; only its pid shows it, pm2.log has no line of it, not started again',
    );
    expect(shown('en')).toContain(
      '1,200 lines of pm2.log not kept, of the 10 min before: more than the history keeps of one app in an hour',
    );
    expect(shown('en')).toContain('37 restarts on PM2’s counter; their lines were not kept');
    expect(shown('zh-CN')).toContain('仅由 pid 变化得知，pm2.log 中没有记录');
    expect(shown('zh-CN')).toContain('内 pm2.log 有 1,200 行未保留：超过每小时为单个应用保留的上限');
    expect(shown('zh-CN')).toContain('相应的日志行未保留');
  });
});

describe('the axis of a chart', () => {
  const points = (from: number): AppPast['points'] => {
    const at = Array.from({ length: 48 }, (_, index) => from + (index * (now - from)) / 48);
    const sizes = at.map(() => 80 * MB);
    return { at, min: sizes, mean: sizes, max: sizes, last: sizes };
  };
  const drawn = (of: Past, from: number, locale: Locale = 'en') =>
    text(
      appLines(of, api({ points: points(from), now: 80 * MB, peak: { value: 80 * MB, at: now } }), {
        locale,
        fmt: makeFmt(locale, 0),
        columns: 120,
      }),
    );
  const begins = (said: string) => said.match(/the axis begins there/g)?.length ?? 0;

  it('begins where it was asked to, where all of it is known', () => {
    expect(begins(drawn(past(), now - 7 * day))).toBe(0);
  });

  it('begins with the store, or with the app where that is younger, and says so once', () => {
    const young = past({ store: { ...past().store, firstAt: now - 2 * day } });
    const store = drawn(young, now - 2 * day);
    expect(begins(store)).toBe(1);
    expect(store).toContain('Samples are kept since 2026-11-18 19:12');
    const app = drawn(young, now - 8 * hour);
    expect(begins(app)).toBe(1);
    expect(app).toContain('The app is in the samples since 2026-11-20 11:12');
    expect(app).toContain('Samples are kept since 2026-11-18 19:12 +00:00.');
    expect(app).not.toContain('18 Nov 12:00');
    expect(drawn(young, now - 8 * hour, 'zh-CN').match(/坐标轴从此开始/g)).toHaveLength(1);
  });
});
