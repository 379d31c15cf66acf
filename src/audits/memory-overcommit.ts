import { appKey, processTrees } from '../derive/apps/process-tree.ts';
import { groupText } from '../derive/kills/group-name.ts';
import { appMemory } from '../derive/limits/app-memory.ts';
import { adviceWants, limitAdvice } from '../derive/limits/limit-advice.ts';
import { memoryLimitPatch } from '../derive/limits/memory-patch.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { Fix, Subject } from '../model/finding.ts';
import type { App, Daemon } from '../model/pm2.ts';

type Args = {
  /** Limits promise too much, or the apps hold more than there is (the rest is in swap). */
  readonly what: 'limits' | 'use';
  readonly sumBytes: number;
  readonly roomBytes: number;
  /** The group whose limit it is; null = the memory of the host. */
  readonly roomOf: string | null;
  /** Apps with a limit, or apps running, instances counted one by one. */
  readonly instances: number;
  /** Biggest shares, by name. */
  readonly biggest: readonly { readonly name: string; readonly bytes: number }[];
  readonly usedRatio: number | null;
  readonly proposed: readonly { readonly name: string; readonly value: string }[];
};

interface Share {
  readonly app: App;
  readonly limitBytes: number | null;
  readonly useBytes: number | null;
}

const room = (args: Args, fmt: Fmt, open = ' (', close = ')', container = 'the container') =>
  args.roomOf === null
    ? fmt.bytes(args.roomBytes)
    : `${fmt.bytes(args.roomBytes)}${open}${groupText(args.roomOf, fmt.code, container)}${close}`;
const values = (args: Args, fmt: Fmt) =>
  fmt.list([...new Set(args.proposed.map(({ name, value }) => `${fmt.name(name)} ${value}`))], 3);

export default defineAudit<
  Args,
  'daemons' | 'host',
  Exclude<(typeof adviceWants)[number], 'host'>,
  'limitsOverRoom' | 'useOverRoom' | 'pressedRatio'
>({
  id: 'memory-overcommit',
  topic: 'memory',
  needs: ['daemons', 'host'],
  wants: adviceWants.filter((key) => key !== 'host'),
  limits: {
    limitsOverRoom: {
      value: 1,
      unit: 'ratio',
      source: 'all limits together are a promise; above 1 it cannot be kept',
    },
    useOverRoom: {
      value: 1,
      unit: 'ratio',
      source: 'memory and swap of the apps beside the memory there is',
    },
    pressedRatio: {
      value: 0.8,
      unit: 'ratio',
      source: 'watch limit of memory-high: then the promise is being called in',
    },
  },
  references: [
    'PM2 7.0.4 lib/Worker.js: max_memory_restart holds for each instance alone',
    'Unitech/pm2#1787, Unitech/pm2#3017',
  ],
  words: {
    en: {
      title: 'The apps may use more memory than there is',
      why: 'A limit protects the others only if all limits together fit. Where their sum is above the memory of the host or the limit of the service, the kernel kills before any single app reaches its own limit. Each instance counts: a limit of 500 MB with four instances is 2 GB.',
      found: (args, fmt) =>
        args.what === 'limits'
          ? `${fmt.count(args.instances)} limits add up to ${fmt.bytes(args.sumBytes)}; there are ${room(args, fmt)}`
          : `The apps hold ${fmt.bytes(args.sumBytes)} with swap; there are ${room(args, fmt)}`,
      effect: (args, fmt) =>
        `${args.what === 'limits' ? 'When the apps grow together, memory runs out before any limit is reached, and the kernel chooses whom to kill.' : 'A part of them lives in swap and comes back slowly; the next growth has nowhere to go.'}${args.usedRatio === null ? '' : ` In use now: ${fmt.ratio(args.usedRatio)}.`}`,
      figures: (args, fmt) =>
        args.biggest.slice(0, 4).map(({ name, bytes }) => [fmt.name(name), fmt.bytes(bytes)] as const),
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `Lower the limits until they fit: ${values(args, fmt)}`
            : 'Run less, or give it more memory',
        steps:
          args.proposed.length > 0
            ? []
            : [
                'No set of limits fits what the apps hold today. Lower the number of instances, move an app to another host, or add memory.',
              ],
        expected: 'An app that grows meets its own limit first, and the others live on.',
        verify: 'The next report finds the sum below the memory there is.',
        undo: 'Restore the old values and restart the apps.',
        minutes: args.proposed.length > 0 ? 5 : 60,
      }),
    },
    'zh-CN': {
      title: '应用可用内存之和超过实际内存',
      why: '只有全部上限之和放得下，单个上限才能保护其他应用。若总和超过主机内存或服务上限，任何应用达到自身上限之前，内核就会先强杀进程。每个实例单独计算：上限 500 MB、4 个实例即 2 GB。',
      found: (args, fmt) =>
        args.what === 'limits'
          ? `${fmt.count(args.instances)} 个上限合计 ${fmt.bytes(args.sumBytes)}，而可用内存只有 ${room(args, fmt, '（', '）', '容器')}`
          : `应用连同 swap 共占用 ${fmt.bytes(args.sumBytes)}，而可用内存只有 ${room(args, fmt, '（', '）', '容器')}`,
      effect: (args, fmt) =>
        `${args.what === 'limits' ? '应用同时增长时，内存会先于任何上限耗尽，由内核决定强杀哪个进程。' : '其中一部分已在 swap 中，换回很慢；再增长就没有空间了。'}${args.usedRatio === null ? '' : `当前已用 ${fmt.ratio(args.usedRatio)}。`}`,
      figures: (args, fmt) =>
        args.biggest.slice(0, 4).map(({ name, bytes }) => [fmt.name(name), fmt.bytes(bytes)] as const),
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `调低上限，使总和放得下：${values(args, fmt)}`
            : '减少运行的应用，或增加内存',
        steps:
          args.proposed.length > 0
            ? []
            : ['按应用当前的占用，没有一组上限放得下。请减少实例数，把应用迁到其他主机，或增加内存。'],
        expected: '增长的应用先触及自身上限，其他应用不受影响。',
        verify: '下次报告中上限之和低于可用内存。',
        undo: '恢复原值并重启应用。',
        minutes: args.proposed.length > 0 ? 5 : 60,
      }),
    },
  },
  check(seen, { limits }) {
    const trees = seen.processes ? processTrees(seen.daemons, seen.processes).byApp : null;
    const advice = limitAdvice(seen);
    const sharesOf = (daemons: readonly Daemon[]): readonly Share[] =>
      daemons
        .flatMap((daemon) => daemon.apps)
        .filter((app) => app.pid !== null)
        .map((app) => {
          const tree = trees?.get(appKey(app.ref)) ?? null;
          const memory = appMemory(app, tree);
          const useBytes =
            memory.by === 'pss' && memory.bytes !== null
              ? memory.bytes + (tree?.swapBytes ?? 0)
              : memory.bytes;
          return { app, limitBytes: app.settings.maxMemoryRestartBytes, useBytes };
        });

    const judge = (
      daemons: readonly Daemon[],
      roomBytes: number,
      roomOf: string | null,
      usedRatio: number | null,
      subject: Subject,
    ): Draft<Args> | null => {
      const shares = sharesOf(daemons);
      const limited = shares.filter(({ limitBytes }) => limitBytes !== null);
      const sumOf = (list: readonly Share[], of: (share: Share) => number | null) =>
        list.reduce((sum, share) => sum + (of(share) ?? 0), 0);
      const limitSum = sumOf(limited, ({ limitBytes }) => limitBytes);
      const useSum = sumOf(shares, ({ useBytes }) => useBytes);
      const what = useSum > roomBytes * limits.useOverRoom ? 'use' : 'limits';
      // One limit above the memory is a limit too high; a sum needs two.
      if (what === 'limits' && (limited.length < 2 || limitSum <= roomBytes * limits.limitsOverRoom))
        return null;
      const lower = limited.filter(
        ({ app, limitBytes }) =>
          (advice.get(appKey(app.ref))?.maxMemoryRestartBytes ?? Infinity) < (limitBytes ?? 0),
      );
      const fix: Fix | null = memoryLimitPatch(
        lower.map(({ app }) => app),
        advice,
      );
      const pressed = usedRatio !== null && usedRatio >= limits.pressedRatio;
      return {
        subject,
        priority: what === 'use' || pressed ? 'P1' : 'P2',
        confidence: 'certain',
        args: {
          what,
          sumBytes: what === 'use' ? useSum : limitSum,
          roomBytes,
          roomOf,
          instances: what === 'use' ? shares.length : limited.length,
          biggest: sumByName(what === 'use' ? shares : limited, what),
          usedRatio,
          proposed:
            fix?.kind === 'ecosystem-patch'
              ? fix.patches.map(({ app, set }) => ({ name: app.name, value: String(set[0]?.value) }))
              : [],
        },
        because: [],
        fix: fix ?? { kind: 'manual' },
      };
    };

    const { memory, limit } = seen.host;
    const total = limit && limit.bytes < memory.totalBytes ? limit.bytes : memory.totalBytes;
    const used = limit && total === limit.bytes ? null : 1 - memory.availableBytes / memory.totalBytes;
    const whole = judge(
      seen.daemons,
      total,
      total === memory.totalBytes ? null : (limit?.source ?? null),
      used,
      { kind: 'host' },
    );
    const groups = (seen.cgroups ?? []).flatMap((group) => {
      if (group.limitBytes === null || group.limitBytes >= total) return [];
      const daemons = seen.daemons.filter((daemon) => daemon.home === group.home);
      const ratio = group.usedBytes === null ? null : group.usedBytes / group.limitBytes;
      return (
        judge(daemons, group.limitBytes, group.limitPath ?? group.path, ratio, {
          kind: 'daemon',
          home: group.home,
        }) ?? []
      );
    });
    return [...(whole ? [whole] : []), ...groups].slice(0, 10);
  },
});

function sumByName(shares: readonly Share[], what: Args['what']): Args['biggest'] {
  const sums = new Map<string, number>();
  for (const { app, limitBytes, useBytes } of shares)
    sums.set(app.ref.name, (sums.get(app.ref.name) ?? 0) + ((what === 'use' ? useBytes : limitBytes) ?? 0));
  return [...sums]
    .map(([name, bytes]) => ({ name, bytes }))
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, 4);
}
