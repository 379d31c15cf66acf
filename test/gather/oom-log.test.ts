import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { oomCounters } from '../../src/gather/oom-counters.ts';
import { oomLog } from '../../src/gather/oom-log.ts';
import type { Host, Outcome } from '../../src/host/host.ts';
import { realHost } from '../../src/host/real.ts';
import type { Gathered } from '../../src/model/gap.ts';
import type { OomLog } from '../../src/model/oom.ts';
import { daemon, day, hour, now } from '../factories.ts';
import { fixtureHost } from '../fixture-host.ts';
import { gatherContext } from '../gather-context.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function machine(files: { readonly [path: string]: string | Buffer }, over: Partial<Host> = {}): Host {
  const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-oom-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const denied = { ok: false, why: 'permission-denied', detail: 'EPERM: operation not permitted' } as const;
  return fixtureHost(folder, { kernelMessages: () => denied, ...over });
}
/** monotonicMs of the fixture host is 1,000 s: that long ago it booted. */
const bootedAt = now - 1_000_000;
const tail =
  'total-vm:9000kB, anon-rss:4000kB, file-rss:30kB, shmem-rss:0kB, UID:7 pgtables:13kB oom_score_adj:0';
const killed = (pid: number): string => `Memory cgroup out of memory: Killed process ${pid} (node) ${tail}`;
const buffer =
  (text: string, lost = false): Host['kernelMessages'] =>
  () => ({ ok: true, value: { text: Buffer.from(text), lost } });
const prints =
  (
    outputs: { readonly [command: string]: Buffer | string | Outcome<never> },
    calls: string[] = [],
  ): Host['run'] =>
  async (command, args) => {
    calls.push([command, ...args].join(' '));
    const output = outputs[command];
    if (output === undefined) return { ok: false, why: 'not-found', detail: `spawn ${command} ENOENT` };
    if (typeof output !== 'string' && !Buffer.isBuffer(output)) return output;
    return { ok: true, value: { code: 0, stdout: Buffer.from(output), stderr: '', truncated: false } };
  };
const gather = (host: Host, options = {}): Promise<Gathered<OomLog>> =>
  oomLog.gather(host, gatherContext({}, options));
async function seen(host: Host, options = {}) {
  const item = await gather(host, options);
  if (!item.seen) throw new Error(JSON.stringify(item.gaps));
  return item;
}
const journalLine = (pid: number, at: number): string =>
  `${JSON.stringify({ MESSAGE: killed(pid), _TRANSPORT: 'kernel', SYSLOG_FACILITY: '0', __REALTIME_TIMESTAMP: String(at * 1000) })}\n`;
/** A journal file says since when it speaks in its header. */
const journalHead = (from: number): Buffer => {
  const head = Buffer.alloc(256);
  head.write('LPKSHHRH');
  head.writeBigUInt64LE(BigInt(from) * 1000n, 184);
  return head;
};

describe('where the kernel log comes from', () => {
  it('is /dev/kmsg, dated by the monotonic clock; a whole buffer speaks since boot', async () => {
    const item = await seen(
      machine({}, { kernelMessages: buffer(`6,0,0,-;Linux version\n3,900,500000000,-;${killed(11)}\n`) }),
    );
    expect(item.value.kills).toMatchObject([{ pid: 11, at: bootedAt + 500_000, source: '/dev/kmsg' }]);
    expect(item.covers).toEqual({ from: bootedAt, to: now });
    expect(item.gaps).toMatchObject([{ why: 'truncated', remedy: 'persistent-journal' }]);
  });

  it('has no gap where the buffer reaches back to the window', async () => {
    const item = await seen(machine({}, { kernelMessages: buffer('6,0,0,-;Linux version\n') }), {
      window: { from: bootedAt, to: now },
    });
    expect(item).toMatchObject({ value: { kills: [], unconfirmed: [] }, gaps: [] });
  });

  it('says where a buffer that lost its beginning starts', async () => {
    const item = await seen(
      machine({}, { kernelMessages: buffer(`6,40,700000000,-;x\n3,900,800000000,-;${killed(11)}\n`) }),
    );
    expect(item.covers.from).toBe(bootedAt + 700_000);
  });

  it('is dmesg where /dev/kmsg may not be read', async () => {
    const item = await seen(machine({}, { run: prints({ dmesg: `<3>[  500.000000] ${killed(11)}\n` }) }));
    expect(item.value.kills).toMatchObject([{ pid: 11, at: bootedAt + 500_000, source: 'dmesg' }]);
  });

  it('reaches back with the journal, one entry where both name one process', async () => {
    const calls: string[] = [];
    const files = { 'var/log/journal/0123/system.journal': journalHead(now - 20 * day) };
    const host = machine(files, {
      kernelMessages: buffer(`6,40,700000000,-;x\n3,900,800000000,-;${killed(11)}\n`),
      run: prints({ journalctl: journalLine(9, now - 2 * day) + journalLine(11, bootedAt + 800_200) }, calls),
    });
    const item = await seen(host);
    expect(item.value.kills.map(({ pid, repeats }) => [pid, repeats])).toEqual([
      [9, 1],
      [11, 1],
    ]);
    expect(item).toMatchObject({
      source: '/dev/kmsg, systemd journal',
      gaps: [],
      covers: { from: now - 7 * day },
    });
    expect(calls).toHaveLength(1);
    expect(calls[0]).toContain('_TRANSPORT=kernel');
  });

  it('starts no journalctl where no journal is kept, or where the buffer is enough', async () => {
    const calls: string[] = [];
    const run = prints({ journalctl: '' }, calls);
    await seen(machine({}, { kernelMessages: buffer('6,40,700000000,-;x\n'), run }));
    const files = { 'var/log/journal/0123/system.journal': journalHead(now - 20 * day) };
    await seen(machine(files, { kernelMessages: buffer('6,0,0,-;x\n'), run }), {
      window: { from: bootedAt, to: now },
    });
    expect(calls).toEqual([]);
  });

  it('asks the journal for a killer in user space that runs here', async () => {
    const files = {
      'var/log/journal/0123/system.journal': journalHead(now - 20 * day),
      'sys/fs/cgroup/system.slice/earlyoom.service/cgroup.procs': '',
    };
    const line = JSON.stringify({
      MESSAGE: 'sending SIGTERM to process 7 uid 5 "a": badness 9, VmRSS 20 MiB',
      SYSLOG_IDENTIFIER: 'earlyoom',
      _TRANSPORT: 'stdout',
      __REALTIME_TIMESTAMP: String((now - hour) * 1000),
    });
    const host = machine(files, {
      kernelMessages: buffer('6,0,0,-;x\n'),
      run: prints({ journalctl: `${line}\n` }),
    });
    const item = await seen(host, { window: { from: bootedAt, to: now } });
    expect(item.value.kills).toMatchObject([{ pid: 7, killer: 'earlyoom', at: now - hour }]);
  });

  it('reads rotated and packed files of syslog, newest first, until the window is reached', async () => {
    const stamp = (at: number): string => new Date(at).toISOString().replace('Z', '+00:00');
    const log = (at: number, pid: number): string =>
      `${stamp(at)} web-01 kernel: start\n${stamp(at + 1000)} web-01 kernel: ${killed(pid)}\n`;
    const host = machine(
      {
        'var/log/kern.log': log(now - day, 1),
        'var/log/kern.log.1': log(now - 3 * day, 2),
        'var/log/kern.log.2.gz': gzipSync(log(now - 8 * day, 3)),
        'var/log/kern.log.3.gz': gzipSync(log(now - 30 * day, 4)),
        'var/log/syslog': log(now - day, 5),
      },
      { stat: undefined as never },
    );
    const inner = fixtureHost(folders.at(-1)!);
    const ages: { readonly [name: string]: number } = {
      'kern.log': 0,
      'kern.log.1': 2 * day,
      'kern.log.2.gz': 3 * day,
      'kern.log.3.gz': 6 * day,
    };
    const dated: Host = {
      ...host,
      stat: (path) => {
        const stat = inner.stat(path);
        return stat.ok
          ? {
              ok: true,
              value: { ...stat.value, modifiedAt: now - (ages[path.slice('/var/log/'.length)] ?? 0) },
            }
          : stat;
      },
    };
    const item = await seen(dated);
    expect(item.value.kills.map(({ pid }) => pid)).toEqual([3, 2, 1]);
    expect(item).toMatchObject({ gaps: [], covers: { from: now - 8 * day } });
  });
});

describe('what cannot be read', () => {
  it('keeps every failure when nothing can be read', async () => {
    const item = await gather(
      machine(
        {},
        {
          run: prints({
            dmesg: {
              ok: true,
              value: {
                code: 1,
                stdout: Buffer.alloc(0),
                stderr: 'dmesg: read kernel buffer failed: Operation not permitted',
                truncated: false,
              },
            } as never,
          }),
        },
      ),
    );
    expect(item).toMatchObject({
      seen: false,
      gaps: [{ key: 'oomLog', why: 'permission-denied', remedy: 'read-kernel-log' }],
    });
    expect(item.seen ? [] : item.gaps[0].tried.map(({ source, why }) => [source, why])).toEqual([
      ['/dev/kmsg', 'permission-denied'],
      ['dmesg -r', 'permission-denied'],
      ['journalctl -k', 'not-found'],
      ['/var/log', 'not-found'],
    ]);
  });

  it('is not supported elsewhere than on Linux', async () => {
    expect(await gather(machine({}, { platform: 'darwin' }))).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-supported', remedy: 'linux-only' }],
    });
  });

  it('reads the files it is given and nothing else; uptimes in them are not dated', async () => {
    const host = machine(
      {
        'a.log': `[  5.000001] ${killed(1)}\n`,
        'b.log.gz': gzipSync(`Nov 19 04:05:06 n kernel: ${killed(2)}\n`),
      },
      { kernelMessages: buffer(`3,0,5,-;${killed(3)}\n`) },
    );
    const item = await seen(host, { kernelLogs: ['/a.log', '/b.log.gz', '/none.log'] });
    expect(item.value.kills.map(({ pid, at }) => [pid, at === null])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(item.gaps).toMatchObject([{ subject: '/none.log', why: 'not-found' }]);
  });

  it('says that a packed file is damaged', async () => {
    const packed = gzipSync(Buffer.from(`Nov 19 04:05:06 n kernel: ${killed(2)}\n`.repeat(50)));
    const host = machine({ 'b.log.gz': packed.subarray(0, packed.length - 12) });
    expect((await seen(host, { kernelLogs: ['/b.log.gz'] })).gaps).toMatchObject([{ why: 'truncated' }]);
  });

  it('answers on this machine, whatever may be read here', async () => {
    const item = await gather(realHost(), { window: { from: Date.now() - 7 * day, to: Date.now() } });
    expect(item.seen || item.gaps[0].tried.length > 0).toBe(true);
  });
});

describe('counters', () => {
  const counters = async (host: Host) => {
    const item = await oomCounters.gather(host, gatherContext({ daemons: [daemon()] }));
    if (!item.seen) throw new Error(JSON.stringify(item.gaps));
    return item.value;
  };

  it('are read on the whole way up, version 2', async () => {
    const host = machine({
      'proc/vmstat': 'nr_free_pages 1\noom_kill 7\n',
      'proc/self/mountinfo': '30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
      'proc/900/cgroup': '0::/system.slice/pm2-deploy.service\n',
      'proc/self/cgroup': '0::/user.slice\n',
      'sys/fs/cgroup/system.slice/pm2-deploy.service/memory.events':
        'low 0\nhigh 0\nmax 9\noom 3\noom_kill 1\noom_group_kill 0\n',
      'sys/fs/cgroup/system.slice/memory.events': 'oom 3\noom_kill 5\n',
      'sys/fs/cgroup/user.slice/memory.events': 'oom 0\noom_kill 0\n',
    });
    expect(await counters(host)).toEqual({
      sinceBoot: 7,
      cgroups: [
        {
          path: '/system.slice/pm2-deploy.service',
          version: 2,
          home: '/home/deploy/.pm2',
          oomKill: 1,
          oom: 3,
          oomGroupKill: 0,
        },
        { path: '/system.slice', version: 2, home: null, oomKill: 5, oom: 3, oomGroupKill: null },
        { path: '/user.slice', version: 2, home: null, oomKill: 0, oom: 0, oomGroupKill: null },
      ],
    });
  });

  it('are read in version 1', async () => {
    const host = machine({
      'proc/vmstat': 'nr_free_pages 1\n',
      'proc/self/mountinfo': '30 1 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n',
      'proc/900/cgroup': '4:memory:/a\n',
      'sys/fs/cgroup/memory/a/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
    });
    expect(await counters(host)).toEqual({
      sinceBoot: null,
      cgroups: [
        { path: '/a', version: 1, home: '/home/deploy/.pm2', oomKill: 2, oom: null, oomGroupKill: null },
      ],
    });
  });

  it('are a gap where there are none', async () => {
    expect(await oomCounters.gather(machine({ 'proc/vmstat': 'x 1\n' }), gatherContext())).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-supported' }],
    });
  });
});
