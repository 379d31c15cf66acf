import { pm2Command } from '../derive/printed/pm2-command.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';

type Args = {
  readonly home: string;
  /** Apps that are online without a process: the cause. */
  readonly broken: readonly string[];
  /** Running apps whose memory PM2 shows as 0, and how many of them have a limit that cannot fire now. */
  readonly zeroed: number;
  readonly limits: number;
};

const names = (args: Args, fmt: Fmt) => fmt.list(args.broken.map((name) => fmt.name(name)));

export default defineAudit<Args, 'daemons', 'pm2Log'>({
  id: 'monitoring-zeroed',
  topic: 'memory',
  needs: ['daemons'],
  wants: ['pm2Log'],
  limits: {},
  references: [
    'PM2 7.0.4 lib/God/ActionMethods.js, getMonitorData: one pid that is undefined makes pidusage fail for all',
    'Reproduced on PM2 5.4.3, 6.0.14 and 7.0.4: a respawn into a deleted working directory',
  ],
  words: {
    en: {
      title: 'One broken app hides the memory of all',
      why: 'PM2 asks for the memory of all apps in one call. An app that is online without a process, because its last start failed, makes that call fail, and PM2 then shows 0 for every app. While it lasts no max_memory_restart of this daemon can fire.',
      found: (args, fmt) =>
        `PM2 shows 0 memory for ${args.zeroed === 1 ? 'the one running app' : `all ${fmt.count(args.zeroed)} running apps`}, because ${names(args, fmt)} ${args.broken.length === 1 ? 'has' : 'have'} no process`,
      effect: (args, fmt) =>
        `${args.limits === 0 ? 'None of these apps has a memory limit; with one, it could not fire now.' : `${fmt.count(args.limits)} memory ${args.limits === 1 ? 'limit is' : 'limits are'} switched off by it.`} PM2’s list and its monitor show 0 for memory and CPU; the figures in this report come from the kernel.`,
      fix: (args, fmt) => ({
        title: `Stop ${names(args, fmt)} until it can start`,
        steps: [
          'A stopped app is left out of the call, so the figures of the others come back at once.',
          `Then mend what kept it from starting (working directory, interpreter, script; ${fmt.code('pm2 describe ID')} shows them) and start it.`,
        ],
        expected: 'PM2 shows memory again, and limits can fire.',
        verify: `${fmt.code('pm2 ls')} shows memory above 0 for the running apps.`,
        undo: 'Start it again.',
        minutes: 5,
      }),
    },
    'zh-CN': {
      title: '一个异常应用使全部应用的内存显示为 0',
      why: 'PM2 用一次调用查询全部应用的内存。若某个应用上次启动失败，状态为在线却没有进程，这次调用就会失败，PM2 随即把所有应用显示为 0。在此期间，该守护进程的任何 max_memory_restart 都不会触发。',
      found: (args, fmt) =>
        `PM2 将 ${fmt.count(args.zeroed)} 个运行中应用的内存全部显示为 0，起因是 ${names(args, fmt)} 没有进程`,
      effect: (args, fmt) =>
        `${args.limits === 0 ? '这些应用都未设置内存上限；即使设置了，现在也不会触发。' : `${fmt.count(args.limits)} 个内存上限因此失效。`}PM2 列表与监控中的内存和 CPU 均为 0；本报告中的数值来自内核。`,
      fix: (args, fmt) => ({
        title: `先停止 ${names(args, fmt)}，待其可以启动`,
        steps: [
          '已停止的应用不参与该查询，其他应用的数值会立即恢复。',
          `然后排除无法启动的原因（工作目录、解释器或脚本，可用 ${fmt.code('pm2 describe ID')} 查看）再启动。`,
        ],
        expected: 'PM2 恢复显示内存，上限可以触发。',
        verify: `${fmt.code('pm2 ls')} 中运行的应用内存大于 0。`,
        undo: '重新启动该应用。',
        minutes: 5,
      }),
    },
  },
  check({ daemons, pm2Log }) {
    return daemons.slice(0, 10).flatMap((daemon) => {
      const online = [...daemon.apps, ...daemon.modules].filter(({ status }) => status === 'online');
      const broken = online.filter(({ pid }) => pid === null);
      const running = online.filter(({ pid }) => pid !== null);
      if (broken.length === 0 || running.length === 0 || running.some(({ pm2RssBytes }) => pm2RssBytes !== 0))
        return [];
      const log = pm2Log?.find(({ home }) => home === daemon.home);
      const failed = log?.events.findLast(({ event }) => event.kind === 'spawn-failed');
      const blind = log?.events.findLast(({ event }) => event.kind === 'monitoring-failed');
      const ids = broken.map(({ ref }) => ref.pmId).join(' ');
      return [
        {
          subject: { kind: 'daemon', home: daemon.home },
          priority: 'P1',
          confidence: 'certain',
          args: {
            home: daemon.home,
            broken: broken.map(({ ref }) => ref.name),
            zeroed: running.length,
            limits: running.filter(({ settings }) => settings.maxMemoryRestartBytes !== null).length,
          },
          because: log
            ? [failed, blind].flatMap((line) =>
                line ? [{ source: log.path, at: line.at, text: line.text }] : [],
              )
            : [],
          fix: {
            kind: 'command',
            asRoot: false,
            user: daemon.user,
            run: [pm2Command(daemon.home, `stop ${ids}`)],
            undo: [pm2Command(daemon.home, `start ${ids}`)],
          },
        },
      ];
    });
  },
});
