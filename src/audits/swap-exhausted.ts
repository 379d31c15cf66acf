import { defineAudit } from '../model/audit.ts';

type Args = {
  readonly usedBytes: number;
  readonly totalBytes: number;
  readonly ratio: number;
  readonly availableBytes: number;
  /** Memory is free beside it: the swap is full of idle pages, not of a shortage. */
  readonly calm: boolean;
  readonly small: boolean;
};

const GB = 1024 ** 3;

export default defineAudit<
  Args,
  'host',
  never,
  'watch' | 'warn' | 'smallBytes' | 'calmAvailable' | 'stallPercent'
>({
  id: 'swap-exhausted',
  topic: 'memory',
  needs: ['host'],
  limits: {
    watch: { value: 0.6, unit: 'ratio', source: 'operating practice of small PM2 hosts' },
    warn: { value: 0.9, unit: 'ratio', source: 'operating practice of small PM2 hosts' },
    smallBytes: {
      value: GB,
      unit: 'bytes',
      source: 'less fills within seconds of a leak and says little about memory',
    },
    calmAvailable: {
      value: 0.2,
      unit: 'ratio',
      source: 'watch limit of memory-high seen from the other side: under 80 % used',
    },
    stallPercent: {
      value: 1,
      unit: 'percent',
      source: 'Linux Documentation/accounting/psi.rst: share of time in which tasks waited for memory',
    },
  },
  references: [
    'Linux Documentation/filesystems/proc.rst: SwapTotal, SwapFree, MemAvailable',
    'Linux Documentation/admin-guide/sysctl/vm.rst: swappiness',
  ],
  words: {
    en: {
      title: 'Swap is nearly full',
      why: 'Full swap takes away the cushion before the OOM killer. But pages that were moved out long ago stay there until somebody asks for them, so a full swap beside much available memory is history and no shortage. Such a swap is a note, not an alarm, when at least 20 % of memory is available, it would hold all that is in swap, and nothing waits for memory.',
      found: (args, fmt) =>
        args.calm
          ? `Swap is ${fmt.ratio(args.ratio)} full (${fmt.bytes(args.usedBytes)}), beside ${fmt.bytes(args.availableBytes)} of available memory`
          : `Swap is ${fmt.ratio(args.ratio)} full: ${fmt.bytes(args.usedBytes)} of ${fmt.bytes(args.totalBytes)}`,
      effect: (args, fmt) =>
        args.calm
          ? `This is no shortage now: the pages are left over from an earlier one, or idle.${args.small ? ` A swap of ${fmt.bytes(args.totalBytes)} is too small to cushion anything.` : ''}`
          : 'Memory is short as well. When the swap is full, the next growth ends in an OOM kill; until then the host is slow.',
      fix: (args, fmt) => ({
        title: args.calm ? 'Enlarge the swap, or leave it' : 'Make room in memory, then look at swap',
        steps: args.calm
          ? [
              'Nothing must be done. A larger swap gives the kernel room for idle pages and you a slow warning before the next shortage.',
            ]
          : [
              `See who is in swap: ${fmt.code('grep VmSwap /proc/[0-9]*/status | sort -k2 -n | tail')}.`,
              'Bound or move the biggest. More swap only delays the kill.',
            ],
        expected: args.calm
          ? 'A slow phase of warning before memory runs out.'
          : 'Swap empties slowly, and stays low.',
        verify: `${fmt.code('swapon --show')} and ${fmt.code('free -m')}.`,
        undo: 'Take back what you changed.',
        minutes: args.calm ? 5 : 30,
      }),
    },
    'zh-CN': {
      title: 'Swap 即将用尽',
      why: 'swap 用满后，OOM killer 之前就没有缓冲了。不过早先换出的页会一直留在 swap 中，直到再次被访问；因此 swap 接近用满而可用内存充足，只是历史痕迹，并不代表短缺。满足以下条件时只作提示：可用内存不低于 20 %，足以容纳 swap 中的全部内容，且没有进程在等待内存。',
      found: (args, fmt) =>
        args.calm
          ? `Swap 已用 ${fmt.ratio(args.ratio)}（${fmt.bytes(args.usedBytes)}），但可用内存仍有 ${fmt.bytes(args.availableBytes)}`
          : `Swap 已用 ${fmt.ratio(args.ratio)}：${fmt.bytes(args.usedBytes)}，共 ${fmt.bytes(args.totalBytes)}`,
      effect: (args, fmt) =>
        args.calm
          ? `当前并不短缺：这些页是之前遗留的，或本来就闲置。${args.small ? `${fmt.bytes(args.totalBytes)} 的 swap 太小，起不到缓冲作用。` : ''}`
          : '内存同样紧张。swap 用满后，再增长就会引发强杀；在此之前主机会变慢。',
      fix: (args, fmt) => ({
        title: args.calm ? '扩大 swap，或保持现状' : '先腾出内存，再看 swap',
        steps: args.calm
          ? ['不必处理。较大的 swap 可容纳闲置页，在下次短缺前留出预警时间。']
          : [
              `查看哪些进程在 swap 中：${fmt.code('grep VmSwap /proc/[0-9]*/status | sort -k2 -n | tail')}。`,
              '约束或迁移占用最大的进程。增加 swap 只能推迟强杀。',
            ],
        expected: args.calm ? '内存耗尽之前会有一段变慢的预警期。' : 'swap 占用逐渐下降并保持在低位。',
        verify: `用 ${fmt.code('swapon --show')} 与 ${fmt.code('free -m')} 查看。`,
        undo: '撤销所做的改动。',
        minutes: args.calm ? 5 : 30,
      }),
    },
  },
  applies: ({ host }) => host.swap.totalBytes > 0,
  check({ host }, { limits }) {
    const { usedBytes, totalBytes } = host.swap;
    const { availableBytes } = host.memory;
    const ratio = usedBytes / totalBytes;
    const waits = (host.pressure.memory?.some[1] ?? 0) >= limits.stallPercent;
    const calm =
      availableBytes >= host.memory.totalBytes * limits.calmAvailable &&
      availableBytes >= usedBytes &&
      !waits;
    const full = ratio >= limits.warn;
    if (calm ? !full : ratio < limits.watch) return [];
    const small = totalBytes < limits.smallBytes;
    return [
      {
        subject: { kind: 'host' },
        priority: calm ? 'P3' : full ? 'P1' : 'P2',
        confidence: 'certain',
        args: { usedBytes, totalBytes, ratio, availableBytes, calm, small },
        because: [],
        fix: { kind: 'manual' },
      },
    ];
  },
});
