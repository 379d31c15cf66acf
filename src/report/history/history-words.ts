import type { EndReason, OverLimit } from '../../derive/past/app-events.ts';
import type { MetricName } from '../../derive/past/app-past.ts';
import type { ToldLimit } from '../../derive/past/outlook.ts';
import type { AppStatus } from '../../model/pm2.ts';
import type { Confidence, Locale } from '../../model/text.ts';
import type { TrendKind } from '../../model/trend.ts';
import type { ReportFmt } from '../format.ts';
import { countOf } from '../view/words/numbers.ts';

/** What `history` says, in one language. */
export interface HistoryWords {
  readonly metric: { readonly [M in MetricName]: string };
  title(metric: string, from: string, to: string, length: string): string;
  keptSince(at: string, isAxis: boolean): string;
  appSince(at: string): string;
  missing(length: string): string;
  notRunning(at: string): string;
  readonly head: {
    readonly app: string;
    readonly now: string;
    readonly peak: string;
    readonly trend: string;
    readonly restarts: string;
    readonly cause: string;
  };
  readonly trend: { readonly [T in TrendKind]: string };
  /** A leak of which no full day was seen. */
  readonly rising: string;
  readonly state: { readonly [S in AppStatus | 'gone']: string };
  readonly unknown: string;
  exit(code: number): string;
  readonly asked: string;
  facts(now: string, peak: string, restarts: string, state: string): string;
  peakAt(value: string, at: string): string;
  readonly noPeak: string;
  leak(slope: string, low: string, high: string, from: string): string;
  /** The same, of less than a full day: `length` was watched. */
  perhapsLeak(slope: string, low: string, high: string, from: string, length: string): string;
  reach(limit: ToldLimit, bytes: string, at: string, earliest: string, latest: string | null): string;
  readonly noReach: string;
  warmUp(slope: string): string;
  stable(from: string): string;
  sawtooth(from: string): string;
  unknownTrend(missing: string): string;
  readonly earlierLife: string;
  readonly noVerdict: string;
  readonly legend: {
    readonly gap: string;
    readonly blank: string;
    readonly kill: string;
    readonly restart: string;
    readonly many: string;
    readonly deploy: string;
  };
  happened(count: number): string;
  readonly nothing: string;
  earlier(count: number): string;
  kill(comm: string, pid: string, isChild: boolean, confidence: Confidence): string;
  ended(
    code: number | null,
    signal: string | null,
    reason: EndReason | null,
    over: OverLimit | undefined,
  ): string;
  again(ms: number): string;
  readonly notAgain: string;
  /** An end that only the pids show. */
  readonly endSeen: string;
  counted(count: number, isRead: boolean, isKept: boolean): string;
  /** `ms`: from the first to the last of these lines. */
  notKept(lines: number, ms: number): string;
  deploy(version: string | null): string;
  /** PM2's own daemon: what it holds, and how that moves. */
  daemon(home: string, bytes: string, trend: string): string;
  readonly trendUnknown: string;
  /** Daemons that the newest sample has not; their homes where those are few. */
  daemonsGone(count: number, homes: readonly string[] | null): string;
  appsGone(leftOut: number): string;
  daemonGrows(bytesPerDay: string, heavy: string, at: string | null): string;
  weeks(thisWeek: number, weekBefore: number | null): string;
  /** Restarts by what ended the process, most frequent first. */
  causes(list: readonly (readonly [cause: string, count: number])[]): string;
  readonly daemonStart: string;
  readonly daemonEnd: string;
  manyInstances(name: string, count: number, id: number): string;
  home(path: string): string;
}

/** pm2.log tells times to the second. */
const atOnceMs = 1000;

const sure: { readonly [L in Locale]: { readonly [C in Confidence]: string } } = {
  en: { certain: 'certain', likely: 'likely', possible: 'perhaps', none: 'not certain' },
  'zh-CN': { certain: '确定', likely: '很可能', possible: '可能', none: '无法判断' },
};

const en = (fmt: ReportFmt): HistoryWords => ({
  metric: {
    memory: 'memory of the process tree',
    pm2: 'memory of the main process, as PM2 counts',
    pss: 'memory of the process tree (PSS)',
    swap: 'swap of the process tree',
    cpu: 'CPU, percent of one core',
    processes: 'processes of the tree',
    restarts: 'PM2’s restart counter',
  },
  title: (metric, from, to, length) => `${metric}, ${from} to ${to} (${length})`,
  keptSince: (at, isAxis) => `Samples are kept since ${at}${isAxis ? ': the axis begins there' : ''}.`,
  appSince: (at) => `The app is in the samples since ${at}: the axis begins there.`,
  missing: (length) => `No samples for ${length} of it: not known, not zero.`,
  notRunning: (at) =>
    `The collector does not run: the newest sample is of ${at}. Start it with pm2-audit watch.`,
  head: { app: 'App', now: 'Now', peak: 'Peak', trend: 'Trend', restarts: 'Restarts', cause: 'Last cause' },
  trend: { stable: 'stable', 'warm-up': 'warm-up', sawtooth: 'sawtooth', leak: 'LEAK', unknown: 'unknown' },
  rising: 'rising',
  state: {
    online: 'online',
    launching: 'launching',
    stopping: 'stopping',
    stopped: 'stopped',
    errored: 'errored',
    'waiting restart': 'waiting',
    'one-launch-status': 'once',
    unknown: 'unknown',
    gone: 'gone',
  },
  unknown: 'unknown',
  exit: (code) => `exit ${code}`,
  asked: 'asked for',
  facts: (now, peak, restarts, state) => `now ${now}   peak ${peak}   restarts ${restarts}   ${state}`,
  peakAt: (value, at) => `${value} (${at})`,
  noPeak: 'unknown',
  leak: (slope, low, high, from) =>
    `Leak: it has grown by ${slope} an hour${low === high ? '' : ` (95 %: ${low} to ${high})`} since ${from}, and does not slow down.`,
  perhapsLeak: (slope, low, high, from, length) =>
    `Rising, perhaps a leak: by ${slope} an hour${low === high ? '' : ` (95 %: ${low} to ${high})`} since ${from}. Watched for ${length}: a daily rise of load would look the same until a full day is seen.`,
  reach: (limit, bytes, at, earliest, latest) =>
    `If it goes on so, it reaches ${limit === 'host' ? 'the end of this host’s memory' : `its max_memory_restart (${bytes})`} about ${at}; ${latest === null ? `${earliest} at the earliest` : `between ${earliest} and ${latest}`}.`,
  noReach: 'No limit that the history knows of is reached within 400 days; an audit knows more limits.',
  warmUp: (slope) => `Warm-up: it grows by ${slope} an hour and is slowing down.`,
  stable: (from) => `Stable: no growth beyond noise since ${from}.`,
  sawtooth: (from) =>
    `Sawtooth: it swings between garbage collections, its floor does not rise since ${from}.`,
  unknownTrend: (missing) => `Unknown whether it leaks: it must be watched for ${missing} more.`,
  earlierLife: 'Said of the process before: the one that runs is too young.',
  noVerdict: 'Unknown whether it leaks: nothing of it runs now, or the newest samples are too old.',
  legend: {
    gap: '/ no samples',
    blank: 'blank = no process',
    kill: 'K OOM kill',
    restart: 'R restart',
    many: '2-9, + several',
    deploy: 'D deploy',
  },
  happened: (count) => `What happened (${fmt.count(count)})`,
  nothing: 'Nothing in this span.',
  earlier: (count) => `and ${fmt.count(count)} earlier: --json lists all that are kept`,
  kill: (comm, pid, isChild, confidence) =>
    `OOM kill of ${isChild ? 'its child ' : ''}${comm}${pid} (${sure.en[confidence]})`,
  ended(code, signal, reason, over) {
    if (over !== undefined) return `memory limit: ${fmt.bytes(over.bytes)} of ${fmt.bytes(over.limitBytes)}`;
    const how =
      signal !== null ? `ended by ${signal}` : code === null ? 'ended' : `ended with exit code ${code}`;
    if (reason === null) return how;
    if (reason === 'memory-limit') return 'stopped: over its max_memory_restart';
    return {
      asked: 'stopped: asked for',
      watch: 'stopped: a watched file changed',
      reload: 'replaced by a reload',
    }[reason];
  },
  again: (ms) => (ms < atOnceMs ? ', started again at once' : `, again after ${fmt.duration(ms)}`),
  notAgain: ', not started again',
  endSeen: 'ended; only its pid shows it, pm2.log has no line of it',
  counted: (count, isRead, isKept) =>
    `${countOf(fmt, count, 'restart', 'restarts')} on PM2’s counter; ${isRead ? (isKept ? 'no line tells why' : 'their lines were not kept') : 'lines that old were not read'}`,
  notKept: (lines, ms) =>
    `${countOf(fmt, lines, 'line', 'lines')} of pm2.log not kept, of the ${fmt.duration(ms)} before: more than the history keeps of one app in an hour`,
  deploy: (version) => (version === null ? 'deploy' : `deploy of ${version}`),
  daemon: (home, bytes, trend) => `PM2’s own daemon of ${home}: ${bytes} now, ${trend}.`,
  trendUnknown: 'trend unknown',
  daemonsGone: (count, homes) =>
    homes === null
      ? `${countOf(fmt, count, 'PM2 daemon', 'PM2 daemons')} of the last two hours ${count === 1 ? 'is' : 'are'} gone.`
      : `The PM2 ${count === 1 ? 'daemon' : 'daemons'} of ${homes.join(' and ')} ${count === 1 ? 'is' : 'are'} gone.`,
  appsGone: (count) =>
    `${countOf(fmt, count, 'more app is', 'more apps are')} gone from PM2’s list: pm2-audit history APP shows one, --json lists all.`,
  daemonGrows: (bytesPerDay, heavy, at) =>
    `it grows by ${bytesPerDay} a day${at === null ? '' : ` and holds ${heavy} about ${at} at this pace`}`,
  weeks: (thisWeek, weekBefore) =>
    `PM2’s counter rose by ${fmt.count(thisWeek)} in the last seven days${weekBefore === null ? '; the seven before were not watched' : `, by ${fmt.count(weekBefore)} in the seven before`}.`,
  causes: (list) =>
    `Why it ended: ${list.map(([cause, count]) => `${cause} ×${fmt.count(count)}`).join(', ')}.`,
  daemonStart: 'PM2 daemon started',
  daemonEnd: 'PM2 daemon ended',
  manyInstances: (name, count, id) =>
    `${name} has ${count} instances. One of them with its chart: pm2-audit history ${id}`,
  home: (path) => `home ${path}`,
});

const zh = (fmt: ReportFmt): HistoryWords => ({
  metric: {
    memory: '进程树内存',
    pm2: '主进程内存（PM2 口径）',
    pss: '进程树内存（PSS）',
    swap: '进程树交换空间',
    cpu: 'CPU（单核百分比）',
    processes: '进程树的进程数',
    restarts: 'PM2 重启计数',
  },
  title: (metric, from, to, length) => `${metric}，${from} 至 ${to}（${length}）`,
  keptSince: (at, isAxis) => `采样自 ${at} 起保存${isAxis ? '，坐标轴从此开始' : ''}。`,
  appSince: (at) => `此应用自 ${at} 起才有采样，坐标轴从此开始。`,
  missing: (length) => `其中 ${length}没有采样：情况不明，并非为零。`,
  notRunning: (at) => `采集器未在运行：最新采样为 ${at}。可用 pm2-audit watch 启动。`,
  head: { app: '应用', now: '当前', peak: '峰值', trend: '趋势', restarts: '重启', cause: '最近原因' },
  trend: { stable: '稳定', 'warm-up': '预热', sawtooth: '锯齿波动', leak: '泄漏', unknown: '无法判断' },
  rising: '上升中',
  state: {
    online: '运行中',
    launching: '启动中',
    stopping: '停止中',
    stopped: '已停止',
    errored: '出错停止',
    'waiting restart': '等待重启',
    'one-launch-status': '仅启动一次',
    unknown: '状态不明',
    gone: '已移除',
  },
  unknown: '无法判断',
  exit: (code) => `退出码 ${code}`,
  asked: '按请求',
  facts: (now, peak, restarts, state) => `当前 ${now}   峰值 ${peak}   重启 ${restarts}   ${state}`,
  peakAt: (value, at) => `${value}（${at}）`,
  noPeak: '无法判断',
  leak: (slope, low, high, from) =>
    `内存泄漏：自 ${from} 起每小时增长 ${slope}${low === high ? '' : `（95 % 区间 ${low} 至 ${high}）`}，且没有放缓。`,
  perhapsLeak: (slope, low, high, from, length) =>
    `内存上升，可能是泄漏：自 ${from} 起每小时增长 ${slope}${low === high ? '' : `（95 % 区间 ${low} 至 ${high}）`}。仅观察了 ${length}：每日的负载上升看起来也是这样，观察满一天才能区分。`,
  reach: (limit, bytes, at, earliest, latest) =>
    `按此速度，约 ${at} ${limit === 'host' ? '用尽本机内存' : `达到 max_memory_restart（${bytes}）`}，${latest === null ? `最早 ${earliest}` : `区间 ${earliest} 至 ${latest}`}。`,
  noReach: '400 天内不会达到历史记录所知的上限；更多上限由审计判断。',
  warmUp: (slope) => `预热：每小时增长 ${slope}，正在放缓。`,
  stable: (from) => `稳定：自 ${from} 起没有超出噪声的增长。`,
  sawtooth: (from) => `锯齿波动：随垃圾回收起伏，自 ${from} 起底部没有抬升。`,
  unknownTrend: (missing) => `无法判断是否泄漏：还需观察 ${missing}。`,
  earlierLife: '以上依据前一个进程：当前进程运行时间太短。',
  noVerdict: '无法判断是否泄漏：当前没有进程在运行，或最新采样太旧。',
  legend: {
    gap: '/ 无采样',
    blank: '空白 = 没有进程',
    kill: 'K 内存不足强杀',
    restart: 'R 重启',
    many: '2-9、+ 多次',
    deploy: 'D 部署',
  },
  happened: (count) => `期间事件（${fmt.count(count)}）`,
  nothing: '这段时间没有事件。',
  earlier: (count) => `更早还有 ${fmt.count(count)} 项，--json 列出全部`,
  kill: (comm, pid, isChild, confidence) =>
    `内存不足强杀${isChild ? '其子进程' : ''} ${comm}${pid}（${sure['zh-CN'][confidence]}）`,
  ended(code, signal, reason, over) {
    if (over !== undefined)
      return `超过内存上限：${fmt.bytes(over.bytes)}，上限 ${fmt.bytes(over.limitBytes)}`;
    const how =
      signal !== null ? `被 ${signal} 终止` : code === null ? '进程结束' : `进程退出，退出码 ${code}`;
    if (reason === null) return how;
    if (reason === 'memory-limit') return '超过 max_memory_restart，被停止';
    return { asked: '按请求停止', watch: '监听的文件有变化，被停止', reload: '重载，由新进程接替' }[reason];
  },
  again: (ms) => (ms < atOnceMs ? '，立即重新启动' : `，${fmt.duration(ms)}后再次启动`),
  notAgain: '，没有再次启动',
  endSeen: '进程结束；仅由 pid 变化得知，pm2.log 中没有记录',
  counted: (count, isRead, isKept) =>
    `PM2 计数增加 ${fmt.count(count)} 次重启；${isRead ? (isKept ? '没有日志说明原因' : '相应的日志行未保留') : '未读取这么早的日志'}`,
  notKept: (lines, ms) =>
    `此前${fmt.duration(ms)}内 pm2.log 有 ${fmt.count(lines)} 行未保留：超过每小时为单个应用保留的上限`,
  deploy: (version) => (version === null ? '部署' : `部署 ${version}`),
  daemon: (home, bytes, trend) => `${home} 的 PM2 守护进程：当前 ${bytes}，${trend}。`,
  trendUnknown: '趋势尚无法判断',
  daemonsGone: (count, homes) =>
    homes === null
      ? `最近两小时内的 ${fmt.count(count)} 个 PM2 守护进程已不在。`
      : `${homes.join(' 和 ')} 的 PM2 守护进程已不在。`,
  appsGone: (count) =>
    `另有 ${fmt.count(count)} 个应用已从 PM2 列表移除：用 pm2-audit history 应用名 查看其中一个，--json 列出全部。`,
  daemonGrows: (bytesPerDay, heavy, at) =>
    `每天增长 ${bytesPerDay}${at === null ? '' : `，照此速度约 ${at} 达到 ${heavy}`}`,
  weeks: (thisWeek, weekBefore) =>
    `按 PM2 的计数，最近七天重启 ${fmt.count(thisWeek)} 次${weekBefore === null ? '；此前七天没有完整采样' : `，此前七天 ${fmt.count(weekBefore)} 次`}。`,
  causes: (list) =>
    `结束原因：${list.map(([cause, count]) => `${cause}（${fmt.count(count)} 次）`).join('、')}。`,
  daemonStart: 'PM2 守护进程启动',
  daemonEnd: 'PM2 守护进程结束',
  manyInstances: (name, count, id) =>
    `${name} 有 ${count} 个实例。查看其中一个的图表：pm2-audit history ${id}`,
  home: (path) => `PM2 目录 ${path}`,
});

export const historyWords: { readonly [L in Locale]: (fmt: ReportFmt) => HistoryWords } = { en, 'zh-CN': zh };
