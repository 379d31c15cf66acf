import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  defaultOldSpaceBytes,
  isNodeApp,
  missesCgroupTwoLimit,
} from '../../../src/derive/limits/node-heap.ts';
import { app, c, GB, MB } from '../../factories.ts';

describe('defaultOldSpaceBytes', () => {
  it('agrees with the Node that runs here', () => {
    const script =
      'const os = require("os"); const limit = process.constrainedMemory() || Infinity;' +
      'console.log(JSON.stringify([Math.min(os.totalmem(), limit), require("v8").getHeapStatistics().heap_size_limit]))';
    const out = execFileSync(globalThis.process.execPath, ['-e', script], { encoding: 'utf8', env: {} });
    const [memoryBytes, limitBytes]: [number, number] = JSON.parse(out);
    // The limit V8 reports has the young generation on top of the old one.
    expect(limitBytes - defaultOldSpaceBytes(memoryBytes)).toBeGreaterThanOrEqual(0);
    expect(limitBytes - defaultOldSpaceBytes(memoryBytes)).toBeLessThanOrEqual(100 * MB);
  });

  it.each([
    [128 * MB, 256 * MB],
    [512 * MB, 256 * MB],
    [1 * GB, 512 * MB],
    [4 * GB, 2 * GB],
    [15 * GB - 1, 2 * GB],
    [15 * GB, 4 * GB],
  ])('%d bytes of memory give %d', (memory, heap) => {
    expect(defaultOldSpaceBytes(memory)).toBe(heap);
  });
});

describe('isNodeApp', () => {
  it.each([
    ['node', true],
    ['/usr/bin/node', true],
    ['/opt/nodejs', true],
    ['python3', false],
    ['deno', false],
    ['none', false],
  ])('%s: %s', (interpreter, expected) => {
    expect(isNodeApp(app('web', 0, { interpreter: c(interpreter) }))).toBe(expected);
  });

  it('takes cluster mode as proof, and no interpreter as none', () => {
    expect(isNodeApp(app('web', 0, { execMode: 'cluster', interpreter: null }))).toBe(true);
    expect(isNodeApp(app('web', 0, { interpreter: null }))).toBe(false);
  });
});

describe('missesCgroupTwoLimit', () => {
  it.each([
    ['18.20.4', true],
    ['20.2.0', true],
    ['20.3.0', false],
    ['v22.1.0', false],
    ['', null],
    ['N/A', null],
  ])('%j: %s', (version, expected) => {
    expect(missesCgroupTwoLimit(version)).toBe(expected);
  });
});
