/** One rule of the log formats each: what is a kill, what is none, and what belongs together. */
import { describe, expect, it } from 'vitest';
import { makeCleaner, ownWords } from '../../../src/gather/clean.ts';
import { type OomParse, parseOomText } from '../../../src/gather/oom/parse.ts';
import type { OomKill } from '../../../src/model/oom.ts';
import { clock } from './corpus.ts';

const parse = (text: string | Buffer, over: Partial<typeof clock> = {}): OomParse =>
  parseOomText(text, ownWords('test'), makeCleaner(), { ...clock, ...over });
const names = (text: string): string[] => parse(text).kills.map((kill) => `${kill.pid} ${kill.comm}`);
const only = (text: string | Buffer): OomKill => {
  const { kills } = parse(text);
  expect(kills).toHaveLength(1);
  return kills[0]!;
};
const tail = (anonKb = 4000): string =>
  `total-vm:9000kB, anon-rss:${anonKb}kB, file-rss:30kB, shmem-rss:0kB, UID:7 pgtables:13kB oom_score_adj:0`;
const kill = (pid: number, comm = 'node', anonKb = 4000): string =>
  `Memory cgroup out of memory: Killed process ${pid} (${comm}) ${tail(anonKb)}`;

describe('wrapped and cut records', () => {
  it('is one kill over two lines, as a person pasted it', () => {
    const one = only(
      '[38881.454055] Out of memory: Killed process 129101 (git) \ntotal-vm:7164820kB, anon-rss:6920640kB, file-rss:0kB\n',
    );
    expect(one).toMatchObject({
      pid: 129101,
      comm: 'git',
      constraint: 'global',
      totalVmKb: 7164820,
      anonRssKb: 6920640,
      fileRssKb: 0,
      timestamp: '38881.454055',
    });
  });

  const whole = `[38881.454055] ${kill(129101, 'node /srv/shop/', 6_920_640)}`;
  it.each(Array.from({ length: whole.length - 20 }, (_, n) => n + 20))(
    'is whole again, cut hard at column %i',
    (column) => {
      const text = `${whole.slice(0, column)}\n${whole.slice(column)}\n[38882.000000] next line\n`;
      const { kills } = parse(text);
      // Cut inside the words themselves, or at the very end, there is nothing to join by.
      if (kills.length === 0) expect(whole.slice(column - 3, column + 4)).toMatch(/Kill|emor|ory|illed/);
      else {
        expect(kills).toHaveLength(1);
        expect(kills[0]!.pid).toBe(129101);
        if (kills[0]!.comm !== null) expect(kills[0]!.comm.replaceAll(' ', '')).toBe('node/srv/shop/');
        if (kills[0]!.anonRssKb !== null) expect(kills[0]!.anonRssKb).toBe(6_920_640);
      }
    },
  );

  it.each(Array.from({ length: whole.length - 30 }, (_, n) => n + 30))(
    'never says a wrong number, ending at column %i',
    (column) => {
      for (const one of parse(whole.slice(0, column)).kills) {
        if (one.pid !== null && column > whole.indexOf('129101') + 6) expect(one.pid).toBe(129101);
        expect([null, 9000]).toContain(one.totalVmKb);
        expect([null, 6_920_640]).toContain(one.anonRssKb);
        expect([null, 7]).toContain(one.uid);
        expect([null, 'node /srv/shop/']).toContain(one.comm);
      }
    },
  );

  it.each([72, 80, 100])('joins a summary line wrapped at %i columns', (columns) => {
    const line =
      '[99.000001] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/kubepods/burstable/podfbdfe8e3-1c87-4ff2,task_memcg=/kubepods/burstable/podfbdfe8e3-1c87-4ff2/ef807430361e6e82b45db92e2e9b6fbec98f419b12c591e655c1a725565e73a8,task=manager,pid=966,uid=1000';
    const wrapped = line.match(new RegExp(`.{1,${columns}}`, 'g'))!.join('\n');
    expect(only(`${wrapped}\n`)).toMatchObject({
      pid: 966,
      comm: 'manager',
      uid: 1000,
      evidence: 'oom-kill line only',
      oomMemcg: '/kubepods/burstable/podfbdfe8e3-1c87-4ff2',
    });
  });

  it('wraps several kills, each to its own', () => {
    expect(
      names(
        'Out of memory: Killed process 5 (a) \ntotal-vm:1kB, anon-rss:1kB, file-rss:0kB\nOut of memory: Killed process 6 (b) \ntotal-vm:2kB, anon-rss:2kB, file-rss:0kB\n',
      ),
    ).toEqual(['5 a', '6 b']);
  });

  it('does not take a neighbour for the rest of a record', () => {
    const { kills } = parse(
      'Killed process 5 (a)\nOut of memory: Killed process 6 (b) total-vm:2kB, anon-rss:2kB, file-rss:0kB\n',
    );
    expect(kills.map((one) => [one.pid, one.totalVmKb])).toEqual([
      [5, null],
      [6, 2],
    ]);
  });

  it('keeps a newline in a name, as dmesg indents it', () => {
    expect(
      only(
        '[  100.000001] Memory cgroup out of memory: Killed process 5 (foo\n               bar) total-vm:1kB, anon-rss:2kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:0\n',
      ),
    ).toMatchObject({ comm: 'foo bar', anonRssKb: 2, timestamp: '100.000001' });
  });

  it('decodes what /dev/kmsg escapes', () => {
    expect(only(`3,1,100,-;${kill(5, 'a\\x0ab\\x5c\\xf0\\x9f')}\n`).comm).toBe('a b\\\ufffd');
  });
});

describe('one process, one entry', () => {
  it('counts the first victim of a group once', () => {
    const text = [
      'node invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0',
      'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/pod,task_memcg=/pod/c,task=node,pid=11,uid=7',
      kill(11),
      'Tasks in /pod/c are going to be killed due to memory.oom.group set',
      kill(11),
      kill(12, 'sh', 10),
      kill(13, 'tee', 11),
    ]
      .map((line, n) => `[  50.00000${n}] ${line}\n`)
      .join('');
    const { kills } = parse(text);
    expect(kills.map((one) => [one.pid, one.repeats, one.oomMemcg])).toEqual([
      [11, 2, '/pod'],
      [12, 1, '/pod'],
      [13, 1, '/pod'],
    ]);
  });

  it('takes echoes of log shippers for the same kill', () => {
    const text = [
      `Nov  3 04:05:06 n1 kernel: [  50.000001] ${kill(11)}`,
      `Nov  3 04:05:07 n1 node-problem-detector[800]: Task in log: ${kill(11)}`,
      `Nov  3 04:05:09 n1 kubelet[801]: event OOMKilling ${kill(11)}`,
    ].join('\n');
    expect(parse(text)).toMatchObject({ kills: [{ pid: 11, repeats: 1 }], unconfirmed: [] });
  });

  it('tells a pid used again from a repeat', () => {
    expect(names(`[  50.000001] ${kill(11)}\n[ 9000.000001] ${kill(11, 'node', 5000)}\n`)).toHaveLength(2);
    expect(
      names(`[  50.000001] ${kill(11)}\n[ 9000.000001] boot\n[  70.500000] ${kill(11, 'node', 5000)}\n`),
    ).toHaveLength(2);
    expect(
      names(`Nov  3 04:05:06 n kernel: ${kill(11)}\nNov  9 04:05:06 n kernel: ${kill(11, 'node', 5000)}\n`),
    ).toHaveLength(2);
  });

  it('counts a stuck victim of SysRq once', () => {
    const text = [1, 2, 3]
      .map(
        (n) =>
          `[  5${n}.000001] sysrq: Manual OOM execution\n[  5${n}.000002] kworker/0:1 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0\n[  5${n}.000003] Out of memory: Killed process 7 (dd) ${tail()}\n`,
      )
      .join('');
    expect(only(text)).toMatchObject({ sysrq: true, repeats: 3 });
  });

  it('counts a log given twice once', () => {
    const log = `[  50.000001] ${kill(11)}\n[  51.000001] ${kill(12)}\n`;
    expect(names(log + log)).toEqual(['11 node', '12 node']);
  });

  it('takes a repeated line of syslog for one kill', () => {
    expect(
      only(
        `Nov  3 04:05:06 n kernel: ${kill(11)}\nNov  3 04:05:07 n kernel: message repeated 2 times: [ ${kill(11)}]\n`,
      ),
    ).toMatchObject({ pid: 11, repeats: 3 });
  });
});

describe('what is no kill', () => {
  it.each([
    'ruby invoked oom-killer: gfp_mask=0x201da, order=0, oom_score_adj=0',
    'Out of memory and no killable processes...',
    'Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled',
    'Kernel panic - not syncing: System is deadlocked on memory',
    'oom_reaper: unable to reap pid:12 (node)',
    'OOM killer enabled.',
    'OOM killer disabled.',
    'sysrq: OOM request ignored because killer is disabled',
    'node (12): /proc/12/oom_adj is deprecated, please use /proc/12/oom_score_adj instead.',
    'node: page allocation failure: order:4, mode:0xcc0(GFP_KERNEL), nodemask=(null),cpuset=/,mems_allowed=0',
    'vmalloc: allocation failure: 4294967296 bytes, mode:0xcc0, nodemask=(null),cpuset=/,mems_allowed=0',
    'oom killer 12 (node) has mm pinned by 13 (other)',
    'systemd-oomd[204]: Considered 5 cgroups for killing, top candidates were:',
    'earlyoom: low memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%',
    'CUDA error: out of memory',
    '[  12345]     0 12345   261657    23593   593920        0             0 node',
    'the process was Killed process is gone',
    'abrt-hook-ccpp: Process 12 (node) of user 0 killed by SIGABRT - dumping core',
    'node (12) used greatest stack depth: 11000 bytes left',
  ])('%s', (line) => {
    for (const text of [line, `[  12.345678] ${line}`, `Nov  3 04:05:06 n kernel: ${line}`]) {
      expect(parse(`${text}\n`), text).toMatchObject({ kills: [], unconfirmed: [] });
    }
  });

  it('lists an announcement without its kill', () => {
    expect(
      parse('[5.000001] Out of memory: Kill process 12 (node) score 900 or sacrifice child\n'),
    ).toMatchObject({
      kills: [],
      unconfirmed: [{ pid: 12, comm: 'node', why: 'announced; no kill line follows' }],
    });
  });

  it('names the child that was killed, and the parent only as announced', () => {
    const text =
      '[5.000001] Out of memory: Kill process 12 (parent) score 900 or sacrifice child\n[5.000002] Killed process 13 (child) total-vm:9kB, anon-rss:8kB, file-rss:0kB\n';
    expect(parse(text)).toMatchObject({
      kills: [{ pid: 13, comm: 'child', constraint: 'global' }],
      unconfirmed: [{ pid: 12, comm: 'parent' }],
    });
  });

  it('lists a victim that was already exiting', () => {
    expect(
      parse('Memory cgroup out of memory: OOM victim 12 (node) is already exiting. Skip killing the task\n'),
    ).toMatchObject({ kills: [], unconfirmed: [{ pid: 12 }] });
  });

  it.each([
    ['kmsg with facility 1', `12,5,1000,-;${kill(11)}\n`],
    ['dmesg -x of a user', `user  :err   : [  50.000001] ${kill(11)}\n`],
    ['dmesg -r of a user', `<11>[  50.000001] ${kill(11)}\n`],
    [
      'the journal by stdout',
      `${JSON.stringify({ MESSAGE: kill(11), _TRANSPORT: 'stdout', SYSLOG_IDENTIFIER: 'app', __REALTIME_TIMESTAMP: '1795296692175921' })}\n`,
    ],
    [
      'the journal, kernel transport, another facility',
      `${JSON.stringify({ MESSAGE: kill(11), _TRANSPORT: 'kernel', SYSLOG_FACILITY: '1' })}\n`,
    ],
    ['logger', `Nov  3 04:05:06 n root: ${kill(11)}\n`],
  ])('does not believe anybody but the kernel: %s', (_name, text) => {
    const { kills, unconfirmed } = parse(text);
    expect(kills).toEqual([]);
    expect(unconfirmed).toMatchObject([{ pid: 11, comm: 'node' }]);
    expect(unconfirmed[0]!.why).toMatch(/^written by .*, not by the kernel$/);
  });
});

describe('what stands for a lost kill line', () => {
  it('is the reaper', () => {
    expect(
      only(
        '[5.000001] oom_reaper: reaped process 12 (node), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB\n',
      ),
    ).toMatchObject({ pid: 12, anonRssKb: null, evidence: 'reaper line only' });
    expect(
      only(
        `[5.000001] ${kill(12)}\n[5.100000] oom_reaper: reaped process 12 (node), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB\n`,
      ).evidence,
    ).toBe('kill-line');
  });

  it('is the memcg line, with an unknown pid', () => {
    expect(only('Task in /a b/c killed as a result of limit of /a b\n')).toMatchObject({
      pid: null,
      oomMemcg: '/a b',
      taskMemcg: '/a b/c',
      evidence: 'memcg line only',
      constraint: 'memcg',
    });
  });

  it('is nothing where the summary is cut before its pid', () => {
    const { kills, unconfirmed } = parse(
      'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0\n',
    );
    expect([kills, unconfirmed.length]).toEqual([[], 1]);
  });

  it('reads hostile paths and names from the right', () => {
    const line =
      'oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/x, task=y,task_memcg=/x, task=y/z,task=x,pid=1,uid=0,pid=77,uid=5';
    expect(only(`${line}\n`)).toMatchObject({
      constraint: 'memcg',
      oomMemcg: '/x, task=y',
      taskMemcg: '/x, task=y/z',
      comm: 'x,pid=1,uid=0',
      pid: 77,
      uid: 5,
    });
  });
});

describe('dumps and kills', () => {
  const header = (n: number): string =>
    `node${n} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0`;
  const summary = (n: number, pid: number): string =>
    `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/g${n},task_memcg=/g${n},task=node,pid=${pid},uid=7`;

  it('keeps two CPUs apart by the caller', () => {
    const text = [
      `[   1.000001][  T11] ${header(1)}`,
      `[   1.000002][  T22] ${header(2)}`,
      `[   1.000003][  T11] ${summary(1, 11)}`,
      `[   1.000004][  T22] ${summary(2, 22)}`,
      `[   1.000005][  T22] ${kill(22)}`,
      `[   1.000006][  T11] ${kill(11)}`,
    ].join('\n');
    expect(parse(text).kills.map((one) => [one.pid, one.oomMemcg, one.invokedBy?.comm])).toEqual([
      [22, '/g2', 'node2'],
      [11, '/g1', 'node1'],
    ]);
  });

  it('pairs by pid, and guesses no invoker, where nothing tells two dumps apart', () => {
    const text = [header(1), header(2), summary(1, 11), summary(2, 22), kill(11), kill(22)]
      .map((line, n) => `[   1.00000${n}] ${line}`)
      .join('\n');
    expect(parse(text).kills.map((one) => [one.pid, one.oomMemcg, one.invokedBy])).toEqual([
      [11, '/g1', null],
      [22, '/g2', null],
    ]);
  });

  it('gives a kill without a dump none of an older one', () => {
    const text = `[   1.000001] ${header(1)}\n[   1.000002] ${summary(1, 11)}\n[   1.000003] ${kill(11)}\n[   1.500000] ${kill(12)}\n`;
    expect(parse(text).kills.map((one) => [one.pid, one.oomMemcg, one.invokedBy?.comm ?? null])).toEqual([
      [11, '/g1', 'node1'],
      [12, null, null],
    ]);
    const cut = `[   1.000001] ${header(1)}\n[ 500.000000] ${kill(12)}\n`;
    expect(only(cut).invokedBy).toBeNull();
    const later = `[   1.000001] ${header(1)}\n[  11.000000] ${kill(12)}\n`;
    expect(only(later).invokedBy).toBeNull();
  });

  it('reads the table by its header, biggest first', () => {
    const rows = [
      '[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name',
      '[     11]     7    11   261657    100    90     10         0   593920        3             5 a b',
      '[     12]     8    12   261657    200    90     10         0   593920        0         -1000 (sd-pam)',
    ];
    const text = [header(1), ...rows, summary(1, 11), kill(11)]
      .map((line) => `[   1.000001] ${line}`)
      .join('\n');
    expect(only(text)).toMatchObject({
      tasksTotal: 2,
      tasks: [
        { pid: 12, uid: 8, comm: '(sd-pam)', rssBytes: 819_200, swapBytes: 0, oomScoreAdj: -1000 },
        { pid: 11, comm: 'a b', rssBytes: 409_600, swapBytes: 12_288, oomScoreAdj: 5 },
      ],
    });
  });

  it('finds the header of a dump of a thousand processes', () => {
    const rows = Array.from(
      { length: 1000 },
      (_, n) =>
        `[${String(n + 100).padStart(7)}]     7 ${n + 100}   261657    ${n}   593920        3             5 node`,
    );
    const text = [
      header(1),
      '[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name',
      ...rows,
      summary(1, 1099),
      kill(1099),
    ]
      .map((line) => `Nov  3 04:05:06 n kernel: [   1.000001] ${line}`)
      .join('\n');
    expect(only(text)).toMatchObject({ tasksTotal: 1000, invokedBy: { comm: 'node1' } });
    expect(only(text).tasks).toHaveLength(400);
  });

  it('is told who shares the memory of the victim', () => {
    const text =
      '[5.000001] Out of memory: Kill process 12 (node) score 900 or sacrifice child\n[5.000002] Killed process 12 (node) total-vm:9kB, anon-rss:8kB, file-rss:0kB\n[5.000003] Kill process 14 (twin) sharing same memory\n';
    expect(parse(text)).toMatchObject({
      kills: [{ pid: 12 }, { pid: 14, comm: 'twin', constraint: 'global', totalVmKb: null }],
      unconfirmed: [],
    });
  });
});

describe('user-space killers', () => {
  it.each([
    ['1.7', 'sending SIGTERM to process 7 uid 5 "a": badness 9, VmRSS 20 MiB', { uid: 5, oomScoreAdj: null }],
    [
      'older',
      'sending SIGTERM to process 7 "a": oom_score 156, VmRSS 20 MiB',
      { uid: null, oomScoreAdj: null },
    ],
    [
      'newer',
      'sending SIGTERM to process 7 uid 5 "a": oom_score 800, oom_score_adj 300, VmRSS 20 MiB, cmdline "x: "b": oom_score 1"',
      { uid: 5, oomScoreAdj: 300 },
    ],
  ])('earlyoom %s', (_version, line, more) => {
    expect(only(`Feb 20 10:59:34 debian earlyoom[10231]: ${line}\n`)).toMatchObject({
      pid: 7,
      killer: 'earlyoom',
      constraint: 'userspace',
      rssKb: 20_480,
      signal: 'SIGTERM',
      ...more,
    });
  });

  it('takes SIGTERM and then SIGKILL for one kill', () => {
    const text =
      'Feb 20 10:59:34 d earlyoom[1]: sending SIGTERM to process 7 uid 5 "a": badness 9, VmRSS 20 MiB\nFeb 20 10:59:40 d earlyoom[1]: sending SIGKILL to process 7 uid 5 "a": badness 9, VmRSS 19 MiB\n';
    expect(only(text)).toMatchObject({ pid: 7, signal: 'SIGKILL', repeats: 2, rssKb: 20_480 });
  });

  it('systemd-oomd in both wordings is one kill with the line of the unit', () => {
    for (const words of [
      'Killed /system.slice/pm2\\x2droot.service due to memory pressure for /system.slice being 71.18% > 5.00% for > 20s with reclaim activity',
      'Marked /system.slice/pm2\\x2droot.service for killing due to memory used (1) / total (2) and swap used (1) / total (2) being more than 90.00%',
    ]) {
      const text = `Nov 21 22:00:01 n systemd-oomd[204]: ${words}\nNov 21 22:00:02 n systemd[1]: pm2\\x2droot.service: systemd-oomd killed 9 process(es) in this unit.\n`;
      expect(only(text)).toMatchObject({
        killer: 'systemd-oomd',
        unit: 'pm2\\x2droot.service',
        taskMemcg: '/system.slice/pm2\\x2droot.service',
        processes: 9,
        pid: null,
      });
    }
  });

  it('nohang kills when it sends, not when it selects', () => {
    const selected =
      'TOP printed in 1ms; process with highest badness:\n  PID: 903, name: mysqld, badness: 849\nRecheck memory levels...\n';
    const sent = `${selected}Implement a corrective action:\n  Send SIGTERM to mysqld; total response time: 5ms\n`;
    expect(parse(selected)).toMatchObject({
      kills: [],
      unconfirmed: [{ pid: 903, why: 'selected; no signal line' }],
    });
    expect(parse(sent)).toMatchObject({
      kills: [{ pid: 903, comm: 'mysqld', killer: 'nohang', signal: 'SIGTERM' }],
      unconfirmed: [],
    });
  });

  it('Android names the victim by its last 15 characters', () => {
    const text =
      "<6>lowmemorykiller: Killing 'id.partnersetup' (2533), adj 1000,\n<6>   to free 16084kB on behalf of 'kswapd0' (442) because\n<6>   cache 31656kB is below limit 32384kB for oom_score_adj 1000\n<6>   Free memory is 17672kB above reserved\n";
    expect(only(text)).toMatchObject({
      pid: 2533,
      comm: 'id.partnersetup',
      killer: 'lowmemorykiller',
      rssKb: 16084,
      oomScoreAdj: 1000,
      invokedBy: { comm: 'kswapd0', pid: 442 },
    });
    expect(
      only(
        `6,1,5,-;lowmemorykiller: Killing 'x.y' (9), adj 0,\\x0a   to free 27320kB on behalf of 'kswapd0' (47) because\\x0a   cache 1kB\n`,
      ),
    ).toMatchObject({ pid: 9, rssKb: 27320 });
  });

  it('keeps the line of the unit manager', () => {
    const { unitLines, kills } = parse(
      'Nov 21 22:00:02 n systemd[1]: pm2-root.service: A process of this unit has been killed by the OOM killer.\n',
    );
    expect([unitLines.length, kills.length]).toEqual([1, 0]);
  });
});

describe('times', () => {
  const at = (line: string, over: Partial<typeof clock> = {}): string | null => {
    const time = parse(`${line}\n`, over).kills[0]?.at ?? null;
    return time === null ? null : new Date(time).toISOString();
  };

  it('has no date where the log has none', () => {
    expect(at(`[  50.5] ${kill(1)}`)).toBeNull();
    expect(at(kill(1))).toBeNull();
  });

  it('counts uptimes from the boot it is told', () => {
    expect(at(`[   50.500000] ${kill(1)}`, { bootedAtMs: Date.UTC(2026, 0, 1) } as never)).toBe(
      '2026-01-01T00:00:50.500Z',
    );
    expect(at(`3,1,50500000,-;${kill(1)}`, { bootedAtMs: Date.UTC(2026, 0, 1) } as never)).toBe(
      '2026-01-01T00:00:50.500Z',
    );
  });

  it('takes the newest year that is not ahead, and its zone', () => {
    expect(at(`Nov 21 21:00:00 n kernel: ${kill(1)}`)).toBe('2026-11-21T21:00:00.000Z');
    expect(at(`Dec 31 21:00:00 n kernel: ${kill(1)}`)).toBe('2025-12-31T21:00:00.000Z');
    expect(at(`Feb 29 21:00:00 n kernel: ${kill(1)}`)).toBe('2024-02-29T21:00:00.000Z');
    expect(at(`Nov 21 21:00:00 n kernel: ${kill(1)}`, { utcOffsetMinutes: 480 })).toBe(
      '2026-11-21T13:00:00.000Z',
    );
    expect(at(`2026-11-21T21:00:00.123456+08:00 n kernel: ${kill(1)}`)).toBe('2026-11-21T13:00:00.123Z');
    expect(at(`[Di Mär  3 03:54:03 2026] ${kill(1)}`)).toBe('2026-03-03T03:54:03.000Z');
  });

  it('prefers the kernel stamp of a journal record to the time journald read it', () => {
    const line = JSON.stringify({
      MESSAGE: kill(1),
      _TRANSPORT: 'kernel',
      __REALTIME_TIMESTAMP: '1795296692175921',
      __MONOTONIC_TIMESTAMP: '1557597036',
      _SOURCE_MONOTONIC_TIMESTAMP: '1557097036',
    });
    expect(at(line)).toBe(new Date(1795296691676).toISOString());
  });

  it('says what it covers', () => {
    const { coversFrom, coversTo } = parse(
      `Nov 20 10:00:00 n kernel: a\nNov 20 11:00:00 n kernel: b\nNov 20 12:00:00 n kernel: c\n`,
    );
    expect([coversFrom, coversTo]).toEqual([Date.UTC(2026, 10, 20, 10), Date.UTC(2026, 10, 20, 12)]);
  });
});
