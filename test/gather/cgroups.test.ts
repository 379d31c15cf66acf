import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cgroups } from '../../src/gather/cgroups.ts';
import { memoryGroup, parseCgroupLines, parseCgroupMounts } from '../../src/gather/proc/cgroup-path.ts';
import { memoryFigures } from '../../src/gather/proc/memory-limit.ts';
import { realHost } from '../../src/host/real.ts';
import { c, daemon, MB } from '../factories.ts';
import { fixtureHost } from '../fixture-host.ts';
import { gatherContext } from '../gather-context.ts';

const stories = join(import.meta.dirname, '../fixtures/hosts');
const story = (name: string) => fixtureHost(join(stories, name));
const of = (pid: number) => gatherContext({ daemons: [daemon([], { pid })] });

describe('version 2', () => {
  it('reads the limit of the unit, its use and peak', async () => {
    expect(await cgroups.gather(story('unit-oom-stops-all'), of(605))).toMatchObject({
      seen: true,
      gaps: [],
      value: [
        {
          home: '/home/deploy/.pm2',
          daemonPid: 605,
          version: 2,
          path: '/system.slice/pm2-root.service',
          limitBytes: 512 * MB,
          limitPath: '/system.slice/pm2-root.service',
          usedBytes: 72_245_248 - 4_096_000,
          peakBytes: 80_408_576,
          highBytes: null,
          swapLimitBytes: null,
          oomGroup: false,
        },
      ],
    });
  });
  it('reads memory.high', async () => {
    expect(await cgroups.gather(story('unit-oomd-kill'), of(603))).toMatchObject({
      value: [{ limitBytes: null, limitPath: null, highBytes: 320 * MB }],
    });
  });
  it('takes the tightest limit on the way up, with the use of the group that sets it', () => {
    const files: { readonly [path: string]: string } = {
      '/c/a/b/memory.max': '5000\n',
      '/c/a/b/memory.current': '100\n',
      '/c/a/memory.max': '1000\n',
      '/c/a/memory.current': '900\n',
      '/c/a/memory.stat': 'anon 1\ninactive_file 50\n',
      '/c/memory.max': '2000\n',
    };
    const group = memoryGroup(
      parseCgroupLines('0::/a/b'),
      parseCgroupMounts('1 1 0:1 / /c rw - cgroup2 x rw'),
    );
    if (group === null) throw new Error('no group');
    const host = {
      ...story('nothing'),
      readText: (path: string) =>
        files[path] === undefined
          ? ({ ok: false, why: 'not-found', detail: '' } as const)
          : ({ ok: true, value: files[path] } as const),
    };
    expect(memoryFigures(host, group)).toMatchObject({
      limitBytes: 1000,
      limitPath: '/a',
      limitFile: '/c/a/memory.max',
      usedBytes: 850,
    });
  });
});

describe('version 1', () => {
  it('reads the limit of a container', async () => {
    expect(await cgroups.gather(story('container-memory-limit-v1'), of(1))).toMatchObject({
      value: [
        {
          version: 1,
          path: '/docker/3f1c',
          limitBytes: 512 * MB,
          limitPath: '/docker/3f1c',
          usedBytes: 400_000_000,
          peakBytes: 512 * MB,
          swapLimitBytes: 512 * MB,
          oomGroup: null,
        },
      ],
    });
  });

  const memoryLine = existsSync('/proc/self/cgroup')
    ? parseCgroupLines(readFileSync('/proc/self/cgroup', 'utf8')).memory
    : null;
  const parent = `/sys/fs/cgroup/memory${memoryLine ?? '/none'}`;
  const folder = `${parent}/pm2-audit-test-${process.pid}`;
  let child: ChildProcess | null = null;
  afterAll(async () => {
    if (child === null) return;
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    rmdirSync(`${folder}/inner`);
    rmdirSync(folder);
  });
  it.runIf(memoryLine !== null && existsSync(parent) && process.getuid?.() === 0)(
    'reads a live group, limited by its parent',
    async () => {
      mkdirSync(`${folder}/inner`, { recursive: true });
      writeFileSync(`${folder}/memory.limit_in_bytes`, String(64 * MB));
      child = spawn('sleep', ['300'], { stdio: 'ignore' });
      writeFileSync(`${folder}/inner/cgroup.procs`, String(child.pid));
      const item = await cgroups.gather(realHost(), of(child.pid ?? 0));
      if (!item.seen) throw new Error('not seen');
      expect(item.value).toMatchObject([
        {
          version: 1,
          path: `${memoryLine}/pm2-audit-test-${process.pid}/inner`,
          limitBytes: 64 * MB,
          limitPath: `${memoryLine}/pm2-audit-test-${process.pid}`,
        },
      ]);
      expect(item.value[0]?.usedBytes).toBeLessThan(64 * MB);
      expect(item.value[0]?.peakBytes).toBeGreaterThanOrEqual(0);
    },
  );
});

describe('what cannot be seen', () => {
  it('a process that is gone', async () => {
    expect(await cgroups.gather(story('unit-oom-stops-all'), of(4242))).toMatchObject({
      seen: true,
      value: [],
      gaps: [{ why: 'not-found', subject: '/home/deploy/.pm2' }],
    });
  });
  it('a group outside of what is mounted here is not taken for another one', () => {
    const mounts = parseCgroupMounts('1 1 0:1 /docker/a /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory');
    expect(memoryGroup(parseCgroupLines('4:memory:/docker/b'), mounts)).toMatchObject({ isExact: false });
    expect(memoryGroup(parseCgroupLines('4:memory:/docker/a/b'), mounts)).toMatchObject({
      isExact: true,
      levels: [{ folder: '/sys/fs/cgroup/memory/b' }, { folder: '/sys/fs/cgroup/memory', path: '/docker/a' }],
    });
    expect(
      memoryGroup(parseCgroupLines('0::/../../x'), parseCgroupMounts('1 1 0:1 / /c rw - cgroup2 x rw')),
    ).toMatchObject({ isExact: false });
  });
  it('another system', async () => {
    expect(await cgroups.gather({ ...story('unit-oom-stops-all'), platform: 'darwin' }, of(1))).toMatchObject(
      { seen: false, gaps: [{ remedy: 'linux-only' }] },
    );
  });
  it('daemons that do not run have no group', async () => {
    const context = gatherContext({
      daemons: [daemon([], { home: c('/a/.pm2'), state: 'dead', pid: null })],
    });
    expect(await cgroups.gather(story('unit-oom-stops-all'), context)).toMatchObject({
      seen: true,
      value: [],
      gaps: [],
    });
  });
});
