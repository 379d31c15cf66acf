import { type CauseCounts, countsInWords } from '../../derive/restarts/cause-words.ts';
import type { Fmt, Words } from '../../model/audit.ts';
import type { Unexplained } from '../../model/restart.ts';
import type { Locale } from '../../model/text.ts';

/** What most of a counter is: `history` before the window · `asked` on request · `unclear` could not be seen. */
export type CountKind = 'history' | 'asked' | 'unclear';
export type HighCount = {
  readonly name: string;
  readonly kind: CountKind;
  readonly counter: number;
  /** Restarts seen in the window. */
  readonly inWindow: number;
  readonly asked: number;
  readonly failed: number;
  readonly unknown: number;
  readonly counts: { readonly [cause: string]: number };
  readonly isFork: boolean;
  /** Why a part of the counter cannot be explained, and from when on the log speaks; null = nothing is missing, or no log. */
  readonly why: Unexplained | null;
  readonly coversFrom: number | null;
};
export type RestartCountArgs = {
  readonly apps: readonly HighCount[];
  readonly limit: number;
  readonly windowMs: number;
  readonly remedy: 'deploy' | 'log';
};
type Args = RestartCountArgs;

const none: HighCount = {
  name: '',
  kind: 'history',
  counter: 0,
  inWindow: 0,
  asked: 0,
  failed: 0,
  unknown: 0,
  counts: {},
  isFork: false,
  why: null,
  coversFrom: null,
};
const first = (args: Args): HighCount => args.apps[0] ?? none;
const causes = (app: HighCount): CauseCounts => app.counts;

function enSplit(app: HighCount, fmt: Fmt): string {
  const parts = [
    ...(app.asked > 0 ? [`${fmt.count(app.asked)} on request`] : []),
    ...(app.failed > 0 ? [`${fmt.count(app.failed)} by failure`] : []),
    ...(app.unknown > 0 ? [`${fmt.count(app.unknown)} unknown`] : []),
  ];
  return parts.join(', ');
}
function zhSplit(app: HighCount, fmt: Fmt): string {
  const parts = [
    ...(app.asked > 0 ? [`主动操作 ${fmt.count(app.asked)} 次`] : []),
    ...(app.failed > 0 ? [`故障 ${fmt.count(app.failed)} 次`] : []),
    ...(app.unknown > 0 ? [`原因不明 ${fmt.count(app.unknown)} 次`] : []),
  ];
  return parts.join('，');
}

/** Why the rest could not be seen. */
function enWhy({ why, coversFrom }: HighCount, fmt: Fmt): string {
  if (why === 'emptied') return ' pm2.log was emptied since, and with it what it said of them.';
  if (why === 'no-times') return ' The lines of pm2.log carry no time that can be read.';
  if (why === 'before-log' && coversFrom !== null)
    return ` What we could read of pm2.log begins on ${fmt.time(coversFrom)}.`;
  return '';
}
function zhWhy({ why, coversFrom }: HighCount, fmt: Fmt): string {
  if (why === 'emptied') return 'pm2.log 在此之后被清空，相关记录已不存在。';
  if (why === 'no-times') return 'pm2.log 的行中没有可识别的时间。';
  if (why === 'before-log' && coversFrom !== null) return `可读的 pm2.log 始于 ${fmt.time(coversFrom)}。`;
  return '';
}

export const restartCountWords: { readonly [L in Locale]: Words<Args> } = {
  en: {
    title: 'An app has a high restart counter',
    why: 'PM2 adds crashes, reloads, manual restarts, timers and file watches into one number, and never says which. It starts again at 0 with the daemon. A high number is a reason to look, not a verdict: here it is split by cause.',
    found: (args, fmt) => {
      if (args.apps.length > 1)
        return `${fmt.count(args.apps.length)} apps have a restart counter above ${fmt.count(args.limit)}: ${fmt.list(args.apps.map((app) => `${fmt.name(app.name)} ${fmt.count(app.counter)}`))}`;
      const app = first(args);
      if (app.inWindow === 0)
        return app.kind === 'history'
          ? `${fmt.name(app.name)} has a restart counter of ${fmt.count(app.counter)}, none of it in the last ${fmt.duration(args.windowMs)}`
          : `${fmt.name(app.name)} has a restart counter of ${fmt.count(app.counter)}; when and why could not be seen`;
      if (app.kind !== 'asked')
        return `${fmt.name(app.name)} has a restart counter of ${fmt.count(app.counter)}, ${fmt.count(app.inWindow)} of it in the last ${fmt.duration(args.windowMs)}${app.kind === 'unclear' ? '; the rest could not be seen' : ''}`;
      const restarts =
        app.inWindow === app.counter
          ? `restarted ${fmt.count(app.inWindow)} times`
          : `restarted ${fmt.count(app.inWindow)} times in the last ${fmt.duration(args.windowMs)} (counter ${fmt.count(app.counter)})`;
      return `${fmt.name(app.name)} ${restarts}: ${enSplit(app, fmt)}`;
    },
    effect: (args, fmt) => {
      if (args.apps.length > 1)
        return `${args.apps
          .slice(0, 5)
          .map((app) =>
            app.inWindow === 0
              ? `${fmt.name(app.name)}: ${app.kind === 'history' ? 'history, none in the window' : 'causes not seen'}`
              : `${fmt.name(app.name)}: ${enSplit(app, fmt)}`,
          )
          .join('; ')}.`;
      const app = first(args);
      const split = app.inWindow > 0 ? `${countsInWords(causes(app), 'en', fmt)}. ` : '';
      if (app.kind === 'history')
        return app.inWindow === 0
          ? 'This is history: nothing restarted it in the window.'
          : `Most of it is history. In the window: ${split}`.trim();
      if (app.kind === 'unclear')
        return `${split}We could not see the rest, so this is neither good nor bad news.${enWhy(app, fmt)}`;
      const failed = app.failed > 0 ? ' What failed among them has a finding of its own.' : '';
      const reloads = app.counts['reload'] ?? 0;
      return `${split}The number looks like a restart loop and is not one.${app.isFork && reloads > 0 ? ' In fork mode a reload is a stop and a start, so each was a short outage.' : ''}${failed}`;
    },
    figures: (args, fmt) =>
      args.apps.length === 1
        ? [
            ['counter', fmt.count(first(args).counter)],
            ['in the window', fmt.count(first(args).inWindow)],
            ['by failure', fmt.count(first(args).failed)],
          ]
        : args.apps.slice(0, 4).map((app) => [app.name, fmt.count(app.counter)] as const),
    fix: (args, fmt) => {
      const names = fmt.list(args.apps.map((app) => fmt.name(app.name)));
      if (args.remedy === 'deploy')
        return {
          title: `Restart ${names} once per deploy`,
          steps: [
            'Look for what restarts it: a deploy script with several steps, a timer, or people. One reload at the end of a deploy is enough.',
          ],
          expected: 'One short interruption a deploy.',
          verify: 'Next report: reloads and restarts match the number of deploys.',
          undo: 'Not needed.',
          minutes: 15,
        };
      return {
        title: 'Set the counter to 0 and watch it',
        steps: ['The log of that time is gone or cannot be read. From 0 on each restart can be explained.'],
        expected: 'The next report names the causes.',
        verify: `${fmt.code('pm2 ls')} shows 0.`,
        undo: 'Not possible: the old number stays in this report.',
        minutes: 1,
      };
    },
  },
  'zh-CN': {
    title: '应用的重启次数偏高',
    why: 'PM2 把崩溃、重载、人工重启、定时和文件监听都计入同一个数字，从不区分；守护进程重启后又从 0 开始。数字高只说明值得查看，并不等于有问题：这里按原因拆开。',
    found: (args, fmt) => {
      if (args.apps.length > 1)
        return `${fmt.count(args.apps.length)} 个应用的重启次数超过 ${fmt.count(args.limit)}：${fmt.list(args.apps.map((app) => `${fmt.name(app.name)} ${fmt.count(app.counter)}`))}`;
      const app = first(args);
      if (app.inWindow === 0)
        return app.kind === 'history'
          ? `${fmt.name(app.name)} 累计重启 ${fmt.count(app.counter)} 次，最近 ${fmt.duration(args.windowMs)}内为 0 次`
          : `${fmt.name(app.name)} 累计重启 ${fmt.count(app.counter)} 次，时间与原因看不到`;
      if (app.kind !== 'asked')
        return `${fmt.name(app.name)} 累计重启 ${fmt.count(app.counter)} 次，其中最近 ${fmt.duration(args.windowMs)}内 ${fmt.count(app.inWindow)} 次${app.kind === 'unclear' ? '，其余看不到' : ''}`;
      const restarts =
        app.inWindow === app.counter
          ? `重启 ${fmt.count(app.inWindow)} 次`
          : `最近 ${fmt.duration(args.windowMs)}内重启 ${fmt.count(app.inWindow)} 次（累计 ${fmt.count(app.counter)} 次）`;
      return `${fmt.name(app.name)} ${restarts}：${zhSplit(app, fmt)}`;
    },
    effect: (args, fmt) => {
      if (args.apps.length > 1)
        return `${args.apps
          .slice(0, 5)
          .map((app) =>
            app.inWindow === 0
              ? `${fmt.name(app.name)}：${app.kind === 'history' ? '属于历史，时段内没有重启' : '原因看不到'}`
              : `${fmt.name(app.name)}：${zhSplit(app, fmt)}`,
          )
          .join('；')}。`;
      const app = first(args);
      const split = app.inWindow > 0 ? `${countsInWords(causes(app), 'zh-CN', fmt)}。` : '';
      if (app.kind === 'history')
        return app.inWindow === 0 ? '属于历史：统计时段内没有重启。' : `大部分属于历史。统计时段内：${split}`;
      if (app.kind === 'unclear') return `${split}其余看不到，因此无法判断好坏。${zhWhy(app, fmt)}`;
      const failed = app.failed > 0 ? '其中的故障另有单独的问题说明。' : '';
      const reloads = app.counts['reload'] ?? 0;
      return `${split}数字看似重启循环，其实不是。${app.isFork && reloads > 0 ? 'fork 模式下的重载等于先停后启，每次都有短暂中断。' : ''}${failed}`;
    },
    figures: (args, fmt) =>
      args.apps.length === 1
        ? [
            ['累计', fmt.count(first(args).counter)],
            ['时段内', fmt.count(first(args).inWindow)],
            ['故障', fmt.count(first(args).failed)],
          ]
        : args.apps.slice(0, 4).map((app) => [app.name, fmt.count(app.counter)] as const),
    fix: (args, fmt) => {
      const names = fmt.list(args.apps.map((app) => fmt.name(app.name)));
      if (args.remedy === 'deploy')
        return {
          title: `每次部署只重启 ${names} 一次`,
          steps: ['查明由谁触发：多步骤的部署脚本、定时任务，还是人工操作。部署末尾重载一次即可。'],
          expected: '每次部署只有一次短暂中断。',
          verify: '下次报告：重载和重启次数与部署次数一致。',
          undo: '无需回退。',
          minutes: 15,
        };
      return {
        title: '将计数清零后继续观察',
        steps: ['当时的日志已不存在或无法读取。清零之后，每次重启都能找到原因。'],
        expected: '下次报告会列出原因。',
        verify: `${fmt.code('pm2 ls')} 显示 0。`,
        undo: '无法回退，原数字保留在本报告中。',
        minutes: 1,
      };
    },
  },
};
