import { type AppGroup, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { type AppTree, appKey, processTrees } from '../derive/apps/process-tree.ts';
import { mostFindings } from '../derive/few-drafts.ts';
import { type Draft, defineAudit } from '../model/audit.ts';
import type { App } from '../model/pm2.ts';
import type { Quote } from '../model/text.ts';

type Args = {
  readonly apps: readonly { readonly name: string; readonly percent: number }[];
  /** Percent of one core: PM2's figure, our own sample, and the mean since the start; null = not known. */
  readonly pm2: number | null;
  readonly sample: number | null;
  readonly lifetime: number | null;
  readonly upMs: number | null;
  readonly pid: number | null;
  readonly isNode: boolean;
};
interface Busy {
  readonly group: AppGroup;
  readonly app: App;
  readonly percent: number;
  readonly args: Omit<Args, 'apps'>;
  readonly because: readonly Quote[];
}

/** A mean over less says more of the start than of the app. */
const leastUptimeMs = 10 * 60_000;
const first = (args: Args) => args.apps[0] ?? { name: '', percent: 0 };

/** An app that keeps a core busy. */
export default defineAudit<Args, 'daemons' | 'processes', never, 'watch' | 'warn'>({
  id: 'cpu-hog',
  topic: 'cpu',
  needs: ['daemons', 'processes'],
  limits: {
    watch: { value: 50, unit: 'percent', source: 'of one core; operating practice of small PM2 hosts' },
    warn: { value: 80, unit: 'percent', source: 'of one core; operating practice of small PM2 hosts' },
  },
  references: [
    'proc_pid_stat(5): utime and stime',
    'PM2 7.0.4 lib/God/ActionMethods.js getMonitorData (pidusage)',
  ],
  words: {
    en: {
      title: 'An app keeps a CPU core busy',
      why: 'A Node process runs its JavaScript on one core: near 100 % it answers late or not at all. One sample proves nothing, so two of three figures must agree: PM2’s, our own sample, and the mean since the process began.',
      found: (args, fmt) =>
        args.apps.length === 1
          ? `${fmt.name(first(args).name)} uses ${fmt.percent(first(args).percent)} of one CPU core${args.upMs !== null && args.lifetime !== null && args.lifetime >= first(args).percent ? `, on average over ${fmt.duration(args.upMs)}` : ''}`
          : `${fmt.count(args.apps.length)} apps use much of a CPU core each: ${fmt.list(args.apps.map((app) => `${fmt.name(app.name)} ${fmt.percent(app.percent)}`))}`,
      effect: (args) =>
        args.apps.length > 1
          ? 'What they do could not be seen. Work by design is fine; a loop that waits by spinning is not.'
          : `What it does could not be seen. ${args.isNode ? 'If it serves requests, they wait behind this work. ' : ''}Work by design is fine; a loop that waits by spinning is not.`,
      figures: (args, fmt) => [
        ...(args.pm2 === null ? [] : [['by PM2', fmt.percent(args.pm2)] as const]),
        ...(args.sample === null ? [] : [['own sample', fmt.percent(args.sample)] as const]),
        ...(args.lifetime === null ? [] : [['since its start', fmt.percent(args.lifetime)] as const]),
      ],
      fix: (args, fmt) => ({
        title: `Find what ${fmt.list(args.apps.map((app) => fmt.name(app.name)))} computes`,
        steps: [
          'The command shows which thread is busy. Timers that fire too often, parsing of big files, and retry loops without a pause are the usual finds.',
          ...(args.isNode
            ? [`For the function: start it once with ${fmt.code('--cpu-prof')} on a test host.`]
            : []),
        ],
        expected: 'The thread, and with a profile the function, that takes the time.',
        verify: 'Next report: the app is below 50 %.',
        undo: 'Not needed: it only looks.',
        minutes: 30,
      }),
    },
    'zh-CN': {
      title: '应用长期占满一个 CPU 核',
      why: 'Node 进程只用一个核执行 JavaScript，接近 100 % 时响应会变慢甚至停止。单次采样不能说明问题，因此要求三个数值中有两个一致：PM2 的数值、本次采样、进程启动以来的平均值。',
      found: (args, fmt) =>
        args.apps.length === 1
          ? `${fmt.name(first(args).name)} 占用单核的 ${fmt.percent(first(args).percent)}${args.upMs !== null && args.lifetime !== null && args.lifetime >= first(args).percent ? `（${fmt.duration(args.upMs)}的平均值）` : ''}`
          : `${fmt.count(args.apps.length)} 个应用各自占用大量 CPU（按单核计）：${fmt.list(args.apps.map((app) => `${fmt.name(app.name)} ${fmt.percent(app.percent)}`))}`,
      effect: (args) =>
        args.apps.length > 1
          ? '它们具体在做什么看不到。正常的计算没有问题，空转等待则需要处理。'
          : `它具体在做什么看不到。${args.isNode ? '如果它处理请求，请求会排在这些计算之后。' : ''}正常的计算没有问题，空转等待则需要处理。`,
      figures: (args, fmt) => [
        ...(args.pm2 === null ? [] : [['PM2', fmt.percent(args.pm2)] as const]),
        ...(args.sample === null ? [] : [['本次采样', fmt.percent(args.sample)] as const]),
        ...(args.lifetime === null ? [] : [['启动以来', fmt.percent(args.lifetime)] as const]),
      ],
      fix: (args, fmt) => ({
        title: `排查 ${fmt.list(args.apps.map((app) => fmt.name(app.name)))} 在计算什么`,
        steps: [
          '命令可看出哪个线程繁忙。常见原因：触发过于频繁的定时器、解析大文件、没有间隔的重试。',
          ...(args.isNode ? [`要定位到函数，可在测试机上用 ${fmt.code('--cpu-prof')} 启动一次。`] : []),
        ],
        expected: '找到耗时的线程；有性能剖析时可定位到函数。',
        verify: '下次报告：该应用低于 50 %。',
        undo: '无需回退，只是查看。',
        minutes: 30,
      }),
    },
  },
  check({ daemons, processes }, { now, limits }) {
    const trees = processTrees(daemons, processes).byApp;
    const busy = groupApps(daemons)
      .flatMap((group): readonly Busy[] => {
        const loads = group.apps.flatMap((app) => {
          const load = loadOf(app, trees.get(appKey(app.ref)) ?? null, now, group);
          return load && load.percent >= limits.watch ? [load] : [];
        });
        return loads.toSorted((a, b) => b.percent - a.percent).slice(0, 1);
      })
      .toSorted((a, b) => b.percent - a.percent);
    const draft = (items: readonly Busy[], priority: 'P1' | 'P2'): Draft<Args> => {
      const [item] = items;
      const pids = items.flatMap((each) => (each.args.pid === null ? [] : [each.args.pid]));
      return {
        subject: subjectOfApps(items.map((each) => each.app.ref)),
        priority,
        confidence: 'likely',
        args: {
          ...(item && items.length === 1 ? item.args : nothing),
          isNode: items.some((each) => each.args.isNode),
          apps: items.map((each) => ({ name: each.group.name, percent: each.percent })),
        },
        because: items.flatMap((each) => each.because).slice(0, 4),
        fix:
          pids.length === 0
            ? { kind: 'manual' }
            : {
                kind: 'command',
                asRoot: false,
                user: null,
                run: pids.map((pid) => `top -H -b -n 1 -p ${pid} | head -n 20`),
                undo: [],
              },
      };
    };
    const over = busy.filter((each) => each.percent >= limits.warn);
    // With the list of the lesser ones, ten findings at most.
    const alone = over.length > mostFindings - 1 ? over.slice(0, mostFindings - 2) : over;
    const rest = over.slice(alone.length);
    const under = busy.filter((each) => each.percent < limits.warn);
    return [
      ...alone.map((each) => draft([each], 'P1')),
      ...(rest.length > 0 ? [draft(rest, 'P1')] : []),
      ...(under.length > 0 ? [draft(under, 'P2')] : []),
    ];
  },
});

const nothing = { pm2: null, sample: null, lifetime: null, upMs: null, pid: null };

/** The second highest of the three figures: what at least two of them bear out. */
function loadOf(app: App, tree: AppTree | null, now: number, group: AppGroup): Busy | null {
  if (app.status !== 'online') return null;
  const main = tree?.main ?? null;
  const upMs = main === null ? null : now - main.startedAt;
  const lifetime =
    tree === null || upMs === null || upMs < leastUptimeMs
      ? null
      : tree.members.reduce((total, each) => total + (each.cpuMs / Math.max(upMs, 1)) * 100, 0);
  const figures = [app.cpuPercent, tree?.cpuPercent ?? null, lifetime]
    .filter((value) => value !== null)
    .toSorted((a, b) => b - a);
  const percent = figures[1];
  if (percent === undefined) return null;
  return {
    group,
    app,
    percent,
    args: {
      pm2: app.cpuPercent,
      sample: tree?.cpuPercent ?? null,
      lifetime,
      upMs,
      pid: app.pid,
      isNode: app.interpreter === null || /(^|\/)node(js)?$/.test(app.interpreter),
    },
    because: main ? [{ source: app.ref.name, at: main.startedAt, text: main.comm }] : [],
  };
}
