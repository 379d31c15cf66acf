import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disks, otherDisks } from '../../src/gather/disks.ts';
import { isNetwork, mountOf, PathResolver, parseMounts } from '../../src/gather/proc/mounts.ts';
import type { FileSystemStat, Host } from '../../src/host/host.ts';
import { realHost } from '../../src/host/real.ts';
import { app, c, daemon, GB } from '../factories.ts';
import { fixtureHost } from '../fixture-host.ts';
import { gatherContext } from '../gather-context.ts';

const mountinfo = String.raw`24 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
25 24 0:22 / /proc rw - proc proc rw
26 24 0:30 / /tmp rw,nosuid shared:2 - tmpfs tmpfs rw,size=1g
27 24 254:16 / /data\040disk rw - xfs /dev/vdb rw
28 24 254:16 /logs /var/log/apps rw - xfs /dev/vdb rw
29 24 7:1 / /snap/core ro - squashfs /dev/loop1 ro
30 24 0:41 / /mnt/share rw - nfs4 server:/export rw
31 24 0:42 / /srv/image rw - squashfs /dev/loop2 ro
`;

describe('a small machine', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pm2-audit-disks-'));
    mkdirSync(join(folder, 'proc/self'), { recursive: true });
    mkdirSync(join(folder, 'srv'));
    writeFileSync(join(folder, 'proc/self/mountinfo'), mountinfo);
    symlinkSync('/data disk/web', join(folder, 'srv/web'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const asked: string[] = [];
  const figures = (over: Partial<FileSystemStat> = {}): FileSystemStat => ({
    totalBytes: 100 * GB,
    freeBytes: 5 * GB,
    reservedBytes: 5 * GB,
    totalInodes: 1000,
    freeInodes: 250,
    ...over,
  });
  const host = (over: Partial<Host> = {}) =>
    fixtureHost(folder, {
      fileSystem: (path) => {
        asked.push(path);
        return {
          ok: true,
          value: path === '/' ? figures() : figures({ totalInodes: 0, freeInodes: 0, freeBytes: 95 * GB }),
        };
      },
      ...over,
    });
  const web = app('web', 0, {
    cwd: c('/srv/web'),
    outLogPath: c('/var/log/apps/web.log'),
    errLogPath: c('/var/log/apps/web.log'),
  });
  const shared = app('share', 1, { cwd: c('/mnt/share/app'), outLogPath: null, errLogPath: null });
  const context = gatherContext({ daemons: [daemon([web, shared])] });

  it('names each file system once, by its shortest mount point, with who writes there', async () => {
    const item = await disks.gather(host(), context);
    if (!item.seen) throw new Error('not seen');
    expect(item.value).toEqual([
      {
        mount: '/',
        device: '/dev/vda1',
        fsType: 'ext4',
        totalBytes: 100 * GB,
        freeBytes: 5 * GB,
        usedRatio: 0.9474,
        freeInodesRatio: 0.25,
        apps: [],
        holdsHome: true,
      },
      {
        mount: '/tmp',
        device: 'tmpfs',
        fsType: 'tmpfs',
        totalBytes: 100 * GB,
        freeBytes: 95 * GB,
        usedRatio: 0,
        freeInodesRatio: null,
        apps: [],
        holdsHome: false,
      },
      {
        mount: '/data disk',
        device: '/dev/vdb',
        fsType: 'xfs',
        totalBytes: 100 * GB,
        freeBytes: 95 * GB,
        usedRatio: 0,
        freeInodesRatio: null,
        apps: [web.ref],
        holdsHome: false,
      },
    ]);
  });
  it('does not ask a network file system, and says so', async () => {
    const item = await disks.gather(host(), context);
    expect(asked).not.toContain('/mnt/share');
    expect(item).toMatchObject({ gaps: [{ subject: '/mnt/share', why: 'not-supported' }] });
  });
  it('is a gap without a mount table', async () => {
    expect(await disks.gather(fixtureHost(join(folder, 'none')), context)).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-found' }],
    });
  });
  it('a later mount on the same point hides the earlier', () => {
    const mounts = parseMounts('1 1 8:1 / /a rw - ext4 /dev/a rw\n2 1 8:2 / /a rw - ext4 /dev/b rw\n');
    expect(mountOf(mounts, '/a/b')?.source).toBe('/dev/b');
    expect(mountOf(mounts, '/ab')).toBeNull();
    expect(mounts.some(isNetwork)).toBe(false);
  });
  it('follows links, also in a circle, without an end', () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync('b', join(folder, 'a'));
    symlinkSync('/a', join(folder, 'b'));
    symlinkSync('../c/../d', join(folder, 'c'));
    symlinkSync('/real', join(folder, 'good'));
    const resolver = new PathResolver(host(), []);
    expect(resolver.resolve('/good/logs/../x.log')).toBe('/real/x.log');
    expect(resolver.resolve('/x/y/')).toBe('/x/y');
    expect(typeof resolver.resolve('/a/z')).toBe('string');
    expect(typeof resolver.resolve('/c')).toBe('string');
  });
});

it.runIf(process.platform === 'linux')('agrees with df on this machine', async () => {
  const item = await disks.gather(realHost(), gatherContext());
  if (!item.seen) throw new Error('not seen');
  const root = item.value.find((disk) => disk.mount === '/');
  const df = execFileSync('df', ['-P', '-B1', '/']).toString().split('\n')[1]?.split(/\s+/) ?? [];
  expect(root?.totalBytes).toBe(Number(df[1]));
  expect(Math.abs((root?.usedRatio ?? 0) * 100 - Number.parseInt(df[4] ?? '', 10))).toBeLessThan(2);
});

it('asks systeminformation elsewhere', { timeout: 30_000 }, async () => {
  const item = await otherDisks(realHost(), gatherContext(), [{ path: '/', app: null, isHome: true }]);
  expect(item).toMatchObject({ seen: true, value: [{ mount: '/', holdsHome: true }] });
  const failed = async () => ({ ok: false, why: 'not-found', detail: 'no df' }) as const;
  expect(
    await otherDisks(realHost(), gatherContext(), [], { processes: failed, facts: failed, disks: failed }),
  ).toMatchObject({ seen: false });
});
