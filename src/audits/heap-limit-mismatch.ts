import { groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { adviceWants, limitAdvice } from '../derive/limits/limit-advice.ts';
import { oldSpacePatch } from '../derive/limits/memory-patch.ts';
import { memoryRoom } from '../derive/limits/memory-room.ts';
import { defaultOldSpaceBytes, isNodeApp, missesCgroupTwoLimit } from '../derive/limits/node-heap.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { App } from '../model/pm2.ts';
import type { Quote } from '../model/text.ts';

/**
 * `restart`: PM2's limit comes first, V8 never collects hard · `room`: the heap may grow past the memory there is ·
 * `default`: no heap limit is set, and this Node sizes its heap by the host instead of the group.
 */
type Why = 'restart' | 'room' | 'default';
type Args = {
  readonly why: Why;
  readonly apps: readonly {
    readonly name: string;
    readonly heapBytes: number;
    readonly limitBytes: number;
    readonly limitOf: string | null;
  }[];
  /** Restarts by max_memory_restart in the window, of these apps; null = pm2.log not seen. */
  readonly restarts: number | null;
  readonly proposed: readonly { readonly name: string; readonly value: string }[];
};

const MB = 1024 * 1024;
const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const values = (args: Args, fmt: Fmt) =>
  fmt.list([...new Set(args.proposed.map(({ name, value }) => `${fmt.name(name)} ${value}`))], 3);
const heap = (args: Args, fmt: Fmt) => fmt.bytes(args.apps[0]?.heapBytes ?? 0);
const limit = (args: Args, fmt: Fmt) => fmt.bytes(args.apps[0]?.limitBytes ?? 0);

export default defineAudit<Args, 'daemons', (typeof adviceWants)[number]>({
  id: 'heap-limit-mismatch',
  topic: 'memory',
  needs: ['daemons'],
  wants: adviceWants,
  limits: {},
  references: [
    'V8 src/heap/heap.cc, Heap::HeapSizeFromPhysicalMemory: default heap is half of memory, 256 MB to 2 GB, 4 GB from 15 GB on (measured, Node 20.20)',
    'nodejs/node#47259: Node reads cgroup v2 limits from 20.3.0 on',
    'Unitech/pm2#5384, Unitech/pm2#5133',
  ],
  words: {
    en: {
      title: 'V8’s heap limit does not fit the other limits',
      why: 'Three limits end a Node app: V8’s heap, PM2’s max_memory_restart and the memory there is. They help only in this order. A heap limit above PM2’s means restarts where a garbage collection would have done; one above the memory means a kernel kill without a stack trace.',
      found: (args, fmt) => {
        if (args.why === 'default')
          return `V8 may let ${names(args, fmt)} grow to ${heap(args, fmt)}, and the group has ${limit(args, fmt)}`;
        if (args.apps.length > 1)
          return `V8’s heap limit is above ${args.why === 'restart' ? 'PM2’s memory limit' : 'the memory there is'} for ${names(args, fmt)}`;
        return `V8 may let ${names(args, fmt)} grow to ${heap(args, fmt)}, ${args.why === 'restart' ? `PM2 restarts it at ${limit(args, fmt)}` : `and there are only ${limit(args, fmt)}`}`;
      },
      effect: (args, fmt) => {
        if (args.why === 'restart')
          return `V8 sees no need to collect hard below its own limit, so the app reaches PM2’s limit first and is restarted.${args.restarts ? ` pm2.log shows ${fmt.count(args.restarts)} such ${args.restarts === 1 ? 'restart' : 'restarts'} in the window.` : ''}`;
        if (args.why === 'room')
          return 'V8 will not end it in time: the kernel kills first, without a stack trace and without saying what grew.';
        return 'No heap limit is set, and this version of Node does not read the limit of its group: it takes the memory of the whole host as its measure. The kernel then kills before V8 collects hard.';
      },
      figures: (args, fmt) =>
        args.apps
          .slice(0, 4)
          .map(
            ({ name, heapBytes, limitBytes }) =>
              [fmt.name(name), `${fmt.bytes(heapBytes)} / ${fmt.bytes(limitBytes)}`] as const,
          ),
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `Set V8’s heap limit: ${values(args, fmt)}`
            : `Bring the limits of ${names(args, fmt)} into order`,
        steps: [
          ...(args.proposed.length > 0
            ? []
            : [
                `Order them: ${fmt.code('--max-old-space-size')} at three quarters of ${fmt.code('max_memory_restart')}, and that below the memory there is.`,
              ]),
          `Keep other arguments that stand in ${fmt.code('node_args')}. An option there wins over ${fmt.code('NODE_OPTIONS')}.`,
        ],
        expected: 'V8 collects before PM2 or the kernel ends the app; a real leak ends with a stack trace.',
        verify: `${fmt.code("node -p 'v8.getHeapStatistics().heap_size_limit'")} with the same arguments shows the limit in bytes.`,
        undo: 'Restore the old arguments and restart the app.',
        minutes: 3,
      }),
    },
    'zh-CN': {
      title: 'V8 堆上限与其他上限不匹配',
      why: '一个 Node 应用受三道限制：V8 堆上限、PM2 的 max_memory_restart、实际可用内存，只有依此递增才有意义。堆上限高于 PM2 的上限，本可由垃圾回收解决的问题会变成重启；高于可用内存，则会被内核强杀，没有调用栈可查。',
      found: (args, fmt) => {
        if (args.why === 'default')
          return `V8 允许 ${names(args, fmt)} 增长到 ${heap(args, fmt)}，而所在分组只有 ${limit(args, fmt)}`;
        if (args.apps.length > 1)
          return `${names(args, fmt)} 的 V8 堆上限高于${args.why === 'restart' ? ' PM2 的内存上限' : '可用内存'}`;
        return `V8 允许 ${names(args, fmt)} 增长到 ${heap(args, fmt)}，${args.why === 'restart' ? `而 PM2 在 ${limit(args, fmt)} 时就会重启它` : `而可用内存只有 ${limit(args, fmt)}`}`;
      },
      effect: (args, fmt) => {
        if (args.why === 'restart')
          return `在达到自身上限之前，V8 不会全力回收，应用会先触及 PM2 的上限而被重启。${args.restarts ? `统计时段内 pm2.log 记录了 ${fmt.count(args.restarts)} 次此类重启。` : ''}`;
        if (args.why === 'room') return 'V8 来不及终止它：内核会先强杀，没有调用栈，也看不出是什么在增长。';
        return '未设置堆上限，而这个版本的 Node 不读取所在分组的上限，而以整台主机的内存为准。内核会在 V8 全力回收之前强杀它。';
      },
      figures: (args, fmt) =>
        args.apps
          .slice(0, 4)
          .map(
            ({ name, heapBytes, limitBytes }) =>
              [fmt.name(name), `${fmt.bytes(heapBytes)} / ${fmt.bytes(limitBytes)}`] as const,
          ),
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `设置 V8 堆上限：${values(args, fmt)}`
            : `理顺 ${names(args, fmt)} 的各级上限`,
        steps: [
          ...(args.proposed.length > 0
            ? []
            : [
                `按顺序设置：${fmt.code('--max-old-space-size')} 为 ${fmt.code('max_memory_restart')} 的四分之三，后者低于可用内存。`,
              ]),
          `${fmt.code('node_args')} 中的其他参数请保留；其中的选项优先于 ${fmt.code('NODE_OPTIONS')}。`,
        ],
        expected: 'V8 会在 PM2 或内核动手之前回收；若确有泄漏，会留下调用栈。',
        verify: `用相同参数执行 ${fmt.code("node -p 'v8.getHeapStatistics().heap_size_limit'")} 可看到上限（字节）。`,
        undo: '恢复原来的参数并重启应用。',
        minutes: 3,
      }),
    },
  },
  check(seen, { window }) {
    const advice = limitAdvice(seen);
    type Case = {
      readonly why: Why;
      readonly app: App;
      readonly heapBytes: number;
      readonly limitBytes: number;
      readonly limitOf: string | null;
    };
    const judge = (app: App): readonly Case[] => {
      if (!isNodeApp(app) || app.pid === null) return [];
      const { maxOldSpaceMb, maxMemoryRestartBytes } = app.settings;
      const room = memoryRoom(app.ref.home, seen.host, seen.cgroups);
      if (maxOldSpaceMb !== null) {
        const heapBytes = maxOldSpaceMb * MB;
        if (
          maxMemoryRestartBytes !== null &&
          heapBytes >= maxMemoryRestartBytes &&
          maxMemoryRestartBytes >= 16 * MB
        ) {
          return [{ why: 'restart', app, heapBytes, limitBytes: maxMemoryRestartBytes, limitOf: null }];
        }
        if (
          room &&
          heapBytes >= room.bytes &&
          (maxMemoryRestartBytes === null || maxMemoryRestartBytes >= room.bytes)
        ) {
          return [{ why: 'room', app, heapBytes, limitBytes: room.bytes, limitOf: room.limitOf }];
        }
        return [];
      }
      const group = seen.cgroups?.find(
        (one) => one.home === app.ref.home && one.version === 2 && one.limitBytes !== null,
      );
      const limitBytes = group?.limitBytes ?? null;
      if (!seen.host || !group || limitBytes === null || missesCgroupTwoLimit(app.nodeVersion) !== true)
        return [];
      const heapBytes = defaultOldSpaceBytes(seen.host.memory.totalBytes);
      if (heapBytes < limitBytes || (maxMemoryRestartBytes !== null && maxMemoryRestartBytes < limitBytes))
        return [];
      return [{ why: 'default', app, heapBytes, limitBytes, limitOf: group.limitPath ?? group.path }];
    };
    const cases = groupApps(seen.daemons).flatMap((group) => group.apps.flatMap(judge));
    return (['room', 'restart', 'default'] as const).flatMap((why): readonly Draft<Args>[] => {
      const own = cases.filter((one) => one.why === why);
      if (own.length === 0) return [];
      const fired: readonly Quote[] = (seen.pm2Log ?? []).flatMap((log) =>
        log.events
          .filter(
            ({ at, event }) =>
              event.kind === 'memory-limit' &&
              at !== null &&
              at >= window.from &&
              own.some(({ app }) => app.ref.home === log.home && app.ref.pmId === event.pmId),
          )
          .map(({ at, text }) => ({ source: log.path, at, text })),
      );
      const apps = own.map(({ app }) => app);
      const fix = oldSpacePatch(apps, advice);
      const byName = new Map(own.map((one) => [one.app.ref.name, one]));
      return [
        {
          subject: subjectOfApps(apps.map((app) => app.ref)),
          priority: why === 'room' || (why === 'restart' && fired.length > 0) ? 'P1' : 'P2',
          confidence: why === 'default' ? 'likely' : 'certain',
          args: {
            why,
            apps: [...byName.values()].map(({ app, heapBytes, limitBytes, limitOf }) => ({
              name: app.ref.name,
              heapBytes,
              limitBytes,
              limitOf,
            })),
            restarts: why === 'restart' && seen.pm2Log !== null ? fired.length : null,
            proposed:
              fix?.kind === 'ecosystem-patch'
                ? fix.patches.map(({ app, set }) => ({ name: app.name, value: String(set[0]?.value) }))
                : [],
          },
          because: why === 'restart' ? fired.slice(-2) : [],
          fix: fix ?? { kind: 'manual' },
        },
      ];
    });
  },
});
