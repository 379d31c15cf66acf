import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answer } from '../../../src/commands/check/examine.ts';
import { askedOf, type CheckFlags } from '../../../src/commands/check/question.ts';
import type { Evidence } from '../../../src/model/evidence.ts';
import type { Locale } from '../../../src/model/text.ts';
import { writeCheck } from '../../../src/report/check/output.ts';
import {
  app,
  c,
  daemon,
  evidence,
  file,
  gap,
  home,
  host,
  hour,
  MB,
  now,
  pm2Home,
  process,
  ref,
  seen,
  unseen,
} from '../../factories.ts';
import { type PluginOutput, readPlugin } from '../../report/check/read-plugin.ts';
import { stories } from '../../stories/index.ts';

const day = { from: now - 24 * hour, to: now };
/** What `pm2 save` wrote: these apps, so that no audit misses them. */
const saved = (...names: readonly string[]) => [
  pm2Home({
    dump: {
      ...file(`${home}/dump.pm2`),
      apps: names.map((name) => ({ name: c(name), status: 'online' as const })),
    },
  }),
];
const check = (from: Evidence, flags: CheckFlags = {}, locale: Locale = 'en'): PluginOutput =>
  readPlugin(
    writeCheck(
      answer(
        { ...from, window: flags.since === undefined ? day : from.window },
        askedOf(flags),
        { limits: {}, ignore: [], locale },
        () => 210,
      ),
    ),
  );

describe('the check of a story', () => {
  it.each(Object.keys(stories))('%s is one line that monitoring reads, in both languages', (story) => {
    for (const locale of ['en', 'zh-CN'] as const) check(stories[story]!(), { long: true }, locale);
  });

  it('a healthy host is OK and says what it looked at', () => {
    const { state, text, figures } = check(stories['healthy-host']!());
    expect(state).toBe('OK');
    expect(text).toMatch(/^\d+ apps? online, nothing of P1 or above in the last 24 h/);
    expect(figures['P0']).toMatchObject({ value: 0, warn: 0, crit: 0 });
    expect(figures['P1']).toMatchObject({ warn: 0, crit: null });
    expect(figures['P2']).toMatchObject({ warn: null, crit: null });
    expect(figures['check_time']).toMatchObject({ value: 0.21, unit: 's', max: 30 });
    expect(check(stories['healthy-host']!(), {}, 'zh-CN').text).toMatch(/最近 24 小时内没有 P1 及以上的问题/);
  });

  it('a sick one is CRITICAL with its worst finding, and P2 alone is OK', () => {
    const { state, text, long } = check({ ...stories['sick-host']!() }, { since: '7d', long: true });
    expect(state).toBe('CRITICAL');
    expect(text).toMatch(/^\d+ P0, \d+ P1: /);
    expect(long.some((line) => /^ {2}fix: /.test(line))).toBe(true);
  });

  it('the limits decide: the same host by other limits', () => {
    const host = stories['sick-host']!();
    expect(check(host, { critical: 'never' }).state).toBe('WARNING');
    expect(check(host, { critical: 'never', warning: 'never' }).state).toBe('OK');
    expect(check(stories['many-apps-100']!(), { warning: 'P3', critical: 'P3' }).state).toBe('CRITICAL');
  });

  it('no apps at all is OK: PM2 was seen', () => {
    expect(check(stories['empty-host']!())).toMatchObject({
      state: 'OK',
      text: expect.stringMatching(/^no apps/),
    });
  });

  it('of a thousand apps ten have figures, 4 KB in all', () => {
    const { figures } = check(stories['many-apps-1000']!());
    expect(Object.keys(figures).filter((label) => label.endsWith('_memory'))).toHaveLength(10);
    expect(figures['apps_online']?.max).toBe(1000);
  });
});

describe('never OK while blind for what was asked', () => {
  it('no daemon: UNKNOWN, whatever the rest of the host shows', () => {
    const gone = evidence({}, { daemons: unseen('daemons', 'not-found') });
    expect(check(gone)).toMatchObject({ state: 'UNKNOWN', text: expect.stringMatching(/^no PM2 daemon/) });
    expect(check(gone, { app: 'web' }).state).toBe('UNKNOWN');
  });

  it('a daemon that died with its apps: CRITICAL, for its apps too, and not for others', () => {
    const dead = stories['dead-daemon']!();
    expect(check(dead).state).toBe('CRITICAL');
    expect(check(dead, { app: 'api' })).toMatchObject({ state: 'CRITICAL' });
    expect(check(dead, { app: 'another' }).state).toBe('UNKNOWN');
  });

  it.each(['pm2Log', 'processes', 'host', 'disks'] as const)(
    '%s not seen: UNKNOWN with the way out',
    (key) => {
      const { state, text } = check(evidence({}, { [key]: unseen(key) }));
      expect(state).toBe('UNKNOWN');
      expect(text).toMatch(new RegExp(`Operation not permitted.*--without ${key}`));
    },
  );

  it('the kernel log not seen: UNKNOWN, unless the kernel counts no kill or the user does without', () => {
    const blind = (sinceBoot: number | null) =>
      evidence({ oomCounters: { sinceBoot, cgroups: [] } }, { oomLog: unseen('oomLog') });
    expect(check(blind(null)).state).toBe('UNKNOWN');
    expect(check(blind(3)).state).not.toBe('OK');
    expect(check(blind(0)).state).toBe('OK');
    expect(check(blind(null), { without: 'oomlog', long: true })).toMatchObject({
      state: 'OK',
      long: expect.arrayContaining([expect.stringMatching(/^left out: the kernel log/)]),
    });
  });

  it('a finding is told even where something else was not seen', () => {
    const errored = daemon([app('api', 0, { status: 'errored', pid: null, restartCounter: 16 })]);
    const { state } = check(evidence({ daemons: [errored] }, { oomLog: unseen('oomLog') }));
    expect(state).toBe('CRITICAL');
  });

  it('one of two homes that were named is silent: UNKNOWN; another user’s that nobody named is told', () => {
    const denied = daemon([], {
      home: c('/root/.pm2'),
      state: 'denied',
      pid: 77,
      foundBy: ['process title'],
    });
    const withGap = (second: typeof denied) =>
      evidence(
        {},
        {
          daemons: seen([daemon(), second], {
            gaps: [gap('daemons', 'permission-denied', { subject: second.home })],
          }),
        },
      );
    expect(check(withGap({ ...denied, foundBy: ['--home'] }))).toMatchObject({
      state: 'UNKNOWN',
      text: expect.stringMatching(/\/root\/\.pm2.*as root/),
    });
    expect(check(withGap(denied))).toMatchObject({
      state: 'OK',
      text: expect.stringMatching(/not read: the PM2 of another user \(\/root\/\.pm2\)/),
    });
    expect(check(withGap({ ...denied, foundBy: ['--home'] }), { app: 'web' }).state).toBe('OK');
  });

  it('an audit that throws is no OK', () => {
    const torn = evidence({ host: { ...host(), pressure: null as never } });
    expect(check(torn)).toMatchObject({ state: 'UNKNOWN', text: expect.stringMatching(/audit .* failed/) });
  });
});

describe('the check of one app', () => {
  const pair = (over: Parameters<typeof app>[2] = {}) =>
    evidence({
      daemons: [daemon([app('api', 0, { restartCounter: 3 }), app('api', 1, over), app('other', 2)])],
      pm2Files: saved('api', 'api', 'other'),
      processes: {
        processes: [process(900, 1), process(1000, 900), process(1001, 900), process(1002, 900)],
        partial: false,
      },
    });

  it('has its figures: all instances together, and the main process against its limit', () => {
    const { figures, text, state } = check(pair(), { app: 'api' });
    expect(state).toBe('OK');
    expect(text).toMatch(/^api: 2 of 2 instances online/);
    expect(figures).toMatchObject({
      instances_online: { value: 2, max: 2 },
      memory: { value: 110 * MB, unit: 'B' },
      main_rss: { value: 60 * MB, warn: 285 * MB, crit: null, max: 300 * MB },
      restarts: { value: 3, unit: 'c' },
      uptime: { value: 172_800, unit: 's' },
    });
    expect(check(pair(), { app: 'api', warning: 'P2', critical: 'P1' }).figures['main_rss']).toMatchObject({
      warn: 240 * MB,
      crit: 285 * MB,
    });
  });

  it('between two starts is not down: its restarts decide', () => {
    const between = { status: 'launching', pid: null } as const;
    const alone = evidence({
      daemons: [daemon([app('api', 0, { ...between, restartCounter: 1 })])],
      pm2Files: saved('api'),
    });
    expect(check(alone, { app: 'api' })).toMatchObject({
      state: 'OK',
      text: expect.stringMatching(/^api is being started, /),
    });
    expect(check(alone, { app: 'api' }, 'zh-CN').text).toMatch(/^api 正在启动，/);
    expect(check(pair(between), { app: 'api' }).state).toBe('OK');
  });

  it('not running is CRITICAL, half of it WARNING, resting until cron OK', () => {
    const stopped = { status: 'stopped', pid: null } as const;
    expect(check(pair(stopped), { app: 'api' })).toMatchObject({
      state: 'WARNING',
      text: 'api: 1 of 2 instances online, the others stopped',
    });
    const alone = evidence({
      daemons: [daemon([app('job', 0, stopped), app('web', 1)])],
      pm2Files: saved('job', 'web'),
    });
    expect(check(alone, { app: 'job' })).toMatchObject({
      state: 'CRITICAL',
      text: 'job does not run: stopped',
    });
    expect(check(alone).state).toBe('OK');
    const cron = app('job', 0, { ...stopped, settings: { cronRestart: c('0 3 * * *'), autorestart: false } });
    expect(
      check(evidence({ daemons: [daemon([cron, app('web', 1)])], pm2Files: saved('job', 'web') }), {
        app: 'job',
      }).state,
    ).toBe('OK');
  });

  it('an unknown one is UNKNOWN with the names there are', () => {
    expect(check(pair(), { app: 'apo' })).toMatchObject({
      state: 'UNKNOWN',
      text: 'PM2 has no app apo; it has api, other',
    });
    expect(check(pair(), { app: '2' }).state).toBe('OK');
  });

  it('is not alarmed by what another app, or the host, suffers from', () => {
    const sick = evidence({
      daemons: [
        daemon([app('api', 0), app('other', 1, { status: 'errored', pid: null, restartCounter: 16 })]),
      ],
      pm2Files: saved('api', 'other'),
    });
    expect(check(sick).state).toBe('CRITICAL');
    expect(check(sick, { app: 'api' }).state).toBe('OK');
    expect(check(sick, { app: 'other' }).state).toBe('CRITICAL');
  });

  it('of any name is told in one safe line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), (name) => {
        const odd = app('x', 0, { ref: { ...ref('x', 0), name: c(name) } });
        check(evidence({ daemons: [daemon([odd, app('x', 1)])] }), { long: true, warning: 'P3' });
        check(evidence({ daemons: [daemon([odd])] }), { app: name, long: true });
      }),
      { numRuns: 60 },
    );
  });
});

describe('what a check may be asked', () => {
  it.each([
    [{ warning: 'P9' }, /--warning P9/],
    [{ critical: 'bad' }, /--critical bad/],
    [{ warning: 'P0', critical: 'P1' }, /reaches further/],
    [{ timeout: 'soon' }, /--timeout soon/],
    [{ timeout: '1h' }, /1s to 10m/],
    [{ without: 'daemons' }, /--without daemons/],
    [{ without: 'oomLog,nothing' }, /--without nothing/],
  ])('not %j', (flags, message) => {
    expect(() => askedOf(flags)).toThrow(message);
  });
});
