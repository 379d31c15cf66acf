import { describe, expect, it } from 'vitest';
import memoryLeak from '../../src/audits/memory-leak.ts';
import { makeTrack } from '../../src/derive/trends/track.ts';
import type { AppMemoryPast } from '../../src/model/remembered.ts';
import {
  app,
  daemon,
  day,
  GB,
  home,
  host,
  hour,
  MB,
  minute,
  now,
  pm2Log,
  ref,
  remembered,
} from '../factories.ts';
import { effect, fixWords, found, runAudit } from '../run-audit.ts';
import { memoryLimit } from '../stories/pm2-lines.ts';

/** A life of `hours`, growing by so many MB an hour, with noise below a MB; minutes, as far as they go. */
function past(name: string, pmId: number, hours: number, mbPerHour: number, baseMb = 80): AppMemoryPast {
  const begin = now - hours * hour;
  const at = Array.from(
    { length: Math.floor((hours * hour) / minute) },
    (_, index) => begin + index * minute,
  );
  const sizes = at.map(
    (time, index) => (baseMb + (mbPerHour * (time - begin)) / hour + ((index * 7919) % 97) / 97) * MB,
  );
  const stepMs = hours > 48 ? hour : Math.max(1, Math.ceil((hours * 60) / 720)) * minute;
  const track = makeTrack(at, sizes, { from: begin, to: now, stepMs, unit: 65_536 }, 'mean');
  return { app: ref(name, pmId), starts: [begin], tree: track, pm2: track, week: track, pm2Week: track };
}

const limited = (name: string, pmId: number, bytes: number | null, hours: number) =>
  app(name, pmId, {
    startedAt: now - hours * hour,
    pm2RssBytes: 90 * MB,
    settings: { maxMemoryRestartBytes: bytes },
  });
const judge = (memory: readonly AppMemoryPast[], apps: readonly ReturnType<typeof app>[], over = {}) =>
  runAudit(memoryLeak, { daemons: [daemon(apps)], history: remembered({ apps: memory }), ...over });

describe('memory-leak', () => {
  it('is urgent where the limit is reached within a week', () => {
    // 80 + 30 × 12 = 440 MB now; 1200 MB at 12 MB an hour: in 63 hours.
    const [draft, more] = judge([past('api', 0, 30, 12)], [limited('api', 0, 1200 * MB, 30)]);
    expect(more).toBeUndefined();
    expect(draft).toMatchObject({ priority: 'P1', confidence: 'likely', subject: { kind: 'app' } });
    expect((draft!.args.apps[0].reachedAt - now) / hour).toBeCloseTo(63.3, -1);
    expect(draft!.args.apps[0].limit).toBe('max-memory-restart');
    expect(found(memoryLeak, draft!)).toMatch(
      /^api grows by 12(\.\d)? MB an hour and reaches its max_memory_restart on /,
    );
    expect(found(memoryLeak, draft!, 'zh-CN')).toMatch(
      /^api 每小时增长 12(\.\d)? MB，预计 .+ 到达自身的 max_memory_restart$/,
    );
    expect(effect(memoryLeak, draft!)).toMatch(
      /^Watched for \S+ s: 12 MB an hour\. At this pace between .+ and .+\.$/,
    );
    // A limit in force is not raised against a leak.
    expect(draft!.fix).toMatchObject({ kind: 'manual' });
  });

  it('can wait where the limit is further away', () => {
    const [draft] = judge([past('api', 0, 30, 3)], [limited('api', 0, 1200 * MB, 30)]);
    expect(draft).toMatchObject({ priority: 'P2' });
    expect(draft!.args.apps[0].reachedAt).toBeGreaterThan(now + 7 * day);
  });

  it('is only possible with less than a day of data, and says so', () => {
    const [draft] = judge([past('api', 0, 5, 20)], [limited('api', 0, null, 5)]);
    expect(draft).toMatchObject({ confidence: 'possible', args: { apps: [{ limit: 'host' }] } });
    expect(effect(memoryLeak, draft!)).toMatch(
      /^Watched for \S+ s: .+ A daily rise of load, or a cache that still fills, would look the same until a full day is seen\.$/,
    );
    expect(effect(memoryLeak, draft!, 'zh-CN')).toMatch(
      /^已观察 .+每日的负载上升、尚未填满的缓存看起来也是这样，观察满一天才能区分。$/,
    );
    // Without a limit one is advised as a safety net.
    expect(draft!.fix).toMatchObject({ kind: 'ecosystem-patch' });
    expect(fixWords(memoryLeak, draft!).steps.join(' ')).toMatch(/heap snapshots.*safety net/s);
  });

  it('waits for a full day where the limit lies further away than that takes to tell', () => {
    // 180 MB now, 20 an hour: 600 MB in 21 hours. A day of it, and the same limit is urgent.
    const [young] = judge([past('api', 0, 5, 20)], [limited('api', 0, 600 * MB, 5)]);
    expect(young).toMatchObject({ priority: 'P2', confidence: 'possible', args: { isUrgent: false } });
    expect(found(memoryLeak, young!)).toMatch(/ an hour and at this pace reaches its max_memory_restart on /);
    expect(fixWords(memoryLeak, young!).title).toBe('Watch a full day, then find what api keeps');
    expect(fixWords(memoryLeak, young!, 'zh-CN').title).toBe('先观察满一天，再查明 api 持有了什么');
    const [old] = judge([past('api', 0, 25, 20)], [limited('api', 0, 1000 * MB, 25)]);
    expect(old).toMatchObject({ priority: 'P1', confidence: 'likely' });
    expect(effect(memoryLeak, old!)).not.toContain('full day');
  });

  it('waits for nothing where the limit comes within hours', () => {
    // 200 MB now, 60 an hour: 250 MB within the hour.
    const [draft] = judge([past('api', 0, 2, 60)], [limited('api', 0, 250 * MB, 2)]);
    expect(draft).toMatchObject({ priority: 'P1', confidence: 'possible', args: { isUrgent: true } });
    expect(draft!.args.apps[0].reachedAt).toBeLessThan(now + hour);
    expect(fixWords(memoryLeak, draft!).title).toBe('Find what api keeps');
  });

  it('says that it looks like load where several apps grow together', () => {
    const names = ['api', 'web', 'jobs'];
    const drafts = judge(
      names.map((name, id) => past(name, id, 5, 20)),
      names.map((name, id) => limited(name, id, 1200 * MB, 5)),
    );
    expect(effect(memoryLeak, drafts[0]!)).toContain(
      '3 apps of this host grow at the same time: that looks like load.',
    );
    expect(effect(memoryLeak, drafts[0]!, 'zh-CN')).toContain('本机有 3 个应用同时在增长，更像是负载上升。');
  });

  it('is urgent where memory has ended the app already, however far the limit is', () => {
    const at = now - 31 * hour;
    const api = { ...limited('api', 0, 1200 * MB, 30), restartCounter: 1 };
    const [draft] = judge([past('api', 0, 30, 3)], [api], {
      pm2Log: [pm2Log(memoryLimit(api, at, 1300 * MB, 1200 * MB), { coversFrom: at - day })],
    });
    expect(draft).toMatchObject({ priority: 'P1', args: { apps: [{ ended: 1 }] } });
  });

  it('finds nothing in an app that rests, whose history is too short, or ended long ago', () => {
    expect(judge([past('api', 0, 30, 0)], [limited('api', 0, 1200 * MB, 30)])).toEqual([]);
    expect(judge([past('api', 0, 1.5, 60)], [limited('api', 0, 1200 * MB, 1.5)])).toEqual([]);
    const old = past('api', 0, 30, 12);
    const early = { ...old, tree: { ...old.tree!, from: old.tree!.from - 6 * hour } };
    expect(judge([early], [limited('api', 0, 1200 * MB, 36)])).toEqual([]);
  });

  it('finds nothing just below the growth of an allocator', () => {
    // 3 % of the level is what allocators do: 0.09 MB an hour over 28 hours is 2.6 MB of 400.
    expect(judge([past('api', 0, 30, 0.09, 400)], [limited('api', 0, 1200 * MB, 30)])).toEqual([]);
    expect(judge([past('api', 0, 30, 0.6, 400)], [limited('api', 0, 1200 * MB, 30)])).toHaveLength(1);
  });

  it('tells instances of one app once, and the one that ends first', () => {
    const apps = [limited('api', 0, 1200 * MB, 30), limited('api', 1, 1200 * MB, 30)];
    const [draft, more] = judge([past('api', 0, 30, 6), past('api', 1, 30, 12)], apps);
    expect(more).toBeUndefined();
    expect(draft).toMatchObject({ subject: { kind: 'apps' }, args: { apps: [{ instances: 2 }] } });
    expect(draft!.args.apps[0].bytesPerHour / MB).toBeCloseTo(12, 0);
  });

  it('knows the limit that comes first', () => {
    const little = host({ memory: { ...host().memory, totalBytes: GB, availableBytes: 200 * MB } });
    const [draft] = judge([past('api', 0, 30, 12)], [limited('api', 0, 1200 * MB, 30)], { host: little });
    expect(draft!.args.apps[0]).toMatchObject({ limit: 'host' });
    // A limit of PM2 sees the main process alone: where the children grow it never comes.
    const memory = past('api', 0, 30, 12);
    const flat = past('api', 0, 30, 0).pm2;
    const [children] = judge([{ ...memory, pm2: flat }], [limited('api', 0, 1200 * MB, 30)]);
    expect(children!.args.apps[0]).toMatchObject({ limit: 'host' });
    expect(home).toContain('.pm2');
  });
});
