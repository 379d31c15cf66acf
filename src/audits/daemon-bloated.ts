import { pm2Command } from '../derive/printed/pm2-command.ts';
import { defineAudit } from '../model/audit.ts';

type Args = {
  readonly home: string;
  readonly rssBytes: number;
  readonly version: string | null;
  readonly uptimeMs: number | null;
  readonly apps: number;
  readonly level: 'watch' | 'warn';
};

export default defineAudit<Args, 'daemons', never, 'watchBytes' | 'warnBytes'>({
  id: 'daemon-bloated',
  topic: 'memory',
  needs: ['daemons'],
  limits: {
    watchBytes: {
      value: 150 * 1024 * 1024,
      unit: 'bytes',
      source: 'Unitech/pm2#6113; measured: a fresh daemon 59 MB, 300 apps 90 MB',
    },
    warnBytes: { value: 500 * 1024 * 1024, unit: 'bytes', source: 'Unitech/pm2#6113: 5.7 GB after 22 days' },
  },
  references: [
    'Unitech/pm2#6113, Unitech/pm2#5145: the daemon’s own memory grows',
    'PM2 7.0.4 modules/pm2-axon/lib/sockets/pub.js: a slow subscriber of the bus is buffered without a bound',
  ],
  words: {
    en: {
      title: 'The PM2 daemon itself has grown',
      why: 'A fresh daemon holds about 60 MB. It grows when a program listens on its bus and reads too slowly, with much log output, and in some versions by itself. Nothing limits or restarts it: max_memory_restart is for apps only.',
      found: (args, fmt) =>
        `The PM2 daemon of ${fmt.code(args.home)} holds ${fmt.bytes(args.rssBytes)}${args.uptimeMs === null ? '' : ` after ${fmt.duration(args.uptimeMs)}`}`,
      effect: (args, fmt) =>
        `${args.level === 'warn' ? 'It takes memory from the apps and is itself a likely victim of the OOM killer; with it every Node app ends.' : 'It is above what a daemon needs; if it grows on, it takes memory from the apps.'}${args.version === null ? '' : ` Version ${args.version}, ${fmt.count(args.apps)} ${args.apps === 1 ? 'app' : 'apps'}.`}`,
      fix: (_args, fmt) => ({
        title: 'Renew the PM2 daemon at a quiet hour',
        steps: [
          `${fmt.code('pm2 update')} stops and starts every app once, and sets the restart counters to 0.`,
          'If it grows again, look for a program that listens on the bus (a log shipper, pm2 logs in a forgotten session).',
        ],
        expected: 'The daemon is back at about 60 MB.',
        verify: `${fmt.code('ps -eo rss,args | grep God')} or the next report shows it.`,
        undo: 'Not needed.',
        minutes: 5,
      }),
    },
    'zh-CN': {
      title: 'PM2 守护进程自身占用过大',
      why: '新启动的守护进程约占 60 MB。若有程序订阅其总线却读取过慢、日志输出量很大，或某些版本自身有问题，它会不断增长。没有任何机制约束或重启它：max_memory_restart 只对应用有效。',
      found: (args, fmt) =>
        `${fmt.code(args.home)} 的 PM2 守护进程占用 ${fmt.bytes(args.rssBytes)}${args.uptimeMs === null ? '' : `，已运行 ${fmt.duration(args.uptimeMs)}`}`,
      effect: (args, fmt) =>
        `${args.level === 'warn' ? '它挤占应用的内存，自身也容易成为强杀对象；一旦被杀，所有 Node 应用随之终止。' : '已超过守护进程正常所需；若继续增长，会挤占应用的内存。'}${args.version === null ? '' : `版本 ${args.version}，${fmt.count(args.apps)} 个应用。`}`,
      fix: (_args, fmt) => ({
        title: '选择空闲时段更新 PM2 守护进程',
        steps: [
          `${fmt.code('pm2 update')} 会让每个应用停止并重新启动一次，重启次数归零。`,
          '若再次增长，请查找订阅总线的程序（日志采集器，或忘记关闭的 pm2 logs）。',
        ],
        expected: '守护进程回到约 60 MB。',
        verify: `用 ${fmt.code('ps -eo rss,args | grep God')} 或下次报告查看。`,
        undo: '无需回退。',
        minutes: 5,
      }),
    },
  },
  check({ daemons }, { now, limits }) {
    return daemons
      .filter(({ rssBytes }) => rssBytes !== null && rssBytes >= limits.watchBytes)
      .slice(0, 10)
      .map((daemon) => {
        const rssBytes = daemon.rssBytes ?? 0;
        const level = rssBytes >= limits.warnBytes ? 'warn' : 'watch';
        return {
          subject: { kind: 'daemon', home: daemon.home },
          priority: level === 'warn' ? 'P1' : 'P2',
          confidence: 'certain',
          args: {
            home: daemon.home,
            rssBytes,
            version: daemon.pm2Version,
            uptimeMs: daemon.startedAt === null ? null : now - daemon.startedAt,
            apps: daemon.apps.length,
            level,
          },
          because: [],
          fix: {
            kind: 'command',
            asRoot: false,
            user: daemon.user,
            run: [pm2Command(daemon.home, 'save'), pm2Command(daemon.home, 'update')],
            undo: [],
          },
        };
      });
  },
});
