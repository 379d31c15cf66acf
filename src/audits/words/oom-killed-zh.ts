import { isWrapped, workerStepsZh } from '../../derive/apps/worker-words.ts';
import { groupKeeper, groupName } from '../../derive/kills/group-name.ts';
import { culpritZh, fullZh, killFigures, whenZh } from '../../derive/kills/kill-words.ts';
import { shellQuote } from '../../derive/printed/shell-quote.ts';
import type { Fmt, Words } from '../../model/audit.ts';
import type { OomKilledArgs } from '../oom-killed.ts';

const names = (args: OomKilledArgs, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));
const comms = (args: OomKilledArgs, fmt: Fmt) => fmt.list(args.comms.map((comm) => fmt.name(comm)));
const target = (args: OomKilledArgs, fmt: Fmt) => fmt.name(args.target ?? '');
const togetherZh = (args: OomKilledArgs, fmt: Fmt) =>
  fmt.list([...args.apps.map((app) => fmt.name(app)), ...(args.daemon ? ['PM2 守护进程'] : [])]);

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
    return `${count} 个进程因内存不足被强杀（${args.kills === 1 ? '' : '最近一次为 '}${fmt.time(args.last ?? 0)}），无法判断属于哪个应用`;
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
