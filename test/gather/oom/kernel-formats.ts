/** Kill records as kernels print them, by version: message lines with a known truth. */
export interface Victim {
  readonly pid: number;
  readonly comm: string;
  readonly constraint: string;
  readonly totalVmKb: number | null;
  readonly anonRssKb: number | null;
  readonly uid: number | null;
  readonly oomScoreAdj: number | null;
}
export interface KernelFormat {
  readonly version: string;
  readonly lines: (pid: number, comm: string) => readonly string[];
  readonly says: Omit<Victim, 'pid' | 'comm'>;
  /** The dump's invoker, when it has a header. */
  readonly invokedBy: string | null;
}

const row = (pid: number, comm: string): string =>
  `[${String(pid).padStart(7)}]     0 ${pid}   261657    23593   593920        0             0 ${comm}`;
const table = '[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name';
const figures = 'total-vm:5000000000kB, anon-rss:4000kB, file-rss:30kB';

export const kernelFormats: readonly KernelFormat[] = [
  {
    version: '2.6.9',
    lines: (pid, comm) => [
      'oom-killer: gfp_mask=0xd0',
      'Mem-info:',
      `Out of Memory: Killed process ${pid} (${comm}).`,
    ],
    says: { constraint: 'global', totalVmKb: null, anonRssKb: null, uid: null, oomScoreAdj: null },
    invokedBy: null,
  },
  {
    version: '2.6.18',
    lines: (pid, comm) => [
      `Out of Memory: Kill process ${pid} (${comm}) score 12 and children.`,
      `Out of memory: Killed process ${pid} (${comm}).`,
    ],
    says: { constraint: 'global', totalVmKb: null, anonRssKb: null, uid: null, oomScoreAdj: null },
    invokedBy: null,
  },
  {
    version: '2.6.18 cpuset',
    lines: (pid, comm) => [`No available memory in cpuset: Killed process ${pid} (${comm}).`],
    says: { constraint: 'cpuset', totalVmKb: null, anonRssKb: null, uid: null, oomScoreAdj: null },
    invokedBy: null,
  },
  {
    version: '2.6.18 mempolicy',
    lines: (pid, comm) => [`No available memory (MPOL_BIND): Killed process ${pid} (${comm}).`],
    says: { constraint: 'mempolicy', totalVmKb: null, anonRssKb: null, uid: null, oomScoreAdj: null },
    invokedBy: null,
  },
  {
    version: '2.6.24',
    lines: (pid, comm) => [
      'beam invoked oom-killer: gfp_mask=0x1201d2, order=0, oomkilladj=0',
      `Pid: 77, comm: beam Not tainted 2.6.24 #1`,
      `Out of memory: kill process ${pid} (${comm}) score 901 or a child`,
      `Killed process ${pid} (${comm})`,
    ],
    says: { constraint: 'global', totalVmKb: null, anonRssKb: null, uid: null, oomScoreAdj: null },
    invokedBy: 'beam',
  },
  {
    version: '2.6.32',
    lines: (pid, comm) => [
      `Out of memory: kill process ${pid} (${comm}) score 901 or a child`,
      `Killed process ${pid} (${comm}) vsz:5000000000kB, anon-rss:4000kB, file-rss:30kB`,
    ],
    says: { constraint: 'global', totalVmKb: 5_000_000_000, anonRssKb: 4000, uid: null, oomScoreAdj: null },
    invokedBy: null,
  },
  {
    version: 'RHEL 6',
    lines: (pid, comm) => [
      `Memory cgroup out of memory: Kill process ${pid} (${comm}) score 1 or sacrifice child`,
      `Killed process ${pid}, UID 501, (${comm}) ${figures}`,
    ],
    says: { constraint: 'memcg', totalVmKb: 5_000_000_000, anonRssKb: 4000, uid: 501, oomScoreAdj: null },
    invokedBy: null,
  },
  {
    version: 'RHEL 7',
    lines: (pid, comm) => [
      `Out of memory: Kill process ${pid} (${comm}) score 902 or sacrifice child`,
      `Killed process ${pid} (${comm}), UID 501, ${figures}, shmem-rss:0kB`,
    ],
    says: { constraint: 'global', totalVmKb: 5_000_000_000, anonRssKb: 4000, uid: 501, oomScoreAdj: null },
    invokedBy: null,
  },
  {
    version: '3.10 memcg',
    lines: (pid, comm) => [
      'sh: a b invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0',
      'Task in /a killed as a result of limit of /b',
      'memory: usage 980kB, limit 980kB, failcnt 41',
      '[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name',
      `[${pid}]     0 ${pid}  8389663      343   16267  8324326             0 ${comm}`,
      `Memory cgroup out of memory: Kill process ${pid} (${comm}) score 996 or sacrifice child`,
      `Killed process ${pid} (${comm}) ${figures}`,
    ],
    says: { constraint: 'memcg', totalVmKb: 5_000_000_000, anonRssKb: 4000, uid: null, oomScoreAdj: null },
    invokedBy: 'sh: a b',
  },
  {
    version: '5.0',
    lines: (pid, comm) => [
      `oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/u,task=${comm},pid=${pid},uid=7`,
      `Out of memory: Kill process ${pid} (${comm}) score 5 or sacrifice child`,
      `Killed process ${pid} (${comm}) ${figures}, shmem-rss:0kB`,
    ],
    says: { constraint: 'global', totalVmKb: 5_000_000_000, anonRssKb: 4000, uid: 7, oomScoreAdj: null },
    invokedBy: null,
  },
  {
    version: '5.2',
    lines: (pid, comm) => [
      `Memory cgroup out of memory: Killed process ${pid} (${comm}) ${figures}, shmem-rss:0kB`,
    ],
    says: { constraint: 'memcg', totalVmKb: 5_000_000_000, anonRssKb: 4000, uid: null, oomScoreAdj: null },
    invokedBy: null,
  },
  {
    version: '6.1 cpuset',
    lines: (pid, comm) => [
      'node invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0',
      'CPU: 1 PID: 5 Comm: node Not tainted 6.1.0',
      'Tasks state (memory values in pages):',
      table,
      row(pid, comm),
      `oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=(null),cpuset=x,mems_allowed=0,global_oom,task_memcg=/u,task=${comm},pid=${pid},uid=7`,
      `Out of memory: Killed process ${pid} (${comm}) ${figures}, shmem-rss:0kB, UID:7 pgtables:1300kB oom_score_adj:-997`,
    ],
    says: { constraint: 'cpuset', totalVmKb: 5_000_000_000, anonRssKb: 4000, uid: 7, oomScoreAdj: -997 },
    invokedBy: 'node',
  },
  {
    version: '6.18 allocating task',
    lines: (pid, comm) => [
      `Out of memory (oom_kill_allocating_task): Killed process ${pid} (${comm}) ${figures}, shmem-rss:0kB, UID:7 pgtables:1300kB oom_score_adj:1000`,
    ],
    says: { constraint: 'global', totalVmKb: 5_000_000_000, anonRssKb: 4000, uid: 7, oomScoreAdj: 1000 },
    invokedBy: null,
  },
  {
    version: 'OpenVZ',
    lines: (pid, comm) => [
      `Out of memory in UB 101: OOM killed process ${pid} (${comm}) score 0 vm:5000000000kB, rss:84964kB, swap:748kB`,
    ],
    says: { constraint: 'memcg', totalVmKb: 5_000_000_000, anonRssKb: null, uid: null, oomScoreAdj: null },
    invokedBy: null,
  },
];

const pad = (number: number, width: number): string => String(number).padStart(width, '0');
const esc = (text: string): string =>
  Buffer.from(text).reduce(
    (out, byte) =>
      out +
      (byte < 32 || byte >= 127 || byte === 92
        ? `\\x${byte.toString(16).padStart(2, '0')}`
        : String.fromCharCode(byte)),
    '',
  );

/** One way to wrap message lines; `timestamp` is what the last line's time looks like as written (null = none). */
export interface Wrapping {
  readonly name: string;
  readonly wrap: (lines: readonly string[]) => { readonly text: string; readonly timestamp: string | null };
}

const each =
  (
    line: (message: string, number: number) => string,
    timestamp: (number: number) => string | null,
    end = '\n',
  ) =>
  (lines: readonly string[]) => ({
    text: lines.map((message, number) => line(message, number) + end).join(''),
    timestamp: timestamp(lines.length - 1),
  });
const up = (number: number): string => `12345.678${pad(number, 3)}`;
const us = (number: number): string => `12345678${pad(number, 3)}`;
const real = (number: number): string => `1795296692175${pad(number, 3)}`;

export const wrappings: readonly Wrapping[] = [
  {
    name: 'message only',
    wrap: each(
      (m) => m,
      () => null,
    ),
  },
  { name: 'CRLF', wrap: each((m, n) => `[${up(n)}] ${m}`, up, '\r\n') },
  { name: 'dmesg', wrap: each((m, n) => `[${up(n)}] ${m}`, up) },
  { name: 'dmesg -r', wrap: each((m, n) => `<3>[${up(n)}] ${m}`, up) },
  { name: 'dmesg -x', wrap: each((m, n) => `kern  :err   : [${up(n)}] ${m}`, up) },
  {
    name: 'dmesg -T',
    wrap: each(
      (m) => `[Sat Nov 21 21:17:07 2026] ${m}`,
      () => 'Sat Nov 21 21:17:07 2026',
    ),
  },
  {
    name: 'dmesg -T, French',
    wrap: each(
      (m) => `[sam. nov. 21 21:17:07 2026] ${m}`,
      () => 'sam. nov. 21 21:17:07 2026',
    ),
  },
  {
    name: 'dmesg -T, Chinese',
    wrap: each(
      (m) => `[六 11月 21 21:17:07 2026] ${m}`,
      () => '六 11月 21 21:17:07 2026',
    ),
  },
  {
    name: 'dmesg -xT',
    wrap: each(
      (m) => `kern  :warn  : [Sat Nov 21 21:17:07 2026] ${m}`,
      () => 'Sat Nov 21 21:17:07 2026',
    ),
  },
  {
    name: 'dmesg iso',
    wrap: each(
      (m, n) => `2026-11-21T21:17:07,748${pad(n, 3)}+00:00 ${m}`,
      (n) => `2026-11-21T21:17:07,748${pad(n, 3)}+00:00`,
    ),
  },
  {
    name: 'dmesg -e',
    wrap: each(
      (m) => `[  +0.000004] ${m}`,
      () => null,
    ),
  },
  { name: 'dmesg -d', wrap: each((m, n) => `[${up(n)} <    0.000001>] ${m}`, up) },
  {
    name: 'dmesg colours',
    wrap: each((m, n) => `\u001b[32m[${up(n)}] \u001b[0m\u001b[31m${m}\u001b[0m`, up),
  },
  { name: 'printk caller', wrap: each((m, n) => `[${up(n)}][ T9185] ${m}`, up) },
  { name: 'kmsg', wrap: each((m, n) => `3,${4000 + n},${us(n)},-;${esc(m)}`, us) },
  {
    name: 'kmsg with fields',
    wrap: each(
      (m, n) => `3,${4000 + n},${us(n)},-,caller=T9185;${esc(m)}\n SUBSYSTEM=acpi\n DEVICE=+acpi:x`,
      us,
    ),
  },
  {
    name: 'syslog',
    wrap: each(
      (m) => `Nov  3 04:05:06 web-01 kernel: ${m}`,
      () => 'Nov  3 04:05:06',
    ),
  },
  {
    name: 'syslog with uptime',
    wrap: each(
      (m, n) => `Nov  3 04:05:06 web-01 kernel: [${up(n)}] ${m}`,
      (n) => `Nov  3 04:05:06 / ${up(n)}`,
    ),
  },
  {
    name: 'busybox syslog',
    wrap: each(
      (m, n) => `Nov  3 04:05:06 router kern.err kernel: [${up(n)}] ${m}`,
      (n) => `Nov  3 04:05:06 / ${up(n)}`,
    ),
  },
  {
    name: 'RFC 3339 syslog',
    wrap: each(
      (m) => `2026-11-21T21:31:32.175921+08:00 web-01 kernel: ${m}`,
      () => '2026-11-21T21:31:32.175921+08:00',
    ),
  },
  {
    name: 'RFC 5424',
    wrap: each(
      (m) => `<3>1 2026-11-21T21:31:32.175921+08:00 web-01 kernel - - - ${m}`,
      () => '2026-11-21T21:31:32.175921+08:00',
    ),
  },
  {
    name: 'journal short-precise',
    wrap: each(
      (m) => `Nov 21 21:31:32.175921 web-01 kernel: ${m}`,
      () => 'Nov 21 21:31:32.175921',
    ),
  },
  {
    name: 'journal short-full',
    wrap: each(
      (m) => `Sat 2026-11-21 21:31:32 UTC web-01 kernel: ${m}`,
      () => 'Sat 2026-11-21 21:31:32 UTC',
    ),
  },
  {
    name: 'journal short-unix',
    wrap: each(
      (m) => `1795296692.175921 web-01 kernel: ${m}`,
      () => '1795296692.175921',
    ),
  },
  { name: 'journal short-monotonic', wrap: each((m, n) => `[${up(n)}] web-01 kernel: ${m}`, up) },
  {
    name: 'journal, Chinese',
    wrap: each(
      (m) => `11月 21 21:31:32 web-01 kernel: ${m}`,
      () => '11月 21 21:31:32',
    ),
  },
  {
    name: 'json',
    wrap: each(
      (m, n) =>
        JSON.stringify({
          __REALTIME_TIMESTAMP: real(n),
          _TRANSPORT: 'kernel',
          SYSLOG_FACILITY: '0',
          MESSAGE: m,
          _SOURCE_MONOTONIC_TIMESTAMP: us(n),
          __MONOTONIC_TIMESTAMP: us(n + 1),
        }),
      () => null,
    ),
  },
  {
    name: 'json-seq',
    wrap: each(
      (m, n) =>
        `\u001e${JSON.stringify({ MESSAGE: m, _TRANSPORT: 'kernel', __REALTIME_TIMESTAMP: real(n) })}`,
      () => null,
    ),
  },
  {
    name: 'json with bytes',
    wrap: each(
      (m, n) =>
        JSON.stringify({ _TRANSPORT: 'kernel', MESSAGE: [...Buffer.from(m)], __REALTIME_TIMESTAMP: real(n) }),
      () => null,
    ),
  },
  {
    name: 'json-pretty',
    wrap: each(
      (m, n) =>
        `{\n\t"_TRANSPORT" : "kernel",\n\t"MESSAGE" : ${JSON.stringify(m)},\n\t"__REALTIME_TIMESTAMP" : "${real(n)}"\n}`,
      () => null,
    ),
  },
  {
    name: 'export',
    wrap: each(
      (m, n) =>
        `__CURSOR=s=1;i=${n}\n__REALTIME_TIMESTAMP=${real(n)}\n_TRANSPORT=kernel\nPRIORITY=3\nMESSAGE=${m}\n`,
      () => null,
    ),
  },
  {
    name: 'verbose',
    wrap: each(
      (m, n) =>
        `Sat 2026-11-21 21:31:32.175${pad(n, 3)} UTC [s=1;i=${n};b=2]\n    _TRANSPORT=kernel\n    PRIORITY=3\n    MESSAGE=${m}\n    _HOSTNAME=web-01`,
      (n) => `Sat 2026-11-21 21:31:32.175${pad(n, 3)} UTC`,
    ),
  },
  {
    name: 'dmesg -J',
    wrap: (lines) => ({
      text: `{\n   "dmesg": [\n      {\n${lines.map((m, n) => `         "pri": 3,\n         "time": ${up(n)},\n         "msg": ${JSON.stringify(m)}\n`).join('      },{\n')}      }\n   ]\n}\n`,
      timestamp: up(lines.length - 1),
    }),
  },
  {
    name: 'docker json-file',
    wrap: each(
      (m, n) =>
        JSON.stringify({ log: `[${up(n)}] ${m}\n`, stream: 'stdout', time: '2026-11-21T21:31:32.1Z' }),
      up,
    ),
  },
  {
    name: 'container runtime',
    wrap: each(
      (m, n) => `2026-11-21T21:31:32.175921000Z stdout F [${up(n)}] ${m}`,
      (n) => `2026-11-21T21:31:32.175921000Z / ${up(n)}`,
    ),
  },
  { name: 'quoted mail', wrap: each((m, n) => `> > [${up(n)}] ${m}`, up) },
  { name: 'numbered', wrap: each((m, n) => `${n + 1}: [${up(n)}] ${m}`, up) },
  { name: 'cat -n', wrap: each((m, n) => `${String(n + 1).padStart(6)}\t[${up(n)}] ${m}`, up) },
  {
    name: 'grep -H',
    wrap: each(
      (m, n) => `/var/log/kern.log.1:Nov  3 04:05:06 web-01 kernel: [${up(n)}] ${m}`,
      (n) => `Nov  3 04:05:06 / ${up(n)}`,
    ),
  },
  { name: 'commented', wrap: each((m, n) => `# [${up(n)}] ${m}`, up) },
  { name: 'messages dropped', wrap: each((m, n) => `** 3 printk messages dropped ** [${up(n)}] ${m}`, up) },
];

/** At most 15 bytes, any byte but NUL. */
export const comms: readonly string[] = [
  'node',
  'node /srv/shop/',
  '(sd-pam)',
  'a) total-vm:1kB',
  '[',
  '()',
  'Web Content',
  'x,pid=1,uid=0',
  'runc:[2:INIT]',
  '"q" \\ \'s',
  'PM2 v7.0.4: God',
  'kernel: [1.0] x',
  'naïve 😀',
  'Killed process',
];
