import { attributeKills } from '../derive/kills/oom-attribution.ts';
import { readTimeline } from '../derive/restarts/log-timeline.ts';
import { defineAudit } from '../model/audit.ts';

type Args = {
  readonly home: string;
  readonly times: number;
  readonly last: number;
  /** Apps PM2 runs now. */
  readonly apps: number;
};

/** A PM2 daemon that ended without a word and was started again: its apps went down, and its counters are back at 0. */
export default defineAudit<
  Args,
  'daemons' | 'pm2Log',
  'host' | 'oomLog' | 'processes' | 'appLogs' | 'startup',
  'bootMs' | 'killMs'
>({
  id: 'daemon-died',
  topic: 'restarts',
  needs: ['daemons', 'pm2Log'],
  wants: ['host', 'oomLog', 'processes', 'appLogs', 'startup'],
  limits: {
    bootMs: {
      value: 600_000,
      unit: 'ms',
      source: 'a start this soon after boot belongs to the boot: a reboot or a power cut is no fault of PM2',
    },
    killMs: {
      value: 300_000,
      unit: 'ms',
      source:
        'an OOM kill in the daemon’s group has its own finding; systemd and people start it again within minutes',
    },
  },
  references: [
    'PM2 7.0.4 lib/Daemon.js: "New PM2 Daemon started" follows "PM2 successfully stopped" or "Exited peacefully" when the end was in order',
    'Apps with the metrics agent end with their daemon; others live on unknown to the next one (measured on 7.0.4)',
  ],
  words: {
    en: {
      title: 'The PM2 daemon died',
      why: 'A daemon that is stopped writes a farewell to pm2.log. A start without one means that it was killed or crashed: apps went down with it or live on unsupervised, and every restart counter is back at 0.',
      found: ({ home, times, last }, fmt) =>
        `The PM2 daemon of ${fmt.code(home)} ended without a farewell ${times === 1 ? `before ${fmt.time(last)}` : `${fmt.count(times)} times, last before ${fmt.time(last)}`}`,
      effect: ({ apps }, fmt) =>
        `It was killed or it crashed, and was started again; what ended it is not in its log. ${apps === 1 ? 'One app runs' : `${fmt.count(apps)} apps run`} now, and their restart counters say nothing of the time before.`,
      figures: ({ times, last }, fmt) => [
        ['deaths in the window', fmt.count(times)],
        ['last start', fmt.time(last)],
      ],
      fix: (_args, fmt) => ({
        title: 'Find out what ended the PM2 daemon',
        steps: [
          `Look for a kill -9 in a script or a deploy, a memory limit of its unit, and a crash text at the end of ${fmt.code('pm2.log')} before the start.`,
        ],
        expected: 'The daemon ends only when it is asked to.',
        verify: 'The next report has no new start without a farewell.',
        undo: 'Not needed: looking changes nothing.',
        minutes: 20,
      }),
    },
    'zh-CN': {
      title: 'PM2 守护进程异常终止过',
      why: '守护进程正常停止时会在 pm2.log 中留下结束记录。启动记录之前没有结束记录，说明它被强杀或崩溃：应用随之中断，或脱离管理继续运行，所有重启计数归零。',
      found: ({ home, times, last }, fmt) =>
        times === 1
          ? `${fmt.code(home)} 的 PM2 守护进程在 ${fmt.time(last)} 之前异常终止`
          : `${fmt.code(home)} 的 PM2 守护进程异常终止 ${fmt.count(times)} 次，最近一次在 ${fmt.time(last)} 之前`,
      effect: ({ apps }, fmt) =>
        `它被强杀或自身崩溃，之后重新启动；原因不在它的日志里。目前运行 ${fmt.count(apps)} 个应用，重启计数不包含此前的情况。`,
      figures: ({ times, last }, fmt) => [
        ['时段内异常终止', fmt.count(times)],
        ['最近一次启动', fmt.time(last)],
      ],
      fix: (_args, fmt) => ({
        title: '查明 PM2 守护进程被什么终止',
        steps: [
          `检查脚本或部署流程中是否有 kill -9、所在单元是否有内存上限，以及 ${fmt.code('pm2.log')} 中这次启动之前的报错。`,
        ],
        expected: '守护进程只在收到停止请求时结束。',
        verify: '下次报告中不再出现没有结束记录的启动。',
        undo: '无需回退：排查不会改变任何东西。',
        minutes: 20,
      }),
    },
  },
  check(seen, { window, limits }) {
    const kills = seen.oomLog ? attributeKills({ ...seen, oomLog: seen.oomLog }) : [];
    return seen.pm2Log.flatMap((log) => {
      const daemon = seen.daemons.find(({ home }) => home === log.home);
      if (daemon === undefined) return [];
      const { daemonStarts, from } = readTimeline(log.events);
      const deaths = daemonStarts.filter(({ at, farewell }) => {
        // The first start of a log has nothing before it, so it cannot lack a farewell.
        if (farewell !== null || from === null || at <= from || at < window.from || at > window.to)
          return false;
        // Before this boot, a missing farewell may be a reboot or a power cut: not told apart, so not said.
        const booted = seen.host?.bootedAt ?? null;
        if (booted === null || at - booted < limits.bootMs) return false;
        return !kills.some(({ kill, app, role }) => {
          const isHere = role === 'daemon' || app?.home === log.home;
          return isHere && kill.at !== null && kill.at <= at && at - kill.at < limits.killMs;
        });
      });
      const last = deaths.at(-1);
      if (last === undefined) return [];
      return [
        {
          subject: { kind: 'daemon', home: log.home },
          priority: 'P1',
          confidence: 'likely',
          args: { home: log.home, times: deaths.length, last: last.at, apps: daemon.apps.length },
          because: deaths
            .slice(-3)
            .map(({ banner }) => ({ source: log.path, at: banner.at, text: banner.text })),
          fix: { kind: 'manual' },
        },
      ];
    });
  },
});
