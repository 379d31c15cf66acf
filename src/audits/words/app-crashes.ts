import { times } from '../../derive/english.ts';
import { oneEvery, oneEveryZh } from '../../derive/how-often.ts';
import type { FailureFacts } from '../../derive/restarts/app-failures.ts';
import { type TopCrash, topCrashEn, topCrashZh } from '../../derive/restarts/crash-words.ts';
import type { Fmt, Words } from '../../model/audit.ts';
import type { Locale } from '../../model/text.ts';

export type AppCrashesArgs = {
  readonly apps: readonly (FailureFacts & { readonly isDown: boolean; readonly top: TopCrash | null })[];
  /** A failed job (autorestart off): its work was not done. */
  readonly isJob: boolean;
};
type Args = AppCrashesArgs;

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const first = (args: Args) => args.apps[0];

export const appCrashesWords: { readonly [L in Locale]: Words<Args> } = {
  en: {
    title: 'An app crashes now and then',
    why: 'A crash is an end that nobody asked for: an uncaught exception, an exit code other than 0, or a fault in native code. PM2 starts the app again within a second, so it shows only in a counter; requests in flight were lost each time. Loops, kills for memory and the heap limit have findings of their own.',
    found(args, fmt) {
      const app = first(args);
      if (app === undefined) return '';
      if (args.apps.length > 1)
        return `${fmt.count(args.apps.length)} apps crashed once, or stopped crashing: ${fmt.list(args.apps.map((one) => `${fmt.name(one.name)} ${fmt.count(one.times)}`))}`;
      const name = fmt.name(app.name);
      if (app.isDown)
        return args.isJob
          ? `${name} failed ${app.times === 1 ? `on ${fmt.time(app.last)}` : `${times(app.times, fmt.count(app.times))} since ${fmt.time(app.first)}, last on ${fmt.time(app.last)}`}`
          : `${name} crashed on ${fmt.time(app.last)} and is down since`;
      if (app.times === 1) return `${name} crashed once, on ${fmt.time(app.last)}`;
      return app.goesOn
        ? `${name} crashed ${times(app.times, fmt.count(app.times))} since ${fmt.time(app.first)}, last on ${fmt.time(app.last)}`
        : `${name} crashed ${times(app.times, fmt.count(app.times))} until ${fmt.time(app.last)}, not since`;
    },
    effect(args, fmt) {
      const app = first(args);
      if (app === undefined) return '';
      if (args.apps.length > 1)
        return 'PM2 started them again and they run since. Their stories name the errors.';
      const how =
        app.signal !== null
          ? `It dies by ${app.signal}: the fault is in native code, an add-on or the runtime itself.`
          : (app.exitCode ?? 0) === 0
            ? 'An uncaught exception ended it; PM2 shows exit code 0, as for any worker of a cluster.'
            : `${app.times === 1 ? 'It ended by itself' : `It ${app.goesOn ? 'ends' : 'ended'} by itself, the last time`} with exit code ${app.exitCode}.`;
      const rate =
        app.goesOn && app.medianGapMs !== null && app.times > 2
          ? ` About ${oneEvery(app.medianGapMs, fmt.duration)}.`
          : '';
      const after = app.isDown
        ? args.isJob
          ? ' Its work was not finished, and PM2 tells nobody.'
          : ' PM2 was told not to start it again, so nothing serves in its place.'
        : app.goesOn
          ? ' PM2 started it again; what it was doing then was lost.'
          : ' It has been stable since.';
      return `${how}${topCrashEn(app.top, app.times, fmt)}${rate}${after}`;
    },
    figures(args, fmt) {
      const app = first(args);
      if (app === undefined || args.apps.length > 1) return [];
      return [
        ['crashes in the window', fmt.count(app.times)],
        ['last', fmt.time(app.last)],
        ...(app.uptimeMs === null ? [] : [['lives', fmt.duration(app.uptimeMs)] as const]),
      ];
    },
    fix: (args, fmt) => ({
      title: `Mend the error that ends ${names(args, fmt)}`,
      steps: [
        'Start with the quoted line; the log below shows what came before it. Ask what changed shortly before the first crash: a deploy, a dependency, the data.',
      ],
      expected: 'No crash in the next week.',
      verify: 'The next report shows no new crash.',
      undo: 'Not needed: reading the log changes nothing.',
      minutes: 30,
    }),
  },
  'zh-CN': {
    title: '应用偶发崩溃',
    why: '崩溃指无人要求的退出：未捕获异常、非 0 退出码，或原生代码出错。PM2 会在一秒内重新拉起，因此只体现为计数增加；但每次处理中的请求都会丢失。重启循环、内存不足强杀和堆上限另有单独的问题。',
    found(args, fmt) {
      const app = first(args);
      if (app === undefined) return '';
      if (args.apps.length > 1)
        return `${fmt.count(args.apps.length)} 个应用只崩溃过一次，或已不再崩溃：${fmt.list(args.apps.map((one) => `${fmt.name(one.name)} ${fmt.count(one.times)} 次`))}`;
      const name = fmt.name(app.name);
      if (app.isDown)
        return args.isJob
          ? app.times === 1
            ? `${name} 于 ${fmt.time(app.last)} 执行失败`
            : `${name} 自 ${fmt.time(app.first)} 起执行失败 ${fmt.count(app.times)} 次，最近一次为 ${fmt.time(app.last)}`
          : `${name} 于 ${fmt.time(app.last)} 崩溃，至今未恢复`;
      if (app.times === 1) return `${name} 崩溃过一次（${fmt.time(app.last)}）`;
      return app.goesOn
        ? `${name} 自 ${fmt.time(app.first)} 起崩溃 ${fmt.count(app.times)} 次，最近一次为 ${fmt.time(app.last)}`
        : `${name} 崩溃 ${fmt.count(app.times)} 次，${fmt.time(app.last)} 之后未再发生`;
    },
    effect(args, fmt) {
      const app = first(args);
      if (app === undefined) return '';
      if (args.apps.length > 1) return 'PM2 已重新拉起，此后一直正常运行。具体错误见重启分析。';
      const how =
        app.signal !== null
          ? `进程因 ${app.signal} 终止：问题出在原生代码，即原生扩展或运行时本身。`
          : (app.exitCode ?? 0) === 0
            ? '由未捕获异常引起；cluster 工作进程一律显示退出码 0。'
            : `进程自行出错退出，${app.times === 1 ? '' : '最近一次'}退出码 ${app.exitCode}。`;
      const rate =
        app.goesOn && app.medianGapMs !== null && app.times > 2
          ? `大约${oneEveryZh(app.medianGapMs, fmt.duration)}。`
          : '';
      const after = app.isDown
        ? args.isJob
          ? '任务没有完成，PM2 也不会告警。'
          : '按当前配置 PM2 不会再拉起，目前没有进程提供服务。'
        : app.goesOn
          ? 'PM2 已重新拉起，当时处理中的工作丢失。'
          : '此后一直稳定。';
      return `${how}${topCrashZh(app.top, app.times, fmt)}${rate}${after}`;
    },
    figures(args, fmt) {
      const app = first(args);
      if (app === undefined || args.apps.length > 1) return [];
      return [
        ['时段内崩溃', fmt.count(app.times)],
        ['最近一次', fmt.time(app.last)],
        ...(app.uptimeMs === null ? [] : [['每次存活', fmt.duration(app.uptimeMs)] as const]),
      ];
    },
    fix: (args, fmt) => ({
      title: `修复导致 ${names(args, fmt)} 崩溃的错误`,
      steps: ['从引用的日志行入手，下方命令可查看前后文。再看首次崩溃前有什么变化：部署、依赖还是数据。'],
      expected: '一周内不再崩溃。',
      verify: '下次报告中没有新的崩溃。',
      undo: '无需回退：查看日志不会改变任何东西。',
      minutes: 30,
    }),
  },
};
