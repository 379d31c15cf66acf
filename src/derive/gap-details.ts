import type { Locale } from '../model/text.ts';

/**
 * What our own gatherers say of a failed attempt, and how that reads in Chinese. What the kernel, a program or PM2 said is
 * not here: it stays as it came. `$1` is the part in brackets.
 */
const details: readonly (readonly [RegExp, string])[] = [
  [/^no journal is kept$/, '没有保存 journal'],
  [/^no output$/, '没有输出'],
  [/^no kern\.log, messages or syslog$/, '没有 kern.log、messages 或 syslog'],
  [/^stopped after (\d+) bytes$/, '读到 $1 字节后停止'],
  [/^(\S+) has no OOM killer of this kind$/, '$1 没有此类 OOM killer'],
  [/^(\S+) has no \/proc$/, '$1 没有 /proc'],
  [/^(\S+) has no cgroups$/, '$1 没有 cgroup'],
  [/^not read after (\d+) ms$/, '$1 ms 内未读完'],
  [/^no smaps_rollup \(Linux 4\.14\)$/, '没有 smaps_rollup（Linux 4.14 起提供）'],
  [/^no process is visible$/, '看不到任何进程'],
  [/^hidden by hidepid, or PM2 lives in another container$/, '被 hidepid 隐藏，或 PM2 在另一个容器中'],
  [/^no daemon answers$/, '没有守护进程应答'],
  [/^no daemon$/, '没有守护进程'],
  [/^no PM2 home is known$/, '没有已知的 PM2 目录'],
  [/^the reply is not JSON$/, '应答不是 JSON'],
  [/^the reply is not a list of processes$/, '应答不是进程列表'],
  [/^not a list of apps$/, '不是应用列表'],
  [/^not JSON, or written in part$/, '不是 JSON，或只写入了一部分'],
  [/^(\d+) of (\d+) records are not those of an app$/, '$2 条记录中有 $1 条不是应用的记录'],
  [/^left the bus early: more arrived than could be read at once$/, '提前退出总线：消息过多，来不及读取'],
  [/^more than (\d+) events$/, '超过 $1 个事件'],
  [/^read up to the cap of bytes: (\d+) bytes, (\d+) lines of PM2$/, '读到字节上限：$1 字节，PM2 日志 $2 行'],
  [/^read up to the cap of lines: (\d+) bytes, (\d+) lines of PM2$/, '读到行数上限：$1 字节，PM2 日志 $2 行'],
  [/^read until the time was up: (\d+) bytes, (\d+) lines of PM2$/, '读到时间用完：$1 字节，PM2 日志 $2 行'],
  [
    /^it was emptied while it was read: (\d+) bytes, (\d+) lines of PM2$/,
    '读取时被清空：$1 字节，PM2 日志 $2 行',
  ],
  [
    /^no line of it has a time \(PM2_LOG_DATE_FORMAT is empty, or nothing in it is of PM2\)$/,
    '没有一行带时间（PM2_LOG_DATE_FORMAT 为空，或没有 PM2 的内容）',
  ],
  [
    /^(\d+) lines left out: their times do not fit those of the lines around them$/,
    '略去 $1 行：时间与前后各行不符',
  ],
  [/^(\d+) logs left out after ([\d.]+) MB$/, '读满 $2 MB 后略去 $1 个日志'],
  [
    /^withheld: without PM2’s list of apps no secret value is known$/,
    '未读取：没有 PM2 的应用列表，无法识别敏感值',
  ],
  [/^(\d+) entries read within (\d+) ms; sizes are lower bounds$/, '$2 ms 内读取 $1 项，大小为下限'],
  [/^folders that could not be listed$/, '无法列出的目录'],
  [/^a network file system may never answer$/, '网络文件系统可能一直没有应答'],
  [/^no answer within (\d+) ms$/, '$1 ms 内没有应答'],
  [/^no answer; the files were read$/, '没有应答，已改读文件'],
  [/^no systemd here: process 1 is another$/, '没有 systemd：1 号进程不是它'],
  [/^no oom_kill in \/proc\/vmstat$/, '/proc/vmstat 中没有 oom_kill'],
  [/^no MemTotal$/, '没有 MemTotal'],
  [/^its memory cgroup is not mounted here$/, '其内存 cgroup 未挂载在此处'],
  [/^no collector$/, '没有采集器'],
  [/^no sample so far$/, '尚无采样'],
  [/^last sample (\S+)$/, '最近一次采样 $1'],
  [/^not in this capture$/, '不在此 capture 文件中'],
];

/** Names of sources that are words of ours. Paths and commands are what they are in every language. */
const sources: { readonly [source: string]: string } = {
  'kernel log': '内核日志',
  'systemd journal': 'systemd journal',
  'app logs': '应用日志',
  'folders of the apps': '应用目录',
  'PM2 home': 'PM2 目录',
  'PM2 bus': 'PM2 总线',
  'PM2 daemons': 'PM2 守护进程',
  capture: 'capture 文件',
  'files of PM2_HOME': 'PM2_HOME 中的文件',
  'systemd units': 'systemd 单元',
  'start-up files': '开机启动脚本',
};

/** Where something was read, in the reader's language where the words are ours. */
export function sourceName(locale: Locale, source: string): string {
  return locale === 'en' ? source : (sources[source] ?? gapDetail(locale, source));
}

/** What an attempt failed with, in the reader's language where the words are ours. */
export function gapDetail(locale: Locale, detail: string): string {
  if (locale === 'en') return detail;
  const [pattern, words] = details.find(([each]) => each.test(detail)) ?? [];
  return pattern === undefined || words === undefined ? detail : detail.replace(pattern, words);
}

/** What of an item is not seen. */
const subjects: readonly (readonly [RegExp, string])[] = [
  [/^PSS of (\d+) processes$/, '$1 个进程的 PSS'],
  [/^memory and marks of (\d+) processes$/, '$1 个进程的内存与标记'],
  [/^PSS, swap, open files and PM2 marks$/, 'PSS、swap、打开的文件与 PM2 标记'],
  [/^(\d+) folders$/, '$1 个目录'],
  [/^journal of the units$/, '各单元的 journal'],
  [/^kill counters$/, '强杀计数器'],
  [/^kernel log before (.+)$/, '$1 之前的内核日志'],
  [/^(\/.+) before (\d.+)$/, '$1 中 $2 之前的部分'],
];

/** What is not seen, in the reader's language where the words are ours. */
export function gapSubject(locale: Locale, subject: string): string {
  if (locale === 'en') return subject;
  const [pattern, words] = subjects.find(([each]) => each.test(subject)) ?? [];
  return pattern === undefined || words === undefined
    ? gapDetail(locale, sources[subject] ?? subject)
    : subject.replace(pattern, words);
}

/** `journalctl -k (no journal is kept)`, with the brackets of the language. */
export function attemptText(locale: Locale, source: string, detail: string): string {
  if (locale === 'en') return detail === '' ? source : `${source} (${detail})`;
  const named = sourceName(locale, source);
  return detail === '' ? named : `${named}（${gapDetail(locale, detail)}）`;
}
