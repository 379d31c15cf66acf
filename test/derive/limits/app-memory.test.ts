import { describe, expect, it } from 'vitest';
import { appNames, groupApps, subjectOfApps } from '../../../src/derive/apps/app-groups.ts';
import { appKey, processTrees } from '../../../src/derive/apps/process-tree.ts';
import { appMemory, childrenHoldMost } from '../../../src/derive/limits/app-memory.ts';
import { memoryRoom } from '../../../src/derive/limits/memory-room.ts';
import type { Process } from '../../../src/model/process.ts';
import { app, c, cgroup, daemon, GB, home, host, MB, process, ref } from '../../factories.ts';

const one = app('web', 0);
const memoryOf = (...more: Process[]) => {
  const tree =
    processTrees([daemon([one])], { partial: false, processes: [process(900, 1), ...more] }).byApp.get(
      appKey(one.ref),
    ) ?? null;
  return appMemory(one, tree);
};

describe('appMemory', () => {
  it('is the PSS of the tree', () => {
    const memory = memoryOf(
      process(1000, 900, { pssBytes: 40 * MB }),
      process(1001, 1000, { pssBytes: 50 * MB }),
    );
    expect(memory).toMatchObject({ bytes: 90 * MB, by: 'pss', childBytes: 50 * MB, processes: 2 });
    expect(childrenHoldMost(memory)).toBe(true);
  });

  it('is the biggest RSS where one PSS is missing, never a sum', () => {
    const memory = memoryOf(
      process(1000, 900, { rssBytes: 60 * MB }),
      ...[1, 2, 3].map((id) => process(1000 + id, 1000, { rssBytes: 50 * MB, pssBytes: null })),
    );
    expect(memory).toMatchObject({ bytes: 60 * MB, by: 'largest-rss', processes: 4 });
    expect(childrenHoldMost(memory)).toBe(false);
  });

  it('is PM2’s figure without a tree; its 0 means not known', () => {
    expect(appMemory(one, null)).toMatchObject({ bytes: 60 * MB, by: 'pm2', childBytes: null });
    expect(appMemory(app('web', 0, { pm2RssBytes: 0 }), null)).toMatchObject({ bytes: null, by: 'none' });
    expect(childrenHoldMost(appMemory(one, null))).toBe(false);
  });
});

describe('groupApps', () => {
  it('puts instances of one entry together, and nothing else', () => {
    const other = c('/root/.pm2');
    const groups = groupApps([
      daemon([app('web', 0), app('web', 1), app('api', 2)]),
      daemon([app('web', 0, { ref: ref('web', 0, other) })], { home: other }),
    ]);
    expect(groups.map((group) => [group.home, group.name, group.apps.length])).toEqual([
      [home, 'web', 2],
      [home, 'api', 1],
      [other, 'web', 1],
    ]);
    const refs = groups.flatMap((group) => group.apps.map((each) => each.ref));
    expect(appNames(refs)).toEqual(['web', 'api']);
    expect(subjectOfApps(refs)).toMatchObject({ kind: 'apps' });
    expect(subjectOfApps(refs.slice(0, 1))).toMatchObject({ kind: 'app' });
  });
});

describe('memoryRoom', () => {
  it('is the tightest of host, container and group', () => {
    expect(memoryRoom(home, host(), [cgroup()])).toEqual({ bytes: 8 * GB, limitOf: null });
    expect(memoryRoom(home, host(), [cgroup({ limitBytes: 2 * GB })])).toMatchObject({
      limitOf: '/system.slice/pm2-deploy.service',
    });
    expect(
      memoryRoom(home, host({ limit: { bytes: 1 * GB, usedBytes: null, source: c('docker') } }), [
        cgroup({ limitBytes: 2 * GB }),
      ]),
    ).toEqual({ bytes: 1 * GB, limitOf: 'docker' });
  });

  it('counts no group of another home, and is null where nothing was seen', () => {
    expect(memoryRoom('/root/.pm2', host(), [cgroup({ limitBytes: 2 * GB })])?.limitOf).toBeNull();
    // A group says more than the container's file of the same limit.
    const same = host({ limit: { bytes: 1 * GB, usedBytes: null, source: c('/sys/fs/cgroup/memory.max') } });
    expect(memoryRoom(home, same, [cgroup({ limitBytes: 1 * GB })])?.limitOf).toMatch(/pm2-deploy/);
    expect(memoryRoom(home, null, null)).toBeNull();
  });
});
