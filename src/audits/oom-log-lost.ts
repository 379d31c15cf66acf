import { plural } from '../derive/english.ts';
import { lostKills } from '../derive/kills/lost-kills.ts';
import { defineAudit } from '../model/audit.ts';
import type { Fix } from '../model/finding.ts';

type Args = {
  readonly counted: number;
  readonly found: number;
  readonly lost: number;
  /** At least so many of them in PM2's own cgroups. */
  readonly lostInPm2: number;
  /** A log was read; else the counters are all there is. */
  readonly logRead: boolean;
  readonly bootedAt: number | null;
  /** Where the log begins; null = not known. */
  readonly logFrom: number | null;
  /** The log reaches over the whole window, so what is lost is older. */
  readonly older: boolean;
  readonly journal: boolean;
  /** PM2 runs in a container whose own counter is 0: the kills were elsewhere on the host. */
  readonly elsewhere: boolean;
};

const keepJournal: Fix = {
  kind: 'file',
  asRoot: true,
  path: '/etc/systemd/journald.conf.d/persistent.conf',
  content: '[Journal]\nStorage=persistent\n',
  // biome-ignore lint/suspicious/noThenProperty: the name of the field in model/finding.ts; an array is no thenable
  then: ['systemctl restart systemd-journald', 'journalctl --flush'],
  undo: ['rm /etc/systemd/journald.conf.d/persistent.conf', 'systemctl restart systemd-journald'],
};

export default defineAudit<Args, 'oomCounters', 'oomLog' | 'host' | 'startup'>({
  id: 'oom-log-lost',
  topic: 'blindness',
  needs: ['oomCounters'],
  wants: ['oomLog', 'host', 'startup'],
  limits: {},
  references: [
    'Linux mm/oom_kill.c, 4.13 and later: oom_kill in /proc/vmstat rises with each kill line',
    'journald.conf(5), Storage=',
    'Measured: a kernel buffer of 128 KiB holds about 29 kills',
  ],
  words: {
    en: {
      title: 'The kernel counted more kills than its log shows',
      why: 'The kernel’s log is a ring: new lines push out old ones, and each kill writes about 80. Its counter loses nothing. Where the counter is higher, kills happened that nobody can name any more.',
      found: (args, fmt) =>
        !args.logRead
          ? `The kernel counted ${plural(args.counted, fmt.count(args.counted), 'OOM kill', 'OOM kills')} since boot, and no log could be read that names them`
          : `${plural(args.lost, fmt.count(args.lost), 'OOM kill is', 'OOM kills are')} missing from the log: ${fmt.count(args.counted)} counted since boot, ${fmt.count(args.found)} found`,
      effect: (args, fmt) =>
        `${args.lostInPm2 === 0 ? '' : `At least ${fmt.count(args.lostInPm2)} of them happened in PM2’s own cgroup. `}${args.bootedAt === null ? '' : `The host was booted on ${fmt.time(args.bootedAt)}. `}${args.logFrom === null ? '' : `The log begins on ${fmt.time(args.logFrom)}. `}${args.elsewhere ? 'None of them happened in this container since it started: they were the host’s, or other containers’.' : args.older ? 'It covers the whole window of this report, so the missing ones are older.' : 'Restarts without a cause in this report may be among them, and other processes too.'}`,
      figures: (args, fmt) => [
        ['counted since boot', fmt.count(args.counted)],
        ['found in the log', fmt.count(args.found)],
      ],
      fix: (args, fmt) => ({
        title: args.journal
          ? 'Keep the kernel log on disk'
          : 'Enlarge the kernel’s log buffer, and keep it on disk',
        steps: args.journal
          ? ['The journal then keeps kernel lines across reboots and uses at most 10 % of the disk.']
          : [
              `Boot with ${fmt.code('log_buf_len=4M')}, and let a syslog daemon write kernel messages to a file.`,
            ],
        expected: 'The next kill can still be named weeks later.',
        verify: args.journal
          ? `${fmt.code('journalctl --header | head -3')} names a file below /var/log/journal.`
          : `${fmt.code('dmesg | wc -l')} grows past its old size.`,
        undo: args.journal ? 'Remove the file and restart systemd-journald.' : 'Remove the boot parameter.',
        minutes: args.journal ? 2 : 15,
      }),
    },
    'zh-CN': {
      title: '内核计数的强杀多于日志记录',
      why: '内核日志是环形缓冲区，新内容会挤掉旧内容，而每次强杀约写 80 行；计数器则不会丢失。计数更高，说明有些强杀已经无从查证。',
      found: (args, fmt) =>
        !args.logRead
          ? `内核开机以来计数 ${fmt.count(args.counted)} 次内存不足强杀，但没有可读的日志说明对象`
          : `日志中缺少 ${fmt.count(args.lost)} 次内存不足强杀：开机以来计数 ${fmt.count(args.counted)} 次，日志中找到 ${fmt.count(args.found)} 次`,
      effect: (args, fmt) =>
        `${args.lostInPm2 === 0 ? '' : `其中至少 ${fmt.count(args.lostInPm2)} 次发生在 PM2 自身的 cgroup 中。`}${args.bootedAt === null ? '' : `主机于 ${fmt.time(args.bootedAt)} 开机。`}${args.logFrom === null ? '' : `日志从 ${fmt.time(args.logFrom)} 开始。`}${args.elsewhere ? '本容器启动以来没有发生过，都属于宿主机或其他容器。' : args.older ? '日志覆盖了本报告的整个统计时段，因此缺失的记录更早。' : '本报告中原因不明的重启可能就在其中，也可能是其他进程。'}`,
      figures: (args, fmt) => [
        ['开机以来计数', fmt.count(args.counted)],
        ['日志中找到', fmt.count(args.found)],
      ],
      fix: (args, fmt) => ({
        title: args.journal ? '持久保存内核日志' : '扩大内核日志缓冲区，并写入磁盘',
        steps: args.journal
          ? ['此后日志会跨重启保留内核消息，最多占用磁盘的 10 %。']
          : [`以 ${fmt.code('log_buf_len=4M')} 启动，并由 syslog 服务把内核消息写入文件。`],
        expected: '今后的强杀数周之后仍可查证。',
        verify: args.journal
          ? `${fmt.code('journalctl --header | head -3')} 显示 /var/log/journal 下的文件。`
          : `${fmt.code('dmesg | wc -l')} 超过原来的大小。`,
        undo: args.journal ? '删除该文件并重启 systemd-journald。' : '去掉该启动参数。',
        minutes: args.journal ? 2 : 15,
      }),
    },
  },
  check({ oomCounters, oomLog, host, startup }, { covers, window }) {
    const span = covers.oomLog ?? { from: null, to: null };
    const none = { kills: [], unconfirmed: [], unitLines: [] };
    const kills = lostKills(oomLog ?? none, oomCounters, host, span);
    if (!kills || kills.lost <= 0) return [];
    const older = oomLog !== null && span.from !== null && span.from <= window.from;
    const journal = startup?.systemd === true;
    // /proc/vmstat is not namespaced; the group of a container counts what happened in it.
    const own = oomCounters.cgroups.filter(({ home }) => home !== null);
    const elsewhere =
      oomLog === null &&
      host?.container != null &&
      own.length > 0 &&
      own.every(({ version, oomKill }) => version === 2 && oomKill === 0);
    return [
      {
        subject: { kind: 'host' },
        // Every kill writes its line, however fast they come: inside the time the log covers none is missing.
        // Without a log the blind spot has its own finding; kills elsewhere on the host need not be PM2's.
        priority: older || elsewhere ? 'P3' : oomLog === null && kills.lostInPm2 === 0 ? 'P2' : 'P1',
        confidence: 'certain',
        args: {
          ...kills,
          logRead: oomLog !== null,
          bootedAt: host?.bootedAt ?? null,
          logFrom: span.from,
          older,
          journal,
          elsewhere,
        },
        because: [],
        fix: journal ? keepJournal : { kind: 'manual' },
      },
    ];
  },
});
