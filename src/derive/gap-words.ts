import type { Fmt, Words } from '../model/audit.ts';
import type { EvidenceKey } from '../model/evidence.ts';
import type { FixWords } from '../model/finding.ts';
import type { RemedyId, Why } from '../model/gap.ts';
import type { Locale } from '../model/text.ts';
import { attemptText, gapSubject } from './gap-details.ts';

/** The audit id of findings about what could not be seen. No audit writes them, and no configuration mutes them. */
export const gapAudit = 'evidence-gap';

/** Facts of such a finding. A type, not an interface: it must be JSON. */
export type GapArgs = {
  readonly key: EvidenceKey;
  readonly why: Why;
  readonly remedy: RemedyId;
  /** Whether the item was read in part. */
  readonly partly: boolean;
  /** What is not seen, e.g. paths. */
  readonly subjects: readonly string[];
  readonly tried: readonly { readonly source: string; readonly detail: string }[];
  /** Audits that could not run for it. */
  readonly blinds: readonly string[];
  /** Restarts without a cause that this source could explain. */
  readonly unexplained: number;
};

/** What each item is called in a sentence. */
export const evidenceNames: { readonly [L in Locale]: { readonly [K in EvidenceKey]: string } } = {
  en: {
    daemons: 'the PM2 daemon',
    pm2Files: 'the files of PM2',
    pm2Log: 'pm2.log',
    bus: 'the PM2 bus',
    processes: 'the process table',
    host: 'the figures of the host',
    cgroups: 'the memory cgroups',
    disks: 'the disks',
    oomLog: 'the kernel log',
    oomCounters: 'the OOM kill counters',
    startup: 'the start-up at boot',
    unitJournal: 'the journal of the PM2 units',
    appLogs: 'the logs of the apps',
    storage: 'the data folders',
    history: 'the history',
  },
  'zh-CN': {
    daemons: 'PM2 守护进程',
    pm2Files: 'PM2 的文件',
    pm2Log: 'pm2.log',
    bus: 'PM2 总线',
    processes: '进程表',
    host: '主机指标',
    cgroups: '内存 cgroup',
    disks: '磁盘',
    oomLog: '内核日志',
    oomCounters: 'OOM 强杀计数器',
    startup: '开机启动配置',
    unitJournal: 'PM2 单元的 journal',
    appLogs: '应用日志',
    storage: '数据目录',
    history: '历史记录',
  },
};

export const whyNames: { readonly [L in Locale]: { readonly [W in Why]: string } } = {
  en: {
    'permission-denied': 'permission denied',
    'not-found': 'not found',
    'not-supported': 'not supported here',
    'timed-out': 'no answer in time',
    truncated: 'read up to a limit only',
    malformed: 'damaged or in an unknown format',
    'switched-off': 'switched off',
  },
  'zh-CN': {
    'permission-denied': '没有权限',
    'not-found': '未找到',
    'not-supported': '此系统不支持',
    'timed-out': '未在限定时间内应答',
    truncated: '只读到上限为止',
    malformed: '内容损坏或格式未知',
    'switched-off': '已关闭',
  },
};

/** How to see it next time. `minutes` is rough. */
type Remedies = {
  readonly [R in RemedyId]: {
    readonly title: string;
    readonly steps: readonly string[];
    readonly minutes: number;
  };
};

export const remedies: { readonly [L in Locale]: Remedies } = {
  en: {
    'run-as-owner': {
      title: 'Run the audit as the user that owns this PM2',
      steps: ['PM2 lets only its own user and root connect.'],
      minutes: 1,
    },
    'run-as-root': { title: 'Run the audit as root', steps: ['It reads; it changes nothing.'], minutes: 1 },
    'start-pm2': {
      title: 'Start this PM2 again, or remove its folder',
      steps: [
        'No daemon listens there. If its apps should run, bring back the saved list; if the folder is a leftover, remove it.',
      ],
      minutes: 2,
    },
    'restart-hung-daemon': {
      title: 'Restart the PM2 daemon that does not answer',
      steps: [
        'It accepted the connection and did not answer in time. Its apps still run; PM2 no longer watches them.',
        'A restart of the daemon restarts every app: choose a quiet moment.',
      ],
      minutes: 10,
    },
    'read-kernel-log': {
      title: 'Let the audit read the kernel log',
      steps: [
        'Only the kernel log says which process the OOM killer took. As root, save it and hand it over.',
      ],
      minutes: 2,
    },
    'persistent-journal': {
      title: 'Keep the journal across reboots',
      steps: ['Then kills stay visible for weeks; the journal takes at most a tenth of the disk.'],
      minutes: 2,
    },
    'syslog-daemon': {
      title: 'Keep the kernel log in a file',
      steps: [
        'systemd does not run here, so nothing stores kernel messages: install a syslog daemon (rsyslog, or syslog-ng) and let it write /var/log/kern.log. In a container the host has to do this.',
      ],
      minutes: 10,
    },
    'keep-pm2-log': {
      title: 'Keep pm2.log for two weeks',
      steps: ['Rotate it instead of emptying it: restarts before its first line have no cause.'],
      minutes: 5,
    },
    'readable-logs': {
      title: 'Make the logs readable to the user that audits',
      steps: ['Run the audit as the owner of the logs or as root.'],
      minutes: 2,
    },
    'raise-budget': {
      title: 'Read on where the budget ended',
      steps: [
        'The part beyond the limit is not judged. Run again at a quiet time, or look at the named path by hand.',
      ],
      minutes: 5,
    },
    'observe-longer': {
      title: 'Listen to PM2 for longer',
      steps: ['Nothing came over the bus while we listened.'],
      minutes: 1,
    },
    'start-collector': { title: 'Start the collector', steps: ['What it misses is lost.'], minutes: 1 },
    'linux-only': {
      title: 'Judge this part by hand',
      steps: ['This figure exists on Linux only.'],
      minutes: 5,
    },
    none: {
      title: 'Know that this part is not judged',
      steps: ['Nothing is known that makes it visible here.'],
      minutes: 1,
    },
  },
  'zh-CN': {
    'run-as-owner': {
      title: '用该 PM2 的所属用户运行审计',
      steps: ['PM2 只允许自己的用户和 root 连接。'],
      minutes: 1,
    },
    'run-as-root': { title: '用 root 运行审计', steps: ['审计只读，不作任何改动。'], minutes: 1 },
    'start-pm2': {
      title: '重新启动这个 PM2，或删除它的目录',
      steps: ['该目录下没有守护进程在监听。应用仍需运行就恢复已保存的列表；目录是遗留的就删除。'],
      minutes: 2,
    },
    'restart-hung-daemon': {
      title: '重启没有应答的 PM2 守护进程',
      steps: [
        '它接受了连接，但没有按时应答。应用仍在运行，PM2 已不再看护它们。',
        '重启守护进程会重启所有应用，请选业务低峰。',
      ],
      minutes: 10,
    },
    'read-kernel-log': {
      title: '让审计读到内核日志',
      steps: ['只有内核日志写明 OOM killer 强杀了哪个进程。请用 root 保存一份交给审计。'],
      minutes: 2,
    },
    'persistent-journal': {
      title: '让 journal 跨重启保留',
      steps: ['此后数周内的强杀都能查到；journal 最多占磁盘的十分之一。'],
      minutes: 2,
    },
    'syslog-daemon': {
      title: '把内核日志保存到文件',
      steps: [
        '此系统没有运行 systemd，内核消息不会被保存：安装 rsyslog 或 syslog-ng，写入 /var/log/kern.log。容器内需要在宿主机上配置。',
      ],
      minutes: 10,
    },
    'keep-pm2-log': {
      title: '把 pm2.log 保留两周',
      steps: ['用轮转代替清空：首行之前的重启查不到原因。'],
      minutes: 5,
    },
    'readable-logs': {
      title: '让审计用户能读日志',
      steps: ['用日志的所属用户或 root 运行审计。'],
      minutes: 2,
    },
    'raise-budget': {
      title: '查看读取上限之后的部分',
      steps: ['超出上限的部分没有评判。请在空闲时再运行一次，或手工查看所列路径。'],
      minutes: 5,
    },
    'observe-longer': { title: '延长监听 PM2 的时间', steps: ['监听期间总线上没有消息。'], minutes: 1 },
    'start-collector': { title: '启动采集器', steps: ['未采集的时段无法补回。'], minutes: 1 },
    'linux-only': { title: '手工判断这一部分', steps: ['该指标只在 Linux 上存在。'], minutes: 5 },
    none: { title: '请知悉：这一部分没有评判', steps: ['目前没有办法在此处看到它。'], minutes: 1 },
  },
};

/** What is not seen, as a noun: the item, or the part of it that is missing. */
export function gapName(locale: Locale, args: GapArgs, fmt: Fmt): string {
  const name = evidenceNames[locale][args.key];
  if (!args.partly) return name;
  const parts = fmt.list(
    args.subjects.map((subject) => fmt.code(gapSubject(locale, subject))),
    3,
  );
  if (locale === 'en') return `part of ${name}${parts === '' ? '' : ` (${parts})`}`;
  return `${name}${/[A-Za-z0-9]$/.test(name) ? ' ' : ''}的一部分${parts === '' ? '' : `（${parts}）`}`;
}

const attempts = (locale: Locale, args: GapArgs, fmt: Fmt): string =>
  fmt.list(
    args.tried.map(({ source, detail }) => attemptText(locale, source, detail)),
    4,
  );

const enWords: Words<GapArgs> = {
  title: 'Part of the evidence was not seen',
  why: 'A check that cannot see its evidence neither passes nor fails. Where the report says "none", it means none in what was visible.',
  found: (args, fmt) => `We could not see ${gapName('en', args, fmt)}: ${whyNames.en[args.why]}`,
  effect: (args, fmt) =>
    [
      args.tried.length > 0 ? `Tried: ${attempts('en', args, fmt)}.` : '',
      args.blinds.length > 0
        ? `${args.blinds.length === 1 ? 'One check' : `${fmt.count(args.blinds.length)} checks`} could not run: ${fmt.list(args.blinds.map((id) => fmt.code(id)))}.`
        : '',
      args.unexplained > 0
        ? `${args.unexplained === 1 ? 'One restart stays' : `${fmt.count(args.unexplained)} restarts stay`} without a cause, which could stand there.`
        : '',
    ]
      .filter((sentence) => sentence !== '')
      .join(' ') || 'What stands there is not judged.',
  fix: (args): FixWords => ({
    ...remedies.en[args.remedy],
    expected: `The next report sees ${evidenceNames.en[args.key]}.`,
    verify: 'pm2-audit doctor lists it as seen.',
    undo: 'Not needed: reading changes nothing.',
  }),
};

const zhWords: Words<GapArgs> = {
  title: '有部分证据看不到',
  why: '看不到证据的检查既不算通过，也不算失败。报告中写的“没有”，仅指在可见范围内没有。',
  found: (args, fmt) => {
    const name = gapName('zh-CN', args, fmt);
    return `看不到${/^[A-Za-z]/.test(name) ? ' ' : ''}${name}：${whyNames['zh-CN'][args.why]}`;
  },
  effect: (args, fmt) =>
    [
      args.tried.length > 0 ? `已尝试：${attempts('zh-CN', args, fmt)}。` : '',
      args.blinds.length > 0
        ? `有 ${fmt.count(args.blinds.length)} 项检查无法进行：${fmt.list(args.blinds.map((id) => fmt.code(id)))}。`
        : '',
      args.unexplained > 0 ? `有 ${fmt.count(args.unexplained)} 次重启原因不明，答案可能就在其中。` : '',
    ]
      .filter((sentence) => sentence !== '')
      .join('') || '其中的内容没有评判。',
  fix: (args): FixWords => ({
    ...remedies['zh-CN'][args.remedy],
    expected: `下次报告能看到${/^[A-Za-z]/.test(evidenceNames['zh-CN'][args.key]) ? ' ' : ''}${evidenceNames['zh-CN'][args.key]}。`,
    verify: 'pm2-audit doctor 将其列为可见。',
    undo: '无需撤销：读取不作任何改动。',
  }),
};

/** Words of the findings about gaps, shaped like an audit's. */
export const gapWords: { readonly [L in Locale]: Words<GapArgs> } = { en: enWords, 'zh-CN': zhWords };
