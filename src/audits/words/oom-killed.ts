import { isWrapped, workerStepsEn, workerStepsZh } from '../../derive/apps/worker-words.ts';
import { plural } from '../../derive/english.ts';
import { groupKeeper, groupName } from '../../derive/kills/group-name.ts';
import {
  culpritEn,
  culpritZh,
  fullEn,
  fullZh,
  killFigures,
  whenEn,
  whenZh,
} from '../../derive/kills/kill-words.ts';
import { shellQuote } from '../../derive/printed/shell-quote.ts';
import type { Fmt, Words } from '../../model/audit.ts';
import type { OomKilledArgs } from '../oom-killed.ts';

const names = (args: OomKilledArgs, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));
const comms = (args: OomKilledArgs, fmt: Fmt) => fmt.list(args.comms.map((comm) => fmt.name(comm)));
/** Who died together: the apps, and PM2 itself. */
const togetherEn = (args: OomKilledArgs, fmt: Fmt) =>
  fmt.list([...args.apps.map((app) => fmt.name(app)), ...(args.daemon ? ['the PM2 daemon'] : [])]);
const togetherZh = (args: OomKilledArgs, fmt: Fmt) =>
  fmt.list([...args.apps.map((app) => fmt.name(app)), ...(args.daemon ? ['PM2 守护进程'] : [])]);
const target = (args: OomKilledArgs, fmt: Fmt) => fmt.name(args.target ?? '');

/** Where the limit of a group is set, by what its path tells. */
function raiseEn({ path, raisedBytes }: NonNullable<OomKilledArgs['group']>, fmt: Fmt): string {
  const value = `${raisedBytes / (1024 * 1024)}M`;
  const unit = shellQuote(groupName(path));
  const how = {
    systemd: `As root: ${fmt.code(`systemctl set-property ${unit} MemoryMax=${value}`)}, if the host has that much to spare.`,
    docker: `For instance ${fmt.code(`docker update --memory ${value} --memory-swap ${value} CONTAINER`)}, if the host has that much to spare.`,
    kubernetes: `Raise ${fmt.code('resources.limits.memory')} of the container, for instance to ${fmt.bytes(raisedBytes)}.`,
    unknown: `Raise the limit where it is set, for instance to ${fmt.bytes(raisedBytes)}, if the host has that much to spare.`,
  };
  return how[groupKeeper(path)];
}

function heapProfileEn(fmt: Fmt): string {
  return `Find the growth with a heap profile (Node: ${fmt.code('--heapsnapshot-signal=SIGUSR2')}; Python: ${fmt.code('tracemalloc')}).`;
}

function raiseZh({ path, raisedBytes }: NonNullable<OomKilledArgs['group']>, fmt: Fmt): string {
  const value = `${raisedBytes / (1024 * 1024)}M`;
  const unit = shellQuote(groupName(path));
  const how = {
    systemd: `以 root 执行 ${fmt.code(`systemctl set-property ${unit} MemoryMax=${value}`)}，前提是主机有足够的余量。`,
    docker: `例如 ${fmt.code(`docker update --memory ${value} --memory-swap ${value} CONTAINER`)}，前提是主机有足够的余量。`,
    kubernetes: `调高该容器的 ${fmt.code('resources.limits.memory')}，例如 ${fmt.bytes(raisedBytes)}。`,
    unknown: `在设置上限的地方调高，例如 ${fmt.bytes(raisedBytes)}，前提是主机有足够的余量。`,
  };
  return how[groupKeeper(path)];
}

function heapProfileZh(fmt: Fmt): string {
  return `用堆分析找出增长的来源（Node：${fmt.code('--heapsnapshot-signal=SIGUSR2')}；Python：${fmt.code('tracemalloc')}）。`;
}

export const oomKilledEn: Words<OomKilledArgs> = {
  title: 'The OOM killer took an app',
  why: 'When memory runs out, the kernel ends one process with SIGKILL: no clean-up, no last log line. PM2 starts the app again and shows exit code 0, so nothing but the kernel log tells what happened. A kill is tied to an app by its pid, its process tree, its own log or PM2’s log line of the same moment, and each tie says how sure it is.',
  found(args, fmt) {
    const when = whenEn(args, fmt);
    if (args.story === 'app')
      return `${names(args, fmt)} was ${args.sure === 'possible' ? 'possibly ' : ''}killed for memory ${when}`;
    if (args.story === 'together')
      return `${togetherEn(args, fmt)} were killed for memory in one shortage ${when}`;
    if (args.story === 'one-of' && !args.ended)
      return `${args.kills === 1 ? 'A process' : `${fmt.count(args.kills)} processes`} of PM2’s ${args.kills === 1 ? 'was' : 'were'} killed for memory, last on ${fmt.time(args.last ?? 0)}: of ${fmt.list(args.apps.map((app) => fmt.name(app)))}, not known which`;
    if (args.story === 'one-of')
      return args.kills === 1
        ? `One of ${names(args, fmt)} was killed for memory ${when}; which one could not be told`
        : `${names(args, fmt)} share ${fmt.count(args.kills)} kills for memory between them, last on ${fmt.time(args.last ?? 0)}; which kill took which app could not be told`;
    if (args.story === 'daemon') {
      if (args.unit !== null) return `${args.killers[0] ?? 'A killer'} ended PM2 with all its apps ${when}`;
      return `The PM2 daemon itself was ${args.sure === 'certain' ? '' : 'probably '}killed for memory ${when}`;
    }
    if (args.story === 'outside')
      return `${comms(args, fmt)}, not run by PM2, was killed for memory ${when}, while ${names(args, fmt)} held more`;
    if (args.story === 'asked') return `The OOM killer was called by hand ${when}`;
    if (args.story === 'rest')
      return `${plural(args.apps.length, fmt.count(args.apps.length), 'more app was', 'more apps were')} killed for memory: ${names(args, fmt)}`;
    const count = plural(args.kills, fmt.count(args.kills), 'process', 'processes');
    if (args.story === 'undated')
      return `The log shows ${count} killed for memory, at a time it does not tell`;
    return `${count} ${args.kills === 1 ? 'was' : 'were'} killed for memory, last on ${fmt.time(args.last ?? 0)}; which app it was could not be told`;
  },
  effect(args, fmt) {
    const cause = `${fullEn(args, fmt)}${culpritEn(args, fmt)}`;
    if (args.story === 'daemon' && args.unit !== null)
      return `${cause}All processes of ${fmt.code(groupName(args.unit))} ended at once, apps and daemon alike.`;
    if (args.story === 'daemon')
      return `${cause}Without its daemon no app is watched: Node apps end with it, others run on as orphans that the next daemon does not know.`;
    if (args.story === 'outside')
      return `${cause}PM2’s apps lived on this time. The next kill may take one of them.`;
    if (args.story === 'asked')
      return `Somebody asked the kernel for it (SysRq f). It says nothing about memory running out. Killed: ${comms(args, fmt)}.`;
    if (args.story === 'undated')
      return `${cause}The lines carry no date, so they may be older than the window of this report. Killed: ${comms(args, fmt)}.`;
    if (args.story === 'untied')
      return `${cause}Killed: ${comms(args, fmt)}. No pid, log line or PM2 record ties ${args.kills === 1 ? 'it' : 'them'} to an app, so no app is blamed.`;
    if (args.story === 'together')
      return `${cause}${fmt.count(args.kills)} processes died within seconds of each other: ending one did not free enough.${args.daemon ? ' Without its daemon no app is watched, and all restart counters begin at 0.' : ''}`;
    if (args.story === 'one-of' && !args.ended)
      return `${cause}Its cgroup is PM2’s, but pm2.log shows no app end at that moment: most likely it was a child, and its app lived on. What it had in hand was lost.`;
    const guess =
      args.sure === 'possible'
        ? 'The tie to the app is a guess: time and name fit, the pid is not proven. '
        : '';
    return `${cause}${guess}The process ended at once: requests in flight were lost, and nothing was saved on the way out.`;
  },
  figures: (args, fmt) =>
    killFigures(args, fmt, {
      kills: 'kills',
      held: 'held when killed',
      limit: 'limit that was full',
      last: 'last',
      to: ' to ',
    }),
  fix(args, fmt) {
    const app = target(args, fmt);
    const common = {
      verify: `No new kill in the next report; ${fmt.code('pm2-audit oom')} lists all of them.`,
      undo: 'Restore what you changed and restart the app.',
    };
    if (args.plan === 'limit')
      return {
        title: `Give ${app} a memory limit of ${args.proposed ?? ''}`,
        steps: [
          'PM2 then restarts it in an orderly way before the kernel ends it. This bounds the growth; it does not cure it.',
        ],
        expected: `PM2 restarts ${app} at ${args.proposed ?? ''}, before the kernel has to. It looks every 30 s, so growth faster than that still gets past.`,
        verify: `${fmt.code(`pm2-audit --app ${shellQuote(args.target ?? '')}`)} shows the limit ${args.proposed ?? ''}, and no new kill.`,
        undo: 'Restore the old lines and run the same command.',
        minutes: 2,
      };
    if (args.plan === 'late')
      return {
        title: `Find what grows in ${app}`,
        steps: [
          `Its limit of ${args.proposed ?? ''} is in force. If it was so then, the app grew past it within the 30 s in which PM2 does not look: a lower limit would hardly have come in time.`,
          heapProfileEn(fmt),
        ],
        expected: 'The app no longer grows in bursts; its limit can catch the rest.',
        ...common,
        minutes: 60,
      };
    if (args.plan === 'workers')
      return {
        title: isWrapped(args.kinds)
          ? `Start ${app} directly, so that PM2 measures it`
          : `Bound the child processes of ${app}`,
        steps: [
          'PM2 measures the parent only, so max_memory_restart cannot fire here.',
          ...workerStepsEn(args.kinds, fmt),
        ],
        expected: 'All its processes together stay below what the host or its limit can give.',
        ...common,
        minutes: 15,
      };
    if (args.plan === 'group' && args.group !== null)
      return {
        title: `Give ${fmt.code(groupName(args.group.path))} more memory than ${fmt.bytes(args.group.bytes)}, or run less in it`,
        steps: [
          `${app} was killed at about its ordinary size: a restart limit low enough to come before the kernel would restart it for nothing.`,
          raiseEn(args.group, fmt),
        ],
        expected: 'All that runs in the group fits at its peak.',
        ...common,
        minutes: 10,
      };
    if (args.plan === 'culprit')
      return {
        title: `Bound ${app}, the biggest process at that moment`,
        steps: [
          'It is not known as a PM2 app, so no PM2 setting reaches it.',
          `Run it in its own scope with a limit, for instance ${fmt.code('systemd-run --scope -p MemoryMax=2G COMMAND')}, or lower its own memory setting.`,
        ],
        expected: 'Only that process is ended when it grows, not an app beside it.',
        ...common,
        minutes: 10,
      };
    return {
      title: app === '' ? 'Make room, or find what grows' : `Make room for ${app}, or find what grows in it`,
      steps: [
        'No restart limit can be proposed from what is known of it now: it would either restart a healthy app or come too late.',
        `${heapProfileEn(fmt)} Or move the work, or give the host more memory.`,
      ],
      expected: 'The app fits into its memory at its peak.',
      ...common,
      minutes: 60,
    };
  },
};

export const oomKilledZh: Words<OomKilledArgs> = {
  title: '应用因内存不足被强杀',
  why: '内存耗尽时，内核用 SIGKILL 终止一个进程：来不及清理，也不会留下最后一行日志。PM2 随后重新拉起应用，并记为退出码 0，因此只有内核日志知道发生了什么。本检查依据 pid、进程树、应用自身日志或同一时刻的 PM2 日志，把强杀记录对应到应用，并注明把握程度。',
  found(args, fmt) {
    const when = whenZh(args, fmt);
    const count = fmt.count(args.kills);
    if (args.story === 'app')
      return `${names(args, fmt)} ${args.sure === 'possible' ? '可能' : ''}因内存不足被强杀 ${count} 次（${when}）`;
    if (args.story === 'together')
      return `${togetherZh(args, fmt)} 在同一次内存耗尽中被强杀，共 ${count} 次（${when}）`;
    if (args.story === 'one-of' && !args.ended)
      return `PM2 的 ${count} 个进程因内存不足被强杀（${when}），属于 ${names(args, fmt)} 之一，无法判断是哪一个`;
    if (args.story === 'one-of')
      return args.kills === 1
        ? `${names(args, fmt)} 之一因内存不足被强杀（${when}），无法判断是哪一个`
        : `${names(args, fmt)} 合计因内存不足被强杀 ${count} 次（${when}），无法判断每次是哪一个`;
    if (args.story === 'daemon') {
      if (args.unit !== null)
        return `${args.killers[0] ?? '用户态工具'} 终止了 PM2 及其全部应用，共 ${count} 次（${when}）`;
      return `PM2 守护进程${args.sure === 'certain' ? '' : '很可能'}因内存不足被强杀 ${count} 次（${when}）`;
    }
    if (args.story === 'outside')
      return `PM2 之外的 ${comms(args, fmt)} 因内存不足被强杀（${when}），而当时 ${names(args, fmt)} 占用更多`;
    if (args.story === 'asked') return `有人手动触发了 OOM killer（${when}）`;
    if (args.story === 'rest')
      return `另有 ${fmt.count(args.apps.length)} 个应用因内存不足被强杀：${names(args, fmt)}`;
    if (args.story === 'undated') return `日志显示 ${count} 个进程因内存不足被强杀，但没有时间`;
    return `${count} 个进程因内存不足被强杀，最近一次为 ${fmt.time(args.last ?? 0)}，无法判断属于哪个应用`;
  },
  effect(args, fmt) {
    const cause = `${fullZh(args, fmt)}${culpritZh(args, fmt)}`;
    if (args.story === 'daemon' && args.unit !== null)
      return `${cause}${fmt.code(groupName(args.unit))} 中的所有进程同时终止，应用与守护进程无一例外。`;
    if (args.story === 'daemon')
      return `${cause}守护进程一旦终止，所有应用都无人看管：Node 应用随之退出，其他应用成为孤儿进程，新的守护进程并不认识它们。`;
    if (args.story === 'outside') return `${cause}这一次 PM2 的应用没有受影响，下一次可能轮到它们。`;
    if (args.story === 'asked')
      return `这是人工要求内核执行的（SysRq f），并不说明内存耗尽。被杀进程：${comms(args, fmt)}。`;
    if (args.story === 'undated')
      return `${cause}这些日志没有日期，可能早于本报告的统计时段。被杀进程：${comms(args, fmt)}。`;
    if (args.story === 'untied')
      return `${cause}被杀进程：${comms(args, fmt)}。没有 pid、日志或 PM2 记录能把它对应到某个应用，因此不归咎于任何应用。`;
    if (args.story === 'together')
      return `${cause}${fmt.count(args.kills)} 个进程在短时间内相继被杀：只结束一个并不能腾出足够的内存。${args.daemon ? '守护进程终止后所有应用都无人看管，重启次数也从 0 开始。' : ''}`;
    if (args.story === 'one-of' && !args.ended)
      return `${cause}它位于 PM2 的 cgroup 中，但 pm2.log 在那一刻没有应用退出的记录：很可能是某个应用的子进程，应用本身仍在运行。子进程手头的任务已丢失。`;
    const guess = args.sure === 'possible' ? '对应到该应用只是推测：时间与名称吻合，但 pid 无法核实。' : '';
    return `${cause}${guess}被强杀的进程立即终止：正在处理的请求丢失，也来不及保存数据。`;
  },
  figures: (args, fmt) =>
    killFigures(args, fmt, {
      kills: '强杀次数',
      held: '被杀时占用',
      limit: '触及的上限',
      last: '最近一次',
      to: ' 至 ',
    }),
  fix(args, fmt) {
    const app = target(args, fmt);
    const common = {
      verify: `下次报告中没有新的强杀；${fmt.code('pm2-audit oom')} 可列出全部记录。`,
      undo: '恢复改动并重启应用。',
    };
    if (args.plan === 'limit')
      return {
        title: `给 ${app} 设置 ${args.proposed ?? ''} 的内存上限`,
        steps: ['设置后，PM2 会在内核动手之前有序地重启它。这只能约束增长，并不能消除增长本身。'],
        expected: `${app} 达到 ${args.proposed ?? ''} 时由 PM2 重启，不必等到内核动手。PM2 每 30 秒检查一次，更快的增长仍可能漏过。`,
        verify: `${fmt.code(`pm2-audit --app ${shellQuote(args.target ?? '')}`)} 显示上限 ${args.proposed ?? ''}，且没有新的强杀。`,
        undo: '恢复原来的内容，再次执行同一条命令。',
        minutes: 2,
      };
    if (args.plan === 'late')
      return {
        title: `找出 ${app} 增长的来源`,
        steps: [
          `目前已有 ${args.proposed ?? ''} 的上限。若当时就已设置，说明它在 PM2 两次检查之间的 30 秒内超过了上限，再调低也很难及时生效。`,
          heapProfileZh(fmt),
        ],
        expected: '应用不再骤增，其余的增长由上限兜住。',
        ...common,
        minutes: 60,
      };
    if (args.plan === 'workers')
      return {
        title: isWrapped(args.kinds) ? `直接启动 ${app}，让 PM2 统计到它` : `约束 ${app} 的子进程`,
        steps: ['PM2 只统计父进程，max_memory_restart 在这里不会触发。', ...workerStepsZh(args.kinds, fmt)],
        expected: '所有进程合计不超过主机或上限所能提供的内存。',
        ...common,
        minutes: 15,
      };
    if (args.plan === 'group' && args.group !== null)
      return {
        title: `调高 ${fmt.code(groupName(args.group.path))} 的内存上限（${fmt.bytes(args.group.bytes)}），或减少其中运行的程序`,
        steps: [
          `${app} 在接近平时占用时就被强杀：重启上限若低到能赶在内核之前生效，就会误重启正常的应用。`,
          raiseZh(args.group, fmt),
        ],
        expected: '该分组中的全部程序在峰值时也放得下。',
        ...common,
        minutes: 10,
      };
    if (args.plan === 'culprit')
      return {
        title: `约束当时占用最大的进程 ${app}`,
        steps: [
          '未发现它由 PM2 管理，因此 PM2 的任何设置都管不到它。',
          `让它在单独的 scope 中运行并设置上限，例如 ${fmt.code('systemd-run --scope -p MemoryMax=2G COMMAND')}，或调低它自身的内存设置。`,
        ],
        expected: '它增长时只有它自己被终止，不再波及旁边的应用。',
        ...common,
        minutes: 10,
      };
    return {
      title: app === '' ? '腾出内存，或找出增长的来源' : `为 ${app} 腾出内存，或找出它增长的来源`,
      steps: [
        '按目前掌握的情况无法给出合适的重启上限：要么会误重启正常的应用，要么来不及生效。',
        `${heapProfileZh(fmt)}也可以迁走部分任务，或为主机增加内存。`,
      ],
      expected: '应用在峰值时也能放进可用内存。',
      ...common,
      minutes: 60,
    };
  },
};
