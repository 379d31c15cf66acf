import { attributeKills } from '../derive/kills/oom-attribution.ts';
import { daemonEndOf } from '../derive/restarts/daemon-end.ts';
import { readTimeline } from '../derive/restarts/log-timeline.ts';
import type { DaemonStart } from '../derive/restarts/process-end.ts';
import { defineAudit } from '../model/audit.ts';

type Args = {
  readonly home: string;
  /** `vanished`: no line says why · `error`: it gave up by itself · `signal`: somebody sent it SIGTERM or SIGINT. */
  readonly how: 'vanished' | 'error' | 'signal';
  readonly times: number;
  readonly last: number;
  /** Apps PM2 runs now. */
  readonly apps: number;
};

interface DaemonLoss {
  readonly start: DaemonStart;
  readonly how: Args['how'];
}

/**
 * A PM2 daemon that ended without being told by PM2's own commands, and was started again: its apps went down, and its
 * counters are back at 0. Updates, stops of the unit, reboots and kills for memory are told elsewhere, or are no fault.
 */
export default defineAudit<
  Args,
  'daemons' | 'pm2Log',
  'host' | 'oomLog' | 'processes' | 'appLogs' | 'startup' | 'unitJournal',
  'killMs'
>({
  id: 'daemon-died',
  topic: 'restarts',
  needs: ['daemons', 'pm2Log'],
  wants: ['host', 'oomLog', 'processes', 'appLogs', 'startup', 'unitJournal'],
  limits: {
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
      found: ({ home, how, times, last }, fmt) => {
        const ended = {
          vanished: 'ended without a farewell',
          error: 'gave up after an internal error',
          signal: 'was ended by a signal',
        }[how];
        return `The PM2 daemon of ${fmt.code(home)} ${ended} ${times === 1 ? `before ${fmt.time(last)}` : `${fmt.count(times)} times, last before ${fmt.time(last)}`}`;
      },
      effect: ({ apps, how }, fmt) => {
        const what = {
          vanished: 'It was killed or it crashed, and was started again; what ended it is not in its log.',
          error: 'PM2 caught an error of its own, stopped every app, and started itself and them again.',
          signal:
            'Somebody sent it SIGTERM or SIGINT instead of using pm2 or systemctl. All apps went down with it.',
        }[how];
        return `${what} ${apps === 1 ? 'One app runs' : `${fmt.count(apps)} apps run`} now, and their restart counters say nothing of the time before.`;
      },
      figures: ({ times, last }, fmt) => [
        ['ends in the window', fmt.count(times)],
        ['last start', fmt.time(last)],
      ],
      fix: ({ how }, fmt) => ({
        title: 'Find out what ended the PM2 daemon',
        steps: [
          how === 'error'
            ? `Read the stack below ${fmt.code('PM2 global error caught')} in ${fmt.code('pm2.log')}: a tool that speaks to PM2’s socket in a wrong way does that, so does a version of PM2 with that bug.`
            : `Look for a kill -9 in a script or a deploy, a memory limit of its unit, and a crash text at the end of ${fmt.code('pm2.log')} before the start.`,
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
      found: ({ home, how, times, last }, fmt) => {
        const ended = { vanished: '异常终止', error: '因内部错误重启', signal: '被信号终止' }[how];
        return times === 1
          ? `${fmt.code(home)} 的 PM2 守护进程在 ${fmt.time(last)} 之前${ended}`
          : `${fmt.code(home)} 的 PM2 守护进程${ended} ${fmt.count(times)} 次，最近一次在 ${fmt.time(last)} 之前`;
      },
      effect: ({ apps, how }, fmt) => {
        const what = {
          vanished: '它被强杀或自身崩溃，之后重新启动；原因不在它的日志里。',
          error: 'PM2 捕获到自身的错误，停止了全部应用，再重启自己和它们。',
          signal: '有人直接向它发送了 SIGTERM 或 SIGINT，而没有使用 pm2 或 systemctl，全部应用随之停止。',
        }[how];
        return `${what}目前运行 ${fmt.count(apps)} 个应用，重启计数不包含此前的情况。`;
      },
      figures: ({ times, last }, fmt) => [
        ['时段内异常终止', fmt.count(times)],
        ['最近一次启动', fmt.time(last)],
      ],
      fix: ({ how }, fmt) => ({
        title: '查明 PM2 守护进程被什么终止',
        steps: [
          how === 'error'
            ? `查看 ${fmt.code('pm2.log')} 中 ${fmt.code('PM2 global error caught')} 之后的调用栈：某个工具以错误的方式访问 PM2 套接字，或该版本的 PM2 自身有缺陷，都会如此。`
            : `检查脚本或部署流程中是否有 kill -9、所在单元是否有内存上限，以及 ${fmt.code('pm2.log')} 中这次启动之前的报错。`,
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
    const bootedAt = seen.host?.bootedAt ?? null;
    return seen.pm2Log.flatMap((log) => {
      const daemon = seen.daemons.find(({ home }) => home === log.home);
      if (daemon === undefined) return [];
      const { daemonStarts, from } = readTimeline(log.events);
      const units = (seen.startup?.holders ?? []).flatMap(({ home, unit }) =>
        home === log.home && unit !== null ? [unit.name] : [],
      );
      const journals = seen.unitJournal ?? [];
      const evidence = {
        journal: units.length === 0 ? journals : journals.filter(({ unit }) => units.includes(unit)),
        daemonKills: kills.filter(({ role }) => role === 'daemon'),
        bootedAt,
      };
      const ends = daemonStarts.flatMap((start): readonly DaemonLoss[] => {
        // The first start of a log has nothing before it, so it cannot lack a farewell.
        if (from === null || start.at <= from || start.at < window.from || start.at > window.to) return [];
        const { how } = daemonEndOf(start, evidence);
        if (how === 'error' || how === 'signal') return [{ start, how }];
        // Before this boot, a missing farewell may be a reboot or a power cut: not told apart, so not said.
        if (how !== 'vanished' || bootedAt === null || start.at < bootedAt) return [];
        const isKilled = kills.some(({ kill, app, role }) => {
          const isHere = role === 'daemon' || app?.home === log.home;
          return isHere && kill.at !== null && kill.at <= start.at && start.at - kill.at < limits.killMs;
        });
        return isKilled ? [] : [{ start, how }];
      });
      // A signal to the daemon is an order, though an odd one; the other two are failures.
      const failures = ends.filter(({ how }) => how !== 'signal');
      const told = failures.length > 0 ? failures : ends;
      const last = told.at(-1);
      if (last === undefined) return [];
      const { how } = last;
      return [
        {
          subject: { kind: 'daemon', home: log.home },
          priority: how === 'signal' ? 'P3' : 'P1',
          confidence: how === 'vanished' ? 'likely' : 'certain',
          args: { home: log.home, how, times: told.length, last: last.start.at, apps: daemon.apps.length },
          because: told.slice(-3).flatMap(({ start }) => {
            const { error, signalled } = start.gone;
            const line = (how === 'error' ? error : how === 'signal' ? signalled : null) ?? start.banner;
            return [{ source: log.path, at: line.at, text: line.text }];
          }),
          fix: { kind: 'manual' },
        },
      ];
    });
  },
});
