import { processTrees } from '../derive/apps/process-tree.ts';
import { plural } from '../derive/english.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';

type Args = {
  readonly processes: number;
  readonly bytes: number;
  /** All by PSS; else RSS, which counts shared pages more than once. */
  readonly byPss: boolean;
  /** Where they came from: apps by name; `null` name = an app no daemon lists any more. */
  readonly from: readonly {
    readonly app: string | null;
    readonly processes: number;
    readonly bytes: number;
  }[];
  readonly comms: readonly string[];
  readonly pids: readonly number[];
  readonly oldest: number;
};

const pidList = (args: Args) => args.pids.slice(0, 20).join(',');
const look = (args: Args) => `ps -o pid,ppid,user,lstart,rss,args -p ${pidList(args)}`;
const sources = (args: Args, fmt: Fmt, gone: string) =>
  fmt.list(
    args.from.map(({ app, processes }) => `${app === null ? gone : fmt.name(app)} (${fmt.count(processes)})`),
  );

export default defineAudit<Args, 'daemons' | 'processes', 'host', 'settledMs' | 'shareOfHost'>({
  id: 'orphan-processes',
  topic: 'memory',
  needs: ['daemons', 'processes'],
  wants: ['host'],
  limits: {
    settledMs: {
      value: 60_000,
      unit: 'ms',
      source: 'longer than kill_timeout and a reload take; a process in between is no orphan',
    },
    shareOfHost: {
      value: 0.1,
      unit: 'ratio',
      source: 'a tenth of the host is held by something no restart frees',
    },
  },
  references: [
    'PM2 7.0.4 lib/God.js, lib/TreeKill.js: children are ended only on a stop PM2 asks for, not when the app dies by itself',
    'PM2 7.0.4 lib/God/ForkMode.js: PM2_HOME and pm_id in the environment of an app are inherited by its children',
  ],
  words: {
    en: {
      title: 'Processes outlived their app',
      why: 'When an app dies by itself (a crash, an OOM kill), PM2 starts it anew and leaves its children running. They keep their memory, their ports and their locks, one more set each time. They are known by PM2’s marks in their environment; their parent is no longer the app.',
      found: (args, fmt) =>
        `${plural(args.processes, fmt.count(args.processes), 'process', 'processes')} without ${args.processes === 1 ? 'its' : 'their'} app ${args.processes === 1 ? 'holds' : 'hold'} ${fmt.bytes(args.bytes)}`,
      effect: (args, fmt) =>
        `Left by ${sources(args, fmt, 'apps no longer listed')}; the oldest has run since ${fmt.time(args.oldest)}. PM2 neither counts nor stops them, and no restart frees their memory.${args.byPss ? '' : ' The sum is by RSS, so shared pages may count more than once.'} Some programs detach on purpose: look before you end one.`,
      figures: (args, fmt) => [
        ['processes', fmt.count(args.processes)],
        ['memory', fmt.bytes(args.bytes)],
        ['names', fmt.list(args.comms, 3)],
      ],
      fix: (args, fmt) => ({
        title: 'Look at the left-over processes, then end them',
        steps: [
          `Those nobody needs: ${fmt.code(`kill ${args.pids.slice(0, 20).join(' ')}`)}, only while the list above still shows the same programs.`,
          'To prevent it, let the app end its children when it dies: a process group, or a signal handler in the parent.',
        ],
        expected: `About ${fmt.bytes(args.bytes)} free again.`,
        verify: `${fmt.code(look(args))} shows none of them.`,
        undo: 'Not possible: an ended process must be started again by its app.',
        minutes: 10,
      }),
    },
    'zh-CN': {
      title: '子进程比应用活得更久',
      why: '应用自行终止（崩溃或被强杀）时，PM2 会重新拉起应用，却不会结束它的子进程。这些子进程继续占用内存、端口和锁，每次都多留下一批。本检查依据环境变量中的 PM2 标记识别它们，而它们的父进程已不再是该应用。',
      found: (args, fmt) => `${fmt.count(args.processes)} 个脱离应用的进程占用 ${fmt.bytes(args.bytes)}`,
      effect: (args, fmt) =>
        `来自 ${sources(args, fmt, '已不在列表中的应用')}；最早的一个自 ${fmt.time(args.oldest)} 起运行。PM2 既不统计也不会停止它们，重启应用也不会释放这些内存。${args.byPss ? '' : '合计按 RSS 计算，共享页可能重复计入。'}有些程序是有意脱离的，结束之前请先确认。`,
      figures: (args, fmt) => [
        ['进程数', fmt.count(args.processes)],
        ['内存', fmt.bytes(args.bytes)],
        ['名称', fmt.list(args.comms, 3)],
      ],
      fix: (args, fmt) => ({
        title: '先确认遗留的进程，再结束它们',
        steps: [
          `确认不再需要后执行 ${fmt.code(`kill ${args.pids.slice(0, 20).join(' ')}`)}，前提是上面的列表仍是同样的程序。`,
          '要避免再次发生，应让应用退出时一并结束子进程：使用进程组，或在父进程中处理信号。',
        ],
        expected: `约释放 ${fmt.bytes(args.bytes)}。`,
        verify: `${fmt.code(look(args))} 不再显示这些进程。`,
        undo: '无法回退：结束的进程需由应用重新启动。',
        minutes: 10,
      }),
    },
  },
  check(seen, { now, limits }) {
    const trees = processTrees(seen.daemons, seen.processes);
    const daemonPids = new Set([...trees.daemons.values()].map(({ pid }) => pid));
    const groups = [
      ...[...trees.byApp.values()].map(({ app, orphans }) => ({ app: app.ref.name, list: orphans })),
      { app: null, list: trees.strays },
    ]
      .map(({ app, list }) => ({
        app,
        // A child of a live daemon is an old worker on its way out, or a start that is just under way.
        list: list.filter(
          ({ ppid, startedAt, state }) =>
            !daemonPids.has(ppid) && now - startedAt >= limits.settledMs && state !== 'Z',
        ),
      }))
      .filter(({ list }) => list.length > 0);
    const all = groups.flatMap(({ list }) => list);
    if (all.length === 0) return [];
    const sizeOf = (list: typeof all) =>
      list.reduce((sum, { pssBytes, rssBytes }) => sum + (pssBytes ?? rssBytes), 0);
    const bytes = sizeOf(all);
    const heavy = seen.host !== null && bytes >= seen.host.memory.totalBytes * limits.shareOfHost;
    const users = new Set(all.map(({ uid }) => uid));
    const owner = seen.daemons.find(({ uid }) => users.size === 1 && uid !== null && users.has(uid));
    const pids = all
      .toSorted((a, b) => (b.pssBytes ?? b.rssBytes) - (a.pssBytes ?? a.rssBytes))
      .map(({ pid }) => pid);
    const first = all.find(({ pid }) => pid === pids[0]);
    const args: Args = {
      processes: all.length,
      bytes,
      byPss: all.every(({ pssBytes }) => pssBytes !== null),
      from: groups.map(({ app, list }) => ({ app, processes: list.length, bytes: sizeOf(list) })),
      comms: [...new Set(all.map(({ comm }) => comm))].slice(0, 5),
      pids: pids.slice(0, 50),
      oldest: Math.min(...all.map(({ startedAt }) => startedAt)),
    };
    return [
      {
        subject:
          all.length === 1 && first
            ? { kind: 'process', pid: first.pid, comm: first.comm }
            : { kind: 'host' },
        priority: heavy ? 'P1' : 'P2',
        confidence: 'likely',
        args,
        because: [],
        fix: {
          kind: 'command',
          asRoot: owner === undefined,
          user: owner?.user ?? null,
          run: [look(args)],
          undo: [],
        },
      },
    ];
  },
});
