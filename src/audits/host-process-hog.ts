import { processTrees } from '../derive/apps/process-tree.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { groupBy } from '../derive/grouping.ts';
import { placeEn, placeZh } from '../derive/kills/cgroup-place.ts';
import { boundOutsider } from '../derive/kills/kill-plan.ts';
import { killsInWindow } from '../derive/kills/kills-in-window.ts';
import { hogOfKill, type MemoryHog, outsidePm2 } from '../derive/kills/memory-hog.ts';
import { attributeKills } from '../derive/kills/oom-attribution.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { AttributedKill } from '../model/oom.ts';
import type { CleanText, Quote } from '../model/text.ts';

type Args = {
  /** `killed` it was the victim · `survived` another process died in its place · `live` it fills the host now · `rest` of the list. */
  readonly story: 'killed' | 'survived' | 'live' | 'rest';
  readonly comms: readonly string[];
  readonly pid: number | null;
  readonly bytes: number;
  readonly hostBytes: number | null;
  readonly kills: number;
  readonly last: number | null;
  /** cgroup it lived in, as the kernel wrote it. */
  readonly cgroup: string | null;
  /** Apps or processes that died while it was the biggest. */
  readonly victims: readonly string[];
  /** The victim’s cgroup proves it; else only its name says that it is none of PM2's. */
  readonly proven: boolean;
};

type Case = { readonly hog: MemoryHog; readonly one: AttributedKill };

const who = (args: Args, fmt: Fmt) => fmt.list(args.comms.map((comm) => fmt.name(comm)));
const size = (args: Args, fmt: Fmt, of: string) =>
  args.hostBytes === null
    ? fmt.bytes(args.bytes)
    : `${fmt.bytes(args.bytes)}${of}${fmt.bytes(args.hostBytes)}`;

export default defineAudit<
  Args,
  'oomLog',
  'daemons' | 'processes' | 'host' | 'pm2Log' | 'appLogs' | 'startup',
  'urgentShare' | 'leastShare' | 'pressedRatio'
>({
  id: 'host-process-hog',
  topic: 'oom',
  needs: ['oomLog'],
  wants: ['daemons', 'processes', 'host', 'pm2Log', 'appLogs', 'startup'],
  limits: {
    urgentShare: {
      value: 0.5,
      unit: 'ratio',
      source: 'one process with half of the memory leaves the apps no room',
    },
    leastShare: { value: 0.25, unit: 'ratio', source: 'smaller ones do not fill a host alone' },
    pressedRatio: {
      value: 0.8,
      unit: 'ratio',
      source: 'watch limit of memory-high: a big database on a host with room is no fault',
    },
  },
  references: [
    'Linux mm/oom_kill.c: task_memcg names the cgroup of the victim, the task table lists all candidates',
    'systemd.resource-control(5): MemoryMax=',
  ],
  words: {
    en: {
      title: 'A process outside PM2 filled the host',
      why: 'PM2’s apps share the host with builds, backups, databases and login sessions. When one of those takes the memory, no setting of PM2 helps: it has to be bounded where it runs. That it is none of PM2’s is told by its cgroup, or, where the log has none, by a name that no process of PM2 carries.',
      found: (args, fmt) => {
        const outside = args.proven ? 'outside PM2' : 'not known as PM2’s';
        if (args.story === 'live') return `${who(args, fmt)}, outside PM2, holds ${size(args, fmt, ' of ')}`;
        if (args.story === 'rest')
          return `${fmt.count(args.comms.length)} more processes outside PM2 filled the host: ${who(args, fmt)}`;
        return `${who(args, fmt)}, ${outside}, took ${size(args, fmt, ' of ')}${args.last === null ? '' : ` on ${fmt.time(args.last)}`}${args.story === 'killed' ? ' and was killed' : ''}`;
      },
      effect: (args, fmt) => {
        if (args.story === 'live')
          return 'Little memory is left for the apps. When it runs out, the kernel may choose one of them.';
        const bound =
          args.cgroup === null
            ? ''
            : ` It ran in ${placeEn(args.cgroup, fmt.code)}, not in PM2’s group, so no limit of PM2’s applied to it.`;
        const victims =
          args.victims.length === 0
            ? 'No app was killed by it.'
            : `Killed in its place: ${fmt.list(args.victims.map((name) => fmt.name(name)))}.`;
        return `The memory of the whole host was full${args.kills > 1 ? `, ${fmt.count(args.kills)} times` : ''}. ${victims}${bound} It can happen again the next time it runs. The kernel records its name, not its arguments.`;
      },
      figures: (args, fmt) => [
        [
          args.pid === null ? (args.comms[0] ?? '') : `${args.comms[0] ?? ''}, pid ${args.pid}`,
          fmt.bytes(args.bytes),
        ],
        ...(args.hostBytes === null ? [] : [['memory of the host', fmt.bytes(args.hostBytes)] as const]),
        ...(args.last === null ? [] : [['when', fmt.time(args.last)] as const]),
      ],
      fix: (args, fmt) => ({
        title: `Cap what ${who(args, fmt)} may use`,
        steps: [
          `Where it is started (crontab, script, unit): ${fmt.code('systemd-run --user --scope -p MemoryMax=2G COMMAND')}, or ${fmt.code('MemoryMax=')} in its unit.`,
          ...(args.comms.includes('git')
            ? [
                `git packs with one thread per CPU and no bound: ${fmt.code('git config pack.threads 2')} and ${fmt.code('git config pack.windowMemory 256m')} in the repository.`,
              ]
            : []),
          ...(args.last === null
            ? []
            : [
                `What it was: ${fmt.code('journalctl --since')} a few minutes before the kill, crontabs and login sessions of that time.`,
              ]),
        ],
        expected: 'If it needs more, only that process ends, not the room of the others.',
        verify: `${fmt.code('systemctl show -p MemoryMax UNIT')} shows the cap; no new kill in the next report.`,
        undo: 'Remove the option again.',
        minutes: 10,
      }),
    },
    'zh-CN': {
      title: 'PM2 之外的进程占满了主机内存',
      why: 'PM2 的应用与构建、备份、数据库和登录会话共用一台主机。若是它们占满内存，PM2 的任何设置都无济于事，必须在其运行之处加以约束。判断依据是它的 cgroup；日志中没有 cgroup 时，则看 PM2 的进程中是否有同名者。',
      found: (args, fmt) => {
        const name = args.proven ? `PM2 之外的 ${who(args, fmt)}` : `${who(args, fmt)}（不像是 PM2 的进程）`;
        if (args.story === 'live') return `PM2 之外的 ${who(args, fmt)} 占用 ${size(args, fmt, '，主机共 ')}`;
        if (args.story === 'rest')
          return `另有 ${fmt.count(args.comms.length)} 个 PM2 之外的进程占满了主机内存：${who(args, fmt)}`;
        return `${name}${args.proven ? ' ' : ''}占用 ${size(args, fmt, '，主机共 ')}${args.story === 'killed' ? '，随后被强杀' : ''}${args.last === null ? '' : `（${fmt.time(args.last)}）`}`;
      },
      effect: (args, fmt) => {
        if (args.story === 'live') return '留给应用的内存很少。一旦耗尽，内核可能选中其中之一。';
        const bound =
          args.cgroup === null
            ? ''
            : `它运行在${placeZh(args.cgroup, fmt.code)} 中，不属于 PM2 的分组，因此不受 PM2 任何上限约束。`;
        const victims =
          args.victims.length === 0
            ? '没有应用因此被杀。'
            : `代它被杀的是：${fmt.list(args.victims.map((name) => fmt.name(name)))}。`;
        return `整台主机的内存被占满${args.kills > 1 ? `，共 ${fmt.count(args.kills)} 次` : ''}。${victims}${bound}下次运行仍可能重现。内核只记录进程名，不记录参数。`;
      },
      figures: (args, fmt) => [
        [
          args.pid === null ? (args.comms[0] ?? '') : `${args.comms[0] ?? ''} 进程 ${args.pid}`,
          fmt.bytes(args.bytes),
        ],
        ...(args.hostBytes === null ? [] : [['主机内存', fmt.bytes(args.hostBytes)] as const]),
        ...(args.last === null ? [] : [['时间', fmt.time(args.last)] as const]),
      ],
      fix: (args, fmt) => ({
        title: `限制 ${who(args, fmt)} 可用的内存`,
        steps: [
          `在它的启动位置（crontab、脚本或 unit）：${fmt.code('systemd-run --user --scope -p MemoryMax=2G COMMAND')}，或在其 unit 中设置 ${fmt.code('MemoryMax=')}。`,
          ...(args.comms.includes('git')
            ? [
                `git 打包时默认每个 CPU 一个线程且不限内存：在该仓库中执行 ${fmt.code('git config pack.threads 2')} 与 ${fmt.code('git config pack.windowMemory 256m')}。`,
              ]
            : []),
          ...(args.last === null
            ? []
            : [
                `查明它在做什么：用 ${fmt.code('journalctl --since')} 查看强杀前几分钟，以及当时的 crontab 与登录会话。`,
              ]),
        ],
        expected: '若它需要更多内存，只有它自身被终止，不再挤占其他进程。',
        verify: `${fmt.code('systemctl show -p MemoryMax UNIT')} 显示上限，且下次报告中没有新的强杀。`,
        undo: '去掉该选项。',
        minutes: 10,
      }),
    },
  },
  check(seen, { window, limits }) {
    const daemons = seen.daemons ?? [];
    const isOutside = outsidePm2(daemons, seen.processes);
    const hostBytes = seen.host?.memory.totalBytes ?? null;
    const cases = killsInWindow(attributeKills({ ...seen, daemons }), window).flatMap(
      (one): readonly Case[] => {
        const hog = one.kill.sysrq ? null : hogOfKill(one, isOutside);
        // The host was full: what all its processes held then is near to all it has.
        const fullBytes = hostBytes ?? tableBytes(one);
        return hog && fullBytes !== null && hog.bytes >= fullBytes * limits.leastShare ? [{ hog, one }] : [];
      },
    );
    const draft = (own: readonly Case[], story: 'killed' | 'survived' | 'rest'): Draft<Args> => {
      const biggest = own.reduce((a, b) => (b.hog.bytes >= a.hog.bytes ? b : a));
      const victims = own
        .filter(({ hog }) => !hog.isVictim)
        .flatMap(({ one }) => one.app?.name ?? one.kill.comm ?? []);
      const comms = [...new Set(own.map(({ hog }) => hog.comm))];
      return {
        subject: { kind: 'process', pid: biggest.hog.pid, comm: biggest.hog.comm },
        priority: hostBytes !== null && biggest.hog.bytes >= hostBytes * limits.urgentShare ? 'P0' : 'P1',
        confidence: biggest.hog.confidence,
        args: {
          story,
          comms,
          pid: biggest.hog.pid,
          bytes: biggest.hog.bytes,
          hostBytes,
          kills: own.length,
          last: own.at(-1)?.one.kill.at ?? null,
          cgroup: biggest.hog.isVictim ? biggest.one.kill.taskMemcg : null,
          victims: [...new Set(victims)],
          proven: biggest.hog.confidence === 'certain',
        },
        because: quotesOf(biggest.one),
        fix: comms.length === 1 ? boundOutsider(biggest.hog.comm) : { kind: 'manual' },
      };
    };
    const byName = [...groupBy(cases, ({ hog }) => hog.comm).values()];
    const drafts = fewDrafts(
      byName,
      (own) => draft(own, own.some(({ hog }) => hog.isVictim) ? 'killed' : 'survived'),
      (rest) => draft(rest.flat(), 'rest'),
      9,
    );
    return [...drafts, ...live(seen, limits, new Set(cases.map(({ hog }) => hog.comm)))];
  },
});

/** What all processes of the kernel's table held; null = there is none, or lines of it are lost. */
function tableBytes({ kill, isTableWhole }: AttributedKill): number | null {
  const isWhole = isTableWhole === true && kill.tasks.length === (kill.tasksTotal ?? kill.tasks.length);
  return isWhole ? kill.tasks.reduce((sum, { rssBytes }) => sum + rssBytes, 0) : null;
}

/** The kill line, and the line that names the cgroup. */
function quotesOf({ kill }: AttributedKill): readonly Quote[] {
  const line = kill.quotes.find(({ text }) => /Killed process|sending SIG/i.test(text));
  const group = kill.quotes.find(({ text }) => text.includes('oom-kill:'));
  const both = [line, group].flatMap((quote) => quote ?? []);
  return both.length > 0 ? both : kill.quotes.slice(0, 2);
}

/** A stranger that holds half of a host on which memory is short at this moment. */
function live(
  {
    daemons,
    processes,
    host,
  }: {
    readonly daemons: Parameters<typeof outsidePm2>[0] | null;
    readonly processes: Parameters<typeof outsidePm2>[1];
    readonly host: {
      readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
    } | null;
  },
  limits: { readonly urgentShare: number; readonly pressedRatio: number },
  told: ReadonlySet<CleanText>,
): readonly Draft<Args>[] {
  if (!daemons || daemons.length === 0 || !processes || !host) return [];
  const { totalBytes, availableBytes } = host.memory;
  if (1 - availableBytes / totalBytes < limits.pressedRatio) return [];
  const trees = processTrees(daemons, processes);
  const daemonPids = new Set([...trees.daemons.values()].map(({ pid }) => pid));
  const hog = processes.processes
    .filter(
      ({ pid, comm }) =>
        !trees.appOfPid.has(pid) &&
        !daemonPids.has(pid) &&
        !trees.strays.some((stray) => stray.pid === pid) &&
        !told.has(comm) &&
        !comm.startsWith('PM2 v'),
    )
    .reduce<(typeof processes.processes)[number] | null>(
      (a, b) => (a === null || b.rssBytes > a.rssBytes ? b : a),
      null,
    );
  if (!hog || hog.rssBytes < totalBytes * limits.urgentShare) return [];
  return [
    {
      subject: { kind: 'process', pid: hog.pid, comm: hog.comm },
      priority: 'P2',
      confidence: 'certain',
      args: {
        story: 'live',
        comms: [hog.comm],
        pid: hog.pid,
        bytes: hog.rssBytes,
        hostBytes: totalBytes,
        kills: 0,
        last: null,
        cgroup: null,
        victims: [],
        proven: true,
      },
      because: [],
      fix: boundOutsider(hog.comm),
    },
  ];
}
