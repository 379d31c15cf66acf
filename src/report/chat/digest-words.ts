import { evidenceNames } from '../../derive/gap-words.ts';
import type { Locale } from '../../model/text.ts';
import type { ReportFmt } from '../format.ts';
import type { Prose, Raw } from '../view/atoms.ts';
import { colon } from '../view/marks.ts';
import { countOf, sentences } from '../view/words/numbers.ts';

/** How many of each kind of change; all zero = nothing moved. */
export interface ChangeCounts {
  readonly fresh: number;
  readonly worse: number;
  readonly better: number;
  readonly gone: number;
  /** Nobody knows whether they are new, or gone: one of the two reports could not judge them. */
  readonly perhapsFresh: number;
  readonly perhapsGone: number;
  readonly kills: number;
}

/** What only a chat message says; all else it says in the words of the page. */
export interface DigestWords {
  title(host: Raw, verdict: string, counts: string, score: string): string;
  score(score: number, change: number | null): string;
  part(title: string, number: number, of: number): string;
  readonly colon: string;
  /** Two sentences after each other. */
  join(first: Prose, second: Prose | null): Prose;
  readonly first: Prose;
  since(at: string, counts: ChangeCounts): Prose;
  unchanged(at: string): Prose;
  recovered(at: string | null): Prose;
  readonly reminder: Prose;
  readonly always: Prose;
  readonly asked: Prose;
  readonly fresh: string;
  readonly perhapsFresh: string;
  was(priority: string): string;
  gone(problems: string): Prose;
  better(problems: string): Prose;
  problem(what: Prose, whom: string): Prose;
  /** `P0 now, new:`. */
  badge(code: string, word: string, mark: string | null): string;
  sure(word: string): Prose;
  readonly kernelLog: string;
  sourced(source: Prose, when: string | null): Prose;
  fix(id: string, title: Prose): Prose;
  fixAbove(id: string): Prose;
  moreLines(count: number): Prose;
  readonly inReport: Prose;
  more(count: number, counts: string, isRest: boolean): Prose;
  unseen(items: Prose): Prose;
  file(host: Raw | null): Prose;
  noFile(host: Raw | null): Prose;
  test(host: Raw): Prose;
}

const en = (fmt: ReportFmt): DigestWords => ({
  title: (host, verdict, counts, score) =>
    [`[pm2-audit] ${host}: ${verdict}`, counts, score].filter((part) => part !== '').join(' · '),
  score: (score, change) =>
    `score ${score}${change === null || change === 0 ? '' : ` (${Math.abs(change)} ${change < 0 ? 'lower' : 'higher'})`}`,
  part: (title, number, of) => `${title} (${number}/${of})`,
  colon: colon('en'),
  join: (first, second) => sentences('en', [first, second]),
  first: 'First message from this host.',
  since: (at, counts) => `Since ${at}: ${changed(fmt, counts)}.`,
  unchanged: (at) => `Nothing has changed since ${at}.`,
  recovered: (at) => `All well again: nothing that was urgent${at === null ? '' : ` on ${at}`} is left.`,
  reminder: 'Reminder: this still stands.',
  always: 'Sent after every run, as set.',
  asked: 'Sent by hand.',
  fresh: 'new',
  perhapsFresh: 'perhaps new',
  was: (priority) => `worse, was ${priority}`,
  gone: (problems) => `Gone: ${problems}.`,
  better: (problems) => `Better: ${problems}.`,
  problem: (what, whom) => (whom === '' ? what : `${what} (${whom})`),
  badge: (code, word, mark) => `${code} ${word}${mark === null ? '' : `, ${mark}`}:`,
  sure: (word) => ` (${word})`,
  kernelLog: 'kernel log',
  sourced: (source, when) => (when === null ? `${source}: ` : `${source}, ${when}: `),
  fix: (id, title) => `Fix ${id}: ${title}.`,
  fixAbove: (id) => `Fix ${id}, as above.`,
  moreLines: (count) => `${countOf(fmt, count, 'more line', 'more lines')} of it in the report.`,
  inReport: 'Its evidence and fix are in the report.',
  more: (count, counts, isRest) =>
    `${isRest ? `And ${fmt.count(count)} more` : countOf(fmt, count, 'finding', 'findings')} in the report: ${counts}.`,
  unseen: (items) => `Not seen: ${items}.`,
  file: (host) => (host === null ? 'Report: ' : `Report on ${fmt.name(host)}: `),
  noFile: (host) =>
    `No report file was written; ${fmt.code('pm2-audit')}${host === null ? '' : ` on ${fmt.name(host)}`} makes one.`,
  test: (host) => `Test message from pm2-audit on ${fmt.name(host)}. Reports of this host will come here.`,
});

const changed = (fmt: ReportFmt, counts: ChangeCounts): string =>
  fmt.list(
    [
      of(counts.fresh, (count) => `${count} new`),
      of(counts.worse, (count) => `${count} worse`),
      of(counts.kills, (count) => countOf(fmt, count, 'new OOM kill', 'new OOM kills')),
      of(counts.perhapsFresh, (count) => `${count} perhaps new (the last report could not tell)`),
      of(counts.better, (count) => `${count} better`),
      of(counts.gone, (count) => `${count} gone`),
      of(counts.perhapsGone, (count) => `${count} that this report cannot judge`),
    ].flat(),
    9,
  );

const of = (count: number, say: (count: number) => string): readonly string[] =>
  count === 0 ? [] : [say(count)];

const zh = (fmt: ReportFmt): DigestWords => ({
  title: (host, verdict, counts, score) =>
    [`[pm2-audit] ${host}：${verdict}`, counts, score].filter((part) => part !== '').join(' · '),
  score: (score, change) =>
    `${score} 分${change === null || change === 0 ? '' : `（${change < 0 ? '低' : '高'} ${Math.abs(change)} 分）`}`,
  part: (title, number, of) => `${title}（${number}/${of}）`,
  colon: colon('zh-CN'),
  join: (first, second) => sentences('zh-CN', [first, second]),
  first: '这台主机的首次通知。',
  since: (at, counts) => `自 ${at} 以来：${changedZh(counts)}。`,
  unchanged: (at) => `自 ${at} 以来没有变化。`,
  recovered: (at) => `已恢复：${at === null ? '' : `${at} `}通报的紧急问题均已消失。`,
  reminder: '提醒：问题仍未处理。',
  always: '按设置，每次检查后发送。',
  asked: '手动发送。',
  fresh: '新增',
  perhapsFresh: '可能为新增',
  was: (priority) => `变差，原为 ${priority}`,
  gone: (problems) => `已消失：${problems}。`,
  better: (problems) => `好转：${problems}。`,
  problem: (what, whom) => (whom === '' ? what : `${what}（${whom}）`),
  badge: (code, word, mark) => `${code} ${word}${mark === null ? '' : `，${mark}`}`,
  sure: (word) => `（${word}）`,
  kernelLog: evidenceNames['zh-CN'].oomLog,
  sourced: (source, when) => (when === null ? `${source}：` : `${source}，${when}：`),
  fix: (id, title) => `修复 ${id}：${title}。`,
  fixAbove: (id) => `修复 ${id}，同上。`,
  moreLines: (count) => `其余 ${fmt.count(count)} 行见报告。`,
  inReport: '依据与修复方法见报告。',
  more: (count, counts, isRest) => `${isRest ? '另有' : '共'} ${fmt.count(count)} 项见报告：${counts}。`,
  unseen: (items) => `看不到：${items}。`,
  file: (host) => (host === null ? '报告：' : `报告位于 ${fmt.name(host)}：`),
  noFile: (host) =>
    `没有写出报告文件；${host === null ? '' : `在 ${fmt.name(host)} 上`}运行 ${fmt.code('pm2-audit')} 即可生成。`,
  test: (host) => `这是 ${fmt.name(host)} 上 pm2-audit 的测试消息。这台主机的报告将发送到这里。`,
});

const changedZh = (counts: ChangeCounts): string =>
  [
    of(counts.fresh, (count) => `新增 ${count} 项`),
    of(counts.worse, (count) => `变差 ${count} 项`),
    of(counts.kills, (count) => `新增内存不足强杀 ${count} 次`),
    of(counts.perhapsFresh, (count) => `可能新增 ${count} 项（上一份报告无法判断）`),
    of(counts.better, (count) => `好转 ${count} 项`),
    of(counts.gone, (count) => `消失 ${count} 项`),
    of(counts.perhapsGone, (count) => `${count} 项本次无法判断`),
  ]
    .flat()
    .join('，');

export const digestWords: { readonly [L in Locale]: (fmt: ReportFmt) => DigestWords } = { en, 'zh-CN': zh };
