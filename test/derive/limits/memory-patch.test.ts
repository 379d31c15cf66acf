import { describe, expect, it } from 'vitest';
import { appKey } from '../../../src/derive/apps/process-tree.ts';
import type { LimitAdvice } from '../../../src/derive/limits/limit-advice.ts';
import { memoryLimitPatch, oldSpacePatch, pm2SizeOrNull } from '../../../src/derive/limits/memory-patch.ts';
import { app, GB, MB } from '../../factories.ts';

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
