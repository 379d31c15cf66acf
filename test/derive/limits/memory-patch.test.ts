import { describe, expect, it } from 'vitest';
import { appKey } from '../../../src/derive/apps/process-tree.ts';
import type { LimitAdvice } from '../../../src/derive/limits/limit-advice.ts';
import { memoryLimitPatch, oldSpacePatch, pm2SizeOrNull } from '../../../src/derive/limits/memory-patch.ts';
import { app, c, GB, MB } from '../../factories.ts';

const web = app('web', 0, { settings: { maxMemoryRestartBytes: 300 * MB, maxOldSpaceMb: 512 } });
const advice = (over: Partial<LimitAdvice>): ReadonlyMap<string, LimitAdvice> =>
  new Map([
    [
      appKey(web.ref),
      {
        app: web.ref,
        maxMemoryRestart: '700M',
        maxMemoryRestartBytes: 700 * MB,
        none: null,
        maxOldSpaceMb: 525,
        ...over,
      },
    ],
  ]);

describe('patches from advice', () => {
  it('carry the previous value, so that they can be undone', () => {
    expect(memoryLimitPatch([web], advice({}))).toMatchObject({
      patches: [{ set: [{ setting: 'max_memory_restart', value: '700M', previous: '300M' }] }],
    });
    expect(oldSpacePatch([web], advice({}))).toMatchObject({
      patches: [
        {
          set: [
            { setting: 'node_args', value: '--max-old-space-size=525', previous: '--max-old-space-size=512' },
          ],
        },
      ],
    });
  });

  it('are null without a value, and where the value is in force already', () => {
    expect(
      memoryLimitPatch([web], advice({ maxMemoryRestart: null, maxMemoryRestartBytes: null })),
    ).toBeNull();
    expect(
      memoryLimitPatch([web], advice({ maxMemoryRestart: '300M', maxMemoryRestartBytes: 300 * MB })),
    ).toBeNull();
    expect(oldSpacePatch([web], advice({ maxOldSpaceMb: 512 }))).toBeNull();
    expect(memoryLimitPatch([web], new Map())).toBeNull();
  });
});

describe('patches of a cluster app', () => {
  const instances = [0, 1].map((id) => app('web', id, { settings: { maxOldSpaceMb: 512 } }));
  const bytesOf = [700 * MB, 1 * GB];
  const each: ReadonlyMap<string, LimitAdvice> = new Map(
    instances.map(({ ref }, index) => [
      appKey(ref),
      {
        app: ref,
        maxMemoryRestart: pm2SizeOrNull(bytesOf[index] ?? 0),
        maxMemoryRestartBytes: bytesOf[index] ?? null,
        none: null,
        maxOldSpaceMb: index === 0 ? 525 : 768,
      },
    ]),
  );

  it('are one, with the highest value: an ecosystem file has one entry for all instances', () => {
    expect(memoryLimitPatch(instances, each)).toMatchObject({
      patches: [{ app: { name: 'web', pmId: 0 }, set: [{ value: '1G' }] }],
    });
    expect(memoryLimitPatch(instances, each)).toHaveProperty('patches.length', 1);
    expect(oldSpacePatch(instances, each)).toMatchObject({
      patches: [{ set: [{ value: '--max-old-space-size=768' }] }],
    });
    expect(oldSpacePatch(instances, each)).toHaveProperty('patches.length', 1);
  });

  it('stay two where only the name is the same: another namespace is another entry', () => {
    const [first, second] = instances;
    if (first === undefined || second === undefined) throw new Error('two instances');
    const other = { ...second, ref: { ...second.ref, namespace: c('eu') } };
    const known = new Map([...each, [appKey(other.ref), each.get(appKey(second.ref)) as LimitAdvice]]);
    expect(memoryLimitPatch([first, other], known)).toHaveProperty('patches.length', 2);
  });
});

describe('pm2SizeOrNull', () => {
  it.each([
    [300 * MB, '300M'],
    [2 * GB, '2G'],
    [1024, '1K'],
    [5, '5'],
    [0, '0'],
    [null, null],
  ])('%j: %s', (bytes, text) => {
    expect(pm2SizeOrNull(bytes)).toBe(text);
  });
});
