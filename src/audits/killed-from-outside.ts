import { subjectOfApps } from '../derive/apps/app-groups.ts';
import { times } from '../derive/english.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import {
  type AppFailures,
  appFailures,
  type FailureFacts,
  failureFacts,
  failurePriority,
  urgentPerDay,
} from '../derive/restarts/app-failures.ts';
import { isFault } from '../derive/restarts/cause-words.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { Priority } from '../model/finding.ts';

type Args = {
  readonly apps: readonly FailureFacts[];
  /** The kernel's log covers all of them: it was no kill for memory. False = SIGKILL may have been one. */
  readonly isProven: boolean;
  /** PM2 started it again after the newest. */
  readonly isAnswered: boolean;
};

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const first = (args: Args) => args.apps[0];
const signalOf = (args: Args) => first(args)?.signal ?? '';

/** Ended by a signal that neither PM2 nor the kernel sent. */
export default defineAudit<Args, 'daemons' | 'pm2Log', (typeof restartWants)[number], 'urgentPerDay'>({
  id: 'killed-from-outside',
  topic: 'restarts',
  needs: ['daemons', 'pm2Log'],
  wants: [...restartWants],
  limits: { urgentPerDay },
  references: [
    'PM2 7.0.4 lib/God.js: the exit line names the signal; a stop by PM2 is announced by "Stopping app"',
    'kill(2), auditctl(8)',
  ],
  words: {
    en: {
      title: 'An app was killed from outside',
      why: 'PM2 announces each stop of its own in pm2.log. An app that ends by SIGKILL or SIGTERM without such a line was ended by somebody else: a deploy script, a watchdog, a person, or the kernel for lack of memory, which its own log shows.',
      found(args, fmt) {
        const app = first(args);
        if (app === undefined) return '';
        if (args.apps.length > 1)
          return `${fmt.count(args.apps.length)} apps were ended by a signal that PM2 did not send: ${fmt.list(args.apps.map((one) => `${fmt.name(one.name)} ${fmt.count(one.times)}`))}`;
        const when =
          app.times === 1
            ? `on ${fmt.time(app.last)}`
            : `${times(app.times, fmt.count(app.times))}, last on ${fmt.time(app.last)}`;
        return `Something ended ${fmt.name(app.name)} by ${signalOf(args)} ${when}`;
      },
      effect(args) {
        const app = first(args);
        const who = args.isProven
          ? 'Neither PM2 nor the kernel did it: no stop stands in pm2.log, no kill for memory in the kernel log.'
          : signalOf(args) === 'SIGKILL'
            ? 'PM2 did not do it. It was a kill by hand, or one for lack of memory that no log we could read shows.'
            : 'PM2 did not do it, nor does the kernel send this signal by itself.';
        const cut =
          signalOf(args) === 'SIGKILL' ? ' SIGKILL leaves no time to finish or to save anything.' : '';
        const state = app && !app.goesOn && app.times > 1 ? ' It has not happened since.' : '';
        return `${who}${cut} ${args.isAnswered ? 'PM2 started it again.' : 'PM2 did not start it again.'}${state}`;
      },
      fix: (args, fmt) => ({
        title: `Find what sends ${signalOf(args)} to ${names(args, fmt)}`,
        steps: [
          `Look for ${fmt.code('kill')}, ${fmt.code('pkill')} and ${fmt.code('fuser -k')} in deploy scripts, timers and health checks that ran at these times.`,
          `If nobody owns up, let the kernel write it down: ${fmt.code('auditctl -a always,exit -F arch=b64 -S kill -S tkill -S tgkill -k who-kills')}, later ${fmt.code('ausearch -k who-kills -i')}.`,
        ],
        expected: 'The sender is known; a script uses pm2 reload or pm2 stop instead.',
        verify: 'The next report shows no new end by that signal.',
        undo: `Remove the rule: ${fmt.code('auditctl -D -k who-kills')}.`,
        minutes: 20,
      }),
    },
    'zh-CN': {
      title: '应用被外部信号终止',
      why: 'PM2 主动停止应用时，会先在 pm2.log 中记录。没有这条记录却因 SIGKILL 或 SIGTERM 退出，说明是别处发出的信号：部署脚本、看门狗、人工操作，或内核因内存不足强杀（内核日志会有记录）。',
      found(args, fmt) {
        const app = first(args);
        if (app === undefined) return '';
        if (args.apps.length > 1)
          return `${fmt.count(args.apps.length)} 个应用被非 PM2 发出的信号终止：${fmt.list(args.apps.map((one) => `${fmt.name(one.name)} ${fmt.count(one.times)} 次`))}`;
        return app.times === 1
          ? `${fmt.name(app.name)} 于 ${fmt.time(app.last)} 被外部 ${signalOf(args)} 终止`
          : `${fmt.name(app.name)} 被外部 ${signalOf(args)} 终止 ${fmt.count(app.times)} 次，最近一次为 ${fmt.time(app.last)}`;
      },
      effect(args) {
        const app = first(args);
        const who = args.isProven
          ? '既不是 PM2，也不是内核：pm2.log 中没有停止记录，内核日志中也没有内存不足强杀。'
          : signalOf(args) === 'SIGKILL'
            ? '不是 PM2 所为：可能是人工或脚本 kill，也可能是内存不足强杀，但可读的日志中没有记录。'
            : '不是 PM2 所为，内核也不会主动发送这个信号。';
        const cut = signalOf(args) === 'SIGKILL' ? '进程来不及完成请求或保存数据。' : '';
        const state = app && !app.goesOn && app.times > 1 ? '此后未再发生。' : '';
        return `${who}${cut}${args.isAnswered ? 'PM2 已重新拉起。' : 'PM2 没有再启动它。'}${state}`;
      },
      fix: (args, fmt) => ({
        title: `查明是谁向 ${names(args, fmt)} 发送 ${signalOf(args)}`,
        steps: [
          `检查这些时刻运行过的部署脚本、定时任务和健康检查，是否用到 ${fmt.code('kill')}、${fmt.code('pkill')} 或 ${fmt.code('fuser -k')}。`,
          `仍找不到时，让内核审计记录下来：${fmt.code('auditctl -a always,exit -F arch=b64 -S kill -S tkill -S tgkill -k who-kills')}，之后用 ${fmt.code('ausearch -k who-kills -i')} 查看。`,
        ],
        expected: '找到发送者；脚本改用 pm2 reload 或 pm2 stop。',
        verify: '下次报告中没有新的此类终止。',
        undo: `删除审计规则：${fmt.code('auditctl -D -k who-kills')}。`,
        minutes: 20,
      }),
    },
  },
  check(seen, { now, window, covers, limits }) {
    const stories = storiesByApp(seen, { now, window, covers });
    const found = appFailures(
      seen.daemons,
      stories,
      now,
      ({ cause, signal }) => cause === 'signal' && signal !== null && !isFault(signal),
    );
    const draft = (list: readonly AppFailures[], priority: Priority): Draft<Args> => {
      const endings = list.flatMap((one) => one.endings);
      const isProven = endings.every(({ confidence }) => confidence === 'certain' || confidence === 'likely');
      return {
        subject: subjectOfApps(list.flatMap((one) => one.stories.map((story) => story.app))),
        priority,
        confidence: isProven ? 'likely' : 'possible',
        args: {
          apps: list.map(failureFacts),
          isProven,
          isAnswered: endings.every(({ next }) => next !== 'left-down'),
        },
        because: list
          .flatMap((one) => one.endings.slice(-2).flatMap(({ because }) => because.slice(0, 1)))
          .slice(-4),
        fix: { kind: 'manual' },
      };
    };
    const priorityOf = (one: AppFailures) => failurePriority(one, limits.urgentPerDay);
    const minor = found.filter((one) => priorityOf(one) === 'P3');
    return [
      ...fewDrafts(
        found.filter((one) => priorityOf(one) !== 'P3'),
        (one) => draft([one], priorityOf(one)),
        (rest) => draft(rest, rest.some((one) => priorityOf(one) === 'P1') ? 'P1' : 'P2'),
        9,
      ),
      ...(minor.length > 0 ? [draft(minor, 'P3')] : []),
    ];
  },
});
