import { pm2Command } from '../derive/printed/pm2-command.ts';
import { daemonTrends, heavyDaemonBytes } from '../derive/trends/daemon-trend.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';
import type { DaemonTrend } from '../model/trend.ts';

type Args = {
  readonly home: string;
  readonly rssBytes: number;
  readonly version: string | null;
  readonly uptimeMs: number | null;
  readonly apps: number;
  /** `grows`: it is small so far. */
  readonly level: 'grows' | 'watch' | 'warn';
  /** A collector saw it grow; null = it does not, or nobody watched. */
  readonly perDayBytes: number | null;
  readonly watchedMs: number | null;
  /** When it holds `heavyBytes`; null = it does already, or not within 400 days. */
  readonly heavyAt: number | null;
  readonly earliest: number | null;
  readonly latest: number | null;
  readonly heavyBytes: number;
};

const growsEn = (args: Args, fmt: Fmt): string => {
  if (args.perDayBytes === null || args.watchedMs === null) return '';
  const interval =
    args.earliest === null || args.latest === null
      ? ''
      : ` (between ${fmt.time(args.earliest)} and ${fmt.time(args.latest)})`;
  return ` It grew by ${fmt.bytes(args.perDayBytes)} a day over the ${fmt.duration(args.watchedMs)} it was watched${args.heavyAt === null ? '' : ` and, at this pace, reaches ${fmt.bytes(args.heavyBytes)} about ${fmt.time(args.heavyAt)}${interval}`}.`;
};
const growsZh = (args: Args, fmt: Fmt): string => {
  if (args.perDayBytes === null || args.watchedMs === null) return '';
  const interval =
    args.earliest === null || args.latest === null
      ? ''
      : `（区间 ${fmt.time(args.earliest)} 至 ${fmt.time(args.latest)}）`;
  return `观察的 ${fmt.duration(args.watchedMs)}内每天增长 ${fmt.bytes(args.perDayBytes)}${args.heavyAt === null ? '' : `，照此速度约 ${fmt.time(args.heavyAt)} 达到 ${fmt.bytes(args.heavyBytes)}${interval}`}。`;
};

export default defineAudit<Args, 'daemons', 'history', 'watchBytes' | 'warnBytes' | 'soonMs'>({
  id: 'daemon-bloated',
  topic: 'memory',
  needs: ['daemons'],
  wants: ['history'],
  limits: {
    watchBytes: {
      value: 150 * 1024 * 1024,
      unit: 'bytes',
      source: 'Unitech/pm2#6113; measured: a fresh daemon 59 MB, 300 apps 90 MB',
    },
    warnBytes: { value: heavyDaemonBytes, unit: 'bytes', source: 'Unitech/pm2#6113: 5.7 GB after 22 days' },
    soonMs: {
      value: 30 * 86_400_000,
      unit: 'ms',
      source: 'a daemon runs for months: one that is heavy within a month is renewed before it is',
    },
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
        `The PM2 daemon of ${fmt.code(args.home)} holds ${fmt.bytes(args.rssBytes)}${args.uptimeMs === null ? '' : ` after ${fmt.duration(args.uptimeMs)}`}${args.perDayBytes === null ? '' : ` and grows by ${fmt.bytes(args.perDayBytes)} a day`}`,
      effect: (args, fmt) =>
        `${args.level === 'warn' ? 'It takes memory from the apps and is itself a likely victim of the OOM killer; with it every Node app ends.' : args.level === 'watch' ? 'It is above what a daemon needs; if it grows on, it takes memory from the apps.' : 'It is small still; if it grows on, it takes memory from the apps.'}${growsEn(args, fmt)}${args.version === null ? '' : ` Version ${args.version}, ${fmt.count(args.apps)} ${args.apps === 1 ? 'app' : 'apps'}.`}`,
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
        `${fmt.code(args.home)} 的 PM2 守护进程占用 ${fmt.bytes(args.rssBytes)}${args.uptimeMs === null ? '' : `，已运行 ${fmt.duration(args.uptimeMs)}`}${args.perDayBytes === null ? '' : `，每天增长 ${fmt.bytes(args.perDayBytes)}`}`,
      effect: (args, fmt) =>
        `${args.level === 'warn' ? '它挤占应用的内存，自身也容易成为强杀对象；一旦被杀，所有 Node 应用随之终止。' : args.level === 'watch' ? '已超过守护进程正常所需；若继续增长，会挤占应用的内存。' : '目前仍不大；若继续增长，会挤占应用的内存。'}${growsZh(args, fmt)}${args.version === null ? '' : `版本 ${args.version}，${fmt.count(args.apps)} 个应用。`}`,
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
  check({ daemons, history }, { now, limits }) {
    const trends = daemonTrends(history, now);
    const growthOf = (home: string): DaemonTrend | null => {
      const trend = trends.get(home);
      return trend?.kind === 'leak' ? trend : null;
    };
    const isSoon = (home: string): boolean => {
      const at = growthOf(home)?.reach?.at;
      return at !== undefined && at <= now + limits.soonMs;
    };
    return daemons
      .filter(({ rssBytes, home }) => rssBytes !== null && (rssBytes >= limits.watchBytes || isSoon(home)))
      .slice(0, 10)
      .map((daemon) => {
        const rssBytes = daemon.rssBytes ?? 0;
        const level =
          rssBytes >= limits.warnBytes ? 'warn' : rssBytes >= limits.watchBytes ? 'watch' : 'grows';
        const growth = growthOf(daemon.home);
        const reach = level === 'warn' ? null : (growth?.reach ?? null);
        return {
          subject: { kind: 'daemon', home: daemon.home },
          priority: level === 'warn' ? 'P1' : 'P2',
          // What it holds was read; that it goes on growing is inferred.
          confidence: level === 'grows' ? 'likely' : 'certain',
          args: {
            home: daemon.home,
            rssBytes,
            version: daemon.pm2Version,
            uptimeMs: daemon.startedAt === null ? null : now - daemon.startedAt,
            apps: daemon.apps.length,
            level,
            perDayBytes: growth?.bytesPerDay ?? null,
            watchedMs: growth === null ? null : (growth.to ?? 0) - (growth.from ?? 0),
            heavyAt: reach?.at ?? null,
            earliest: reach?.earliest ?? null,
            latest: reach?.latest ?? null,
            heavyBytes: limits.warnBytes,
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
