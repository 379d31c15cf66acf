import { appKey, processTrees } from '../derive/apps/process-tree.ts';
import { groupName } from '../derive/kills/group-name.ts';
import { appMemory } from '../derive/limits/app-memory.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { Subject } from '../model/finding.ts';
import type { Daemon } from '../model/pm2.ts';

type Args = {
  readonly usedBytes: number;
  readonly totalBytes: number;
  readonly ratio: number;
  /** The group whose limit it is; null = the whole host. */
  readonly group: string | null;
  /** The figure counts page cache that the kernel can take back. */
  readonly withCache: boolean;
  readonly level: 'watch' | 'warn';
  /** The limit in force from which on memory counts as high. */
  readonly watch: number;
  readonly biggest: readonly { readonly name: string; readonly bytes: number }[];
};

const where = (args: Args, fmt: Fmt, host: string) =>
  args.group === null ? host : fmt.code(groupName(args.group));

export default defineAudit<Args, 'host', 'cgroups' | 'daemons' | 'processes', 'watch' | 'warn'>({
  id: 'memory-high',
  topic: 'memory',
  needs: ['host'],
  wants: ['cgroups', 'daemons', 'processes'],
  limits: {
    watch: { value: 0.8, unit: 'ratio', source: 'operating practice of small PM2 hosts' },
    warn: { value: 0.9, unit: 'ratio', source: 'operating practice of small PM2 hosts' },
  },
  references: [
    'Linux Documentation/filesystems/proc.rst: MemAvailable is what can be given out without swapping',
    'Linux Documentation/admin-guide/cgroup-v2.rst: memory.current counts page cache too',
  ],
  words: {
    en: {
      title: 'Memory is nearly used up',
      why: 'Used means total less available: page cache that the kernel can give back is not counted. Near the top any growth ends in swapping or in a kill. For a service or container with a limit of its own, the same is asked of that limit.',
      found: (args, fmt) =>
        `${fmt.bytes(args.usedBytes)} of ${fmt.bytes(args.totalBytes)} of ${where(args, fmt, 'the host’s memory')} is used: ${fmt.ratio(args.ratio)}`,
      effect: (args, fmt) =>
        `${args.level === 'warn' ? 'The next growth of any process can end in an OOM kill.' : 'There is little room for a deploy, a backup or a peak.'}${args.withCache ? ' The figure includes page cache, a part of which the kernel can take back.' : ''}${args.biggest.length > 0 ? ` The biggest under PM2: ${fmt.list(args.biggest.map(({ name, bytes }) => `${fmt.name(name)} ${fmt.bytes(bytes)}`))}.` : ''}`,
      figures: (args, fmt) => [
        ['used', fmt.ratio(args.ratio)],
        ['left', fmt.bytes(Math.max(0, args.totalBytes - args.usedBytes))],
      ],
      fix: (args, fmt) => ({
        title: `Make room in ${where(args, fmt, 'the host’s memory')}`,
        steps: [
          `See who holds it, PM2 or not: ${fmt.code('ps -eo pid,user,rss,comm --sort=-rss | head')}.`,
          'Then lower the number of instances or workers, bound the biggest, move it, or add memory.',
        ],
        expected: `Below ${fmt.ratio(args.watch)} in ordinary hours.`,
        verify: `${fmt.code('free -m')} shows the available memory; so does the next report.`,
        undo: 'Take back what you changed.',
        minutes: 30,
      }),
    },
    'zh-CN': {
      title: '内存即将用尽',
      why: '“已用”指总量减去可用量，不含内核可以收回的页缓存。接近满时，任何增长都会变成换页或强杀。若服务或容器有自己的上限，则按该上限判断。',
      found: (args, fmt) =>
        `${where(args, fmt, '主机')}内存已用 ${fmt.bytes(args.usedBytes)}（共 ${fmt.bytes(args.totalBytes)}），占 ${fmt.ratio(args.ratio)}`,
      effect: (args, fmt) =>
        `${args.level === 'warn' ? '任何进程再增长，都可能引发内存不足强杀。' : '留给部署、备份或峰值的余量很小。'}${args.withCache ? '该数值包含页缓存，其中一部分内核可以收回。' : ''}${args.biggest.length > 0 ? `PM2 管理的应用中占用最大的是：${fmt.list(args.biggest.map(({ name, bytes }) => `${fmt.name(name)} ${fmt.bytes(bytes)}`))}。` : ''}`,
      figures: (args, fmt) => [
        ['已用', fmt.ratio(args.ratio)],
        ['剩余', fmt.bytes(Math.max(0, args.totalBytes - args.usedBytes))],
      ],
      fix: (args, fmt) => ({
        title: `为${where(args, fmt, '主机')}腾出内存`,
        steps: [
          `查看占用者（不限于 PM2）：${fmt.code('ps -eo pid,user,rss,comm --sort=-rss | head')}。`,
          '然后减少实例或工作进程，约束或迁移占用最大的进程，或增加内存。',
        ],
        expected: `平时低于 ${fmt.ratio(args.watch)}。`,
        verify: `用 ${fmt.code('free -m')} 查看可用内存，或查看下次报告。`,
        undo: '撤销所做的改动。',
        minutes: 30,
      }),
    },
  },
  check(seen, { limits }) {
    const daemons = seen.daemons ?? [];
    const trees = seen.processes ? processTrees(daemons, seen.processes).byApp : null;
    const measured = (of: readonly Daemon[]) =>
      of
        .flatMap((daemon) => daemon.apps)
        .map((app) => ({ name: app.ref.name, ...appMemory(app, trees?.get(appKey(app.ref)) ?? null) }));
    const biggestOf = (of: readonly Daemon[]) =>
      measured(of)
        .flatMap(({ name, bytes }) => (bytes === null ? [] : [{ name, bytes }]))
        .toSorted((a, b) => b.bytes - a.bytes)
        .slice(0, 3);

    const judge = (
      usedBytes: number,
      totalBytes: number,
      group: string | null,
      withCache: boolean,
      of: readonly Daemon[],
      subject: Subject,
    ): readonly Draft<Args>[] => {
      const ratio = usedBytes / totalBytes;
      if (!(totalBytes > 0) || ratio < limits.watch) return [];
      const level = ratio >= limits.warn ? 'warn' : 'watch';
      return [
        {
          subject,
          // Cache makes a group look full that is not: such a figure alone is no reason to hurry.
          priority: level === 'warn' && !withCache ? 'P1' : 'P2',
          confidence: withCache ? 'likely' : 'certain',
          args: {
            usedBytes,
            totalBytes,
            ratio,
            group,
            withCache,
            level,
            watch: limits.watch,
            biggest: biggestOf(of),
          },
          because: [],
          fix: { kind: 'manual' },
        },
      ];
    };

    const { memory, limit } = seen.host;
    const drafts = [
      ...judge(memory.totalBytes - memory.availableBytes, memory.totalBytes, null, false, daemons, {
        kind: 'host',
      }),
    ];
    const limited = new Set<string>();
    for (const group of seen.cgroups ?? []) {
      if (
        group.limitBytes === null ||
        group.limitBytes >= memory.totalBytes ||
        limited.has(group.limitPath ?? group.path)
      )
        continue;
      limited.add(group.limitPath ?? group.path);
      const of = daemons.filter((daemon) => daemon.home === group.home);
      const figures = measured(of);
      const known = figures.length > 0 && figures.every(({ by }) => by === 'pss');
      const own =
        figures.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0) +
        of.reduce((sum, { rssBytes }) => sum + (rssBytes ?? 0), 0);
      if (known && own >= group.limitBytes * limits.watch)
        drafts.push(
          ...judge(own, group.limitBytes, group.limitPath ?? group.path, false, of, {
            kind: 'daemon',
            home: group.home,
          }),
        );
      else if (!known && group.usedBytes !== null)
        drafts.push(
          ...judge(group.usedBytes, group.limitBytes, group.limitPath ?? group.path, true, of, {
            kind: 'daemon',
            home: group.home,
          }),
        );
    }
    if (limited.size === 0 && limit?.usedBytes && limit.bytes < memory.totalBytes)
      drafts.push(...judge(limit.usedBytes, limit.bytes, limit.source, true, daemons, { kind: 'host' }));
    return drafts.slice(0, 10);
  },
});
