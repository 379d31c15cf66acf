import type { NotJudged } from '../../derive/report-diff.ts';
import type { VerdictWord } from '../../model/report.ts';
import type { Locale } from '../../model/text.ts';
import type { ReportFmt } from '../format.ts';
import { countOf } from '../view/words/numbers.ts';

/** What `diff` says, in one language. */
export interface DiffWords {
  span(before: string, after: string, apart: string): string;
  readonly reversed: string;
  readonly nothing: string;
  readonly worse: string;
  readonly better: string;
  counts(fresh: number, worse: number, better: number, gone: number): string;
  readonly verdict: { readonly [V in VerdictWord]: string };
  readonly verdictLabel: string;
  readonly scoreLabel: string;
  readonly noScore: string;
  score(from: string, to: string, change: number | null): string;
  readonly title: {
    readonly kills: string;
    readonly fresh: string;
    readonly worse: string;
    readonly better: string;
    readonly gone: string;
    readonly perhapsFresh: string;
    readonly perhapsGone: string;
    readonly apps: string;
  };
  memory(ratio: number, bytes: number): string;
  restarts(least: number): string;
  readonly why: { readonly [W in NotJudged]: string };
  was(priority: string): string;
  notSeen(what: string): string;
  readonly came: string;
  readonly went: string;
  readonly colon: string;
  readonly host: string;
  readonly killsUnknown: string;
  readonly noTime: string;
  readonly noApp: string;
  pid(pid: number): string;
  counted(title: string, count: number): string;
  more(count: number): string;
  home(home: string): string;
  readonly fell: string;
}

const en = (fmt: ReportFmt): DiffWords => ({
  span: (before, after, apart) => `${before}  ->  ${after}  (${apart})`,
  reversed: 'the second report is the older one',
  nothing: 'Nothing new, nothing worse.',
  worse: 'WORSE',
  better: 'NOT WORSE',
  counts: (fresh, worse, better, gone) => `${fresh} new, ${worse} worse, ${better} better, ${gone} gone`,
  verdict: { critical: 'critical', attention: 'attention', healthy: 'healthy', unknown: 'unknown' },
  verdictLabel: 'Verdict',
  scoreLabel: 'Score',
  noScore: 'none',
  score: (from, to, change) =>
    `${from} -> ${to}${change === null || change === 0 ? '' : `, ${Math.abs(change)} ${change < 0 ? 'lower' : 'higher'}`}`,
  title: {
    kills: 'OOM kills since',
    fresh: 'New',
    worse: 'Worse',
    better: 'Better',
    gone: 'Gone',
    perhapsFresh: 'There now; the first report could not tell',
    perhapsGone: 'There before; the second report cannot tell',
    apps: 'Apps',
  },
  memory: (ratio, bytes) => `Memory, changed by ${fmt.ratio(ratio)} and ${fmt.bytes(bytes)} or more`,
  restarts: (least) => `PM2’s restart counter, changed by ${least} or more`,
  why: {
    blind: 'its evidence was not seen',
    error: 'that check failed',
    absent: 'that version has no such check',
    muted: 'muted by the configuration',
    daemon: 'its PM2 daemon was not read',
  },
  was: (priority) => `was ${priority}`,
  notSeen: (what) => `Not seen: ${what}`,
  came: 'came',
  went: 'went',
  colon: ': ',
  host: 'this host',
  killsUnknown: 'Unknown: one of the reports could read no kernel log.',
  noTime: 'time not known',
  noApp: 'no app known',
  pid: (pid) => `pid ${pid}`,
  counted: (title, count) => `${title} (${fmt.count(count)})`,
  more: (count) => `and ${fmt.count(count)} more: --json lists all`,
  home: (home) => `home ${home}`,
  fell: 'it was reset, or PM2 began anew',
});

const zh = (fmt: ReportFmt): DiffWords => ({
  span: (before, after, apart) => `${before}  ->  ${after}（相隔 ${apart}）`,
  reversed: '第二份报告的时间更早',
  nothing: '没有新增问题，也没有变差的问题。',
  worse: '变差',
  better: '没有变差',
  counts: (fresh, worse, better, gone) =>
    `新增 ${fresh} 项，变差 ${worse} 项，好转 ${better} 项，消失 ${gone} 项`,
  verdict: { critical: '严重', attention: '需要关注', healthy: '正常', unknown: '无法判断' },
  verdictLabel: '结论',
  scoreLabel: '评分',
  noScore: '无',
  score: (from, to, change) =>
    `${from} -> ${to}${change === null || change === 0 ? '' : `，${change < 0 ? '低' : '高'} ${Math.abs(change)} 分`}`,
  title: {
    kills: '其间的内存不足强杀',
    fresh: '新增',
    worse: '变差',
    better: '好转',
    gone: '消失',
    perhapsFresh: '现在存在，但前一份报告无法判断',
    perhapsGone: '之前存在，但后一份报告无法判断',
    apps: '应用',
  },
  memory: (ratio, bytes) => `内存变化（不少于 ${fmt.ratio(ratio)} 且不少于 ${fmt.bytes(bytes)}）`,
  restarts: (least) => `PM2 重启计数变化（不少于 ${least} 次）`,
  why: {
    blind: '看不到所需的依据',
    error: '该项检查出错',
    absent: '该版本没有此项检查',
    muted: '已在配置中忽略',
    daemon: '未读取到其 PM2 守护进程',
  },
  was: (priority) => `原为 ${priority}`,
  notSeen: (what) => `看不到：${what}`,
  came: '新出现',
  went: '已不在',
  colon: '：',
  host: '本机',
  killsUnknown: '无法判断：其中一份报告读不到内核日志。',
  noTime: '时间不明',
  noApp: '无法判断属于哪个应用',
  pid: (pid) => `pid ${pid}`,
  counted: (title, count) => `${title}（${fmt.count(count)}）`,
  more: (count) => `另有 ${fmt.count(count)} 项，--json 列出全部`,
  home: (home) => `PM2 目录 ${home}`,
  fell: '计数被重置，或 PM2 重新启动过',
});

export const diffWords: { readonly [L in Locale]: (fmt: ReportFmt) => DiffWords } = { en, 'zh-CN': zh };

/** `1 d 2 h` apart, in the reader's language. */
export function apart(fmt: ReportFmt, ms: number): string {
  return fmt.locale === 'en' && Math.abs(ms) < 60_000
    ? countOf(fmt, Math.round(Math.abs(ms) / 1000), 'second', 'seconds')
    : fmt.duration(Math.abs(ms));
}
