import { subjectOfApps } from '../derive/apps/app-groups.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import {
  type AppFailures,
  appFailures,
  type FailureFacts,
  failureFacts,
} from '../derive/restarts/app-failures.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { NextStep } from '../model/restart.ts';

type Args = {
  readonly apps: readonly FailureFacts[];
  /** `clean` code 0 in fork mode · `cluster` code 0 in cluster mode, which also hides exceptions · `unseen` nothing tells. */
  readonly kind: 'clean' | 'cluster' | 'unseen';
};

const first = (args: Args) => args.apps[0];
const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const isAnswered = (next: NextStep) => next !== 'left-down' && next !== 'gave-up';
const total = (args: Args) => args.apps.reduce((sum, app) => sum + app.times, 0);

/** Ends without an error that could be seen, again and again, outside a loop. */
export default defineAudit<Args, 'daemons' | 'pm2Log', (typeof restartWants)[number], 'exits'>({
  id: 'app-exits',
  topic: 'restarts',
  needs: ['daemons', 'pm2Log'],
  wants: [...restartWants],
  limits: {
    exits: { value: 3, unit: 'count', source: 'one or two may be a person at work, three are a habit' },
  },
  references: [
    'PM2 7.0.4 lib/God.js handleExit: exit code 0 is restarted like a crash, unless autorestart is off or stop_exit_codes names it',
    'PM2 7.0.4 lib/ProcessContainer.js:265: a cluster worker ends with code 0 after an uncaught exception',
  ],
  words: {
    en: {
      title: 'An app ends by itself and is started again',
      why: 'PM2 starts an app again whatever its exit code. A script that finishes its work is then run without end; a service that ends without an error has one all the same. In cluster mode an uncaught exception also leaves exit code 0.',
      found(args, fmt) {
        const app = first(args);
        const count = fmt.count(total(args));
        const how = args.kind === 'unseen' ? '' : ' with exit code 0';
        if (app === undefined || args.apps.length > 1)
          return `${names(args, fmt)} ended ${count} times${how}, and PM2 started them again`;
        return `${fmt.name(app.name)} ended ${count} times${how} since ${fmt.time(app.first)}, and PM2 started it again`;
      },
      effect(args, fmt) {
        const app = first(args);
        const lives =
          app === undefined || app.uptimeMs === null || args.apps.length > 1
            ? ''
            : ` It lives about ${fmt.duration(app.uptimeMs)} each time.`;
        const state = app && args.apps.length === 1 && !app.goesOn ? ' It has not happened since.' : '';
        if (args.kind === 'clean')
          return `No error was seen.${lives} If it is a job, it is done over and over; if it is a worker that renews itself on purpose, nothing is wrong.${state}`;
        if (args.kind === 'cluster')
          return `PM2 logs code 0 both for a clean end and for an uncaught exception of a cluster worker, and no error stands beside these.${lives}${state}`;
        return `The evidence does not carry a cause, so none is named.${lives}${state}`;
      },
      figures: (args, fmt) =>
        args.apps.length > 1
          ? args.apps.slice(0, 4).map((app) => [app.name, fmt.count(app.times)] as const)
          : [
              ['ends in the window', fmt.count(total(args))],
              ['last', fmt.time(first(args)?.last ?? 0)],
            ],
      fix: (args, fmt) =>
        args.kind === 'clean'
          ? {
              title: `Tell PM2 what ${names(args, fmt)} is: a job or a service`,
              steps: [
                `A job: ${fmt.code('autorestart: false')}, with ${fmt.code('cron_restart')} if it runs by the clock.`,
                `A service that may end on purpose: ${fmt.code('stop_exit_codes: [0]')}. A worker that renews itself: leave it.`,
              ],
              expected: 'Each run is wanted, and the counter means something again.',
              verify: 'The next report shows no end with exit code 0.',
              undo: 'Remove the line and restart the app.',
              minutes: 5,
            }
          : {
              title: `Make ${names(args, fmt)} say why it ends`,
              steps: [
                `Handle the events ${fmt.code('exit')} and ${fmt.code('uncaughtExceptionMonitor')} of the process and log time, code and stack; read the error log at the time of the last end.`,
              ],
              expected: 'The next end has a reason.',
              verify: 'The next report names the cause.',
              undo: 'Remove the handlers.',
              minutes: 20,
            },
    },
    'zh-CN': {
      title: '应用自行退出，又被重新拉起',
      why: '无论退出码是什么，PM2 都会重新拉起应用。执行完就结束的脚本因此会无休止地运行；而常驻服务即使没有报错，也不该自行退出。cluster 模式下，未捕获异常同样表现为退出码 0。',
      found(args, fmt) {
        const app = first(args);
        const count = fmt.count(total(args));
        const how = args.kind === 'unseen' ? '自行退出' : '以退出码 0 退出';
        if (app === undefined || args.apps.length > 1)
          return `${names(args, fmt)} ${how} ${count} 次，均被 PM2 重新拉起`;
        return `${fmt.name(app.name)} 自 ${fmt.time(app.first)} 起${how} ${count} 次，均被 PM2 重新拉起`;
      },
      effect(args, fmt) {
        const app = first(args);
        const lives =
          app === undefined || app.uptimeMs === null || args.apps.length > 1
            ? ''
            : `每次存活约 ${fmt.duration(app.uptimeMs)}。`;
        const state = app && args.apps.length === 1 && !app.goesOn ? '此后未再发生。' : '';
        if (args.kind === 'clean')
          return `没有看到错误。${lives}如果是一次性任务，说明它在反复执行；如果是有意自我更新的工作进程，则属正常。${state}`;
        if (args.kind === 'cluster')
          return `cluster 工作进程正常结束和未捕获异常，PM2 都记为退出码 0，旁边也没有错误记录。${lives}${state}`;
        return `现有证据不足以判断原因，因此不作猜测。${lives}${state}`;
      },
      figures: (args, fmt) =>
        args.apps.length > 1
          ? args.apps.slice(0, 4).map((app) => [app.name, fmt.count(app.times)] as const)
          : [
              ['时段内退出', fmt.count(total(args))],
              ['最近一次', fmt.time(first(args)?.last ?? 0)],
            ],
      fix: (args, fmt) =>
        args.kind === 'clean'
          ? {
              title: `明确 ${names(args, fmt)} 是任务还是服务`,
              steps: [
                `若是任务：设置 ${fmt.code('autorestart: false')}，需要定时运行时加上 ${fmt.code('cron_restart')}。`,
                `若是允许主动退出的服务：设置 ${fmt.code('stop_exit_codes: [0]')}。若是自我更新的工作进程：保持不变。`,
              ],
              expected: '每次运行都是预期中的，重启计数也恢复意义。',
              verify: '下次报告中没有退出码为 0 的退出。',
              undo: '删除该行并重启应用。',
              minutes: 5,
            }
          : {
              title: `让 ${names(args, fmt)} 记录退出原因`,
              steps: [
                `监听进程的 ${fmt.code('exit')} 和 ${fmt.code('uncaughtExceptionMonitor')} 事件，记录时间、退出码和调用栈，并查看最近一次退出时的错误日志。`,
              ],
              expected: '下一次退出能看到原因。',
              verify: '下次报告会列出原因。',
              undo: '删除这些处理函数。',
              minutes: 20,
            },
    },
  },
  check(seen, { now, window, covers, limits }) {
    const stories = storiesByApp(seen, { now, window, covers });
    const kinds = {
      // A job that PM2 leaves down is done, not started again.
      clean: appFailures(
        seen.daemons,
        stories,
        now,
        ({ cause, next }) => cause === 'clean-exit' && isAnswered(next),
      ),
      cluster: appFailures(
        seen.daemons,
        stories,
        now,
        ({ cause, signal, next }, app) =>
          cause === 'unknown' && isAnswered(next) && signal === null && app.execMode === 'cluster',
      ),
      // A SIGKILL beside a kernel log that could not be read is told with that gap.
      unseen: appFailures(
        seen.daemons,
        stories,
        now,
        ({ cause, signal, next }, app) =>
          cause === 'unknown' &&
          isAnswered(next) &&
          (signal === null ? app.execMode === 'fork' : signal !== 'SIGKILL' || seen.oomLog !== null),
      ),
    };
    const draft = (kind: Args['kind'], list: readonly AppFailures[]): Draft<Args> => ({
      subject: subjectOfApps(list.flatMap((one) => one.stories.map((story) => story.app))),
      // Code 0 in fork mode is what the app chose; elsewhere a crash may hide behind it.
      priority: kind !== 'clean' && list.some((one) => one.rhythm.goesOn) ? 'P2' : 'P3',
      confidence: 'possible',
      args: { apps: list.map(failureFacts), kind },
      because: list
        .flatMap((one) => one.endings.slice(-1).flatMap(({ because }) => because.slice(0, 1)))
        .slice(0, 4),
      fix: { kind: 'manual' },
    });
    return (['cluster', 'unseen', 'clean'] as const).flatMap((kind) =>
      fewDrafts(
        kinds[kind].filter((one) => one.endings.length >= limits.exits),
        (one) => draft(kind, [one]),
        (rest) => draft(kind, rest),
        3,
      ),
    );
  },
});
