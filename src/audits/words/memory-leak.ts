import type { Fmt, Words } from '../../model/audit.ts';
import type { FixWords } from '../../model/finding.ts';
import type { Locale } from '../../model/text.ts';
import type { LimitKind } from '../../model/trend.ts';

export type MemoryLeakArgs = {
  readonly apps: readonly {
    readonly name: string;
    /** Instances of it that grow. */
    readonly instances: number;
    readonly bytesPerHour: number;
    readonly lowPerHour: number;
    readonly highPerHour: number;
    /** How long the life that was judged was watched, ms. */
    readonly watchedMs: number;
    readonly isOfEarlierLife: boolean;
    /** A full day was seen of the process that runs; else a daily rise looks the same. */
    readonly isLikely: boolean;
    /** Apps of this host that grow now, this one with them. */
    readonly growing: number;
    readonly limit: LimitKind | null;
    readonly limitBytes: number | null;
    readonly reachedAt: number | null;
    readonly earliest: number | null;
    readonly latest: number | null;
    /** Restarts in the window in which memory ended it. */
    readonly ended: number;
  }[];
  readonly now: number;
  /** A limit comes so soon, or has ended it already, that nobody can wait for a full day. */
  readonly isUrgent: boolean;
  /** The value advised for `max_memory_restart` as a safety net; null = it has one, or none is. */
  readonly proposed: string | null;
  readonly isNode: boolean;
};
type Args = MemoryLeakArgs;
type One = Args['apps'][number];

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const isPast = (args: Args, at: number) => at <= args.now + 60_000;

const limitNames = (fmt: Fmt): { readonly [L in Locale]: { readonly [K in LimitKind]: string } } => ({
  en: {
    'max-memory-restart': `its ${fmt.code('max_memory_restart')}`,
    'v8-heap': 'the V8 heap limit',
    cgroup: 'the limit of its cgroup',
    host: 'the memory the host has left',
  },
  'zh-CN': {
    'max-memory-restart': `自身的 ${fmt.code('max_memory_restart')}`,
    'v8-heap': 'V8 堆上限',
    cgroup: '所在 cgroup 的上限',
    host: '主机剩余内存',
  },
});

/** `11 MB to 13 MB`; once where both read the same. */
function span({ lowPerHour, highPerHour }: One, fmt: Fmt, to: string): string {
  const [low, high] = [fmt.bytes(Math.max(0, lowPerHour)), fmt.bytes(highPerHour)];
  return low === high ? low : low + to + high;
}

/** ` and reaches … on 3 Dec 14:10 (between … and …)`. */
function whenEn(args: Args, one: One, fmt: Fmt): string {
  if (one.reachedAt === null || one.limit === null) return '';
  if (isPast(args, one.reachedAt)) return ` and has reached ${limitNames(fmt).en[one.limit]}`;
  return ` and${one.isLikely ? '' : ' at this pace'} reaches ${limitNames(fmt).en[one.limit]} on ${fmt.time(one.reachedAt)}`;
}

function whenZh(args: Args, one: One, fmt: Fmt): string {
  if (one.reachedAt === null || one.limit === null) return '';
  if (isPast(args, one.reachedAt)) return `，已到达${limitNames(fmt)['zh-CN'][one.limit]}`;
  return `，${one.isLikely ? '预计' : '照此速度将于'} ${fmt.time(one.reachedAt)} 到达${limitNames(fmt)['zh-CN'][one.limit]}`;
}

function betweenEn(args: Args, one: One, fmt: Fmt): string {
  if (one.reachedAt === null || one.earliest === null || isPast(args, one.reachedAt)) return '';
  return one.latest === null
    ? ` At this pace not before ${fmt.time(one.earliest)}; the growth may also stop before.`
    : ` At this pace between ${fmt.time(one.earliest)} and ${fmt.time(one.latest)}.`;
}

function betweenZh(args: Args, one: One, fmt: Fmt): string {
  if (one.reachedAt === null || one.earliest === null || isPast(args, one.reachedAt)) return '';
  return one.latest === null
    ? `按此速度不会早于 ${fmt.time(one.earliest)}，也可能在此之前停止增长。`
    : `按此速度在 ${fmt.time(one.earliest)} 至 ${fmt.time(one.latest)} 之间。`;
}

/** What else it could be: said wherever less than a full day was seen. */
function doubtEn(one: One, fmt: Fmt): string {
  if (one.isLikely) return '';
  const together =
    one.growing > 2
      ? ` ${fmt.count(one.growing)} apps of this host grow at the same time: that looks like load.`
      : '';
  if (one.isOfEarlierLife)
    return `${together} What the process before did may have been mended with the restart.`;
  return `${together} A daily rise of load, or a cache that still fills, would look the same until a full day is seen.`;
}

function doubtZh(one: One, fmt: Fmt): string {
  if (one.isLikely) return '';
  const together =
    one.growing > 2 ? `本机有 ${fmt.count(one.growing)} 个应用同时在增长，更像是负载上升。` : '';
  if (one.isOfEarlierLife) return `${together}这是上一个进程的情况，重启后可能已经修复。`;
  return `${together}每日的负载上升、尚未填满的缓存看起来也是这样，观察满一天才能区分。`;
}

/** Nothing of it is sure: then no word of it may be. */
const isDoubted = (args: Args) => args.apps.every(({ isLikely }) => !isLikely);
/** It can wait until a full day was seen, and should. */
const canWait = (args: Args) =>
  !args.isUrgent && args.apps.every(({ isLikely, isOfEarlierLife }) => !isLikely && !isOfEarlierLife);

export const memoryLeakWords: { readonly [L in Locale]: Words<Args> } = {
  en: {
    title: 'Memory that grows without end',
    why: 'What a process holds after each garbage collection should come to rest. Where that floor rises in each part of its life, beyond noise and after the warm-up, something is kept that is never used again, and some limit will end the process. Judged by the Mann-Kendall test and the slope of Theil and Sen over the life that runs; a restart begins anew. In less than a full day a rising load looks the same: then it is only possible.',
    found(args, fmt) {
      const [one, second] = args.apps;
      if (one === undefined) return '';
      return second
        ? `${fmt.count(args.apps.length)} apps ${isDoubted(args) ? 'keep growing' : 'grow without end'}: ${names(args, fmt)}`
        : `${fmt.name(one.name)} grows by ${fmt.bytes(one.bytesPerHour)} an hour${whenEn(args, one, fmt)}`;
    },
    effect(args, fmt) {
      const [one] = args.apps;
      if (one === undefined) return '';
      const seen = one.isOfEarlierLife
        ? `Seen in ${fmt.duration(one.watchedMs)} of the process before this one`
        : `Watched for ${fmt.duration(one.watchedMs)}`;
      const ended =
        one.ended > 0
          ? ` Memory has ended it ${one.ended === 1 ? 'once' : `${fmt.count(one.ended)} times`} in this window already.`
          : '';
      return `${seen}: ${span(one, fmt, ' to ')} an hour.${betweenEn(args, one, fmt)}${ended}${doubtEn(one, fmt)}`;
    },
    figures: (args, fmt) =>
      args.apps
        .slice(0, 4)
        .map(({ name, bytesPerHour }) => [fmt.name(name), `+${fmt.bytes(bytesPerHour)} / h`] as const),
    fix: (args, fmt): FixWords => ({
      title:
        args.proposed === null
          ? `${canWait(args) ? 'Watch a full day, then find' : 'Find'} what ${names(args, fmt)} keeps`
          : `${canWait(args) ? 'Watch a full day, then find' : 'Find'} what ${names(args, fmt)} keeps; until then let ${fmt.code('max_memory_restart')} ${args.proposed} catch it`,
      steps: [
        ...(canWait(args)
          ? [
              'Leave the collector running: what comes down again in the evening is load, and is no longer listed then.',
            ]
          : []),
        args.isNode
          ? `Take two heap snapshots an hour apart (start it with ${fmt.code('--heapsnapshot-signal=SIGUSR2')}, then send that signal) and compare them in the browser's memory tools: what has grown in number is the leak. A snapshot stops the app for seconds and needs as much memory again.`
          : `Compare what it holds an hour apart (Python: ${fmt.code('tracemalloc')}): what has grown in number is the leak.`,
        'The usual finds: a map or cache without an end, listeners added at each request, timers that are never cleared, logs or metrics kept in a list.',
        ...(args.proposed === null
          ? []
          : [
              'The limit is a safety net, not a cure: it turns a kill at a bad moment into an orderly restart.',
            ]),
      ],
      expected: 'After its warm-up the trend says stable or sawtooth.',
      verify: 'A report two hours after the corrected version started no longer lists it.',
      undo: args.proposed === null ? 'Not needed.' : 'Restore the old value and restart the app.',
      minutes: 120,
    }),
  },
  'zh-CN': {
    title: '内存持续增长',
    why: '每次垃圾回收之后，进程留下的内存应当趋于稳定。若这条下沿在预热之后的各个时段都在上升，且超出噪声，说明有内容一直被持有却不再使用，迟早会触及某个上限而终止。判断依据：对当前这次运行做 Mann-Kendall 检验与 Theil-Sen 斜率；重启后重新计算。观察不满一天时，负载上升看起来也是如此，因此只作为可能。',
    found(args, fmt) {
      const [one, second] = args.apps;
      if (one === undefined) return '';
      return second
        ? `${fmt.count(args.apps.length)} 个应用的内存持续增长：${names(args, fmt)}`
        : `${fmt.name(one.name)} 每小时增长 ${fmt.bytes(one.bytesPerHour)}${whenZh(args, one, fmt)}`;
    },
    effect(args, fmt) {
      const [one] = args.apps;
      if (one === undefined) return '';
      const seen = one.isOfEarlierLife
        ? `依据上一个进程 ${fmt.duration(one.watchedMs)}的数据`
        : `已观察 ${fmt.duration(one.watchedMs)}`;
      const ended = one.ended > 0 ? `本时段内它已因内存终止 ${fmt.count(one.ended)} 次。` : '';
      return `${seen}：每小时 ${span(one, fmt, ' 至 ')}。${betweenZh(args, one, fmt)}${ended}${doubtZh(one, fmt)}`;
    },
    figures: (args, fmt) =>
      args.apps
        .slice(0, 4)
        .map(({ name, bytesPerHour }) => [fmt.name(name), `+${fmt.bytes(bytesPerHour)} / 小时`] as const),
    fix: (args, fmt): FixWords => ({
      title:
        args.proposed === null
          ? `${canWait(args) ? '先观察满一天，再查明' : '查明'} ${names(args, fmt)} 持有了什么`
          : `${canWait(args) ? '先观察满一天，再查明' : '查明'} ${names(args, fmt)} 持有了什么；在此之前用 ${fmt.code('max_memory_restart')} ${args.proposed} 兜底`,
      steps: [
        ...(canWait(args) ? ['让采集器继续运行：晚间随负载回落的不是泄漏，届时不再列出。'] : []),
        args.isNode
          ? `间隔一小时各取一份堆快照（以 ${fmt.code('--heapsnapshot-signal=SIGUSR2')} 启动，再发送该信号），在浏览器的内存工具中对比：数量增长的对象就是泄漏所在。取快照会让应用停顿数秒，并需要同样多的内存。`
          : `间隔一小时对比它持有的内容（Python 可用 ${fmt.code('tracemalloc')}）：数量增长的就是泄漏所在。`,
        '常见原因：没有上限的 Map 或缓存、每次请求都添加的监听器、从不清除的定时器、存在列表里的日志或指标。',
        ...(args.proposed === null ? [] : ['上限只是兜底，并非治本：它把不定时的强杀变成有序的重启。']),
      ],
      expected: '预热之后，趋势显示为平稳或锯齿。',
      verify: '修复版本启动两小时后的报告中不再列出它。',
      undo: args.proposed === null ? '无需回退。' : '恢复原值并重启应用。',
      minutes: 120,
    }),
  },
};
