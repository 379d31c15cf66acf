import { times } from '../../derive/english.ts';
import { culpritEn, culpritZh, fullEn, fullZh, heldText } from '../../derive/kills/kill-words.ts';
import { shellQuote } from '../../derive/printed/shell-quote.ts';
import type { Fmt, Words } from '../../model/audit.ts';
import type { OomTookAllArgs as Args } from '../oom-took-all.ts';

const names = (apps: readonly string[], fmt: Fmt) => fmt.list(apps.map((app) => fmt.name(app)));

function victimEn({ name, role, sure }: Args['victims'][number], fmt: Fmt): string {
  const maybe = sure === 'possible' ? 'perhaps ' : '';
  if (role === 'daemon') return 'the PM2 daemon itself';
  if (role === 'child') return `${maybe}a child of ${fmt.name(name)}`;
  return role === null || role === 'other'
    ? `a process called ${fmt.name(name)}`
    : `${maybe}${fmt.name(name)}`;
}

function victimZh({ name, role, sure }: Args['victims'][number], fmt: Fmt): string {
  const maybe = sure === 'possible' ? '（可能）' : '';
  if (role === 'daemon') return 'PM2 守护进程自身';
  if (role === 'child') return `${fmt.name(name)} 的子进程${maybe}`;
  return role === null || role === 'other' ? `名为 ${fmt.name(name)} 的进程` : `${fmt.name(name)}${maybe}`;
}

/** The kill: whom, how big, what was full, who was bigger. */
function killEn(args: Args, fmt: Fmt): string {
  const unit = fmt.code(args.unit);
  if (args.by === 'systemd-oomd') return `systemd-oomd ended ${unit} as a whole because of memory pressure. `;
  if (args.killed === null || args.victims.length === 0)
    return `One process of ${unit} was killed for memory. `;
  const held = heldText(args.killed, fmt, ' to ');
  const whom = fmt.list(args.victims.map((victim) => victimEn(victim, fmt)));
  const cause = `${fullEn(args.killed, fmt)}${culpritEn(args.killed, fmt)}`;
  return `The kernel killed ${whom}${held === null ? '' : ` (${held})`}. ${cause}`;
}

function killZh(args: Args, fmt: Fmt): string {
  const unit = fmt.code(args.unit);
  if (args.by === 'systemd-oomd') return `systemd-oomd 因内存压力终止了整个 ${unit}。`;
  if (args.killed === null || args.victims.length === 0) return `${unit} 中的一个进程因内存不足被强杀。`;
  const held = heldText(args.killed, fmt, ' 至 ');
  const whom = fmt.list(args.victims.map((victim) => victimZh(victim, fmt)));
  const cause = `${fullZh(args.killed, fmt)}${culpritZh(args.killed, fmt)}`;
  return `内核强杀了 ${whom}${held === null ? '' : `（占用 ${held}）`}。${cause}`;
}

/** systemd's answer, and who went down with it. */
function stopEn(args: Args, fmt: Fmt): string {
  const all =
    args.apps === null
      ? 'every app'
      : args.apps.length === 1
        ? 'its one app'
        : `all ${fmt.count(args.apps.length)} apps`;
  const list = args.apps === null || args.apps.length < 2 ? '' : ` (${names(args.apps, fmt)})`;
  const innocent = ', also those that had done nothing wrong';
  if (args.by === 'systemd-oomd') return `With it ${all}${list} went down at once${innocent}. `;
  const after = args.stopMs < 1000 ? 'at once' : `${fmt.duration(args.stopMs)} later`;
  const how = args.group
    ? `systemd had all processes of ${fmt.code(args.unit)} killed`
    : `systemd then stopped ${fmt.code(args.unit)}`;
  return `${how}: ${after} ${all}${list} ${args.apps?.length === 1 ? 'was' : 'were'} down${innocent}. `;
}

function stopZh(args: Args, fmt: Fmt): string {
  const all = args.apps === null ? '所有应用' : `全部 ${fmt.count(args.apps.length)} 个应用`;
  const list = args.apps === null || args.apps.length < 2 ? '' : `（${names(args.apps, fmt)}）`;
  const innocent = '，包括没有问题的应用';
  if (args.by === 'systemd-oomd') return `${all}${list}同时中断${innocent}。`;
  const after = args.stopMs < 1000 ? '随即' : `${fmt.duration(args.stopMs)}之内`;
  const how = args.group
    ? `systemd 让 ${fmt.code(args.unit)} 的所有进程一并被杀`
    : `systemd 接着停掉了 ${fmt.code(args.unit)}`;
  return `${how}：${after}${all}${list}中断${innocent}。`;
}

/** The way back. */
function backEn(args: Args, fmt: Fmt): string {
  if (!args.restarted) return 'The journal shows no automatic restart after it. ';
  const back =
    args.backMs === null
      ? 'systemd started PM2 again'
      : `systemd started PM2 again; ${args.missing.length > 0 ? 'the apps that came back' : 'the apps'} were online ${fmt.duration(args.backMs)} after the kill`;
  const missing =
    args.missing.length === 0
      ? ''
      : `${names(args.missing, fmt)} did not come back: look for ${args.missing.length === 1 ? 'it' : 'them'} in ${fmt.code('dump.pm2.bak')} before the next ${fmt.code('pm2 save')}. `;
  const looks = args.looksAsked ? ', and pm2.log has it as an ordinary stop' : '';
  return `${back}; all restart counters began at 0${looks}, so PM2 shows no trace of it. ${missing}`;
}

function backZh(args: Args, fmt: Fmt): string {
  if (!args.restarted) return '日志中没有看到此后的自动重启。';
  const back =
    args.backMs === null
      ? 'systemd 随后重新启动了 PM2'
      : `systemd 随后重新启动了 PM2，${args.missing.length > 0 ? '恢复的应用' : '应用'}在强杀后 ${fmt.duration(args.backMs)}重新上线`;
  const missing =
    args.missing.length === 0
      ? ''
      : `${names(args.missing, fmt)} 没有恢复：下次执行 ${fmt.code('pm2 save')} 之前，先到 ${fmt.code('dump.pm2.bak')} 中查找。`;
  const looks = args.looksAsked ? '，pm2.log 中的记录也与普通停止无异' : '';
  return `${back}；所有重启次数从 0 开始${looks}，因此 PM2 中看不到任何痕迹。${missing}`;
}

/** What else to do for the one that grew. */
function growthEn({ plan, proposed, target }: Args['plan'], fmt: Fmt): readonly string[] {
  const app = fmt.name(target ?? '');
  if (plan === 'limit')
    return [
      `Also give ${app} ${fmt.code(`max_memory_restart: '${proposed ?? ''}'`)}, so that PM2 restarts it before the kernel comes.`,
    ];
  if (plan === 'workers') return [`Also bound the child processes of ${app}: PM2 cannot measure them.`];
  if (plan === 'culprit') return [`Also cap ${app}, which PM2 does not run, where it is started.`];
  if (plan === 'late')
    return [`Also find what grows in ${app}: its limit of ${proposed ?? ''} did not come in time.`];
  return [];
}

function growthZh({ plan, proposed, target }: Args['plan'], fmt: Fmt): readonly string[] {
  const app = fmt.name(target ?? '');
  if (plan === 'limit')
    return [
      `同时为 ${app} 设置 ${fmt.code(`max_memory_restart: '${proposed ?? ''}'`)}，让 PM2 赶在内核之前重启它。`,
    ];
  if (plan === 'workers') return [`同时约束 ${app} 的子进程：PM2 无法计量它们。`];
  if (plan === 'culprit') return [`同时在启动处限制 ${app} 的内存，它不由 PM2 管理。`];
  if (plan === 'late') return [`同时查明 ${app} 中增长的来源：${proposed ?? ''} 的上限未能及时生效。`];
  return [];
}

const policy = (args: Args, fmt: Fmt): string =>
  fmt.code(
    args.by === 'kernel'
      ? `systemctl show -p OOMPolicy ${shellQuote(args.unit)}`
      : `systemctl show -p ManagedOOMPreference ${shellQuote(args.unit)}`,
  );

export const oomTookAllEn: Words<Args> = {
  title: 'One OOM kill ended all apps at once',
  why: 'systemd stopped the whole PM2 unit because one process in it was killed. PM2 writes this like an ordinary stop, so only the journal tells it apart. Counted are stops that the journal ties to a kill: the kill line, then “Failed with result”.',
  found: (args, fmt) =>
    `An OOM kill took PM2 and all its apps down${args.incidents === 1 ? ` on ${fmt.time(args.last)}` : ` ${times(args.incidents, fmt.count(args.incidents))}, last on ${fmt.time(args.last)}`}`,
  effect: (args, fmt) =>
    `${args.incidents > 1 ? 'The last time: ' : ''}${killEn(args, fmt)}${stopEn(args, fmt)}${backEn(args, fmt)}${args.mended ? 'The policy has been changed to continue since.' : ''}`.trim(),
  figures: (args, fmt) => [
    ['times', fmt.count(args.incidents)],
    ...(args.apps === null ? [] : [['apps down', fmt.count(args.apps.length)] as const]),
    ...(args.backMs === null ? [] : [['from the kill until online', fmt.duration(args.backMs)] as const]),
    ['last', fmt.time(args.last)],
  ],
  fix: (args, fmt) => ({
    title:
      args.by === 'kernel'
        ? `Let ${fmt.code(args.unit)} survive an OOM kill`
        : `Give ${fmt.code(args.unit)} more room before systemd-oomd acts`,
    steps: [
      args.by === 'kernel'
        ? `Check afterwards that the saved list is whole: ${fmt.code('pm2 ls')} against what you expect, then ${fmt.code('pm2 save')}.`
        : `See what systemd-oomd watches with ${fmt.code('oomctl')}. Lower the memory of the apps, or set ${fmt.code('ManagedOOMPreference=avoid')} for the unit.`,
      ...growthEn(args.plan, fmt),
    ],
    expected: 'The kernel’s victim dies alone and PM2 starts it again; the other apps run on.',
    verify: `${policy(args, fmt)} shows the new value.`,
    undo: 'Remove the file and reload systemd again.',
    minutes: args.by === 'kernel' ? 2 : 20,
  }),
};

export const oomTookAllZh: Words<Args> = {
  title: '一次强杀曾带走全部应用',
  why: 'PM2 所在 unit 中的一个进程被强杀后，systemd 停掉了整个 unit。PM2 对此的记录与普通停止无异，只有 systemd 日志能区分。这里只统计日志能够对应的停止：先有强杀记录，随后是 “Failed with result”。',
  found: (args, fmt) =>
    `一次内存不足强杀带走了 PM2 和全部应用${args.incidents === 1 ? `（${fmt.time(args.last)}）` : `，共 ${fmt.count(args.incidents)} 次，最近一次为 ${fmt.time(args.last)}`}`,
  effect: (args, fmt) =>
    `${args.incidents > 1 ? '最近一次：' : ''}${killZh(args, fmt)}${stopZh(args, fmt)}${backZh(args, fmt)}${args.mended ? '此后策略已改为 continue。' : ''}`,
  figures: (args, fmt) => [
    ['次数', fmt.count(args.incidents)],
    ...(args.apps === null ? [] : [['中断的应用', fmt.count(args.apps.length)] as const]),
    ...(args.backMs === null ? [] : [['从强杀到重新上线', fmt.duration(args.backMs)] as const]),
    ['最近一次', fmt.time(args.last)],
  ],
  fix: (args, fmt) => ({
    title:
      args.by === 'kernel'
        ? `让 ${fmt.code(args.unit)} 在强杀后继续运行`
        : `在 systemd-oomd 动手之前，为 ${fmt.code(args.unit)} 留出余量`,
    steps: [
      args.by === 'kernel'
        ? `事后确认保存的列表完整：用 ${fmt.code('pm2 ls')} 核对，再执行 ${fmt.code('pm2 save')}。`
        : `用 ${fmt.code('oomctl')} 查看 systemd-oomd 监控的对象。降低应用内存，或为该 unit 设置 ${fmt.code('ManagedOOMPreference=avoid')}。`,
      ...growthZh(args.plan, fmt),
    ],
    expected: '只有被内核选中的进程终止并由 PM2 重新拉起，其他应用不受影响。',
    verify: `${policy(args, fmt)} 显示新值。`,
    undo: '删除该文件并重新加载 systemd 配置。',
    minutes: args.by === 'kernel' ? 2 : 20,
  }),
};
