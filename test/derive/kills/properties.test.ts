/** Whatever the order and the completeness of the evidence. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeKills } from '../../../src/derive/kills/oom-attribution.ts';
import type { OomKill } from '../../../src/model/oom.ts';
import {
  app,
  at,
  c,
  type Exit,
  exits,
  god,
  hour,
  input,
  kill,
  past,
  process,
  ref,
  startup,
} from './scene.ts';

const apps = [app('web', 0, { pid: 500, startedAt: at - hour }), app('shop-a', 1), app('shop-b', 2)];
const live = apps.map((one) =>
  process(one.pid!, 900, { comm: c(`node /srv/${one.ref.name}/s`.slice(0, 15)) }),
);
const comms = ['node /srv/web/s', 'node /srv/shop-', 'node', 'python3', 'mysqld', 'PM2 v7.0.4: God'];

const someKill = fc
  .record({
    ms: fc.integer({ min: 0, max: 20_000 }),
    pid: fc.integer({ min: 490, max: 510 }),
    comm: fc.constantFrom(...comms),
    uid: fc.constantFrom(0, 1000, null),
    taskMemcg: fc.constantFrom('/system.slice/pm2-deploy.service', '/system.slice/mysql.service', null),
  })
  .map(
    ({ ms, pid, comm, uid, taskMemcg }): OomKill =>
      kill({ at: at + ms, pid, comm: c(comm), uid, taskMemcg: taskMemcg === null ? null : c(taskMemcg) }),
  );
const someExits = fc
  .array(fc.record({ seconds: fc.nat(20), who: fc.nat(2) }), { maxLength: 6 })
  .map((list) =>
    list
      .toSorted((a, b) => a.seconds - b.seconds)
      .map(({ seconds, who }): Exit => [apps[who]!.ref.name, who, at + seconds * 1000]),
  );
const somePast = fc.array(
  fc
    .record({ pid: fc.integer({ min: 490, max: 510 }), who: fc.nat(2), seen: fc.nat(20_000) })
    .map(({ pid, who, seen }) => ({
      pid,
      app: apps[who]!.ref,
      comm: c(`node /srv/${apps[who]!.ref.name}/s`.slice(0, 15)),
      lastSeen: at + seen - 10_000,
    })),
  { maxLength: 3 },
);
const kills = fc.array(someKill, { maxLength: 6 });
const says = (list: ReturnType<typeof attributeKills>) =>
  list.map(({ kill: { pid, at: time, comm }, app: owner, role, confidence, reason, candidates }) => ({
    pid,
    time,
    comm,
    owner: owner?.name ?? null,
    role,
    confidence,
    reason,
    candidates: candidates.map(({ name }) => name).toSorted(),
  }));

describe('attribution', () => {
  it('is the same for shuffled and duplicated evidence', () => {
    fc.assert(
      fc.property(kills, someExits, somePast, fc.infiniteStream(fc.nat()), (list, ends, seen, chance) => {
        const shuffle = <T>(items: readonly T[]): readonly T[] =>
          items
            .map((item) => ({ item, key: chance.next().value ?? 0 }))
            .toSorted((a, b) => a.key - b.key)
            .map(({ item }) => item);
        const distinct = list.filter(
          (one, index) => list.findIndex((other) => other.at === one.at && other.pid === one.pid) === index,
        );
        const log = exits(...ends);
        const plain = input(distinct, apps, {
          pm2Log: log,
          processes: { processes: [god, ...live], partial: false },
          past: past(seen),
        });
        const muddled = input(shuffle([...distinct, ...shuffle(distinct).slice(0, 2)]), apps, {
          pm2Log: [...log, ...log],
          processes: { processes: shuffle([god, ...live]), partial: false },
          past: past(shuffle(seen)),
        });
        expect(says(attributeKills(muddled))).toEqual(says(attributeKills(plain)));
      }),
    );
  });

  it('never accuses an app with more confidence because evidence is missing', () => {
    const truth = { taskMemcg: c('/system.slice/mysql.service'), uid: 33 };
    const lost = fc.record({
      memcg: fc.boolean(),
      uid: fc.boolean(),
      startup: fc.boolean(),
      processes: fc.boolean(),
      appLogs: fc.boolean(),
    });
    // A stranger of a name apps have as well, killed in the second in which an operator killed the app by hand.
    fc.assert(
      fc.property(lost, fc.constantFrom('node', 'python3', 'mysqld'), (gone, comm) => {
        const stranger = kill({ at, pid: 77, comm: c(comm), ...truth });
        const [one] = attributeKills(
          input(
            [{ ...stranger, taskMemcg: gone.memcg ? null : stranger.taskMemcg, uid: gone.uid ? null : 33 }],
            apps,
            {
              pm2Log: exits(['web', 0, at]),
              startup: gone.startup ? null : startup(),
              processes: gone.processes ? null : { processes: [god, ...live], partial: false },
            },
          ),
        );
        expect(['certain', 'likely'].includes(one!.confidence) && one!.app !== null).toBe(false);
      }),
    );
  });

  it('is certain of an app only by a pid', () => {
    fc.assert(
      fc.property(kills, someExits, (list, ends) => {
        for (const one of attributeKills(input(list, apps, { pm2Log: exits(...ends) })))
          if (one.confidence === 'certain' && one.app !== null)
            expect(['pid-of-app', 'pid-in-app-log', 'pid-in-samples']).toContain(one.reason);
      }),
    );
  });
});

describe('a loop', () => {
  it('of 180 kills in an hour pairs each with its own end', () => {
    const times = Array.from({ length: 180 }, (_, index) => at + index * 20_000);
    const ties = attributeKills(
      input(
        times.map((time, index) => kill({ at: time, pid: 3000 + index, comm: c('node /srv/web/s') })),
        apps,
        { pm2Log: exits(...times.map((time, index): Exit => ['web', 0, time + (index % 5) * 1000])) },
      ),
    );
    expect(ties).toHaveLength(180);
    expect(new Set(ties.map(({ confidence }) => confidence))).toEqual(new Set(['likely']));
    expect(new Set(ties.map(({ because }) => because.at(-1)?.at)).size).toBe(180);
  });
});

describe('cluster workers of one app', () => {
  const instances = [0, 1, 2].map((id) => app('web', id));
  const two = [77, 78].map((pid, index) => kill({ at: at + index, pid, comm: c('node /srv/web/s') }));
  it('killed in one second are that app, each with its own end', () => {
    const ties = attributeKills(input(two, instances, { pm2Log: exits(['web', 0, at], ['web', 2, at]) }));
    expect(ties).toMatchObject([
      { app: { name: 'web', pmId: 0 }, confidence: 'likely', candidates: [] },
      { app: { name: 'web', pmId: 2 }, confidence: 'likely', candidates: [] },
    ]);
  });
  it('are guesses where one more ended than was killed', () => {
    const ties = attributeKills(
      input(two, instances, { pm2Log: exits(['web', 0, at], ['web', 1, at], ['web', 2, at]) }),
    );
    expect(new Set(ties.map(({ confidence }) => confidence))).toEqual(new Set(['possible']));
  });
  it('of two apps of one name stay possible, both named', () => {
    const shops = [ref('shop-a', 1), ref('shop-b', 2)];
    const ties = attributeKills(
      input(
        two.map((one) => ({ ...one, comm: c('node /srv/shop-') })),
        apps,
        { pm2Log: exits(['shop-a', 1, at], ['shop-b', 2, at]) },
      ),
    );
    for (const one of ties) {
      expect(one.confidence).toBe('possible');
      expect([one.app?.name, ...one.candidates.map(({ name }) => name)].toSorted()).toEqual(
        shops.map(({ name }) => name),
      );
    }
  });
});
