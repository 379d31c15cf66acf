import { oneEveryZh } from '../../../derive/how-often.ts';
import { causeWords } from '../../../derive/restarts/cause-words.ts';
import type { Cause, DaemonEnd } from '../../../model/restart.ts';
import type { ReportFmt } from '../../format.ts';
import type { Asked, ConclusionWords, ToldCause } from './conclusion-words.ts';
import { stretch } from './numbers.ts';

const loopNames: { readonly [C in Cause]?: string } = {
  crash: '崩溃循环',
  'oom-kill': '内存不足强杀循环',
  'heap-oom': '堆内存耗尽循环',
  'memory-limit': '超限重启循环',
  signal: '被信号终止的重启循环',
  'clean-exit': '正常退出循环',
};
const loopName = (cause: Cause): string => loopNames[cause] ?? '重启循环';

const askedKind = ({ manual, reload }: Asked): string =>
  manual > 0 && reload > 0 ? '人工重启或重载' : reload > 0 ? '重载' : '人工重启';

const daemonEnds: { readonly [D in DaemonEnd]: string } = {
  'oom-stop': '单元内发生 OOM 强杀后，systemd 停止了整个单元',
  'oom-kill': '守护进程或其整个单元因内存不足被强杀',
  update: 'PM2 更换版本',
  command: '执行 pm2 kill 或 pm2 update，或其单元被停止',
  signal: '守护进程收到信号',
  error: '守护进程自行退出',
  reboot: '主机重启',
  vanished: '日志未说明守护进程如何退出',
};

const caused: {
  readonly [C in ToldCause]: (count: string, signals: string, fromOutside: boolean) => string;
} = {
  'oom-kill': (count) => `因内存不足被强杀 ${count} 次`,
  'heap-oom': (count) => `触及自身堆内存上限 ${count} 次`,
  'memory-limit': (count) => `达到内存上限，被 PM2 重启 ${count} 次`,
  crash: (count) => `崩溃 ${count} 次`,
  signal: (count, signals, fromOutside) => `被${fromOutside ? '外部' : ''}信号${signals}终止 ${count} 次`,
  'stop-timeout': (count) => `停止超时，被 PM2 强杀 ${count} 次`,
  'clean-exit': (count) => `自行正常退出 ${count} 次`,
  cron: (count) => `按定时计划重启 ${count} 次，属预期行为`,
  watch: (count) => `因文件变动（watch）重启 ${count} 次`,
};

/** Time first, then what was: `11 月 18 日和 19 日，崩溃 12 次。` */
const at = (period: string): string => (period === '' ? '' : `${period}，`);
/** The same after what was. */
const tail = (period: string): string => (period === '' ? '' : `，时间为 ${period}`);

/** The sentences in Chinese. */
export const chinese = (fmt: ReportFmt): ConclusionWords => {
  const lasting = (ms: number): string => (ms < 2 * 3_600_000 ? fmt.duration(ms) : stretch(fmt, ms));
  const every = (ms: number | null): string => (ms === null ? '' : `，约${oneEveryZh(ms, fmt.duration)}`);
  return {
    loopGoesOn: (cause, restarts, from, everyMs) =>
      `${loopName(cause)}，仍在持续：自 ${fmt.time(from)} 起已重启 ${fmt.count(restarts)} 次${every(everyMs)}。`,
    waits: (cause, count, period) =>
      `反复失败${cause === 'crash' || count === 0 ? '' : `（${causeWords['zh-CN'][cause]}）`}，PM2 每次退避等待后再启动${count === 0 ? '' : `：${cause === 'crash' ? '崩溃' : '重启'} ${fmt.count(count)} 次${tail(period)}`}。`,
    loopDaily: (cause, restarts, period) =>
      `反复出现的${loopName(cause)}：重启 ${fmt.count(restarts)} 次${tail(period)}。`,
    loopOnce: (cause, restarts, lasted, period) =>
      `${loopName(cause)}，已停止：${period === '' ? '' : `${period}，`}${lasting(lasted)}内重启 ${fmt.count(restarts)} 次。`,
    loops: (cause, loops, restarts, period, endedAt) =>
      `${fmt.count(loops)} 段${loopName(cause)}，已停止：共重启 ${fmt.count(restarts)} 次${tail(period)}；最近一段止于 ${fmt.time(endedAt)}。`,
    alsoLoops: (loops, restarts, period) =>
      `${at(period)}出现 ${fmt.count(loops)} 次集中故障，几分钟内共重启 ${fmt.count(restarts)} 次。`,
    gaveUp: (ends, areCrashes, lasted, when) =>
      `PM2 已于 ${fmt.time(when)} 放弃重启${ends < 2 ? '' : `（${lasted < 1000 ? '1 秒' : lasting(lasted)}内${areCrashes ? '崩溃' : '退出'} ${fmt.count(ends)} 次）`}：应用处于 errored 状态，没有运行。`,
    gaveUpBefore: (count, when) =>
      `PM2 曾 ${fmt.count(count)} 次放弃重启（${count === 1 ? '' : '最近一次为 '}${fmt.time(when)}），之后又被启动。`,
    stoppedAndStarted: (count) => `另有 ${fmt.count(count)} 次由人工停止后再启动，PM2 不计入重启。`,
    notAnswered: (count, words) =>
      `另有 ${fmt.count(count)} 次故障后 PM2 没有自动启动（${words.slice(0, 3).join('、')}）。`,
    leftDown: (when, cause) => `${fmt.time(when)} 停止（${cause}），之后 PM2 没有再启动。`,
    stoppedOnRequest: (when) => `${fmt.time(when)} 由人工停止。`,
    runEnded: (when, code) =>
      code === null
        ? `最近一次运行于 ${fmt.time(when)} 正常结束；按配置（autorestart: false），PM2 不会重新启动它。`
        : `最近一次运行于 ${fmt.time(when)} 以退出码 ${code} 结束；按配置（stop_exit_codes），PM2 不会重新启动它。`,
    askedMost: (facts) => {
      const count = facts.manual + facts.reload;
      if (facts.total === 1) return `唯一一次重启为${askedKind(facts)}${tail(facts.period)}。`;
      return `不是重启循环：${fmt.count(facts.total)} 次重启${count === facts.total ? '全部' : `中有 ${fmt.count(count)} 次`}为${askedKind(facts)}${tail(facts.period)}。`;
    },
    asked: (facts) => {
      const count = facts.manual + facts.reload;
      return `${fmt.count(facts.total)} 次重启${count < facts.total ? `中有 ${fmt.count(count)} 次` : count > 1 ? '均' : ''}为${facts.manual > 0 && facts.reload > 0 ? `人工操作（人工重启 ${fmt.count(facts.manual)} 次，重载 ${fmt.count(facts.reload)} 次）` : askedKind(facts)}${tail(facts.period)}。`;
    },
    burstsOnly: (bursts) =>
      bursts === 1
        ? '集中在一批完成，符合部署的特征。'
        : `分 ${fmt.count(bursts)} 批集中进行，符合部署的特征。`,
    caused: (cause, count, period, signals, isSum, fromOutside) =>
      `${at(period)}${isSum && count > 1 ? '合计' : ''}${caused[cause](fmt.count(count), signals.length === 0 ? '' : `（${signals.slice(0, 3).join('、')}）`, fromOutside)}。`,
    memoryChurns: (count, period, everyMs) =>
      `内存上限在反复触发：被 PM2 重启 ${fmt.count(count)} 次${every(everyMs)}${tail(period)}。`,
    endsItself: (count, period, everyMs) =>
      `应用自行退出后又被 PM2 启动：共 ${fmt.count(count)} 次${every(everyMs)}${tail(period)}。`,
    nothingFailed: '并无故障：每次都是正常退出，像是任务执行完毕。',
    watchOnly: (count, period) =>
      `由文件监听触发，并非故障：文件变动引起重启 ${fmt.count(count)} 次${tail(period)}。`,
    cronOnly: (count, period) => `属预期行为：按定时计划重启 ${fmt.count(count)} 次${tail(period)}。`,
    daemonOnly: (count, period) =>
      `随 PM2 守护进程一起停止，并非应用自身故障：${fmt.count(count)} 次${tail(period)}。`,
    daemonEnds: (parts, isOnly) => {
      const isOne = parts.length === 1 && parts[0]?.count === 1;
      const said = parts.map(
        ({ how, count }) =>
          `${how === null ? '方式不明' : daemonEnds[how]}${isOne || (isOnly && parts.length === 1) ? '' : `（${fmt.count(count)} 次）`}`,
      );
      return isOnly ? `原因：${said.join('；')}。` : `随 PM2 守护进程一起停止：${said.join('；')}。`;
    },
    unknownOnly: (count, period) =>
      `看不到原因：重启 ${fmt.count(count)} 次${tail(period)}，日志中没有说明。`,
    unknown: (count, period) => `${at(period)}有 ${fmt.count(count)} 次重启看不到原因。`,
    noLoop: '从未在 5 分钟内出现三次故障，不是重启循环。',
    onlyHistory: (counter, since) =>
      counter === 0
        ? `${since === null ? '统计时段内' : `自 ${fmt.time(since)}（日志起点）以来`}没有重启，PM2 的计数也为 0。`
        : `属于历史：PM2 累计的 ${fmt.count(counter)} 次重启${counter === 1 ? '' : '都'}${since === null ? '不在统计时段内' : `早于 ${fmt.time(since)}（日志起点）`}。`,
    notVisible: (counter) => `看不到原因：PM2 累计的 ${fmt.count(counter)} 次重启都无从判断。`,
    workersOnly: (count, period, isSeen) =>
      `${isSeen ? '时段内应用没有重启，但' : ''}${period === '' ? '' : `${isSeen ? ' ' : ''}${period}，`}它的 ${fmt.count(count)} 个子进程因内存不足被强杀。`,
    workersToo: (count, period) =>
      `另外${period === '' ? '' : `，${period}`}，它的 ${fmt.count(count)} 个子进程因内存不足被强杀，PM2 不计入重启。`,
    workersUncounted: '主进程一直在运行，因此 PM2 没有任何记录。',
    held: (least, most) => (least === most ? `被杀时占用 ${least}。` : `被杀时占用 ${least} 至 ${most}。`),
    limit: (limit, uptime) =>
      `目前的上限为 ${limit}${uptime === null ? '' : `，重启前的运行时长中位数为 ${fmt.duration(uptime)}`}。`,
    lived: (uptime) => `每次运行${uptime < 1000 ? '不到 1 秒' : `约 ${fmt.duration(uptime)}`}（中位数）。`,
    sameCrash: (count, total) =>
      count === total
        ? `${fmt.count(total)} 次崩溃的报错相同。`
        : `${fmt.count(total)} 次崩溃中有 ${fmt.count(count)} 次报错相同。`,
    afterRequest: (crashes, total) =>
      `${fmt.count(total)} 次崩溃${crashes === total ? '全部' : `中有 ${fmt.count(crashes)} 次`}发生在人工重启或重载后的 10 分钟内：只是时间相近，不能证明因果。`,
    beganAfter: (ms, when, apps) =>
      `故障始于 ${fmt.time(when)} ${apps > 1 ? `对 ${fmt.count(apps)} 个应用的重启操作（符合部署的特征）` : '的人工操作'}${ms < 1000 ? '的同一秒' : `之后 ${fmt.duration(ms)}`}：只说明先后，不能证明因果。`,
    unexplained: (why, count, counter, from) => {
      const part = `PM2 累计的 ${fmt.count(counter)} 次重启${count === counter ? (count === 1 ? '' : '都') : `中有 ${fmt.count(count)} 次`}无法解释`;
      const begins = from === null ? '' : fmt.time(from);
      switch (why) {
        case 'before-log':
          return `${part}：${from === null ? '早于日志的起点' : `读到的 pm2.log 从 ${begins} 才开始`}。`;
        case 'emptied':
          return `${part}：pm2.log 曾被清空（pm2 flush 或截断式轮转）${from === null ? '' : `，现存内容从 ${begins} 开始`}。`;
        case 'no-times':
          return `${part}：pm2.log 的行首没有时间。`;
        case 'no-log':
          return `${part}：读不到 pm2.log。`;
        case 'unknown':
        case null:
          return `${part}：pm2.log 覆盖了这段时间，但没有相应记录。`;
      }
    },
    unexplainedAll: (why) => {
      switch (why) {
        case 'before-log':
          return '原因无从得知：早于读到的 pm2.log。';
        case 'emptied':
          return '原因无从得知：pm2.log 曾被清空（pm2 flush 或截断式轮转）。';
        case 'no-times':
          return 'pm2.log 的行首没有时间。';
        case 'no-log':
          return '读不到 pm2.log。';
        case 'unknown':
        case null:
          return 'pm2.log 覆盖了这段时间，但没有相应记录。';
      }
    },
    goesOn: (when, cause, waited) =>
      `最近一次为 ${fmt.time(when)}${cause === null ? '' : `，${cause}`}${waited === null ? '' : waited === 0 ? '；PM2 每次都立即重启' : `；PM2 等待 ${fmt.duration(waited)}后才启动`}。`,
    expectAgain: (clock, when, isCrash) =>
      `预计 ${clock} 前后还会出现；最近一次${isCrash ? '崩溃' : '故障'}为 ${fmt.time(when)}。`,
    inRhythm: (when, cause, nextAt) =>
      `仍在持续：最近一次为 ${fmt.time(when)}，${cause}；预计下一次在 ${fmt.clock(nextAt)} 前后。`,
    ended: (when, ms, isCrash) =>
      `${fmt.time(when)} 之后再无${isCrash ? '崩溃' : '故障'}，至今 ${stretch(fmt, ms)}。`,
    last: (when, cause) => `最近一次重启为 ${fmt.time(when)}${cause === null ? '' : `，${cause}`}。`,
    down: (when, ms, why) =>
      why === 'gave-up'
        ? `已停机 ${stretch(fmt, ms)}，PM2 不会再尝试启动。`
        : why === 'asked'
          ? `${fmt.time(when)} 由人工停止，至今 ${stretch(fmt, ms)}。`
          : why === 'told'
            ? `至今 ${stretch(fmt, ms)}。`
            : why === 'failed'
              ? `PM2 未能重新启动它：自 ${fmt.time(when)} 起停机，至今 ${stretch(fmt, ms)}。`
              : `${fmt.time(when)} 退出后 PM2 没有再启动，至今 ${stretch(fmt, ms)}。`,
  };
};
