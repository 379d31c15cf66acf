import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf, stretch } from './numbers.ts';

export interface HeaderWords {
  title(host: string, verdict: string, p0: number, date: string): string;
  takenAt(date: string, clock: string, zone: string): string;
  /** `victims`: names and counts, most first; `rest` = kills tied to no app; `largest` = the biggest victim, where PM2 did not run it. */
  kills(facts: {
    readonly total: number;
    readonly windowMs: number;
    readonly victims: readonly { readonly name: string; readonly count: number; readonly isChild: boolean }[];
    readonly foreign: number;
    readonly untied: number;
    readonly largest: { readonly name: string; readonly bytes: number } | null;
  }): string;
  headline(headline: string, moreSerious: number): string;
  healthy(online: number, apps: number, kills: string, notes: number): string;
  unknown(unseen: readonly string[]): string;
  noDaemon: string;
  noneSince(at: string): string;
  noneEver: string;
  killsUnseen: string;
  killsSome(count: number): string;
  daemonState: { readonly [S in 'dead' | 'hung' | 'denied' | 'malformed']: (home: string) => string };
  minutes(minutes: number): string;
  noEarlier: string;
  change(
    score: number,
    past: { readonly at: string; readonly score: number; readonly grade: string | null },
  ): string;
  scoreNone: string;
  cap(priority: 'P0' | 'P1', count: number): string;
  blind(blind: number, all: number): string;
  errors(count: number): string;
  window(ms: number, from: string): string;
  system(os: string, kernel: string, cpus: number): string;
  memory(total: string, used: string): string;
  daemon(version: string | null, user: string | null, apps: number): string;
  moreDaemons(count: number): string;
  notRunning: string;
  ago(time: string, ms: number): string;
  evidence(seen: number, all: number): string;
  gaps(count: number): string;
  container(name: string, limit: string | null): string;
  json: string;
  markdown: string;
}

const en = (fmt: ReportFmt): HeaderWords => ({
  title: (host, verdict, p0, date) =>
    `${host}: ${verdict.toLowerCase()}${p0 > 0 ? `, ${p0} now` : ''}. PM2 host health report, ${date}`,
  takenAt: (date, clock, zone) => `${date}, ${clock} (UTC${zone})`,
  kills: ({ total, windowMs, victims, foreign, untied, largest }) => {
    const parts = victims.map(({ name, count, isChild }) =>
      isChild ? `${countOf(fmt, count, 'child', 'children')} of ${name}` : `${name} ${times(fmt, count)}`,
    );
    if (foreign > 0 && (largest === null || foreign > 1 || parts.length === 0))
      parts.push(countOf(fmt, foreign, 'process outside PM2', 'processes outside PM2'));
    if (untied > 0) parts.push(`${fmt.count(untied)} that could not be tied to an app`);
    const last =
      largest === null
        ? ''
        : `; the largest, ${largest.name} with ${fmt.bytes(largest.bytes)}, was not run by PM2`;
    return `${countOf(fmt, total, 'process was', 'processes were')} killed for lack of memory in ${stretch(fmt, windowMs)}${parts.length > 0 ? `: ${fmt.list(parts, 4)}` : ''}${last}.`;
  },
  headline: (headline, more) =>
    `${headline}${more > 0 ? `; ${countOf(fmt, more, 'more finding needs', 'more findings need')} action this week` : ''}.`,
  healthy: (online, apps, kills, notes) =>
    `${apps === 0 ? 'PM2 runs no apps' : online === apps ? `All ${countOf(fmt, apps, 'app runs', 'apps run')}`.replace('All 1 app runs', 'The one app runs') : `${fmt.count(online)} of ${countOf(fmt, apps, 'app', 'apps')} run`} and no check found anything that needs action this week; ${kills}${notes > 0 ? `; ${countOf(fmt, notes, 'note', 'notes')} for later` : ''}.`,
  unknown: (unseen) => `Too little could be seen for a verdict: ${fmt.list(unseen, 4)} could not be read.`,
  noDaemon: 'No PM2 daemon was found for this user, so there is nothing to judge.',
  noneSince: (at) => `no process was killed for lack of memory since ${at}, where the kernel log begins`,
  noneEver: 'no process was killed for lack of memory as far as the kernel log goes back',
  killsUnseen: 'whether a process was killed for lack of memory could not be seen',
  killsSome: (count) => `${countOf(fmt, count, 'process was', 'processes were')} killed for lack of memory`,
  daemonState: {
    dead: (home) => `No PM2 daemon answers in ${home}: its files are there, the process is not.`,
    hung: (home) =>
      `The PM2 daemon in ${home} takes connections and does not answer, so its apps could not be seen.`,
    denied: (home) =>
      `The PM2 daemon in ${home} belongs to another user and refused us, so its apps could not be seen.`,
    malformed: (home) =>
      `The PM2 daemon in ${home} answered something that could not be read, so its apps could not be seen.`,
  },
  minutes: (minutes) => countOf(fmt, minutes, 'minute', 'minutes'),
  noEarlier: 'No earlier report to compare with.',
  change: (score, past) => {
    const than = `on ${past.at} (${past.score}${past.grade === null ? '' : `, ${past.grade}`})`;
    return score === past.score
      ? `The same as ${than}.`
      : `${Math.abs(score - past.score)} ${score < past.score ? 'lower' : 'higher'} than ${than}.`;
  },
  scoreNone: 'Too little was seen for a score.',
  cap: (priority, count) =>
    `${countOf(fmt, count, `${priority} finding holds`, `${priority} findings hold`)} the score below ${priority === 'P0' ? 50 : 80}.`,
  blind: (blind, all) =>
    `${fmt.count(blind)} of ${countOf(fmt, all, 'check', 'checks')} could not judge and ${blind === 1 ? 'is' : 'are'} left out.`,
  errors: (count) => `${countOf(fmt, count, 'check', 'checks')} ended with an error.`,
  window: (ms, from) => `${stretch(fmt, ms)}, from ${from}`,
  system: (os, kernel, cpus) => `${os}, ${kernel}, ${countOf(fmt, cpus, 'CPU', 'CPUs')}`,
  memory: (total, used) => `${total}, ${used} used`,
  daemon: (version, user, apps) =>
    `${version ?? 'version unknown'}${user === null ? '' : `, user ${user}`}, ${countOf(fmt, apps, 'app', 'apps')}`,
  moreDaemons: (count) => `${countOf(fmt, count, 'more daemon', 'more daemons')}`,
  notRunning: 'not running',
  ago: (time, ms) => `${time}, ${stretch(fmt, ms)} ago`,
  evidence: (seen, all) => `${fmt.count(seen)} of ${countOf(fmt, all, 'source', 'sources')}`,
  gaps: (count) => countOf(fmt, count, 'gap', 'gaps'),
  container: (name, limit) => `${name}${limit === null ? ', no memory limit' : `, limit ${limit}`}`,
  json: 'JSON',
  markdown: 'Markdown',
});

const times = (fmt: ReportFmt, count: number): string =>
  count === 1 ? 'once' : count === 2 ? 'twice' : `${fmt.count(count)} times`;

const zh = (fmt: ReportFmt): HeaderWords => ({
  title: (host, verdict, p0, date) =>
    `${host}：${verdict}${p0 > 0 ? `，${p0} 项立即处理` : ''}。PM2 主机健康报告，${date}`,
  takenAt: (date, clock, zone) => `${date} ${clock}（UTC${zone}）`,
  kills: ({ total, windowMs, victims, foreign, untied, largest }) => {
    const parts = victims.map(
      ({ name, count, isChild }) => `${name}${isChild ? ' 的子进程' : ''} ${count} 次`,
    );
    if (foreign > 0 && (largest === null || foreign > 1 || parts.length === 0))
      parts.push(`PM2 之外的进程 ${foreign} 个`);
    if (untied > 0) parts.push(`另有 ${untied} 个无法对应到应用`);
    const last =
      largest === null
        ? ''
        : `；最大的是占用 ${fmt.bytes(largest.bytes)} 的 ${largest.name}，它不由 PM2 管理`;
    return `${stretch(fmt, windowMs)}内，${fmt.count(total)} 个进程因内存不足被强杀${parts.length > 0 ? `：${parts.slice(0, 4).join('，')}` : ''}${last}。`;
  },
  headline: (headline, more) => `${headline}${more > 0 ? `；另有 ${more} 项需在本周处理` : ''}。`,
  healthy: (online, apps, kills, notes) =>
    `${apps === 0 ? 'PM2 没有运行任何应用' : online === apps ? `${fmt.count(apps)} 个应用全部运行中` : `${fmt.count(apps)} 个应用中 ${fmt.count(online)} 个运行中`}，没有发现需要在本周处理的问题；${kills}${notes > 0 ? `；另有 ${notes} 项可稍后改进` : ''}。`,
  unknown: (unseen) => `可见信息不足，无法得出结论：${fmt.list(unseen, 4)}无法读取。`,
  noDaemon: '没有找到该用户的 PM2 守护进程，因此没有可判断的对象。',
  noneSince: (at) => `自 ${at}（内核日志起点）以来，没有进程因内存不足被强杀`,
  noneEver: '在内核日志可追溯的范围内，没有进程因内存不足被强杀',
  killsUnseen: '看不到是否有进程因内存不足被强杀',
  killsSome: (count) => `${fmt.count(count)} 个进程因内存不足被强杀`,
  daemonState: {
    dead: (home) => `${home} 中没有守护进程应答：文件还在，进程已不在。`,
    hung: (home) => `${home} 中的 PM2 守护进程接受连接但没有应答，看不到它的应用。`,
    denied: (home) => `${home} 中的 PM2 守护进程属于其他用户，拒绝了我们的连接，看不到它的应用。`,
    malformed: (home) => `${home} 中的 PM2 守护进程返回的内容无法解析，看不到它的应用。`,
  },
  minutes: (minutes) => `约 ${minutes} 分钟`,
  noEarlier: '没有可供对比的上一份报告。',
  change: (score, past) => {
    const than = `${past.at}（${past.score} 分${past.grade === null ? '' : `，${past.grade}`}）`;
    return score === past.score
      ? `与 ${than}持平。`
      : `比 ${than}${score < past.score ? '低' : '高'} ${Math.abs(score - past.score)} 分。`;
  },
  scoreNone: '可见信息不足，不给出评分。',
  cap: (priority, count) => `有 ${count} 项 ${priority} 问题，评分不会高于 ${priority === 'P0' ? 49 : 79}。`,
  blind: (blind, all) => `${all} 项检查中有 ${blind} 项无法判断，未计入评分。`,
  errors: (count) => `${count} 项检查执行出错。`,
  window: (ms, from) => `${stretch(fmt, ms)}，自 ${from} 起`,
  system: (os, kernel, cpus) => `${os}、${kernel}、${cpus} 核`,
  memory: (total, used) => `${total}，已用 ${used}`,
  daemon: (version, user, apps) =>
    `${version ?? '版本未知'}${user === null ? '' : `，用户 ${user}`}，${fmt.count(apps)} 个应用`,
  moreDaemons: (count) => `另有 ${count} 个守护进程`,
  notRunning: '未运行',
  ago: (time, ms) => `${time}（${stretch(fmt, ms)}前）`,
  evidence: (seen, all) => (seen === all ? `${all} 项均可见` : `${all} 项中可见 ${seen} 项`),
  gaps: (count) => `${count} 处不完整`,
  container: (name, limit) => `${name}${limit === null ? '，无内存上限' : `，上限 ${limit}`}`,
  json: 'JSON',
  markdown: 'Markdown',
});

export const headerWords: { readonly [L in Locale]: (fmt: ReportFmt) => HeaderWords } = { en, 'zh-CN': zh };
