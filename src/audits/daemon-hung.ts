import { pm2Command } from '../derive/printed/pm2-command.ts';
import { defineAudit } from '../model/audit.ts';

type Args = {
  readonly home: string;
  readonly pid: number | null;
  /** `T` = stopped by a signal or a debugger, `D` = waits for a disk, see proc_pid_stat(5); null = not seen. */
  readonly state: string | null;
  readonly rssBytes: number | null;
  readonly unit: string | null;
};

/** A PM2 daemon that accepts connections and does not answer. */
export default defineAudit<Args, 'daemons', 'processes' | 'startup'>({
  id: 'daemon-hung',
  topic: 'restarts',
  needs: ['daemons'],
  wants: ['processes', 'startup'],
  limits: {},
  references: [
    'proc_pid_stat(5): process states',
    'PM2 7.0.4 lib/Daemon.js: RPC and process supervision share one event loop',
  ],
  words: {
    en: {
      title: 'The PM2 daemon does not answer',
      why: 'The daemon starts apps again after a crash, collects their output and obeys commands. One that accepts a connection and does not reply does none of this, and pm2 commands wait for ever.',
      found: (args, fmt) =>
        `The PM2 daemon of ${fmt.code(args.home)} accepts connections and does not answer`,
      effect: (args, fmt) =>
        `Apps that run go on, but none is started again when it ends, and their output backs up. ${
          args.state === 'T'
            ? `Process ${args.pid} is stopped by a signal (state ${fmt.code('T')}).`
            : args.state === 'D'
              ? `Process ${args.pid} waits for a disk or a network file system (state ${fmt.code('D')}).`
              : 'Its event loop is busy or blocked. We could not see why.'
        }`,
      figures: (args, fmt) => [
        ...(args.pid === null ? [] : [['pid', String(args.pid)] as const]),
        ...(args.rssBytes === null ? [] : [['daemon memory', fmt.bytes(args.rssBytes)] as const]),
      ],
      fix: (args, fmt) =>
        args.state === 'T'
          ? {
              title: 'Let the PM2 daemon run on',
              steps: [],
              expected: 'The daemon answers at once; apps are not restarted.',
              verify: `${fmt.code('pm2 ping')} answers ${fmt.code('pong')}.`,
              undo: 'Not needed.',
              minutes: 1,
            }
          : {
              title: 'Restart the PM2 daemon',
              steps: [
                'This restarts all its apps. Try it once more first: a daemon under heavy load can answer a minute later.',
                ...(args.unit === null
                  ? [
                      'A daemon that was killed leaves apps behind that it does not know any more: look for them before the last command, and end them, or they run twice.',
                    ]
                  : []),
              ],
              expected: 'The daemon answers and supervises all saved apps.',
              verify: `${fmt.code('pm2 ls')} lists every app as ${fmt.code('online')}.`,
              undo: 'Not possible: the old daemon is gone. Apps that were not saved must be started by hand.',
              minutes: 10,
            },
    },
    'zh-CN': {
      title: 'PM2 守护进程没有响应',
      why: '守护进程负责在崩溃后拉起应用、收集输出、执行命令。能建立连接却不应答的守护进程做不了其中任何一件，pm2 命令也会一直等待。',
      found: (args, fmt) => `${fmt.code(args.home)} 的 PM2 守护进程可以连接，但没有应答`,
      effect: (args, fmt) =>
        `正在运行的应用不受影响，但退出后不会再被拉起，输出也会积压。${
          args.state === 'T'
            ? `进程 ${args.pid} 被信号暂停（状态 ${fmt.code('T')}）。`
            : args.state === 'D'
              ? `进程 ${args.pid} 在等待磁盘或网络文件系统（状态 ${fmt.code('D')}）。`
              : '其事件循环繁忙或被阻塞，原因看不到。'
        }`,
      figures: (args, fmt) => [
        ...(args.pid === null ? [] : [['pid', String(args.pid)] as const]),
        ...(args.rssBytes === null ? [] : [['守护进程内存', fmt.bytes(args.rssBytes)] as const]),
      ],
      fix: (args, fmt) =>
        args.state === 'T'
          ? {
              title: '让 PM2 守护进程继续运行',
              steps: [],
              expected: '守护进程立即应答，应用不会重启。',
              verify: `${fmt.code('pm2 ping')} 返回 ${fmt.code('pong')}。`,
              undo: '无需回退。',
              minutes: 1,
            }
          : {
              title: '重启 PM2 守护进程',
              steps: [
                '此操作会重启它管理的全部应用。请先再试一次：高负载下的守护进程可能一分钟后才应答。',
                ...(args.unit === null
                  ? [
                      '守护进程被杀后，可能留下它已不认识的应用进程：执行最后一条命令前先找出并结束它们，否则会重复运行。',
                    ]
                  : []),
              ],
              expected: '守护进程恢复应答，并管理所有已保存的应用。',
              verify: `${fmt.code('pm2 ls')} 中所有应用均为 ${fmt.code('online')}。`,
              undo: '无法回退：旧的守护进程已不存在。未保存的应用需手动启动。',
              minutes: 10,
            },
    },
  },
  check(seen) {
    return seen.daemons
      .filter((daemon) => daemon.state === 'hung')
      .map((daemon) => {
        const main = seen.processes?.processes.find((each) => each.pid === daemon.pid);
        const held = seen.startup?.holders.find((holder) => holder.home === daemon.home)?.unit?.name ?? null;
        const unit = held?.startsWith('pm2') && held.endsWith('.service') ? held : null;
        const state = main?.state ?? null;
        return {
          subject: { kind: 'daemon', home: daemon.home },
          priority: 'P0',
          confidence: state === 'T' ? 'certain' : 'likely',
          args: { home: daemon.home, pid: daemon.pid, state, rssBytes: daemon.rssBytes, unit },
          because: main ? [{ source: daemon.home, at: main.startedAt, text: main.comm }] : [],
          fix:
            daemon.pid === null
              ? { kind: 'manual' }
              : {
                  kind: 'command',
                  asRoot: state !== 'T' && unit !== null,
                  user: daemon.user,
                  run:
                    state === 'T'
                      ? [`kill -CONT ${daemon.pid}`]
                      : unit === null
                        ? [
                            `kill -KILL ${daemon.pid}`,
                            'ps -eo pid,ppid,lstart,args --sort=start_time',
                            pm2Command(daemon.home, 'resurrect'),
                          ]
                        : [`systemctl restart ${unit}`],
                  undo: [],
                },
        };
      });
  },
});
