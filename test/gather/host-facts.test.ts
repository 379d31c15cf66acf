import { availableParallelism, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostFacts, parsePressure } from '../../src/gather/host-facts.ts';
import { detectContainer } from '../../src/gather/proc/container.ts';
import { otherHostFacts } from '../../src/gather/proc/host-facts-other.ts';
import type { Host } from '../../src/host/host.ts';
import { realHost } from '../../src/host/real.ts';
import { MB, now } from '../factories.ts';
import { fixtureHost } from '../fixture-host.ts';
import { gatherContext } from '../gather-context.ts';

const stories = join(import.meta.dirname, '../fixtures/hosts');
const story = (name: string, over: Partial<Host> = {}) => fixtureHost(join(stories, name), over);
async function facts(host: Host) {
  const item = await hostFacts.gather(host, gatherContext());
  if (!item.seen) throw new Error('not seen');
  return item.value;
}

describe('small machines', () => {
  it('a virtual machine without a limit', async () => {
    expect(await facts(story('unit-oom-stops-all'))).toEqual({
      name: 'web-01',
      platform: 'linux',
      os: 'Debian GNU/Linux 12 (bookworm)',
      kernel: '6.1.0-50-cloud-amd64',
      bootedAt: now - 120_500,
      cpus: 1,
      cpuModel: 'QEMU Virtual CPU version 2.5+',
      nodeVersion: '24.11.0',
      container: null,
      limit: null,
      memory: {
        totalBytes: 995_592 * 1024,
        freeBytes: 760_068 * 1024,
        availableBytes: 743_728 * 1024,
        cachedBytes: (4952 + 89_508) * 1024,
        slabBytes: 41_200 * 1024,
      },
      swap: { totalBytes: 0, usedBytes: 0 },
      load: [0.42, 0.38, 0.35],
      pressure: {
        memory: { some: [0, 1.29, 0.77], full: [0, 0.38, 0.22] },
        cpu: { some: [2.1, 1, 0.5], full: null },
        io: { some: [0, 1.29, 0.77], full: [0, 0.38, 0.22] },
      },
      overcommitMemory: 0,
      swappiness: 60,
    });
  });
  it('a container sees its own limit, and its use without the cache that is given back first', async () => {
    expect(await facts(story('container-memory-limit-v1'))).toMatchObject({
      container: 'docker',
      cpus: 5,
      limit: {
        bytes: 512 * MB,
        usedBytes: 400_000_000,
        source: '/sys/fs/cgroup/memory/memory.limit_in_bytes',
      },
      swap: { totalBytes: 2048 * MB, usedBytes: 1024 * MB },
      pressure: { memory: null, cpu: null, io: null },
    });
  });
  it('an unreadable /proc is a gap', async () => {
    expect(await hostFacts.gather(story('nothing-here'), gatherContext())).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-found' }],
    });
  });
});

describe('containers', () => {
  const signs = (files: { readonly [path: string]: string }, env: Host['env'] = {}) =>
    detectContainer(
      story('nothing-here', {
        env,
        stat: story('unit-oom-continue').stat,
        read: (path) =>
          path in files
            ? { ok: true, value: Buffer.from(files[path] ?? '') }
            : { ok: false, why: 'not-found', detail: '' },
        readText: (path) =>
          path in files
            ? { ok: true, value: files[path] ?? '' }
            : { ok: false, why: 'not-found', detail: '' },
      }),
    );
  it.each([
    ['lxc', { '/proc/1/environ': 'A=1\0container=lxc\0' }],
    ['systemd-nspawn', { '/run/systemd/container': 'systemd-nspawn\n' }],
    ['kubernetes', { '/proc/1/cgroup': '4:memory:/kubepods/burstable/pod1/abc' }],
    ['docker', { '/proc/1/cgroup': '4:memory:/docker/abc' }],
    ['wsl', { '/proc/sys/kernel/osrelease': '5.15.90.1-microsoft-standard-WSL2' }],
    [null, { '/proc/1/environ': 'mycontainer=lxc\0', '/proc/1/cgroup': '0::/init.scope' }],
  ])('%s', (expected, files) => expect(signs(files)).toBe(expected));
  it('kubernetes by its environment', () => {
    expect(signs({}, { KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toBe('kubernetes');
  });
});

it('pressure that is no pressure is null', () => {
  expect(parsePressure('')).toBeNull();
});

it('agrees with Node on this machine', async () => {
  const here = await facts(realHost());
  expect(here.memory.totalBytes).toBe(totalmem());
  expect(Math.abs(here.memory.availableBytes - freemem())).toBeLessThan(1024 * MB);
  expect(here.cpus).toBeGreaterThanOrEqual(availableParallelism());
  expect(here.bootedAt).toBeLessThan(Date.now());
});

it('asks systeminformation elsewhere', { timeout: 30_000 }, async () => {
  const item = await otherHostFacts(realHost(), gatherContext());
  if (!item.seen) throw new Error('not seen');
  expect(item.value.memory.totalBytes).toBe(totalmem());
  expect(item.value.os).not.toBe('');
  expect(item.value.cpus).toBeGreaterThan(0);
  const failed = async () => ({ ok: false, why: 'malformed', detail: 'broken' }) as const;
  expect(
    await otherHostFacts(realHost(), gatherContext(), { processes: failed, facts: failed, disks: failed }),
  ).toMatchObject({ seen: false, gaps: [{ remedy: 'linux-only' }] });
});
