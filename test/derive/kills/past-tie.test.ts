import { describe, expect, it } from 'vitest';
import type { PastProcess, PastProcesses } from '../../../src/model/past.ts';
import { app, at, c, exits, god, hour, kill, minute, past, process, ref, tie } from './scene.ts';

const web = app('web', 0, { startedAt: at + 1_000 });
const api = app('api', 1);
const victim = kill({ at, pid: 77, comm: c('node /srv/web/s') });
const with_ = (one: Partial<PastProcess>, over: Partial<PastProcesses> = {}, more = {}) =>
  tie([victim], [web, api], { past: past([one], over), ...more });

describe('a pid that samples knew', () => {
  it('is certain: started before, seen until the kill, gone after it, of that name', () => {
    expect(with_({})).toMatchObject({
      app: { name: 'web' },
      role: 'app',
      confidence: 'certain',
      reason: 'pid-in-samples',
      candidates: [],
    });
  });

  it('names the child of an app, the module and the daemon', () => {
    expect(with_({ role: 'child', app: ref('api', 1) })).toMatchObject({
      app: { name: 'api' },
      role: 'child',
      confidence: 'certain',
    });
    const rotate = app('rotate', 2, { isModule: true });
    expect(tie([victim], [rotate], { past: past([{ app: ref('rotate', 2) }]) })).toMatchObject({
      role: 'module',
      confidence: 'certain',
    });
    const daemon = { ...victim, pid: 901, comm: c('PM2 v7.0.4: God') };
    expect(
      tie([daemon], [web], {
        past: past([{ pid: 901, app: null, role: 'daemon', comm: c('PM2 v7.0.4: God') }]),
      }),
    ).toMatchObject({ app: null, role: 'daemon', confidence: 'certain', reason: 'pid-in-samples' });
  });

  it('names an app that PM2 no longer lists', () => {
    expect(tie([victim], [api], { past: past([{ app: ref('gone', 7) }]) })).toMatchObject({
      app: { name: 'gone' },
      confidence: 'certain',
    });
  });

  it.each<[string, Partial<PastProcess>]>([
    ['it started after the kill', { startedAt: at + 1, firstSeen: at + 1, lastSeen: at + hour }],
    ['it was first seen after the kill', { startedAt: null, firstSeen: at + 20_000, lastSeen: at + hour }],
    ['it was alive long after the kill', { lastSeen: at + minute }],
    ['it was another program', { comm: c('python3') }],
    ['it was another user', { uid: 1001 }],
    ['it lived in another cgroup', { cgroup: c('/user.slice/user-1000.slice/session-3.scope') }],
    ['it had another pid', { pid: 78 }],
  ])('stays silent where the samples contradict: %s', (_why, one) => {
    expect(with_(one).reason).not.toBe('pid-in-samples');
  });

  it('tells two processes of one pid apart by time', () => {
    const before = {
      app: ref('api', 1),
      startedAt: at - 3 * hour,
      firstSeen: at - 3 * hour,
      lastSeen: at - 2 * hour,
    };
    const after = { app: ref('api', 1), startedAt: at + minute, firstSeen: at + minute, lastSeen: at + hour };
    for (const list of [
      [before, {}, after],
      [after, before, {}],
      [{}, after, before],
    ])
      expect(tie([victim], [web, api], { past: past(list) })).toMatchObject({
        app: { name: 'web' },
        confidence: 'certain',
      });
    // The other way round: the kill belongs to the one that was there then.
    expect(
      tie([{ ...victim, at: at - 2 * hour + 5_000 }], [web, api], {
        past: past([{ ...before, comm: victim.comm! }, {}]),
      }),
    ).toMatchObject({ app: { name: 'api' }, confidence: 'certain' });
  });

  it('names both where the notes say that two of one pid lived at once', () => {
    expect(tie([victim], [web, api], { past: past([{}, { app: ref('api', 1) }]) })).toMatchObject({
      confidence: 'possible',
      candidates: [{ name: expect.stringMatching(/web|api/) }],
    });
  });

  it('is less sure the older the last sample is', () => {
    const seen = (agoMs: number) => with_({ lastSeen: at - agoMs }).confidence;
    expect([seen(90_000), seen(101_000), seen(10 * minute), seen(11 * minute)]).toEqual([
      'certain',
      'likely',
      'likely',
      'possible',
    ]);
  });

  it('is likely at most where start, name or user are not proven', () => {
    expect(with_({ startedAt: null }).confidence).toBe('likely');
    expect(tie([{ ...victim, comm: null }], [web], { past: past([{}]) }).confidence).toBe('likely');
    // It gave up root's rights after the last sample.
    expect(with_({ uid: 0 }).confidence).toBe('likely');
    // A sample before PM2 set the title.
    expect(with_({ comm: c('node') }).confidence).toBe('likely');
    // No sample after the kill and no process table: whether it is gone is not known.
    expect(with_({}, { to: at - 10_000 }, { processes: null }).confidence).toBe('likely');
    expect(with_({}, { to: at - 10_000 }).confidence).toBe('certain');
  });

  it('does not believe samples of a process that still runs', () => {
    const running = process(77, 900, { startedAt: at - hour });
    expect(with_({}, {}, { processes: { processes: [god, running], partial: false } }).reason).not.toBe(
      'pid-in-samples',
    );
    // The pid came back to another process since.
    const other = process(77, 900, { startedAt: at + minute });
    expect(with_({}, {}, { processes: { processes: [god, other], partial: false } }).confidence).toBe(
      'certain',
    );
  });

  it('says nothing of a kill without pid or time', () => {
    for (const over of [{ pid: null }, { at: null }])
      expect(tie([{ ...victim, ...over }], [web], { past: past([{}]) }).reason).not.toBe('pid-in-samples');
  });

  it('keeps the exit of another app away, and lets that one be paired', () => {
    const known = kill({ at, pid: 77, comm: c('node /srv/shop-') });
    const other = kill({ at: at + 100, pid: 78, comm: c('node /srv/shop-') });
    const apps = [app('shop-a', 0), app('shop-b', 1)];
    const pm2Log = exits(['shop-a', 0, at], ['shop-b', 1, at]);
    const names = (more: object) =>
      [known, other].map((one) => tie([one], apps, { pm2Log, ...more })).map((each) => each.confidence);
    expect(names({})).toEqual(['possible', 'possible']);
    expect(
      tie([known, other], apps, {
        pm2Log,
        past: past([{ app: ref('shop-a', 0), comm: c('node /srv/shop-') }]),
      }),
    ).toMatchObject({ app: { name: 'shop-a' }, confidence: 'certain' });
  });

  it('is absent without a collector', () => {
    expect(tie([victim], [web], { past: null }).reason).not.toBe('pid-in-samples');
  });
});
