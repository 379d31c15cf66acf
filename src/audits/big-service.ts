import { type AppGroup, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey, processTrees } from '../derive/apps/process-tree.ts';
import { appMemory } from '../derive/limits/app-memory.ts';
import { memoryRoom } from '../derive/limits/memory-room.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';

type Big = {
  readonly name: string;
  readonly bytes: number;
  readonly share: number | null;
  readonly processes: number | null;
  readonly instances: number;
};
type Args = {
  readonly apps: readonly Big[];
  readonly level: 'watch' | 'warn';
  readonly atLeast: boolean;
  readonly limitBytes: number;
};

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));

export default defineAudit<
  Args,
  'daemons',
  'processes' | 'host' | 'cgroups',
  'watchBytes' | 'warnBytes' | 'shareOfRoom'
>({
  id: 'big-service',
  topic: 'memory',
  needs: ['daemons'],
  wants: ['processes', 'host', 'cgroups'],
  limits: {
    watchBytes: { value: 1024 ** 3, unit: 'bytes', source: 'operating practice of small PM2 hosts' },
    warnBytes: { value: 2 * 1024 ** 3, unit: 'bytes', source: 'operating practice of small PM2 hosts' },
    shareOfRoom: {
      value: 0.5,
      unit: 'ratio',
      source: 'with half of the memory in one app a reload, old beside new, does not fit',
    },
  },
  references: ['Linux Documentation/filesystems/proc.rst: smaps_rollup, Pss counts shared pages once'],
  words: {
    en: {
      title: 'One app holds very much memory',
      why: 'A single app of 1 GB or more decides the fate of the host: it is the first the OOM killer looks at, and a reload needs its memory twice for a moment. Counted is the whole process tree of all its instances.',
      found: (args, fmt) => {
        const [one, second] = args.apps;
        if (!one || second) return `${names(args, fmt)} hold over ${fmt.bytes(args.limitBytes)} each`;
        return `${names(args, fmt)} holds ${args.atLeast ? 'at least ' : ''}${fmt.bytes(one.bytes)}${one.share === null ? '' : `, ${fmt.ratio(one.share)} of the memory there is`}`;
      },
      effect: (args, fmt) =>
        `${args.level === 'warn' ? 'When it grows, nothing else has room, and it is the likely victim.' : 'This may be its ordinary size. It is worth knowing why.'}${args.atLeast ? ' PSS was not readable, so the true figure may be higher.' : ''} ${fmt.list(args.apps.map(({ name, instances, processes }) => `${fmt.name(name)}: ${fmt.count(instances)} ${instances === 1 ? 'instance' : 'instances'}${processes === null ? '' : `, ${fmt.count(processes)} ${processes === 1 ? 'process' : 'processes'}`}`))}.`,
      figures: (args, fmt) =>
        args.apps.slice(0, 4).map(({ name, bytes }) => [fmt.name(name), fmt.bytes(bytes)] as const),
      fix: (args, fmt) => ({
        title: `See what ${names(args, fmt)} keeps in memory`,
        steps: [
          `Node: a heap snapshot (${fmt.code('--heapsnapshot-signal=SIGUSR2')}). Python: ${fmt.code('tracemalloc')}. Look for caches without a bound and results read whole.`,
          'Fewer instances or workers shrink it at once.',
        ],
        expected: 'A size that can be explained, and a limit above it.',
        verify: 'The next report shows the tree below the limit.',
        undo: 'Take back what you changed.',
        minutes: 60,
      }),
    },
    'zh-CN': {
      title: '单个应用占用内存很大',
      why: '1 GB 以上的单个应用决定整台主机的安危：OOM killer 首先看它，重载时还需要短时占用两份内存。这里统计它全部实例的整棵进程树。',
      found: (args, fmt) => {
        const [one, second] = args.apps;
        if (!one || second) return `${names(args, fmt)} 各占用超过 ${fmt.bytes(args.limitBytes)}`;
        return `${names(args, fmt)} ${args.atLeast ? '至少' : ''}占用 ${fmt.bytes(one.bytes)}${one.share === null ? '' : `，为可用总内存的 ${fmt.ratio(one.share)}`}`;
      },
      effect: (args, fmt) =>
        `${args.level === 'warn' ? '它一旦增长，其他进程就没有余地，它自身也最容易被强杀。' : '也许这就是它的正常大小，但值得弄清原因。'}${args.atLeast ? '由于无法读取 PSS，实际数值可能更高。' : ''}${fmt.list(args.apps.map(({ name, instances, processes }) => `${fmt.name(name)}：${fmt.count(instances)} 个实例${processes === null ? '' : `，${fmt.count(processes)} 个进程`}`))}。`,
      figures: (args, fmt) =>
        args.apps.slice(0, 4).map(({ name, bytes }) => [fmt.name(name), fmt.bytes(bytes)] as const),
      fix: (args, fmt) => ({
        title: `查明 ${names(args, fmt)} 在内存中保存了什么`,
        steps: [
          `Node：堆快照（${fmt.code('--heapsnapshot-signal=SIGUSR2')}）；Python：${fmt.code('tracemalloc')}。重点查看无上限的缓存和一次性读入的结果。`,
          '减少实例或工作进程数可立即缩小占用。',
        ],
        expected: '占用大小有据可依，并设有高于它的上限。',
        verify: '下次报告中进程树低于该值。',
        undo: '撤销所做的改动。',
        minutes: 60,
      }),
    },
  },
  check(seen, { limits }) {
    const trees = seen.processes ? processTrees(seen.daemons, seen.processes).byApp : null;
    const measure = (group: AppGroup) => {
      const memories = group.apps
        .map((app) => appMemory(app, trees?.get(appKey(app.ref)) ?? null))
        .filter(({ bytes }) => bytes !== null);
      const bytes = memories.reduce((sum, memory) => sum + (memory.bytes ?? 0), 0);
      const processes = memories.reduce<number | null>(
        (sum, memory) => (sum === null || memory.processes === null ? null : sum + memory.processes),
        0,
      );
      const room = memoryRoom(group.home, seen.host, seen.cgroups);
      const share = room === null ? null : bytes / room.bytes;
      return {
        group,
        atLeast: memories.some(({ by }) => by !== 'pss'),
        big: { name: group.name, bytes, share, processes, instances: memories.length },
      };
    };
    const big = groupApps(seen.daemons)
      .map(measure)
      .filter((one) => one.big.bytes >= limits.watchBytes);
    big.sort((a, b) => b.big.bytes - a.big.bytes);
    const half = big.filter(({ big: { share } }) => share !== null && share >= limits.shareOfRoom);
    const rest = big.filter((one) => !half.includes(one));
    const draft = (
      list: typeof big,
      level: Args['level'],
      priority: 'P1' | 'P2' | 'P3',
    ): readonly Draft<Args>[] =>
      list.length === 0
        ? []
        : [
            {
              subject: subjectOfApps(list.flatMap(({ group }) => group.apps.map((app) => app.ref))),
              priority,
              confidence: 'certain',
              args: {
                apps: list.map((one) => one.big),
                level,
                atLeast: list.some((one) => one.atLeast),
                limitBytes:
                  Math.min(...list.map((one) => one.big.bytes)) >= limits.warnBytes
                    ? limits.warnBytes
                    : limits.watchBytes,
              },
              because: [],
              fix: { kind: 'manual' },
            },
          ];
    return [
      ...half.slice(0, 8).flatMap((one) => draft([one], 'warn', 'P1')),
      ...draft(
        rest.filter((one) => one.big.bytes >= limits.warnBytes),
        'warn',
        'P2',
      ),
      ...draft(
        rest.filter((one) => one.big.bytes < limits.warnBytes),
        'watch',
        'P3',
      ),
    ];
  },
});
