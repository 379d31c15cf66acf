import type { Locale } from '../../model/text.ts';
import type { ReportFmt } from '../format.ts';
import { countOf } from '../view/words/numbers.ts';

/** What a mail says beside the report's own sentences, in one language. */
export interface MailWords {
  readonly subject: {
    score(score: number, change: number | null): string;
    readonly recovered: string;
    readonly reminder: string;
  };
  /** Why this mail comes; `at`: when the reader was told last. */
  readonly why: {
    first: string;
    readonly new: (at: string | null) => string;
    worse(at: string | null): string;
    /** Nothing is new and nothing moved up, but it does not rest. */
    goesOn(at: string | null): string;
    better(at: string | null): string;
    recovered: string;
    reminder(at: string | null): string;
    always: string;
    asked: string;
  };
  readonly change: {
    readonly fresh: string;
    readonly worse: string;
    readonly better: string;
    readonly gone: string;
    readonly restarts: string;
    /** There now; the report before could not judge it. */
    readonly perhaps: string;
    readonly unsure: string;
  };
  from(words: string, before: string, now: string): string;
  restarted(name: string, count: number): string;
  kills(count: number): string;
  others(count: number): string;
  readonly colon: string;
  readonly space: string;
  readonly when: string;
  readonly sure: string;
  readonly separator: string;
  readonly listEnd: string;
  readonly whyTitle: string;
  readonly steps: string;
  moreLines(count: number): string;
  moreFixes(count: number): string;
  moreProblems(count: number): string;
  moreRows(count: number): string;
  readonly apps: string;
  appsNote(isAll: boolean): string;
  readonly memory: string;
  readonly restarts: string;
  earlierKills(count: number): string;
  /** What stands before and after the path. */
  fullReport(host: string): readonly [string, string];
  attached(names: readonly string[]): string;
  leftOut(names: readonly string[]): string;
  unreadable(names: readonly string[]): string;
  notWritten(formats: readonly string[]): string;
  readonly textCut: string;
  readonly noFile: string;
  readonly privacy: string;
  state(at: string): string;
  made(tool: string, version: string): string;
}

const sign = (change: number): string => (change > 0 ? `+${change}` : change < 0 ? `−${-change}` : '±0');

const en = (fmt: ReportFmt): MailWords => ({
  subject: {
    score: (score, change) => `score ${score}${change === null || change === 0 ? '' : ` (${sign(change)})`}`,
    recovered: 'all is well again',
    reminder: 'reminder',
  },
  why: {
    first: 'The first report on this host that is sent to you.',
    new: (at) => (at === null ? 'Something is new.' : `Something is new since the report of ${at}.`),
    worse: (at) => (at === null ? 'Something got worse.' : `Something got worse since the report of ${at}.`),
    goesOn: (at) => `It goes on${at === null ? '' : `: it has not stopped since the report of ${at}`}.`,
    better: (at) =>
      at === null ? 'Something got better.' : `Something got better since the report of ${at}.`,
    recovered: 'All is well again: every P0 and P1 that you were told of is gone.',
    reminder: (at) =>
      `A reminder: ${at === null ? 'nothing changed' : `nothing changed since the report of ${at}`}, and what it named still stands.`,
    always: 'Your settings ask for every report.',
    asked: 'Somebody asked for this report to be sent.',
  },
  change: {
    fresh: 'New',
    worse: 'Worse',
    better: 'Better',
    gone: 'Gone',
    restarts: 'Restarts since',
    perhaps: 'Seen now, perhaps not new',
    unsure: 'Not seen this time, so perhaps still there',
  },
  from: (words, before, now) => `${words} (${before} to ${now})`,
  restarted: (name, count) => `${name} ${fmt.count(count)}`,
  kills: (count) => `${countOf(fmt, count, 'kill', 'kills')} for lack of memory since then`,
  others: (count) => `${fmt.count(count)} more`,
  colon: ': ',
  space: ' ',
  when: 'When',
  sure: 'How sure',
  separator: '; ',
  listEnd: '.',
  whyTitle: 'Why this mail',
  steps: 'Verify and undo are in the full report.',
  moreLines: (count) => `… ${countOf(fmt, count, 'more line', 'more lines')} in the full report`,
  moreFixes: (count) => `${countOf(fmt, count, 'more fix', 'more fixes')}: see the full report.`,
  moreProblems: (count) =>
    `And ${countOf(fmt, count, 'more serious problem', 'more serious problems')}: see the full report.`,
  moreRows: (count) => `And ${fmt.count(count)} more: see the full report.`,
  apps: 'Largest apps',
  appsNote: (isAll) =>
    `Upper bar and figure: what PM2 shows. Lower, bold: the whole process tree.${isAll ? '' : ' The full report lists all apps.'}`,
  memory: 'Memory',
  restarts: 'Restarts',
  earlierKills: (count) => `${countOf(fmt, count, 'earlier kill', 'earlier kills')}: see the full report.`,
  fullReport: (host) => ['Full report: ', ` on ${host}.`],
  attached: (names) => `Attached: ${fmt.list(names)}.`,
  leftOut: (names) => `Too large to attach: ${fmt.list(names)}.`,
  unreadable: (names) => `Not attached, as it could not be read any more: ${fmt.list(names)}.`,
  notWritten: (formats) => `Not attached, as this run wrote no such file: ${fmt.list(formats)}.`,
  textCut: '… The rest is too long for a mail: see the full report.',
  noFile: 'The full report was not written to a file.',
  privacy: 'Lines that an app wrote to its log are left out of mail; the full report has them.',
  state: (at) => `The state of ${at}: a mail that cannot be sent at once arrives later.`,
  made: (tool, version) => `Made by ${tool} ${version}, read-only. 1 GB = 1,024 MB.`,
});

const zh = (fmt: ReportFmt): MailWords => ({
  subject: {
    score: (score, change) => `评分 ${score}${change === null || change === 0 ? '' : `（${sign(change)}）`}`,
    recovered: '已恢复正常',
    reminder: '提醒',
  },
  why: {
    first: '这是该主机发来的第一份报告。',
    new: (at) => (at === null ? '出现了新问题。' : `自 ${at} 的报告以来，出现了新问题。`),
    worse: (at) => (at === null ? '有问题变差。' : `自 ${at} 的报告以来，有问题变差。`),
    goesOn: (at) => (at === null ? '问题仍在持续。' : `自 ${at} 的报告以来，问题仍在持续。`),
    better: (at) => (at === null ? '有问题好转。' : `自 ${at} 的报告以来，有问题好转。`),
    recovered: '已恢复正常：此前告知的 P0 和 P1 问题均已消失。',
    reminder: (at) => `提醒：${at === null ? '' : `自 ${at} 的报告以来`}没有变化，其中的问题仍未解决。`,
    always: '按设置，每份报告都会发送。',
    asked: '应手动要求发送本报告。',
  },
  change: {
    fresh: '新增',
    worse: '变差',
    better: '好转',
    gone: '消失',
    restarts: '其间重启',
    perhaps: '现在可见，未必是新出现',
    unsure: '这次看不到，可能仍存在',
  },
  from: (words, before, now) => `${words}（${before} → ${now}）`,
  restarted: (name, count) => `${name} ${fmt.count(count)} 次`,
  kills: (count) => `其间有 ${fmt.count(count)} 个进程因内存不足被强杀`,
  others: (count) => `另有 ${fmt.count(count)} 项`,
  colon: '：',
  space: '',
  when: '时间',
  sure: '把握',
  separator: '；',
  listEnd: '。',
  whyTitle: '发信原因',
  steps: '验证与回退方法见完整报告。',
  moreLines: (count) => `… 其余 ${fmt.count(count)} 行见完整报告`,
  moreFixes: (count) => `另有 ${fmt.count(count)} 项修复，见完整报告。`,
  moreProblems: (count) => `另有 ${fmt.count(count)} 项严重问题，见完整报告。`,
  moreRows: (count) => `另有 ${fmt.count(count)} 项，见完整报告。`,
  apps: '占用内存最多的应用',
  appsNote: (isAll) =>
    `上方细条与数值：PM2 显示的内存；下方粗体：整棵进程树。${isAll ? '' : '全部应用见完整报告。'}`,
  memory: '内存',
  restarts: '重启',
  earlierKills: (count) => `更早的 ${fmt.count(count)} 次强杀见完整报告。`,
  fullReport: (host) => [`完整报告：${host} 上的 `, '。'],
  attached: (names) => `附件：${fmt.list(names)}。`,
  leftOut: (names) => `因体积过大未附上：${fmt.list(names)}。`,
  unreadable: (names) => `文件已无法读取，未附上：${fmt.list(names)}。`,
  notWritten: (formats) => `本次运行没有生成以下格式的文件，未附上：${fmt.list(formats)}。`,
  textCut: '……其余内容过长，见完整报告。',
  noFile: '完整报告没有写入文件。',
  privacy: '邮件中不含应用自己写入日志的内容，完整报告中有。',
  state: (at) => `以上状态截至 ${at}；未能立即发出的邮件会延后送达。`,
  made: (tool, version) => `由 ${tool} ${version} 生成，全程只读。1 GB = 1,024 MB。`,
});

export const mailWords: { readonly [L in Locale]: (fmt: ReportFmt) => MailWords } = { en, 'zh-CN': zh };
