import { defineAudit } from '../model/audit.ts';

type Args = {
  /** Share of the last 10, 60 and 300 s in which some tasks, or all, waited for memory; percent. */
  readonly some: readonly [number, number, number];
  readonly full: readonly [number, number, number] | null;
  readonly level: 'watch' | 'warn';
  readonly availableBytes: number;
};

export default defineAudit<Args, 'host', never, 'fullPercent' | 'somePercent'>({
  id: 'memory-pressure',
  topic: 'memory',
  needs: ['host'],
  limits: {
    fullPercent: {
      value: 5,
      unit: 'percent',
      source: 'Linux Documentation/accounting/psi.rst: in "full" no task gets on; 5 % is 3 s of each minute',
    },
    somePercent: {
      value: 10,
      unit: 'percent',
      source: 'Linux Documentation/accounting/psi.rst: in "some" at least one task waits',
    },
  },
  references: [
    'Linux Documentation/accounting/psi.rst: /proc/pressure/memory, some and full, avg10, avg60, avg300',
  ],
  words: {
    en: {
      title: 'Processes wait for memory',
      why: 'Pressure stall information says how long tasks stood still because memory had to be found first. It rises before the OOM killer comes, and it is what systemd-oomd acts on. Judged is the average of the last minute.',
      found: (args, fmt) =>
        args.level === 'warn' && args.full
          ? `All processes stood still for lack of memory ${fmt.percent(args.full[1])} of the last minute`
          : `Some process waited for memory ${fmt.percent(args.some[1])} of the last minute`,
      effect: (args, fmt) =>
        `${args.level === 'warn' ? 'The host is thrashing: apps answer late, and an OOM kill or systemd-oomd is near.' : 'Memory is being searched for all the time; apps answer more slowly than they could.'} Available now: ${fmt.bytes(args.availableBytes)}.`,
      figures: (args, fmt) => [
        ['some, 1 min', fmt.percent(args.some[1])],
        ...(args.full ? [['full, 1 min', fmt.percent(args.full[1])] as const] : []),
        ['some, 5 min', fmt.percent(args.some[2])],
      ],
      fix: (_args, fmt) => ({
        title: 'Take load off memory now',
        steps: [
          `Find who grows: ${fmt.code('ps -eo pid,user,rss,comm --sort=-rss | head')}.`,
          'Stop or bound the biggest, or postpone the job that runs now.',
        ],
        expected: 'The figure falls below 1 % within minutes.',
        verify: `${fmt.code('cat /proc/pressure/memory')} shows it.`,
        undo: 'Start again what you stopped.',
        minutes: 10,
      }),
    },
    'zh-CN': {
      title: '进程在等待内存',
      why: '压力指标（PSI）表示任务因等待内存而停顿的时间占比。它会在 OOM killer 出手之前上升，也是 systemd-oomd 的依据。这里按最近 1 分钟的平均值判断。',
      found: (args, fmt) =>
        args.level === 'warn' && args.full
          ? `最近 1 分钟内，全部进程因缺内存而停顿的时间占 ${fmt.percent(args.full[1])}`
          : `最近 1 分钟内，有进程等待内存的时间占 ${fmt.percent(args.some[1])}`,
      effect: (args, fmt) =>
        `${args.level === 'warn' ? '主机正在反复换页：应用响应迟缓，随时可能发生强杀或 systemd-oomd 介入。' : '内核在不断回收内存，应用响应比正常情况慢。'}当前可用 ${fmt.bytes(args.availableBytes)}。`,
      figures: (args, fmt) => [
        ['some，1 分钟', fmt.percent(args.some[1])],
        ...(args.full ? [['full，1 分钟', fmt.percent(args.full[1])] as const] : []),
        ['some，5 分钟', fmt.percent(args.some[2])],
      ],
      fix: (_args, fmt) => ({
        title: '立即减轻内存负担',
        steps: [
          `找出增长的进程：${fmt.code('ps -eo pid,user,rss,comm --sort=-rss | head')}。`,
          '停止或约束占用最大的进程，或推迟正在运行的任务。',
        ],
        expected: '数值在几分钟内降到 1 % 以下。',
        verify: `用 ${fmt.code('cat /proc/pressure/memory')} 查看。`,
        undo: '重新启动被停止的任务。',
        minutes: 10,
      }),
    },
  },
  applies: ({ host }) => host.pressure.memory !== null,
  check({ host }, { limits }) {
    const pressure = host.pressure.memory;
    if (!pressure) return [];
    const full = pressure.full !== null && pressure.full[1] > limits.fullPercent;
    if (!full && pressure.some[1] <= limits.somePercent) return [];
    return [
      {
        subject: { kind: 'host' },
        priority: full ? 'P1' : 'P2',
        confidence: 'certain',
        args: {
          some: pressure.some,
          full: pressure.full,
          level: full ? 'warn' : 'watch',
          availableBytes: host.memory.availableBytes,
        },
        because: [],
        fix: { kind: 'manual' },
      },
    ];
  },
});
