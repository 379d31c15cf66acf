import type { AppText, Constraint, OomKill } from '../../model/oom.ts';
import type { Locale } from '../../model/text.ts';
import type { Problem } from './read-logs.ts';

interface OomWords {
  kills(count: number, from: string, to: string): string;
  killsUndated(count: number, undated: number): string;
  empty(name: string): string;
  noKill(where: string): string;
  unconfirmed(count: number): string;
  between(from: string, to: string): string;
  readonly stop: string;
  readonly killedTitle: string;
  readonly unconfirmedTitle: string;
  readonly appTitle: string;
  readonly unitTitle: string;
  readonly columns: readonly [string, string, string, string, string];
  readonly unknown: string;
  readonly noPid: string;
  readonly constraint: { readonly [C in Constraint]: string };
  readonly evidence: { readonly [E in OomKill['evidence']]: string | null };
  readonly verdict: { readonly [V in AppText['verdict']]: string };
  readonly sysrq: string;
  cgroup(path: string): string;
  limit(path: string, bytes: string | null): string;
  askedBy(name: string): string;
  biggest(list: string): string;
  repeats(count: number): string;
  processes(count: number): string;
  swapped(bytes: string): string;
  app(name: string): string;
  more(count: number): string;
  covers(source: string, from: string, to: string): string;
  readonly noTimes: string;
  why(text: string): string;
  problem(problem: Problem, name: string): string;
  blind(tried: string): string;
  short(from: string): string;
}

const en: OomWords = {
  kills: (count, from, to) =>
    `${count} OOM ${count === 1 ? 'kill' : 'kills'} ${from === to ? `on ${from}` : `between ${from} and ${to}`}`,
  killsUndated: (count, undated) =>
    `${count} OOM ${count === 1 ? 'kill' : 'kills'}, ${undated === count ? '' : `${undated} of them `}without a date in the log`,
  empty: (name) => `${name}: is empty.`,
  noKill: (where) => `No OOM kill in ${where}`,
  unconfirmed: (count) => `; ${count} announced, not confirmed`,
  between: (from, to) => ` (${from} to ${to})`,
  stop: '.',
  killedTitle: 'Killed',
  unconfirmedTitle: 'Announced or claimed, not confirmed',
  appTitle: 'What applications wrote (no kernel kill by itself)',
  unitTitle: 'What systemd wrote of its units',
  columns: ['Time', 'Process', 'Pid', 'Memory', 'Reason'],
  unknown: 'not known',
  noPid: '-',
  constraint: {
    global: 'whole machine',
    memcg: 'cgroup limit',
    cpuset: 'cpuset full',
    mempolicy: 'NUMA policy',
    userspace: 'user space',
    unknown: 'not in the text',
  },
  evidence: {
    'kill-line': null,
    'oom-kill line only': 'chosen by the kernel; its kill line is lost',
    'reaper line only': 'its memory was reaped; its kill line is lost',
    'memcg line only': 'a process of this cgroup; its kill line is lost',
    'userspace line': null,
  },
  verdict: {
    'possible OOM': 'possible OOM kill',
    'self-abort': 'ended itself',
    exception: 'allocation refused',
    'not OOM': 'not OOM',
  },
  sysrq: 'asked for by hand (SysRq)',
  cgroup: (path) => `in ${path}`,
  limit: (path, bytes) => (bytes === null ? `limit of ${path}` : `limit of ${path}: ${bytes}`),
  askedBy: (name) => `memory asked for by ${name}`,
  biggest: (list) => `biggest then: ${list}`,
  repeats: (count) => `printed ${count} times`,
  processes: (count) => `${count} processes`,
  swapped: (bytes) => `${bytes} in swap`,
  app: (name) => `app ${name}`,
  more: (count) => `and ${count} more; --json lists all`,
  covers: (source, from, to) => `Read ${source}: ${from} to ${to}`,
  noTimes: 'no times in it',
  why: (text) => text,
  problem(problem, name) {
    switch (problem.kind) {
      case 'missing':
        return `${name}: no such file. Check the path.`;
      case 'denied':
        return `${name}: permission denied. Run as root, or as a member of the group adm.`;
      case 'folder':
        return `${name}: is a folder. Name the log files in it.`;
      case 'binary':
        return `${name}: is binary, not a log. Name a text log, or pipe one in with -.`;
      case 'journal':
        return `${name}: is a binary systemd journal. Run: journalctl --file ${name} -k -o json | pm2-audit oom -`;
      case 'utf16':
        return `${name}: is UTF-16 text. Convert it first: iconv -f UTF-16 -t UTF-8 ${name} | pm2-audit oom -`;
      case 'damaged-gzip':
        return `${name}: the gzip data end early or are damaged; only the part before was read. Get a whole copy.`;
      case 'packed':
        return `${name}: is compressed in another way than gzip. Run: ${problem.tool} ${name} | pm2-audit oom -`;
      case 'failed':
        return `${name}: could not be read (${problem.detail}). Check the file and its disk.`;
    }
  },
  blind: (tried) =>
    `The kernel log cannot be read here: ${tried}. Run as root, or name a saved log: pm2-audit oom FILE`,
  short: (from) => `The kernel log reaches back to ${from} only; earlier kills are not seen.`,
};

/** Reasons as the parser gives them, in Chinese. */
const whyZh: readonly (readonly [RegExp, string])[] = [
  [/^announced; no kill line follows$/, '已宣布，其后没有强杀记录'],
  [/^announced; its child (\d*) ?was killed instead$/, '已宣布，实际被强杀的是其子进程 $1'],
  [/^selected; no signal line$/, '已选定，没有发送信号的记录'],
  [/^skipped: it was already exiting$/, '已跳过：进程正在退出'],
  [/^the signal could not be sent$/, '信号未能发出'],
  [/^chosen; the line is cut off before its pid$/, '已选定，记录在 pid 之前被截断'],
  [/^written by (.*), not by the kernel$/, '由 $1 写入，并非内核'],
];

const zh: OomWords = {
  kills: (count, from, to) =>
    `${count} 次内存不足强杀，${from === to ? `时间为 ${from}` : `从 ${from} 到 ${to}`}`,
  killsUndated: (count, undated) =>
    `${count} 次内存不足强杀，${undated === count ? '' : `其中 ${undated} 次`}日志中没有日期`,
  empty: (name) => `${name}：文件是空的。`,
  noKill: (where) => `${where} 中没有内存不足强杀`,
  unconfirmed: (count) => `；另有 ${count} 次只有宣布，未能确认`,
  between: (from, to) => `（${from} 至 ${to}）`,
  stop: '。',
  killedTitle: '被强杀的进程',
  unconfirmedTitle: '只有宣布或转述，未能确认',
  appTitle: '应用日志中的痕迹（本身不能证明内核强杀）',
  unitTitle: 'systemd 关于服务的记录',
  columns: ['时间', '进程', 'PID', '内存', '原因'],
  unknown: '未知',
  noPid: '-',
  constraint: {
    global: '整机内存不足',
    memcg: '达到 cgroup 上限',
    cpuset: 'cpuset 内存不足',
    mempolicy: 'NUMA 策略限制',
    userspace: '用户态',
    unknown: '日志未写明',
  },
  evidence: {
    'kill-line': null,
    'oom-kill line only': '内核已选定；强杀记录缺失',
    'reaper line only': '内存已被回收；强杀记录缺失',
    'memcg line only': '该 cgroup 中的一个进程；强杀记录缺失',
    'userspace line': null,
  },
  verdict: {
    'possible OOM': '可能是内存不足强杀',
    'self-abort': '自行中止',
    exception: '分配被拒绝',
    'not OOM': '不是内存不足',
  },
  sysrq: '人工触发（SysRq）',
  cgroup: (path) => `位于 ${path}`,
  limit: (path, bytes) => (bytes === null ? `${path} 的上限` : `${path} 的上限 ${bytes}`),
  askedBy: (name) => `由 ${name} 申请内存时触发`,
  biggest: (list) => `当时最大：${list}`,
  repeats: (count) => `打印了 ${count} 次`,
  processes: (count) => `${count} 个进程`,
  swapped: (bytes) => `另有 ${bytes} 在 swap`,
  app: (name) => `应用 ${name}`,
  more: (count) => `另有 ${count} 条；--json 列出全部`,
  covers: (source, from, to) => `已读取 ${source}：${from} 至 ${to}`,
  noTimes: '其中没有时间',
  why(text) {
    for (const [pattern, words] of whyZh) if (pattern.test(text)) return text.replace(pattern, words);
    return text;
  },
  problem(problem, name) {
    switch (problem.kind) {
      case 'missing':
        return `${name}：文件不存在。请检查路径。`;
      case 'denied':
        return `${name}：没有读取权限。请用 root 运行，或加入 adm 组。`;
      case 'folder':
        return `${name}：是目录。请指定其中的日志文件。`;
      case 'binary':
        return `${name}：是二进制文件，不是日志。请指定文本日志，或用 - 从管道读入。`;
      case 'journal':
        return `${name}：是 systemd 的二进制日志。请运行：journalctl --file ${name} -k -o json | pm2-audit oom -`;
      case 'utf16':
        return `${name}：是 UTF-16 文本。请先转换：iconv -f UTF-16 -t UTF-8 ${name} | pm2-audit oom -`;
      case 'damaged-gzip':
        return `${name}：gzip 数据不完整或已损坏，只读取了前面的部分。请取得完整的文件。`;
      case 'packed':
        return `${name}：不是 gzip 压缩。请运行：${problem.tool} ${name} | pm2-audit oom -`;
      case 'failed':
        return `${name}：无法读取（${problem.detail}）。请检查文件和磁盘。`;
    }
  },
  blind: (tried) => `本机的内核日志看不到：${tried}。请用 root 运行，或指定保存的日志：pm2-audit oom FILE`,
  short: (from) => `内核日志最早只到 ${from}；更早的强杀看不到。`,
};

export const oomWords: { readonly [L in Locale]: OomWords } = { en, 'zh-CN': zh };
