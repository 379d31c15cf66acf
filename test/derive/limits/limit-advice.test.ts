import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appKey } from '../../../src/derive/apps/process-tree.ts';
import { type AdviceEvidence, limitAdvice } from '../../../src/derive/limits/limit-advice.ts';
import type { Cgroup } from '../../../src/model/host.ts';
import type { OomKill } from '../../../src/model/oom.ts';
import type { App } from '../../../src/model/pm2.ts';
import {
  app,
  c,
  cgroup,
  daemon,
  GB,
  home,
  host,
  hour,
  kill,
  logLine,
  MB,
  now,
  pm2Log,
  process,
  ref,
} from '../../factories.ts';
import { sickHost } from '../../stories/sick-host.ts';

const bare = (name: string, pmId: number, rssMb: number, over: Parameters<typeof app>[2] = {}) =>
  app(name, pmId, {
    pm2RssBytes: rssMb * MB,
    ...over,
    settings: { maxMemoryRestartBytes: null, ...over.settings },
  });
const room = (totalMb: number) =>
  host({
    memory: {
      totalBytes: totalMb * MB,
      freeBytes: totalMb * MB,
      availableBytes: totalMb * MB,
      cachedBytes: 0,
      slabBytes: 0,
    },
  });
const adviceFor = (over: Partial<AdviceEvidence>) =>
  limitAdvice({
    daemons: [],
    processes: null,
    host: host(),
    cgroups: null,
    oomLog: null,
    pm2Log: null,
    appLogs: null,
    startup: null,
    ...over,
  });
const advise = (apps: readonly App[], totalMb = 8192) => {
  const advice = adviceFor({ daemons: [daemon(apps, { rssBytes: 60 * MB })], host: room(totalMb) });
  return (name: string, pmId = 0) => advice.get(appKey(ref(name, pmId)))!;
};

describe('limitAdvice', () => {
  it('gives half as much again, rounded up, and three quarters of it to V8', () => {
    expect(advise([bare('web', 0, 410)])('web')).toMatchObject({
      maxMemoryRestart: '650M',
      maxMemoryRestartBytes: 650 * MB,
      maxOldSpaceMb: 485,
    });
    expect(advise([bare('web', 0, 40)])('web').maxMemoryRestart).toBe('150M');
    expect(advise([bare('web', 0, 900)])('web').maxMemoryRestart).toBe('1400M');
  });

  it('leaves a limit that has room, replaces one that has none', () => {
    expect(
      advise([bare('web', 0, 100, { settings: { maxMemoryRestartBytes: 120 * MB } })])('web')
        .maxMemoryRestart,
    ).toBe('120M');
    expect(
      advise([bare('web', 0, 101, { settings: { maxMemoryRestartBytes: 120 * MB } })])('web')
        .maxMemoryRestart,
    ).toBe('200M');
    expect(
      advise([bare('web', 0, 60, { settings: { maxMemoryRestartBytes: 5 } })])('web').maxMemoryRestart,
    ).toBe('150M');
  });

  it('gives all instances of a name one value', () => {
    const of = advise([bare('web', 0, 100), bare('web', 1, 300)]);
    expect([of('web', 0).maxMemoryRestart, of('web', 1).maxMemoryRestart]).toEqual(['450M', '450M']);
  });

  it('gives no heap to Python, no limit where the use is not known, nothing without a host', () => {
    expect(advise([bare('flask', 0, 100, { interpreter: c('/usr/bin/python3') })])('flask')).toMatchObject({
      maxMemoryRestart: '150M',
      maxOldSpaceMb: null,
    });
    expect(advise([bare('zeroed', 0, 0)])('zeroed').maxMemoryRestart).toBeNull();
    expect(
      [...adviceFor({ daemons: [daemon([bare('web', 0, 100)])], host: null }).values()][0]?.maxMemoryRestart,
    ).toBeNull();
  });

  it('gives none where the children hold the memory', () => {
    const processes = {
      processes: [
        process(1000, 900, { rssBytes: 50 * MB, pssBytes: 20 * MB }),
        process(1, 1000, { rssBytes: 500 * MB, pssBytes: 400 * MB }),
      ],
      partial: false,
    };
    expect([...adviceFor({ daemons: [daemon([bare('api', 0, 50)])], processes }).values()][0]).toMatchObject({
      maxMemoryRestart: null,
      maxOldSpaceMb: null,
    });
  });

  it('lets one app grow into 85 % of the memory beside what the others use now', () => {
    const of = advise([bare('a', 0, 300), bare('b', 1, 600)], 1400);
    // 85 % of 1400 MB are 1190 MB; the daemon and the other app hold 660 and 360 of them.
    expect([of('a').maxMemoryRestart, of('b', 1).maxMemoryRestart]).toEqual(['450M', '830M']);
  });

  it('lets all limits together promise no more than there is', () => {
    const of = advise([bare('a', 0, 300), bare('b', 1, 300), bare('c', 2, 40)], 1000);
    const limits = [of('a'), of('b', 1), of('c', 2)].map((one) => one.maxMemoryRestartBytes!);
    expect(limits.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(1000 * MB);
    expect(limits[0]).toBeGreaterThanOrEqual(360 * MB);
    expect(limits[2]).toBeGreaterThanOrEqual(64 * MB);
  });

  it('takes nothing from a limit in force while guesses can give way', () => {
    const set = { settings: { maxMemoryRestartBytes: 600 * MB } };
    const of = advise([bare('set', 0, 100, set), bare('a', 1, 200), bare('b', 2, 100)], 1024);
    expect(of('set').maxMemoryRestart).toBe('600M');
    expect(of('a', 1).maxMemoryRestartBytes! + of('b', 2).maxMemoryRestartBytes!).toBeLessThanOrEqual(
      424 * MB,
    );
  });

  it('leaves a small app its swing: a fifth of 30 MB is none', () => {
    const many = Array.from({ length: 10 }, (_, id) => bare(`app${id}`, id, 30));
    const of = advise(many, 600);
    for (const [id] of many.entries()) {
      expect(of(`app${id}`, id).maxMemoryRestartBytes).toBeGreaterThanOrEqual(54 * MB);
      expect(of(`app${id}`, id).maxMemoryRestartBytes).toBeLessThanOrEqual(60 * MB);
    }
  });

  it('lets only the app go that cannot fit, and keeps the others', () => {
    const full = advise([bare('huge', 0, 900), bare('small', 1, 50)], 1070);
    expect(full('huge')).toMatchObject({ maxMemoryRestart: null, none: 'no-room' });
    expect(full('small', 1).maxMemoryRestartBytes).toBeGreaterThanOrEqual(74 * MB);
  });

  it('keeps each daemon within its cgroup', () => {
    const advice = (cgroups: readonly Cgroup[]) =>
      [...adviceFor({ daemons: [daemon([bare('a', 0, 200)])], cgroups }).values()][0]?.maxMemoryRestartBytes;
    expect(advice([cgroup({ limitBytes: 400 * MB })])).toBeLessThan(0.85 * 400 * MB);
    expect(advice([cgroup({ limitBytes: null })])).toBe(300 * MB);
  });

  it('gives one answer for the same evidence, and another for other evidence', () => {
    const evidence: AdviceEvidence = {
      daemons: [daemon([bare('a', 0, 200)])],
      processes: null,
      host: host(),
      cgroups: null,
      oomLog: null,
      pm2Log: null,
      appLogs: null,
      startup: null,
    };
    expect(limitAdvice({ ...evidence })).toBe(limitAdvice(evidence));
    expect(limitAdvice({ ...evidence, cgroups: [cgroup({ limitBytes: 400 * MB })] })).not.toBe(
      limitAdvice(evidence),
    );
  });

  it('always fits, and never falls below 1.2 times the use', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 256, max: 16_384 }), (use, totalMb) => {
        const apps = use.map((mb, index) => bare(`app${index}`, index, mb));
        const advice = [
          ...adviceFor({ daemons: [daemon(apps, { rssBytes: 60 * MB })], host: room(totalMb) }).values(),
        ];
        const used = use.reduce((sum, one) => sum + one, 60) * MB;
        const given = advice.filter((value) => value.maxMemoryRestartBytes !== null);
        const isAtFloor = given.every(
          (value) =>
            value.maxMemoryRestartBytes! <=
            Math.max(use[value.app.pmId]! * 1.2, use[value.app.pmId]! + 24) * MB + 10 * MB,
        );
        for (const value of given) {
          const own = use[value.app.pmId]! * MB;
          expect(value.maxMemoryRestartBytes).toBeGreaterThanOrEqual(own * 1.2);
          expect(value.maxMemoryRestart).toMatch(/^\d+[GMK]?$/);
          // Alone it fits beside all the others.
          expect(value.maxMemoryRestartBytes! + used - own).toBeLessThanOrEqual(totalMb * MB);
        }
        const sum = given.reduce((total, value) => total + value.maxMemoryRestartBytes!, 0);
        if (!isAtFloor) expect(sum).toBeLessThanOrEqual(totalMb * MB);
        for (const value of advice) expect(value.none === null).toBe(value.maxMemoryRestartBytes !== null);
      }),
    );
  });
});

describe('an app that was killed for memory', () => {
  const at = now - 2 * hour;
  const died = (id: number, when = at) =>
    pm2Log([
      logLine(when, `App [app:${id}] exited with code [0] via signal [SIGKILL]`, {
        kind: 'exited',
        name: c('app'),
        pmId: id,
        old: false,
        code: 0,
        signal: c('SIGKILL'),
      }),
    ]);
  const killed = (heldMb: number, over: Partial<OomKill> = {}): OomKill =>
    kill({
      at,
      anonRssKb: heldMb * 1024,
      fileRssKb: 50_000,
      taskMemcg: null,
      comm: c('node /srv/app/s'),
      ...over,
    });
  const inGroup = (limitMb: number): Partial<OomKill> => ({
    constraint: 'memcg',
    oomMemcg: c('/shop'),
    limitKb: limitMb * 1024,
  });
  const of = (
    useMb: number,
    kills: readonly OomKill[],
    over: Partial<AdviceEvidence> = {},
    limitMb: number | null = null,
  ) =>
    [
      ...adviceFor({
        daemons: [
          daemon([
            bare('app', 0, useMb, {
              startedAt: at + 1000,
              settings: { maxMemoryRestartBytes: limitMb === null ? null : limitMb * MB },
            }),
          ]),
        ],
        oomLog: { kills, unconfirmed: [], unitLines: [] },
        pm2Log: [died(0)],
        ...over,
      }).values(),
    ][0]!;

  it('gets 60 % of the smallest size it was killed at, and more where its use needs it', () => {
    expect(of(121, [killed(1200)]).maxMemoryRestart).toBe('700M');
    expect(of(450, [killed(1000)]).maxMemoryRestart).toBe('700M');
    expect(of(600, [killed(1000)]).maxMemoryRestart).toBe('750M');
  });

  it('gets none where it was killed at its ordinary size', () => {
    expect(of(640, [killed(1000)])).toMatchObject({ maxMemoryRestart: null, none: 'killed-near' });
  });

  it('stays below four fifths of the group that was full', () => {
    const advice = of(45, [killed(110, inGroup(120))]);
    expect(advice.maxMemoryRestart).toBe('80M');
    expect(of(90, [killed(110, inGroup(120))])).toMatchObject({ none: 'killed-near' });
    // No line says what it held: the group's limit alone bounds it.
    expect(of(45, [killed(0, { ...inGroup(150), anonRssKb: null })]).maxMemoryRestart).toBe('120M');
  });

  it('forgets a group whose limit has been raised since', () => {
    const cgroups = [cgroup({ home, path: c('/shop'), limitBytes: 1 * GB })];
    expect(of(90, [killed(110, inGroup(120))], { cgroups }).maxMemoryRestart).toBe('150M');
    const same = [cgroup({ home, path: c('/shop'), limitBytes: 120 * MB })];
    expect(of(90, [killed(110, inGroup(120))], { cgroups: same }).none).toBe('killed-near');
  });

  it('keeps a limit that comes in time, and lowers one that came too late', () => {
    expect(of(121, [killed(1300)], {}, 900).maxMemoryRestart).toBe('900M');
    expect(of(121, [killed(1300)], {}, 1200).maxMemoryRestart).toBe('750M');
  });

  it('is not judged by a kill it did not cause, nor by one on request', () => {
    const task = (pid: number, mb: number) => ({
      pid,
      uid: 0,
      comm: c('java'),
      rssBytes: mb * MB,
      swapBytes: 0,
      oomScoreAdj: 0,
    });
    expect(of(121, [killed(130, { tasks: [task(77, 4000)] })]).maxMemoryRestart).toBe('200M');
    expect(of(121, [killed(130, { sysrq: true })]).maxMemoryRestart).toBe('200M');
  });

  it('gets 700M on the sick host, and every small app a value beside it', () => {
    const { items } = sickHost();
    const value = <K extends keyof typeof items>(key: K) => {
      const item = items[key];
      return item.seen ? item.value : null;
    };
    const advice = adviceFor({
      daemons: value('daemons') as AdviceEvidence['daemons'],
      processes: value('processes') as AdviceEvidence['processes'],
      host: value('host') as AdviceEvidence['host'],
      cgroups: value('cgroups') as AdviceEvidence['cgroups'],
      oomLog: value('oomLog') as AdviceEvidence['oomLog'],
      pm2Log: value('pm2Log') as AdviceEvidence['pm2Log'],
      appLogs: value('appLogs') as AdviceEvidence['appLogs'],
      startup: value('startup') as AdviceEvidence['startup'],
    });
    const byName = Object.fromEntries(
      [...advice.values()].map((one) => [one.app.name, one.maxMemoryRestart ?? one.none]),
    );
    expect(byName).toMatchObject({
      'flask-app': '700M',
      'report-api': 'in-children',
    });
    expect(parseInt(byName['major-events-monitor'] ?? '', 10)).toBeGreaterThanOrEqual(244);
  });
});
