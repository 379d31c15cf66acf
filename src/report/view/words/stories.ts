import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf, stretch } from './numbers.ts';

export interface StoryWords {
  lead(shown: number, limit: number, logBegin: string | null): string;
  none(windowMs: number, since: string | null): string;
  unseen: string;
  more(names: readonly string[], count: number): string;
  summary(
    total: number,
    asked: number,
    failed: number,
    rest: readonly { readonly word: string; readonly count: number }[],
  ): string;
  expectAgain(at: string, days: number): string;
  noneInWindow(counter: number): string;
  chartTitle(name: string, windowMs: number): string;
  chartDay(date: string, parts: readonly string[]): string;
  causePart(word: string, count: number): string;
  loopGoesOn(failures: string): string;
  loopEnded(count: number, from: string, to: string): string;
  loopDaily(from: string, to: string, days: number): string;
  watchItself: string;
  notLoop: string;
  noFailure: string;
  failures: string;
  onlyHistory: string;
  onlyUnknown: string;
  asked(asked: number, total: number): string;
  failedBy(failed: number, parts: readonly string[], kinds: readonly string[]): string;
  timedBy(parts: readonly string[]): string;
  otherBy(parts: readonly string[]): string;
  unknownRestarts(count: number): string;
  unexplained(count: number, counter: number, begin: string | null): string;
  goesOn(at: string, cause: string): string;
  ended(at: string, sinceMs: number): string;
  last(at: string, cause: string): string;
  timesSeen(count: number, word: string): string;
  where(home: string, id: number): string;
}

const en = (fmt: ReportFmt): StoryWords => ({
  lead: (shown, limit, begin) =>
    `${shown === 1 ? 'The app' : 'Apps'} with more than ${limit} restarts, a loop, a kill or a failed start. PM2 keeps one counter for all kinds; each mark below is one restart, in the row of its cause.${begin === null ? '' : ` Hatched: before pm2.log begins, ${begin}.`}`,
  none: (ms, since) =>
    `No app restarted often enough for a story in ${stretch(fmt, ms)}${since === null ? '' : `, as far as pm2.log shows: it begins ${since}`}.`,
  unseen: 'Why apps restarted could not be judged: no pm2.log was read. The counters above are PM2’s own.',
  more: (names, count) =>
    `${countOf(fmt, count, 'more app', 'more apps')} restarted too, with a story in the JSON report: ${fmt.list(names, 6)}.`,
  summary: (total, asked, failed, rest) => {
    const parts = [
      ...(asked > 0 ? [`${fmt.count(asked)} on request`] : []),
      ...(failed > 0 ? [`${fmt.count(failed)} by failure`] : []),
      ...rest.map(({ word, count }) =>
        word === 'unknown' ? `${fmt.count(count)} unknown` : `${fmt.count(count)} by ${word}`,
      ),
    ];
    return `${countOf(fmt, total, 'restart', 'restarts')}${parts.length > 0 ? `: ${fmt.list(parts)}` : ''}`;
  },
  noneInWindow: (counter) => `no restart in the window, ${fmt.count(counter)} on PM2’s counter`,
  chartTitle: (name, ms) => `${name}: restarts over ${stretch(fmt, ms)} by cause`,
  chartDay: (date, parts) => `${date}: ${parts.join(', ')}`,
  causePart: (word, count) => `${word} ${fmt.count(count)}`,
  loopGoesOn: (failures) => `A loop, and it goes on: ${failures}.`,
  loopEnded: (count, from, to) =>
    count === 1
      ? `A loop from ${from} to ${to}; it ended.`
      : `${fmt.count(count)} loops, the last from ${from} to ${to}; it ended.`,
  loopDaily: (from, to, days) =>
    `A loop on ${fmt.count(days)} days at the same time, between ${from} and ${to}.`,
  watchItself: 'File watch, not failure.',
  notLoop: 'Not a loop.',
  noFailure: 'Not a failure.',
  failures: 'Single failures, not a loop.',
  onlyHistory: 'History.',
  onlyUnknown: 'Cause not visible.',
  asked: (asked, total) =>
    `${asked === total ? `All ${fmt.count(total)}` : `${fmt.count(asked)} of ${countOf(fmt, total, 'restart', 'restarts')}`} ${asked === 1 ? 'was' : 'were'} asked for by people or scripts.`,
  failedBy: (failed, parts, kinds) =>
    parts.length === 1
      ? `${failed === 1 ? 'The failure' : `All ${fmt.count(failed)} failures`}: ${kinds[0] ?? ''}.`
      : `Of the ${fmt.count(failed)} failures: ${fmt.list(parts, 8)}.`,
  timedBy: (parts) => `By timer or file watch: ${fmt.list(parts, 4)}.`,
  otherBy: (parts) => `Neither failure nor request: ${fmt.list(parts, 4)}.`,
  unknownRestarts: (count) =>
    `${countOf(fmt, count, 'restart stays', 'restarts stay')} without a cause: the evidence does not carry one.`,
  unexplained: (count, counter, begin) =>
    `${fmt.count(count)} of the ${fmt.count(counter)} on PM2’s counter cannot be explained${begin === null ? ': pm2.log does not show them' : `: pm2.log begins ${begin}`}.`,
  goesOn: (at, cause) => `It goes on: last restart ${at}, ${cause}.`,
  expectAgain: (at, days) => `It came on ${fmt.count(days)} days: expect it again at about ${at}.`,
  ended: (at, ms) => `It ended: last failure ${at}, none in the ${stretch(fmt, ms)} since.`,
  last: (at, cause) => `Last restart ${at}, ${cause}.`,
  timesSeen: (count, word) => `${word}, ${count === 1 ? 'once' : `${fmt.count(count)} times`}`,
  where: (home, id) => `id ${id}, ${home}`,
});

const zh = (fmt: ReportFmt): StoryWords => ({
  lead: (_shown, limit, begin) =>
    `重启超过 ${limit} 次、出现循环、被强杀或启动失败的应用。PM2 只有一个总计数；下图每个标记代表一次重启，按原因分行。${begin === null ? '' : `斜线区域：早于 pm2.log 的起点（${begin}）。`}`,
  none: (ms, since) =>
    `最近 ${stretch(fmt, ms)}内，没有应用的重启需要分析${since === null ? '' : `（pm2.log 自 ${since} 起可见）`}。`,
  unseen: '没有读到 pm2.log，无法判断应用重启的原因；上表的累计为 PM2 自身的计数。',
  more: (names, count) => `另有 ${fmt.count(count)} 个应用也有重启，详见 JSON 报告：${fmt.list(names, 6)}。`,
  summary: (total, asked, failed, rest) => {
    const parts = [
      ...(asked > 0 ? [`${fmt.count(asked)} 次为人工操作`] : []),
      ...(failed > 0 ? [`${fmt.count(failed)} 次为故障`] : []),
      ...rest.map(({ word, count }) => `${fmt.count(count)} 次为${word}`),
    ];
    return `${fmt.count(total)} 次重启${parts.length > 0 ? `：${parts.join('，')}` : ''}`;
  },
  noneInWindow: (counter) => `时段内没有重启，PM2 累计 ${fmt.count(counter)} 次`,
  chartTitle: (name, ms) => `${name}：最近 ${stretch(fmt, ms)}的重启，按原因`,
  chartDay: (date, parts) => `${date}：${parts.join('、')}`,
  causePart: (word, count) => `${word} ${fmt.count(count)} 次`,
  loopGoesOn: (failures) => `重启循环，仍在持续：${failures}。`,
  loopEnded: (count, from, to) =>
    count === 1
      ? `${from} 至 ${to} 的重启循环，已停止。`
      : `${fmt.count(count)} 段重启循环，最近一段为 ${from} 至 ${to}，已停止。`,
  loopDaily: (from, to, days) => `有 ${fmt.count(days)} 天在同一时段（${from} 至 ${to}）出现重启循环。`,
  watchItself: '由文件监听触发，并非故障。',
  notLoop: '不是重启循环。',
  noFailure: '不是故障。',
  failures: '零星故障，不是重启循环。',
  onlyHistory: '属于历史。',
  onlyUnknown: '看不到原因。',
  asked: (asked, total) =>
    `${asked === total ? `${fmt.count(total)} 次全部` : `${fmt.count(total)} 次中有 ${fmt.count(asked)} 次`}为人工或脚本操作。`,
  failedBy: (failed, parts, kinds) =>
    parts.length === 1
      ? `${fmt.count(failed)} 次故障均为${kinds[0] ?? ''}。`
      : `${fmt.count(failed)} 次故障：${parts.join('，')}。`,
  timedBy: (parts) => `由定时或文件监听触发：${parts.join('，')}。`,
  otherBy: (parts) => `既非故障也非人工：${parts.join('，')}。`,
  unknownRestarts: (count) => `${fmt.count(count)} 次原因不明：现有证据不足以判断。`,
  unexplained: (count, counter, begin) =>
    `PM2 累计的 ${fmt.count(counter)} 次中有 ${fmt.count(count)} 次无法解释${begin === null ? '：pm2.log 中没有记录' : `：pm2.log 从 ${begin} 才开始`}。`,
  goesOn: (at, cause) => `仍在持续：最近一次为 ${at}，${cause}。`,
  expectAgain: (at, days) => `已有 ${fmt.count(days)} 天如此，预计 ${at} 前后再次出现。`,
  ended: (at, ms) => `已停止：最后一次故障为 ${at}，此后 ${stretch(fmt, ms)}未再发生。`,
  last: (at, cause) => `最近一次重启为 ${at}，${cause}。`,
  timesSeen: (count, word) => `${word} ${fmt.count(count)} 次`,
  where: (home, id) => `id ${id}，${home}`,
});

export const storyWords: { readonly [L in Locale]: (fmt: ReportFmt) => StoryWords } = { en, 'zh-CN': zh };
