import { type CauseCounts, countsInWords } from '../../derive/restarts/cause-words.ts';
import { type TopCrash, topCrashEn, topCrashZh } from '../../derive/restarts/crash-words.ts';
import type { Fmt, Words } from '../../model/audit.ts';
import type { FixWords } from '../../model/finding.ts';
import type { Cause } from '../../model/restart.ts';
import type { Locale } from '../../model/text.ts';

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
  readonly remedy: 'backoff' | 'raise-limit' | 'find-growth' | 'no-watch' | 'read-log';
};
type Args = RestartLoopArgs;

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));
const counts = (args: Args): CauseCounts => args.causes;
const isMixed = (args: Args) => Object.keys(args.causes).length > 1;
const crashes = (args: Args) => counts(args).crash ?? args.restarts;
const span = (args: Args) => (args.from === null || args.to === null ? null : args.to - args.from);

const en = {
  cause: (args: Args, fmt: Fmt): string => {
    switch (args.cause) {
      case 'crash':
        return `It crashes${args.exitCode === null ? '' : ` with exit code ${args.exitCode}`}, and PM2 starts it again.`;
      case 'clean-exit':
        return 'It ends by itself without an error, and PM2 starts it again: a script that finishes its work does that.';
      case 'memory-limit':
        return `PM2 ends it each time it passes ${fmt.code('max_memory_restart')}${args.limitBytes === null ? '' : ` of ${fmt.bytes(args.limitBytes)}`}.`;
      case 'oom-kill':
        return 'The kernel kills it for lack of memory each time it has grown, and PM2 starts it again.';
      case 'heap-oom':
        return 'It reaches the limit of its own heap and aborts, and PM2 starts it again.';
      case 'signal':
        return `Something outside ends it${args.signal === null ? '' : ` with ${args.signal}`}, and PM2 starts it again.`;
      case 'watch':
        return 'PM2 restarts it because files in its folder change. An app that writes into its own watched folder restarts itself.';
      default:
        return 'It ends again and again. We could not see why.';
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
        args.uptimeMs === null ? '' : ` Each time it lives about ${fmt.duration(args.uptimeMs)}.`;
      const state = args.goesOn
        ? ' It goes on.'
        : args.to === null
          ? ''
          : args.isDown
            ? ` Since ${fmt.time(args.to)} it is down.`
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
    fix: (args, fmt): FixWords => {
      const app = names(args, fmt);
      if (args.remedy === 'raise-limit')
        return {
          title: `Raise the memory limit of ${app}`,
          steps: ['The limit is below what the app needs to work, so it is ended while healthy.'],
          expected: `No restart while it stays below ${fmt.bytes(args.newLimitBytes ?? 0)}. If it still grows without end, it leaks.`,
          verify: 'The next report shows no restart by memory limit.',
          undo: 'Restore the old value and restart the app.',
          minutes: 3,
        };
      if (args.remedy === 'find-growth')
        return {
          title: `Find what grows in ${app}`,
          steps: [
            'No higher limit can be defended on this host: take a heap snapshot shortly before the limit and compare it with one after the start.',
          ],
          expected: 'The app stays below its limit.',
          verify: 'The next report shows no restart by memory limit.',
          undo: 'Not needed.',
          minutes: 60,
        };
      if (args.remedy === 'no-watch')
        return {
          title: `Do not watch the files of ${app}`,
          steps: [
            `If a restart on change is wanted, keep ${fmt.code('watch')} and put the folders it writes to into ${fmt.code('ignore_watch')}; the lines quoted with the finding name them.`,
          ],
          expected: 'No restart by file watch; deploys restart the app with pm2 reload.',
          verify: 'The next report: 0 restarts by file watch.',
          undo: 'Restore the old value and restart the app.',
          minutes: 3,
        };
      if (args.remedy === 'read-log')
        return {
          title: `Mend the error that ends ${app}`,
          steps: [
            'A delay between its starts is set already, so only the cause is left: read the last errors.',
          ],
          expected: 'The app stays up.',
          verify: 'Its restart counter does not grow for ten minutes.',
          undo: 'Not needed.',
          minutes: 30,
        };
      return {
        title: `Slow down ${app} when it fails, and mend the error`,
        steps: [
          'The delay only spares the host. The cure is in the app: start with the quoted lines.',
          ...(args.cause === 'clean-exit'
            ? [
                `If it is a job that ends when done, set ${fmt.code('autorestart: false')} or run it by cron instead.`,
              ]
            : []),
        ],
        expected: 'The wait grows from 0.1 s to 15 s while it fails, and is gone after 30 s of uptime.',
        verify: `${fmt.code('pm2 ls')} shows ${fmt.code('waiting restart')} between failures, and the counter grows slowly.`,
        undo: 'Remove the line and restart the app.',
        minutes: 3,
      };
    },
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
    fix: (args, fmt): FixWords => {
      const app = names(args, fmt);
      if (args.remedy === 'raise-limit')
        return {
          title: `提高 ${app} 的内存上限`,
          steps: ['现有上限低于应用正常工作所需，因此健康时也会被重启。'],
          expected: `低于 ${fmt.bytes(args.newLimitBytes ?? 0)} 时不再重启。若仍持续增长，则为泄漏。`,
          verify: '下次报告：超限重启 0 次。',
          undo: '恢复原值并重启应用。',
          minutes: 3,
        };
      if (args.remedy === 'find-growth')
        return {
          title: `排查 ${app} 的内存增长`,
          steps: ['在这台主机上没有更高的合理上限：在接近上限时与刚启动时各做一次堆快照，进行比较。'],
          expected: '内存保持在上限以内。',
          verify: '下次报告：超限重启 0 次。',
          undo: '无需回退。',
          minutes: 60,
        };
      if (args.remedy === 'no-watch')
        return {
          title: `不再监听 ${app} 的文件`,
          steps: [
            `如果确实需要改动后自动重启，请保留 ${fmt.code('watch')}，并把它写入的目录加入 ${fmt.code('ignore_watch')}；目录见问题中引用的日志行。`,
          ],
          expected: '不再因文件变化而重启；部署时用 pm2 reload 重启。',
          verify: '下次报告：文件监听重启 0 次。',
          undo: '恢复原值并重启应用。',
          minutes: 3,
        };
      if (args.remedy === 'read-log')
        return {
          title: `修复导致 ${app} 退出的错误`,
          steps: ['已设置重启延迟，只剩根因需要处理：查看最近的错误日志。'],
          expected: '应用保持运行。',
          verify: '十分钟内重启次数不再增加。',
          undo: '无需回退。',
          minutes: 30,
        };
      return {
        title: `让 ${app} 失败后延迟重启，并修复错误`,
        steps: [
          '延迟只能减轻主机负担，根治要修复应用本身：从引用的日志行入手。',
          ...(args.cause === 'clean-exit'
            ? [`如果它是执行完就结束的任务，请设置 ${fmt.code('autorestart: false')}，或改用定时任务。`]
            : []),
        ],
        expected: '失败期间等待时间由 0.1 秒逐次增加到 15 秒，稳定运行 30 秒后清零。',
        verify: `失败间隙 ${fmt.code('pm2 ls')} 显示 ${fmt.code('waiting restart')}，重启次数增长变慢。`,
        undo: '删除该行并重启应用。',
        minutes: 3,
      };
    },
  },
};
