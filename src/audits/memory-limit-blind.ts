import { boundChildren, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey, processTrees } from '../derive/apps/process-tree.ts';
import { type WorkerKind, workerKind } from '../derive/apps/worker-kind.ts';
import { isWrapped, workerStepsEn, workerStepsZh } from '../derive/apps/worker-words.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { type AppMemory, appMemory, childrenHoldMost } from '../derive/limits/app-memory.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { App } from '../model/pm2.ts';

type Blind = {
  readonly name: string;
  readonly limitBytes: number;
  readonly mainBytes: number;
  readonly treeBytes: number;
  readonly processes: number;
  /** The tree is over the limit already. */
  readonly over: boolean;
  readonly measure: 'pss' | 'largest-rss' | 'pm2' | 'none';
};
type Args = {
  readonly apps: readonly Blind[];
  readonly over: boolean;
  /** What their children are. */
  readonly kinds: readonly WorkerKind[];
};

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const first = (args: Args): Blind =>
  args.apps[0] ?? {
    name: '',
    limitBytes: 0,
    mainBytes: 0,
    treeBytes: 0,
    processes: 0,
    over: false,
    measure: 'none',
  };

export default defineAudit<Args, 'daemons' | 'processes', never, 'treeOverLimit'>({
  id: 'memory-limit-blind',
  topic: 'memory',
  needs: ['daemons', 'processes'],
  limits: {
    treeOverLimit: {
      value: 1.5,
      unit: 'ratio',
      source: 'half as much again as the limit can be no passing peak: PM2 checks every 30 s',
    },
  },
  references: [
    'PM2 7.0.4 lib/God/ActionMethods.js, lib/Worker.js: memory is the RSS of one pid, children are not counted',
    'Unitech/pm2#261, Unitech/pm2#4041',
  ],
  words: {
    en: {
      title: 'A memory limit cannot fire',
      why: 'PM2 compares max_memory_restart with the RSS of the process it started, and of that one only. Where workers or children hold the memory (gunicorn, celery, npm start, pools), the figure stays small and the limit never fires. The tree is measured by PSS, so pages shared by forked workers count once.',
      found: (args, fmt) => {
        const { mainBytes, treeBytes, measure } = first(args);
        if (args.apps.length > 1)
          return `PM2’s limit cannot fire for ${names(args, fmt)}: child processes hold the memory`;
        return `PM2 sees ${fmt.bytes(mainBytes)} of ${names(args, fmt)}; its processes hold ${measure === 'pss' ? '' : 'at least '}${fmt.bytes(treeBytes)}`;
      },
      effect: (args, fmt) => {
        const { limitBytes, mainBytes, processes } = first(args);
        const one = `${fmt.code(`max_memory_restart ${fmt.bytes(limitBytes)}`)} is compared with ${fmt.bytes(mainBytes)}, one process of ${fmt.count(processes)}.`;
        return `PM2 measures one process, and the memory is in its children. ${args.apps.length === 1 ? `${one} ` : ''}${args.over ? 'It is over its limit now, and nothing happens.' : 'It is below its limit now; when it grows past it, nothing will happen.'}`;
      },
      figures: (args, fmt) =>
        figures(args, fmt, { limit: 'limit', seen: 'PM2 sees', tree: 'tree holds', processes: 'processes' }),
      fix: (args, fmt) => ({
        title: isWrapped(args.kinds)
          ? `Start ${names(args, fmt)} directly, so that PM2 measures ${args.apps.length === 1 ? 'it' : 'them'}`
          : `Bound the child processes of ${names(args, fmt)}`,
        steps: workerStepsEn(args.kinds, fmt),
        expected:
          'All its processes together stay below the limit, or PM2 measures the one that holds the memory.',
        verify: 'In the next report PM2’s figure and the tree agree, or the tree is below the limit.',
        undo: 'Restore the old lines and restart the app.',
        minutes: 10,
      }),
    },
    'zh-CN': {
      title: '内存上限不会触发',
      why: 'PM2 只用它启动的那一个进程的 RSS 与 max_memory_restart 比较。若内存在工作进程或子进程中（gunicorn、celery、npm start、进程池），这个数值始终很小，上限永远不会触发。进程树按 PSS 计量，fork 出的进程共享的页只计一次。',
      found: (args, fmt) => {
        const { mainBytes, treeBytes, measure } = first(args);
        if (args.apps.length > 1) return `PM2 的上限对 ${names(args, fmt)} 不会触发：内存都在子进程中`;
        return `PM2 显示 ${names(args, fmt)} 占用 ${fmt.bytes(mainBytes)}，实际进程树${measure === 'pss' ? '' : '至少'}占用 ${fmt.bytes(treeBytes)}`;
      },
      effect: (args, fmt) => {
        const { limitBytes, mainBytes, processes } = first(args);
        const one = `${fmt.code(`max_memory_restart ${fmt.bytes(limitBytes)}`)} 比较的是 ${fmt.bytes(mainBytes)}，即 ${fmt.count(processes)} 个进程中的一个。`;
        return `PM2 只统计一个进程，而内存在它的子进程中。${args.apps.length === 1 ? one : ''}${args.over ? '目前已超过上限，却不会有任何动作。' : '目前低于上限；一旦超过，也不会有任何动作。'}`;
      },
      figures: (args, fmt) =>
        figures(args, fmt, { limit: '上限', seen: 'PM2 显示', tree: '进程树占用', processes: '进程数' }),
      fix: (args, fmt) => ({
        title: isWrapped(args.kinds)
          ? `直接启动 ${names(args, fmt)}，让 PM2 统计到${args.apps.length === 1 ? '它' : '它们'}`
          : `约束 ${names(args, fmt)} 的子进程`,
        steps: workerStepsZh(args.kinds, fmt),
        expected: '全部进程合计低于上限，或由 PM2 直接统计到占用内存的进程。',
        verify: '下次报告中，PM2 的数值与进程树一致，或进程树低于上限。',
        undo: '恢复原来的内容并重启应用。',
        minutes: 10,
      }),
    },
  },
  check({ daemons, processes }, { limits }) {
    const trees = processTrees(daemons, processes).byApp;
    const blind = groupApps(daemons).flatMap((group) => {
      const found = group.apps.flatMap((app) => {
        const memory = appMemory(app, trees.get(appKey(app.ref)) ?? null);
        const one = judge(app, memory, limits.treeOverLimit);
        return one ? [{ ref: app.ref, one, kind: workerKind(app, trees.get(appKey(app.ref)) ?? null) }] : [];
      });
      found.sort((a, b) => b.one.treeBytes - a.one.treeBytes);
      const worst = found[0];
      return worst ? [{ refs: found.map(({ ref }) => ref), one: worst.one, kind: worst.kind }] : [];
    });
    blind.sort((a, b) => b.one.treeBytes - a.one.treeBytes);
    const draft = (list: readonly (typeof blind)[number][]): Draft<Args> => {
      const over = list.some(({ one }) => one.over);
      return {
        subject: subjectOfApps(list.flatMap(({ refs }) => refs)),
        priority: over ? 'P1' : 'P2',
        confidence: list.every(({ one }) => one.measure === 'pss') ? 'certain' : 'likely',
        args: { apps: list.map(({ one }) => one), over, kinds: [...new Set(list.map(({ kind }) => kind))] },
        because: [],
        fix: boundChildren(list.flatMap(({ refs }) => refs)),
      };
    };
    const below = blind.filter(({ one }) => !one.over);
    const over = fewDrafts(
      blind.filter(({ one }) => one.over),
      (one) => draft([one]),
      draft,
      9,
    );
    return [...over, ...(below.length > 0 ? [draft(below)] : [])];
  },
});

/** Blind: the limit is not reached by the one process PM2 measures, while its children hold most, or the tree is far over. */
function judge(app: App, memory: AppMemory, ratio: number): Blind | null {
  const limitBytes = app.settings.maxMemoryRestartBytes;
  const { bytes, mainBytes, processes } = memory;
  if (
    limitBytes === null ||
    limitBytes <= 0 ||
    bytes === null ||
    mainBytes === null ||
    processes === null ||
    processes < 2
  )
    return null;
  if (mainBytes >= limitBytes) return null;
  const over = bytes >= limitBytes * ratio;
  if (!over && !childrenHoldMost(memory)) return null;
  return {
    name: app.ref.name,
    limitBytes,
    mainBytes,
    treeBytes: bytes,
    processes,
    over: bytes > limitBytes,
    measure: memory.by,
  };
}

function figures(
  args: Args,
  fmt: Fmt,
  labels: {
    readonly limit: string;
    readonly seen: string;
    readonly tree: string;
    readonly processes: string;
  },
): readonly (readonly [string, string])[] {
  if (args.apps.length > 1)
    return args.apps
      .slice(0, 4)
      .map((one) => [fmt.name(one.name), `${fmt.bytes(one.mainBytes)} / ${fmt.bytes(one.treeBytes)}`]);
  const one = first(args);
  return [
    [labels.limit, fmt.bytes(one.limitBytes)],
    [labels.seen, fmt.bytes(one.mainBytes)],
    [labels.tree, fmt.bytes(one.treeBytes)],
    [labels.processes, fmt.count(one.processes)],
  ];
}
