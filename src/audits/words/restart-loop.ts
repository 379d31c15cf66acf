import { type CauseCounts, countsInWords } from '../../derive/restarts/cause-words.ts';
import { type TopCrash, topCrashEn, topCrashZh } from '../../derive/restarts/crash-words.ts';
import type { Fmt, Words } from '../../model/audit.ts';
import type { Cause } from '../../model/restart.ts';
import type { Locale } from '../../model/text.ts';
import { loopFixEn, loopFixZh } from './restart-loop-fix.ts';

export type RestartLoopArgs = {
  readonly apps: readonly string[];
  readonly cause: Cause;
  /** All causes in the loops: more than one is said. */
  readonly causes: { readonly [cause: string]: number };
  /** The error behind most of them; null = no log shows one. */
  readonly top: TopCrash | null;
  /** The newest failure, where one came after the last loop; null = the loop's own end, or it goes on. */
  readonly stableSince: number | null;
  /** It ended because the app was stopped, or did not come back. */
  readonly isDown: boolean;
  readonly restarts: number;
  readonly loops: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly goesOn: boolean;
  readonly isWaiting: boolean;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly uptimeMs: number | null;
  readonly limitBytes: number | null;
  readonly newLimitBytes: number | null;
  /** How often the quoted error stands in the part of the log we read; null = no error seen. */
  readonly errorRepeats: number | null;
  readonly remedy:
    | 'backoff'
    | 'raise-limit'
    | 'find-growth'
    | 'no-watch'
    | 'find-killer'
    | 'job'
    | 'read-log';
};
type Args = RestartLoopArgs;

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));
const counts = (args: Args): CauseCounts => args.causes;
const isMixed = (args: Args) => Object.keys(args.causes).length > 1;
const crashes = (args: Args) => counts(args).crash ?? args.restarts;
const span = (args: Args) => (args.from === null || args.to === null ? null : args.to - args.from);

const en = {
  cause: (args: Args, fmt: Fmt): string => {
    const on = args.goesOn;
    const again = on ? 'and PM2 starts it again' : 'and PM2 started it again';
    switch (args.cause) {
      case 'crash':
        return `It ${on ? 'crashes' : 'crashed'}${args.exitCode === null || args.exitCode === 0 ? '' : ` with exit code ${args.exitCode}`}, ${again}.`;
      case 'clean-exit':
        return `It ${on ? 'ends' : 'ended'} by itself without an error, ${again}: a script that finishes its work does that.`;
      case 'memory-limit':
        return `PM2 ${on ? 'ends it each time it passes' : 'ended it each time it passed'} ${fmt.code('max_memory_restart')}${args.limitBytes === null ? '' : ` of ${fmt.bytes(args.limitBytes)}`}.`;
      case 'oom-kill':
        return `The kernel ${on ? 'kills it for lack of memory each time it has grown' : 'killed it for lack of memory each time it had grown'}, ${again}.`;
      case 'heap-oom':
        return `It ${on ? 'reaches the limit of its own heap and aborts' : 'reached the limit of its own heap and aborted'}, ${again}.`;
      case 'signal':
        return `Something outside ${on ? 'ends' : 'ended'} it${args.signal === null ? '' : ` with ${args.signal}`}, ${again}.`;
      case 'watch':
        return 'PM2 restarts it because files in its folder change. An app that writes into its own watched folder restarts itself.';
      default:
        return `It ${on ? 'ends' : 'ended'} again and again. We could not see why.`;
    }
  },
};
const zh = {
  cause: (args: Args, fmt: Fmt): string => {
    switch (args.cause) {
      case 'crash':
        return `应用崩溃${args.exitCode === null ? '' : `（退出码 ${args.exitCode}）`}，PM2 再次拉起。`;
      case 'clean-exit':
        return '应用没有报错就自行退出，PM2 再次拉起：执行完就结束的脚本会这样。';
      case 'memory-limit':
        return `每次超过 ${fmt.code('max_memory_restart')}${args.limitBytes === null ? '' : `（${fmt.bytes(args.limitBytes)}）`}，PM2 就重启它。`;
      case 'oom-kill':
        return '每次内存涨上去后被内核强杀，PM2 再次拉起。';
      case 'heap-oom':
        return '达到自身堆内存上限后中止，PM2 再次拉起。';
      case 'signal':
        return `被外部信号${args.signal === null ? '' : `（${args.signal}）`}终止，PM2 再次拉起。`;
      case 'watch':
        return '目录中的文件有变化，PM2 就重启它。应用若向自己被监听的目录写文件，就会不断重启自己。';
      default:
        return '应用反复退出，原因无法判断。';
    }
  },
};

export const restartLoopWords: { readonly [L in Locale]: Words<Args> } = {
  en: {
    title: 'An app restarts in a loop',
    why: 'Three failures within five minutes are a loop: the app is hardly ever ready, and each start costs CPU and memory. PM2 sets no limit of its own to an app that lives longer than a second each time.',
    found: (args, fmt) => {
      if (args.apps.length > 1)
        return `${names(args, fmt)} restart in loops: ${fmt.count(args.restarts)} restarts in all`;
      const app = names(args, fmt);
      const length = span(args);
      if (length === null) return `${app} fails again and again; PM2 holds it back between its starts`;
      const restarts = `${fmt.count(args.restarts)} restarts in ${args.loops > 1 ? `${fmt.count(args.loops)} loops since ${fmt.time(args.from ?? 0)}` : fmt.duration(length)}`;
      return args.goesOn
        ? `${app} is in a restart loop: ${restarts}`
        : `${app} was in a restart loop: ${restarts}, ended ${fmt.time(args.to ?? 0)}`;
    },
    effect: (args, fmt) => {
      if (args.apps.length > 1)
        return 'Each of them fails, is started and fails again. Their stories are below.';
      const mixed = isMixed(args) ? ` The causes: ${countsInWords(counts(args), 'en', fmt)}.` : '';
      const uptime =
        args.uptimeMs === null
          ? ''
          : ` Each time it ${args.goesOn ? 'lives' : 'lived'} about ${fmt.duration(args.uptimeMs)}.`;
      const state = args.goesOn
        ? ' It goes on.'
        : args.to === null
          ? ''
          : args.isDown
            ? ` Since ${fmt.time(args.to)} it is down.`
            : args.loops > 1
              ? ` The last loop ended on ${fmt.time(args.to)}; it had come back after each one before.`
              : args.stableSince === null
                ? ` It has been stable since ${fmt.time(args.to)}.`
                : ` Single failures followed; it has been stable since ${fmt.time(args.stableSince)}.`;
      const error =
        args.errorRepeats !== null && args.errorRepeats > 1
          ? ` The same error stands ${fmt.count(args.errorRepeats)} times in its log.`
          : '';
      return `${en.cause(args, fmt)}${mixed}${topCrashEn(args.top, crashes(args), fmt)}${uptime}${error}${state}`;
    },
    figures: (args, fmt) => [
      ['restarts in loops', fmt.count(args.restarts)],
      ...(args.to === null ? [] : [['last', fmt.time(args.to)] as const]),
      ...(args.uptimeMs === null ? [] : [['lives', fmt.duration(args.uptimeMs)] as const]),
    ],
    fix: loopFixEn,
  },
  'zh-CN': {
    title: '应用陷入重启循环',
    why: '五分钟内失败三次即视为循环：应用几乎无法提供服务，每次启动还要消耗 CPU 和内存。只要每次存活超过一秒，PM2 就不会停止重启。',
    found: (args, fmt) => {
      if (args.apps.length > 1) return `${names(args, fmt)} 陷入重启循环，共 ${fmt.count(args.restarts)} 次`;
      const app = names(args, fmt);
      const length = span(args);
      if (length === null) return `${app} 反复失败，PM2 正在延迟重启`;
      const restarts =
        args.loops > 1
          ? `自 ${fmt.time(args.from ?? 0)} 起 ${fmt.count(args.loops)} 轮，共 ${fmt.count(args.restarts)} 次`
          : `${fmt.duration(length)}内 ${fmt.count(args.restarts)} 次`;
      return args.goesOn
        ? `${app} 正在循环重启：${restarts}`
        : `${app} 曾循环重启：${restarts}，${fmt.time(args.to ?? 0)} 结束`;
    },
    effect: (args, fmt) => {
      if (args.apps.length > 1) return '这些应用都在失败、拉起、再失败，经过见重启分析。';
      const mixed = isMixed(args) ? `原因不止一种：${countsInWords(counts(args), 'zh-CN', fmt)}。` : '';
      const uptime = args.uptimeMs === null ? '' : `每次存活约 ${fmt.duration(args.uptimeMs)}。`;
      const state = args.goesOn
        ? '仍在持续。'
        : args.to === null
          ? ''
          : args.isDown
            ? `自 ${fmt.time(args.to)} 起处于停止状态。`
            : args.loops > 1
              ? `最近一轮于 ${fmt.time(args.to)} 结束，此前每次平息后都会复发。`
              : args.stableSince === null
                ? `${fmt.time(args.to)} 之后一直稳定。`
                : `之后仍有零星失败，自 ${fmt.time(args.stableSince)} 起稳定。`;
      const error =
        args.errorRepeats !== null && args.errorRepeats > 1
          ? `同一条错误在日志中出现 ${fmt.count(args.errorRepeats)} 次。`
          : '';
      return `${zh.cause(args, fmt)}${mixed}${topCrashZh(args.top, crashes(args), fmt)}${uptime}${error}${state}`;
    },
    figures: (args, fmt) => [
      ['循环内重启', fmt.count(args.restarts)],
      ...(args.to === null ? [] : [['最近一次', fmt.time(args.to)] as const]),
      ...(args.uptimeMs === null ? [] : [['每次存活', fmt.duration(args.uptimeMs)] as const]),
    ],
    fix: loopFixZh,
  },
};
