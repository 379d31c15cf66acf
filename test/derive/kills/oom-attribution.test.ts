import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AttributionInput, attributeKills } from '../../../src/derive/kills/oom-attribution.ts';
import type { OomKill } from '../../../src/model/oom.ts';
import type { App, Daemon } from '../../../src/model/pm2.ts';
import type { Process } from '../../../src/model/process.ts';
import type { AppLog } from '../../../src/model/storage.ts';
import {
  app,
  c,
  daemon,
  day,
  home,
  hour,
  kill,
  MB,
  now,
  pm2Log,
  process,
  quote,
  ref,
  unit,
} from '../../factories.ts';
import { noLines } from '../../story-factory.ts';
import { logOf, logText } from '../pm2-log-fixture.ts';

const at = now - 2 * hour;
const unitPath = c('/system.slice/pm2-deploy.service');
const startup = (path = unitPath) => ({
  systemd: true,
  systemdVersion: 252,
  units: [unit()],
  holders: [{ home, daemonPid: 900, unit: unit(), cgroupPath: path }],
  others: [],
});
const god = process(900, 1, { comm: c('PM2 v7.0.4: God'), startedAt: now - 18 * day });
const input = (
  kills: OomKill[],
  apps: App[],
  more: Partial<AttributionInput> = {},
  god_: Partial<Daemon> = {},
): AttributionInput => ({
  oomLog: { kills, unconfirmed: [], unitLines: [] },
  daemons: [daemon(apps, god_)],
  processes: { processes: [god], partial: false },
  pm2Log: null,
  appLogs: null,
  startup: startup(),
  ...more,
});
const first = (...args: Parameters<typeof input>) => attributeKills(input(...args))[0]!;
const exits = (...lines: [name: string, pmId: number, at: number, end?: string][]) => [
  pm2Log(
    lines.flatMap(
      ([name, pmId, time, end = 'code [0] via signal [SIGKILL]']) =>
        logOf(
          `${new Date(time).toISOString().slice(0, 19)}: PM2 log: App [${name}:${pmId}] exited with ${end}\n${new Date(time).toISOString().slice(0, 19)}: PM2 log: App [${name}:${pmId}] starting in -fork mode-\n`,
        ).events,
    ),
  ),
];
const node = (name: string, pmId: number, over: Parameters<typeof app>[2] = {}) =>
  app(name, pmId, { scriptPath: c(`/srv/${name}/server.js`), ...over });
const nodeKill = (name: string, over: Partial<OomKill> = {}) =>
  kill({ at, pid: 77, comm: c(`node /srv/${name}/server.js`.slice(0, 15)), ...over });
const processes = (...list: Process[]) => ({ processes: { processes: [god, ...list], partial: false } });

describe('attributeKills', () => {
  it('is certain of a pid PM2 still has on record, gone, and started before', () => {
    const stale = node('web', 0, { pid: 77, status: 'waiting restart', startedAt: at - hour });
    expect(first([nodeKill('web')], [stale])).toMatchObject({
      app: { name: 'web' },
      role: 'app',
      confidence: 'certain',
      reason: 'pid-of-app',
    });
    // Started after the kill: the pid came back to somebody else.
    expect(first([nodeKill('web')], [{ ...stale, startedAt: at + 1000 }])).toMatchObject({
      reason: 'tasks-of-app',
      confidence: 'possible',
    });
    // Still alive: not killed, or not yet.
    expect(
      first([nodeKill('web')], [stale], processes(process(77, 900, { startedAt: at - hour }))),
    ).toMatchObject({ confidence: 'possible' });
    // Another program under that pid, and without /proc no certainty.
    expect(first([kill({ at, pid: 77, comm: c('mysqld') })], [stale])).toMatchObject({
      reason: 'tasks-of-app',
    });
    expect(first([nodeKill('web')], [stale], { processes: null })).toMatchObject({ confidence: 'possible' });
    expect(first([nodeKill('web', { at: null })], [stale])).toMatchObject({
      confidence: 'possible',
      reason: 'pid-of-app',
    });
  });

  it('marks a module', () => {
    const stale = node('rotate', 0, { pid: 77, startedAt: at - hour, isModule: true });
    expect(first([nodeKill('rotate')], [stale])).toMatchObject({ role: 'module', confidence: 'certain' });
  });

  const log = (
    name: string,
    pmId: number,
    pid: number,
    time: number | null,
    kind: AppLog['texts'][number]['kind'] = 'gunicorn-signal9',
  ): AppLog => ({
    app: ref(name, pmId),
    stream: 'err',
    path: c(`/l/${name}`),
    sizeBytes: 1,
    readBytes: 1,
    modifiedAt: now,
    lastException: null,
    ...noLines,
    texts: [
      {
        kind,
        at: time,
        pid,
        signal: 9,
        exitCode: null,
        app: null,
        pm2Id: null,
        who: null,
        verdict: 'possible OOM',
        quote: quote(`Worker with pid ${pid} was terminated due to signal 9`, 'log', time),
      },
    ],
  });

  it('is certain of a worker its own app names, at that time', () => {
    const flask = app('flask', 0, { interpreter: c('python3'), scriptPath: c('/srv/flask/app.py') });
    const worker = kill({ at, pid: 77, comm: c('python3') });
    const tie = first([worker], [flask], { appLogs: [log('flask', 0, 77, at + 900)] });
    expect(tie).toMatchObject({
      app: { name: 'flask' },
      role: 'child',
      confidence: 'certain',
      reason: 'pid-in-app-log',
    });
    expect(tie.because.at(-1)?.text).toContain('77');
    expect(first([worker], [flask], { appLogs: [log('flask', 0, 77, at + day)] }).reason).not.toBe(
      'pid-in-app-log',
    );
    expect(first([worker], [flask], { appLogs: [log('flask', 0, 77, null)] })).toMatchObject({
      confidence: 'possible',
      reason: 'pid-in-app-log',
    });
    expect(first([worker], [flask], { appLogs: [log('flask', 0, 78, at)] }).reason).not.toBe(
      'pid-in-app-log',
    );
    expect(first([worker], [flask], { appLogs: [log('flask', 0, 77, at, 'v8-heap-oom')] }).reason).not.toBe(
      'pid-in-app-log',
    );
    const both = first([worker], [flask, app('b', 1)], {
      appLogs: [log('flask', 0, 77, at), log('b', 1, 77, at)],
    });
    expect(both).toMatchObject({ confidence: 'possible', candidates: [{ name: 'b' }] });
  });

  it('knows a victim outside PM2s cgroup, if the daemon was there at the time', () => {
    const mysql = kill({ at, pid: 77, comm: c('mysqld'), taskMemcg: c('/system.slice/mysql.service') });
    expect(first([mysql], [node('web', 0)])).toMatchObject({
      app: null,
      role: 'other',
      confidence: 'certain',
      reason: 'other-cgroup',
    });
    expect(first([mysql], [node('web', 0)], {}, { startedAt: at + 1000 }).role).not.toBe('other');
    expect(first([mysql], [node('web', 0)], { startup: null }).role).not.toBe('other');
    expect(first([mysql], [node('web', 0)], { startup: startup(c('/')) }).role).not.toBe('other');
    expect(first([kill({ ...mysql, taskMemcg: c('/') })], [node('web', 0)]).role).not.toBe('other');
    expect(first([kill({ ...mysql, taskMemcg: c('/system.slice') })], [node('web', 0)]).role).not.toBe(
      'other',
    );
  });

  it('still believes a name that fits: an app may have been put into a cgroup of its own', () => {
    const own = nodeKill('web', { taskMemcg: c('/lab/hog') });
    expect(first([own], [node('web', 0)], { pm2Log: exits(['web', 0, at]) })).toMatchObject({
      app: { name: 'web' },
      confidence: 'likely',
    });
    expect(first([own], [node('web', 0)])).toMatchObject({ role: 'other', confidence: 'possible' });
    const foreign = kill({ at, pid: 77, comm: c('mysqld'), taskMemcg: c('/lab/hog') });
    expect(first([foreign], [node('web', 0)], { pm2Log: exits(['web', 0, at]) })).toMatchObject({
      role: 'other',
      confidence: 'certain',
    });
  });

  it('ties a kill to the only sudden exit within seconds: likely', () => {
    const pair = (gapMs: number) =>
      first([nodeKill('web')], [node('web', 0)], { pm2Log: exits(['web', 0, at + gapMs]) });
    expect(pair(1_000)).toMatchObject({
      app: { name: 'web' },
      role: 'app',
      confidence: 'likely',
      reason: 'sigkill-in-pm2-log',
    });
    expect(pair(4_900).reason).toBe('sigkill-in-pm2-log');
    expect(pair(6_100).reason).not.toBe('sigkill-in-pm2-log');
    expect(pair(-3_100).reason).not.toBe('sigkill-in-pm2-log');
    const term = first([nodeKill('web')], [node('web', 0)], {
      pm2Log: exits(['web', 0, at, 'code [0] via signal [SIGTERM]']),
    });
    expect(term.reason).not.toBe('sigkill-in-pm2-log');
    const early = first([nodeKill('web', { killer: 'earlyoom' })], [node('web', 0)], {
      pm2Log: exits(['web', 0, at, 'code [0] via signal [SIGTERM]']),
    });
    expect(early).toMatchObject({ confidence: 'likely', reason: 'sigkill-in-pm2-log' });
    const shell = first([nodeKill('other')], [node('web', 0)], {
      pm2Log: exits(['web', 0, at, 'code [137] via signal [SIGINT]']),
    });
    expect(shell).toMatchObject({ role: 'child', confidence: 'likely' });
  });

  it("takes a stranger that was killed beside an operator's `kill -9` for the app only possibly, or not at all", () => {
    const web = process(500, 900, { comm: c('node /srv/web/s'), startedAt: at + 500 });
    const beside = (comm: string, end = 'code [0] via signal [SIGKILL]', ...more: Process[]) =>
      first(
        [kill({ at, pid: 77, comm: c(comm), taskMemcg: null })],
        [node('web', 0, { pid: 500, startedAt: at + 400 })],
        {
          pm2Log: exits(['web', 0, at, end]),
          processes: { processes: [god, web, ...more], partial: false },
          startup: null,
        },
      );
    expect(beside('node /srv/web/s')).toMatchObject({ app: { name: 'web' }, confidence: 'likely' });
    // The app has a title, as all Node apps of PM2 have.
    expect(beside('node')).toMatchObject({ app: null, confidence: 'none' });
    expect(beside('tail')).toMatchObject({ app: null, confidence: 'none' });
    // Behind a shell the victim may have any name: likely is one that the app has now as well.
    const shell = 'code [137] via signal [SIGINT]';
    expect(beside('tail', shell)).toMatchObject({ role: 'child', confidence: 'possible' });
    const child = process(501, 500, { comm: c('tail'), startedAt: at + 600 });
    expect(beside('tail', shell, child)).toMatchObject({ role: 'child', confidence: 'likely' });
  });

  it('is certain of a child a shell names, when its app ended by it in the same moment', () => {
    const named = first(
      [kill({ at, pid: 77, comm: c('node') })],
      [app('sh', 0, { interpreter: c('none') })],
      {
        appLogs: [log('sh', 0, 77, null, 'shell-killed')],
        pm2Log: exits(['sh', 0, at, 'code [137] via signal [SIGINT]']),
      },
    );
    expect(named).toMatchObject({ app: { name: 'sh' }, role: 'child', confidence: 'certain' });
    expect(named.because.at(-1)?.text).toContain('exited with code [137]');
  });

  it('lets the name decide between two apps, and names both where it cannot', () => {
    const two = (a: string, b: string, comm: string) =>
      first([kill({ at, pid: 77, comm: c(comm) })], [node(a, 0), node(b, 1)], {
        pm2Log: exits([a, 0, at], [b, 1, at]),
      });
    expect(two('web', 'api', 'node /srv/web/s')).toMatchObject({
      app: { name: 'web' },
      confidence: 'likely',
      candidates: [],
    });
    expect(two('shop-a', 'shop-b', 'node /srv/shop-')).toMatchObject({
      confidence: 'possible',
      candidates: [{ name: 'shop-b' }],
    });
    expect(two('web', 'api', 'node')).toMatchObject({ confidence: 'possible' });
  });

  it('does not share one exit between two kills', () => {
    const kills = [nodeKill('web', { pid: 1 }), nodeKill('web', { pid: 2, at: at + 300 })];
    const pairs = (...list: Parameters<typeof exits>) =>
      attributeKills(input(kills, [node('web', 0)], { pm2Log: exits(...list) })).map(
        ({ confidence }) => confidence,
      );
    expect(pairs(['web', 0, at])).toEqual(['possible', 'possible']);
    expect(pairs(['web', 0, at], ['web', 0, at + 1000])).toEqual(['likely', 'likely']);
  });

  it('pairs a fast loop kill by kill', () => {
    const times = Array.from({ length: 200 }, (_, index) => at + index * 4_000);
    const ties = attributeKills(
      input(
        times.map((time, index) => nodeKill('web', { at: time, pid: index + 1 })),
        [node('web', 0)],
        { pm2Log: exits(...times.map((time): [string, number, number] => ['web', 0, time])) },
      ),
    );
    expect(new Set(ties.map(({ confidence }) => confidence))).toEqual(new Set(['likely']));
  });

  it('does not take a stop, or a kill by PM2 itself, for the exit', () => {
    const log = logOf(logText('pm2-own-sigkill'));
    const time = Date.UTC(2026, 10, 21, 21, 21, 49);
    const stubborn = app('stubborn', 0, { startedAt: time });
    expect(first([nodeKill('stubborn', { at: time })], [stubborn], { pm2Log: [log] }).reason).not.toBe(
      'sigkill-in-pm2-log',
    );
  });

  it('an exit of an app that PM2 no longer lists keeps the kill from the others', () => {
    const tie = first([kill({ at, pid: 77, comm: c('node') })], [node('web', 0)], {
      pm2Log: exits(['gone', 5, at], ['web', 0, at + 2000]),
    });
    expect(tie.confidence).toBe('possible');
    expect(
      first([kill({ at, pid: 77, comm: c('node') })], [node('web', 0)], { pm2Log: exits(['gone', 5, at]) }),
    ).toMatchObject({ app: null, confidence: 'none' });
  });

  it('knows the daemon by its title, surely when a new one started after', () => {
    const victim = kill({ at, pid: 320, comm: c('PM2 v7.0.4: God') });
    expect(first([victim], [node('web', 0)], {}, { pid: 900, startedAt: at + 6_000 })).toMatchObject({
      role: 'daemon',
      confidence: 'certain',
      app: null,
    });
    expect(first([victim], [node('web', 0)])).toMatchObject({ role: 'daemon', confidence: 'likely' });
    expect(first([{ ...victim, pid: 900 }], [node('web', 0)]).role).not.toBe('daemon');
    const log = logOf(logText('systemd-daemon-global-default'));
    const time = Date.UTC(2026, 10, 21, 22, 21, 14);
    expect(
      first([{ ...victim, at: time }], [node('web', 0)], { pm2Log: [log] }, { startedAt: time + day }),
    ).toMatchObject({ role: 'daemon', confidence: 'certain' });
  });

  it('names the apps of a unit that systemd-oomd took whole', () => {
    const oomd = kill({
      at,
      pid: null,
      comm: null,
      killer: 'systemd-oomd',
      constraint: 'userspace',
      unit: unitPath,
      processes: 6,
    });
    expect(first([oomd], [node('web', 0), node('api', 1)])).toMatchObject({
      role: 'daemon',
      confidence: 'certain',
      candidates: [{ name: 'web' }, { name: 'api' }],
    });
    expect(first([{ ...oomd, unit: c('mysql.service') }], [node('web', 0)]).role).not.toBe('daemon');
  });

  it('in PM2s cgroup without a trace: the one app that holds such processes, or all that could', () => {
    const python = kill({ at, pid: 77, comm: c('python3') });
    const flask = app('flask', 0, { pid: 50, interpreter: c('bash'), startedAt: at - day });
    const tree = processes(
      process(50, 900, { comm: c('bash'), startedAt: at - day }),
      process(51, 50, { comm: c('python3') }),
    );
    expect(first([python], [flask, node('web', 1)], tree)).toMatchObject({
      app: { name: 'flask' },
      role: 'child',
      confidence: 'possible',
      reason: 'tasks-of-app',
    });
    const both = first([nodeKill('shop-')], [node('shop-a', 0), node('shop-b', 1)]);
    expect(both).toMatchObject({
      app: null,
      confidence: 'possible',
      candidates: [{ name: 'shop-a' }, { name: 'shop-b' }],
    });
    const all = { app: null, confidence: 'possible', candidates: [{ name: 'flask' }, { name: 'web' }] };
    const foreign = kill({ at, comm: c('ffmpeg') });
    expect(first([foreign], [flask, node('web', 1)])).toMatchObject(all);
    const holder = { home, daemonPid: 900, unit: unit({ name: c('session-3.scope') }), cgroupPath: unitPath };
    const session = { ...startup(), holders: [holder] };
    expect(first([foreign], [flask], { startup: session })).toMatchObject({
      confidence: 'none',
      reason: 'no-tie',
    });
  });

  it('without a cgroup path, live processes in the table of the group place the victim', () => {
    const web = node('web', 0, { pid: 50, startedAt: at - day });
    const tree = processes(process(50, 900, { comm: c('node /srv/web/s'), startedAt: at - day }));
    const task = (pid: number) => ({
      pid,
      uid: 0,
      comm: c('node /srv/web/s'),
      rssBytes: 60 * MB,
      swapBytes: 0,
      oomScoreAdj: 0,
    });
    const killed = (over: Partial<OomKill>) =>
      nodeKill('web', { taskMemcg: null, constraint: 'memcg', tasks: [task(50), task(77)], ...over });
    expect(first([killed({})], [web], tree)).toMatchObject({
      app: { name: 'web' },
      role: 'child',
      confidence: 'possible',
    });
    expect(first([killed({})], [web], tree).biggest[0]).toMatchObject({
      app: { name: 'web' },
      rssBytes: 60 * MB,
    });
    expect(first([killed({ constraint: 'global' })], [web], tree).confidence).toBe('none');
    expect(first([killed({ tasks: [] })], [web], tree).confidence).toBe('none');
  });

  it('orders by time, unknown last, and remembers', () => {
    const given = input(
      [nodeKill('web', { at: null }), nodeKill('web', { at: at + 5 }), nodeKill('web')],
      [node('web', 0)],
    );
    expect(attributeKills(given).map(({ kill: each }) => each.at)).toEqual([at, at + 5, null]);
    expect(attributeKills({ ...given })).toBe(attributeKills(given));
  });

  it('needs nothing but the log', () => {
    expect(
      attributeKills({
        oomLog: { kills: [nodeKill('web')], unconfirmed: [], unitLines: [] },
        daemons: [],
        processes: null,
        pm2Log: null,
        appLogs: null,
        startup: null,
      }),
    ).toMatchObject([{ app: null, role: null, confidence: 'none', reason: 'no-tie' }]);
  });

  it('never names one exit surely for two kills, whatever the times', () => {
    const times = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        times,
        times,
        fc.array(fc.nat(1), { minLength: 6, maxLength: 6 }),
        (killTimes, exitTimes, owners) => {
          const kills = killTimes.map((seconds, index) =>
            kill({ at: at + seconds * 1000, pid: index + 1, comm: c('node') }),
          );
          const lines = exitTimes.map((seconds, index): [string, number, number] => [
            `a${owners[index]}`,
            owners[index]!,
            at + seconds * 1000,
          ]);
          const ties = attributeKills(
            input(kills, [node('a0', 0), node('a1', 1)], {
              pm2Log: exits(...lines.sort((a, b) => a[2] - b[2])),
            }),
          );
          for (const name of ['a0', 'a1']) {
            const sure = ties.filter((tie) => tie.app?.name === name && tie.confidence === 'likely').length;
            expect(sure).toBeLessThanOrEqual(lines.filter((line) => line[0] === name).length);
          }
          expect(ties.some((tie) => tie.confidence === 'certain')).toBe(false);
        },
      ),
    );
  });
});
