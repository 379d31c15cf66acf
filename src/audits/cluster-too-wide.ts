import { type AppGroup, groupApps } from '../derive/apps/app-groups.ts';
import { appKey, processTrees } from '../derive/apps/process-tree.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';

type Args = {
  readonly apps: readonly {
    readonly name: string;
    readonly workers: number;
    /** What the workers beyond the number of CPUs hold, bytes; null = not measured. */
    readonly surplusBytes: number | null;
  }[];
  readonly cpus: number;
};

const isRunning = (status: string) => status === 'online' || status === 'launching';
const surplus = (args: Args): number | null => {
  const known = args.apps.flatMap((app) => (app.surplusBytes === null ? [] : [app.surplusBytes]));
  return known.length === args.apps.length ? known.reduce((sum, bytes) => sum + bytes, 0) : null;
};
const listed = (args: Args, fmt: Fmt) =>
  fmt.list(args.apps.map((app) => `${fmt.name(app.name)} ${fmt.count(app.workers)}`));

/** More cluster workers than CPUs. */
export default defineAudit<Args, 'daemons' | 'host', 'processes', 'workersPerCpu'>({
  id: 'cluster-too-wide',
  topic: 'config',
  needs: ['daemons', 'host'],
  wants: ['processes'],
  limits: {
    workersPerCpu: {
      value: 1,
      unit: 'ratio',
      source: 'a Node worker runs JavaScript on one core; PM2 itself takes the number of CPUs for `max`',
    },
  },
  references: [
    'https://pm2.keymetrics.io/docs/usage/cluster-mode/',
    'PM2 7.0.4 lib/God.js prepare: instances 0 = CPUs',
  ],
  words: {
    en: {
      title: 'More cluster workers than CPUs',
      why: 'A Node worker uses one core for its JavaScript. Workers beyond the number of CPUs take turns on the same cores: no more work gets done, each holds its own memory, and a reload starts them all once more.',
      found: (args, fmt) =>
        args.apps.length === 1
          ? `${fmt.name(args.apps[0]?.name ?? '')} runs ${fmt.count(args.apps[0]?.workers ?? 0)} cluster workers on ${fmt.count(args.cpus)} ${args.cpus === 1 ? 'CPU' : 'CPUs'}`
          : `${fmt.count(args.apps.length)} apps run more cluster workers than the ${fmt.count(args.cpus)} ${args.cpus === 1 ? 'CPU' : 'CPUs'}: ${listed(args, fmt)}`,
      effect: (args, fmt) => {
        const bytes = surplus(args);
        return `${bytes === null ? 'The surplus workers hold memory' : `The surplus workers hold ${fmt.bytes(bytes)}`} and add no throughput where the CPU is the limit. Workers that mostly wait for others can be more on purpose.`;
      },
      fix: (args, fmt) => ({
        title: `Run at most ${fmt.count(args.cpus)} workers an app`,
        steps: ['Change one app first and compare its response times under load.'],
        expected: `${surplus(args) === null ? 'Less memory' : `About ${fmt.bytes(surplus(args) ?? 0)} less memory`}, the same throughput.`,
        verify: `${fmt.code('pm2 ls')} shows ${fmt.count(args.cpus)} instances.`,
        undo: 'Restore the old number and reload the app.',
        minutes: 5,
      }),
    },
    'zh-CN': {
      title: 'cluster 工作进程多于 CPU 核数',
      why: '一个 Node 工作进程只用一个核执行 JavaScript。超出核数的进程只能轮流使用同样的核：吞吐不会增加，每个进程各占一份内存，重载时还要全部再启动一遍。',
      found: (args, fmt) =>
        args.apps.length === 1
          ? `${fmt.name(args.apps[0]?.name ?? '')} 在 ${fmt.count(args.cpus)} 核上运行 ${fmt.count(args.apps[0]?.workers ?? 0)} 个 cluster 工作进程`
          : `${fmt.count(args.apps.length)} 个应用的 cluster 工作进程多于 CPU 核数（${fmt.count(args.cpus)}）：${listed(args, fmt)}`,
      effect: (args, fmt) => {
        const bytes = surplus(args);
        return `${bytes === null ? '多出的工作进程占用内存' : `多出的工作进程占用 ${fmt.bytes(bytes)}`}，在 CPU 为瓶颈时并不增加吞吐。如果工作进程大多在等待其他服务，多开可能是有意为之。`;
      },
      fix: (args, fmt) => ({
        title: `每个应用最多运行 ${fmt.count(args.cpus)} 个工作进程`,
        steps: ['先调整一个应用，比较负载下的响应时间。'],
        expected: `${surplus(args) === null ? '内存减少' : `内存减少约 ${fmt.bytes(surplus(args) ?? 0)}`}，吞吐不变。`,
        verify: `${fmt.code('pm2 ls')} 显示 ${fmt.count(args.cpus)} 个实例。`,
        undo: '恢复原数量并重载应用。',
        minutes: 5,
      }),
    },
  },
  check({ daemons, host, processes }, { limits }) {
    const most = Math.max(1, Math.floor(host.cpus * limits.workersPerCpu));
    const wide = groupApps(daemons)
      .map(
        (group): AppGroup => ({
          ...group,
          apps: group.apps.filter((app) => app.execMode === 'cluster' && isRunning(app.status)),
        }),
      )
      .filter((group) => group.apps.length > most)
      .toSorted((a, b) => b.apps.length - a.apps.length);
    if (wide.length === 0) return [];
    const trees = processes === null ? null : processTrees(daemons, processes).byApp;
    const surplusOf = (group: AppGroup) => {
      const sizes = group.apps.flatMap((app) => {
        const tree = trees?.get(appKey(app.ref));
        return tree && tree.members.length > 0 ? [tree.pssBytes ?? tree.rssBytes] : [];
      });
      const sum = sizes.reduce((total, bytes) => total + bytes, 0);
      return sizes.length < group.apps.length
        ? null
        : Math.round((sum / sizes.length) * (group.apps.length - most));
    };
    return [
      {
        subject: { kind: 'apps', apps: wide.flatMap((group) => group.apps.map((app) => app.ref)) },
        priority: 'P2',
        confidence: 'certain',
        args: {
          apps: wide.map((group) => ({
            name: group.name,
            workers: group.apps.length,
            surplusBytes: surplusOf(group),
          })),
          cpus: most,
        },
        because: host.cpuModel ? [{ source: host.name, at: null, text: host.cpuModel }] : [],
        fix: {
          kind: 'ecosystem-patch',
          patches: wide.flatMap((group) =>
            group.apps.slice(0, 1).map((app) => ({
              app: app.ref,
              set: [{ setting: 'instances', value: most, previous: app.instances ?? group.apps.length }],
            })),
          ),
        },
      },
    ];
  },
});
