import type { DaemonEnd } from '../../../model/restart.ts';
import type { EpochMs, Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf, stretch } from './numbers.ts';

/** Several apps at one moment. `from` and `to` are the same where one line tells it all. */
export interface SharedFacts {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly apps: number;
  readonly ofApps: number;
  readonly names: readonly string[];
}

/** What stands around the conclusions of the section: its lead, summaries, marks of lines, events of many apps. */
export interface StoryWords {
  lead(shown: number, limit: number, logBegin: string | null): string;
  none(windowMs: number, since: string | null): string;
  unseen: string;
  more(names: readonly string[], count: number): string;
  summary(
    total: number,
    asked: number,
    failed: number,
    rest: readonly { readonly cause: string; readonly word: string; readonly count: number }[],
  ): string;
  noneInWindow(counter: number): string;
  chartTitle(name: string, windowMs: number): string;
  chartDay(date: string, parts: readonly string[]): string;
  chartColumns(columnMs: number, tallest: number): string;
  causePart(word: string, count: number): string;
  timesSeen(count: number, word: string): string;
  where(home: string, id: number): string;
  daemonEnd(how: DaemonEnd, facts: SharedFacts, backAt: EpochMs | null): string;
  deploy(restarts: number, facts: SharedFacts): string;
  moreDeploys(count: number): string;
  moreDaemonEnds(count: number): string;
  /** `untied` of `total` crashes have no line of a log that belongs to them. */
  crashLead(groups: number, untied: number, total: number): string;
  crash(times: number, first: EpochMs | null, last: EpochMs | null): string;
  moreCrashes(kinds: number, times: number): string;
  stack(times: number): string;
  lastWords: string;
}

/** `20 Nov 04:02 to 04:03`; one time where it took less than a minute. */
function between(fmt: ReportFmt, from: EpochMs, to: EpochMs): string {
  if (fmt.time(from) === fmt.time(to)) return fmt.time(from);
  const end = fmt.date(from) === fmt.date(to) ? fmt.clock(to) : fmt.time(to);
  return `${fmt.time(from)} ${fmt.locale === 'en' ? 'to' : '至'} ${end}`;
}
const span = (fmt: ReportFmt, { from, to }: SharedFacts): string => between(fmt, from, to);

const daemonEnd: { readonly [D in DaemonEnd]: string } = {
  'oom-stop':
    'systemd stopped the whole unit after an OOM kill inside it; pm2.log shows the same lines as for pm2 kill',
  'oom-kill': 'the PM2 daemon, or its whole unit, was killed for lack of memory',
  update: 'a daemon of another PM2 version replaced it',
  command: 'the daemon was stopped, by pm2 kill, pm2 update or with its unit',
  signal: 'a signal ended the daemon',
  error: 'the daemon gave up by itself',
  reboot: 'the host rebooted',
  vanished: 'the daemon went away, and no line says why',
};

const en = (fmt: ReportFmt): StoryWords => {
  const who = ({ apps, ofApps, names }: SharedFacts): string =>
    apps === ofApps
      ? apps === 1
        ? 'Its one app'
        : apps === 2
          ? 'Both apps'
          : `All ${fmt.count(apps)} apps`
      : `${fmt.count(apps)} of ${countOf(fmt, ofApps, 'app', 'apps')} (${fmt.list(names, 3)})`;
  return {
    lead: (shown, limit, begin) =>
      shown === 0
        ? 'No single app needs a story of its own, but several went down together.'
        : `${shown === 1 ? 'The app' : 'Apps'} with more than ${limit} restarts, a loop, a kill or a failed start. PM2 keeps one counter for all kinds; each mark below is one restart, in the row of its cause.${begin === null ? '' : ` Hatched: before pm2.log begins, ${begin}.`}`,
    none: (ms, since) =>
      `No app restarted often enough for a story in ${stretch(fmt, ms)}${since === null ? '' : `, as far as pm2.log shows: it begins ${since}`}.`,
    unseen: 'Why apps restarted could not be judged: no pm2.log was read. The counters above are PM2’s own.',
    more: (names, count) =>
      `${countOf(fmt, count, 'more app', 'more apps')} restarted too, with a story in the JSON report: ${fmt.list(names, 6)}.`,
    summary: (total, asked, failed, rest) => {
      const parts = [
        ...(asked > 0 ? [`${fmt.count(asked)} on request`] : []),
        ...(failed > 0 ? [`${fmt.count(failed)} by failure`] : []),
        ...rest.map(({ cause, word, count }) =>
          cause === 'unknown' ? `${fmt.count(count)} unknown` : `${fmt.count(count)} by ${word}`,
        ),
      ];
      const [only] = rest;
      const many = countOf(fmt, total, 'restart', 'restarts');
      if (parts.length > 1) return `${many}: ${fmt.list(parts)}`;
      return only === undefined
        ? `${many} ${asked > 0 ? 'on request' : 'by failure'}`
        : `${many} ${only.cause === 'unknown' ? 'of unknown cause' : `by ${only.word}`}`;
    },
    noneInWindow: (counter) =>
      counter === 0 ? 'no restart' : `no restart in the window, ${fmt.count(counter)} on PM2’s counter`,
    chartTitle: (name, ms) => `${name}: restarts over ${stretch(fmt, ms)} by cause`,
    chartDay: (date, parts) => `${date}: ${parts.join(', ')}`,
    chartColumns: (ms, tallest) =>
      `Too many for single marks: each column stands for ${fmt.duration(ms)}, the tallest for ${countOf(fmt, tallest, 'restart', 'restarts')}.`,
    causePart: (word, count) => `${word} ${fmt.count(count)}`,
    timesSeen: (count, word) => `${word}, ${count === 1 ? 'once' : `${fmt.count(count)} times`}`,
    where: (home, id) => `id ${id}, ${home}`,
    daemonEnd: (how, facts, backAt) =>
      `${span(fmt, facts)}: ${daemonEnd[how]}. ${who(facts)} went down with it${
        backAt === null
          ? ''
          : backAt - facts.from < 1000
            ? ' and ran again in the same second'
            : `; ${facts.apps === 1 ? 'it ran' : facts.apps === 2 ? 'both ran' : 'all ran'} again after ${fmt.duration(backAt - facts.from)}`
      }.`,
    deploy: (restarts, facts) =>
      `${span(fmt, facts)}: ${countOf(fmt, restarts, 'restart', 'restarts')} on request of ${facts.apps === facts.ofApps && facts.apps > 2 ? `all ${fmt.count(facts.apps)} apps` : `${countOf(fmt, facts.apps, 'app', 'apps')} (${fmt.list(facts.names, 4)})`}, as with a deploy.`,
    moreDeploys: (count) => `${countOf(fmt, count, 'earlier burst', 'earlier bursts')} of the same kind.`,
    moreDaemonEnds: (count) => `${countOf(fmt, count, 'earlier time', 'earlier times')} the daemon went.`,
    crashLead: (groups, untied, total) =>
      `What it crashed with${untied === 0 ? '' : `, as far as a log tells (no line can be tied to ${fmt.count(untied)} of ${countOf(fmt, total, 'crash', 'crashes')})`}${groups === 1 ? '' : ', most frequent first'}:`,
    crash: (times, first, last) =>
      first === null || last === null
        ? `${countOf(fmt, times, 'time', 'times')}, when is not known`
        : times === 1
          ? `once, ${fmt.time(last)}`
          : `${fmt.count(times)} times, ${between(fmt, first, last)}`,
    moreCrashes: (kinds, times) =>
      `And ${countOf(fmt, kinds, 'other kind', 'other kinds')}, ${countOf(fmt, times, 'time', 'times')} together.`,
    stack: (times) => (times === 1 ? 'the crash' : 'the newest of the most frequent crash'),
    lastWords: 'the last lines before it went down',
  };
};

const daemonEndZh: { readonly [D in DaemonEnd]: string } = {
  'oom-stop': '单元内发生 OOM 强杀后，systemd 停止了整个单元（pm2.log 中的记录与 pm2 kill 相同）',
  'oom-kill': 'PM2 守护进程或其整个单元因内存不足被强杀',
  update: 'PM2 更换版本，守护进程被替换',
  command: '守护进程被停止（pm2 kill、pm2 update，或其单元被停止）',
  signal: '守护进程被信号终止',
  error: '守护进程自行退出',
  reboot: '主机重启',
  vanished: '守护进程消失，日志未说明原因',
};

const zh = (fmt: ReportFmt): StoryWords => {
  const who = ({ apps, ofApps, names }: SharedFacts): string =>
    apps === ofApps
      ? `全部 ${fmt.count(apps)} 个应用`
      : `${fmt.count(ofApps)} 个应用中的 ${fmt.count(apps)} 个（${fmt.list(names, 3)}）`;
  return {
    lead: (shown, limit, begin) =>
      shown === 0
        ? '没有需要单独分析的应用，但有多个应用曾同时停止。'
        : `重启超过 ${limit} 次、出现循环、被强杀或启动失败的应用。PM2 只有一个总计数；下图每个标记代表一次重启，按原因分行。${begin === null ? '' : `斜线区域：早于 pm2.log 的起点（${begin}）。`}`,
    none: (ms, since) =>
      `最近 ${stretch(fmt, ms)}内，没有应用的重启需要分析${since === null ? '' : `（pm2.log 自 ${since} 起可见）`}。`,
    unseen: '没有读到 pm2.log，无法判断应用重启的原因；上表的累计为 PM2 自身的计数。',
    more: (names, count) =>
      `另有 ${fmt.count(count)} 个应用也有重启，详见 JSON 报告：${fmt.list(names, 6)}。`,
    summary: (total, asked, failed, rest) => {
      const parts = [
        ...(asked > 0 ? [`人工操作 ${fmt.count(asked)} 次`] : []),
        ...(failed > 0 ? [`故障 ${fmt.count(failed)} 次`] : []),
        ...rest.map(({ word, count }) => `${word} ${fmt.count(count)} 次`),
      ];
      const [only] = rest;
      if (parts.length > 1) return `${fmt.count(total)} 次重启：${parts.join('，')}`;
      return `${fmt.count(total)} 次重启，${total === 1 ? '' : '均'}为${only?.word ?? (asked > 0 ? '人工操作' : '故障')}`.replace(
        '为原因不明',
        '原因不明',
      );
    },
    noneInWindow: (counter) =>
      counter === 0 ? '没有重启' : `时段内没有重启，PM2 累计 ${fmt.count(counter)} 次`,
    chartTitle: (name, ms) => `${name}：最近 ${stretch(fmt, ms)}的重启，按原因`,
    chartDay: (date, parts) => `${date}：${parts.join('、')}`,
    chartColumns: (ms, tallest) =>
      `次数过多，无法逐一标记：每根柱代表 ${fmt.duration(ms)}，最高的一根为 ${fmt.count(tallest)} 次。`,
    causePart: (word, count) => `${word} ${fmt.count(count)} 次`,
    timesSeen: (count, word) => `${word} ${fmt.count(count)} 次`,
    where: (home, id) => `id ${id}，${home}`,
    daemonEnd: (how, facts, backAt) =>
      `${span(fmt, facts)}，${daemonEndZh[how]}，${who(facts)}随之停止${
        backAt === null
          ? ''
          : backAt - facts.from < 1000
            ? '，并在同一秒内恢复运行'
            : `，${fmt.duration(backAt - facts.from)}后${facts.apps === 1 ? '' : '全部'}恢复运行`
      }。`,
    deploy: (restarts, facts) =>
      `${span(fmt, facts)}，${facts.apps === facts.ofApps && facts.apps > 2 ? `全部 ${fmt.count(facts.apps)} 个应用` : `${fmt.count(facts.apps)} 个应用（${fmt.list(facts.names, 4)}）`}被人工重启或重载，共 ${fmt.count(restarts)} 次，符合部署的特征。`,
    moreDeploys: (count) => `更早还有 ${fmt.count(count)} 批同类操作。`,
    moreDaemonEnds: (count) => `更早守护进程还停止过 ${fmt.count(count)} 次。`,
    crashLead: (groups, untied, total) =>
      `崩溃时的报错${groups === 1 ? '' : '，按次数排列'}${untied === 0 ? '' : `（共 ${fmt.count(total)} 次崩溃，其中 ${fmt.count(untied)} 次在日志中没有可对应的记录）`}：`,
    crash: (times, first, last) =>
      first === null || last === null
        ? `${fmt.count(times)} 次，时间无法判断`
        : times === 1
          ? `1 次，${fmt.time(last)}`
          : `${fmt.count(times)} 次，${between(fmt, first, last)}`,
    moreCrashes: (kinds, times) => `另有 ${fmt.count(kinds)} 种报错，共 ${fmt.count(times)} 次。`,
    stack: (times) => (times === 1 ? '这次崩溃' : '最常见的崩溃，最近一次'),
    lastWords: '终止前的最后几行',
  };
};

export const storyWords: { readonly [L in Locale]: (fmt: ReportFmt) => StoryWords } = { en, 'zh-CN': zh };
