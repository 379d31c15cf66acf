import { appNames, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { leastWatchRestarts } from '../derive/restarts/app-failures.ts';
import { backoffMs, backoffPatch, hasNoDelay } from '../derive/restarts/backoff-patch.ts';
import { countOf } from '../derive/restarts/cause-words.ts';
import { loopFacts } from '../derive/restarts/loop-facts.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';
import type { Cause } from '../model/restart.ts';

type Args = { readonly apps: readonly { readonly name: string; readonly failures: number }[] };

/** Failures that a pause helps against; a limit or a watched file does not care about a pause. */
const failures: readonly Cause[] = ['crash', 'clean-exit', 'heap-oom', 'oom-kill', 'signal'];
const listed = (args: Args, fmt: Fmt) =>
  fmt.list(args.apps.map((app) => `${fmt.name(app.name)} ${fmt.count(app.failures)}`));

/** Apps that fail and are started again without a pause. */
export default defineAudit<Args, 'daemons' | 'pm2Log', (typeof restartWants)[number], 'failures'>({
  id: 'backoff-missing',
  topic: 'config',
  needs: ['daemons', 'pm2Log'],
  wants: [...restartWants],
  limits: {
    failures: { value: 2, unit: 'count', source: 'one failure may be chance, two in the window are a habit' },
  },
  references: [
    'https://pm2.keymetrics.io/docs/usage/restart-strategies/#exponential-backoff-restart-delay',
    'PM2 7.0.4 lib/God.js handleExit',
  ],
  words: {
    en: {
      title: 'Apps that fail are started again without a pause',
      why: 'Without exp_backoff_restart_delay PM2 starts a failed app at once. When the reason lasts, a database that is away for instance, that makes hundreds of starts a minute, each with its CPU, memory and log lines. With it the wait grows to 15 s and falls back to nothing after 30 s of uptime.',
      found: (args, fmt) =>
        args.apps.length === 1
          ? `${fmt.name(args.apps[0]?.name ?? '')} failed ${fmt.count(args.apps[0]?.failures ?? 0)} times in the window and is started again without a pause`
          : `${fmt.count(args.apps.length)} apps failed in the window and are started again without a pause: ${listed(args, fmt)}`,
      effect: () =>
        'The next lasting failure becomes a restart loop: it fills the logs, loads the host and hammers whatever the app connects to.',
      fix: (args, fmt) => ({
        title:
          args.apps.length === 1
            ? `Let ${fmt.name(args.apps[0]?.name ?? '')} wait longer after each failure`
            : `Let ${fmt.count(args.apps.length)} apps wait longer after each failure`,
        steps: [],
        expected: `The first start after a failure comes after ${fmt.duration(backoffMs)}, each further one half as much later again, 15 s at most.`,
        verify: `After a failure pm2.log says ${fmt.code('will restart in')}.`,
        undo: 'Remove the line and restart the app.',
        minutes: 3,
      }),
    },
    'zh-CN': {
      title: '应用失败后立即重启，没有间隔',
      why: '没有设置 exp_backoff_restart_delay 时，PM2 会立刻拉起失败的应用。如果原因持续存在（例如数据库不可用），一分钟可能启动几百次，每次都消耗 CPU、内存并写入日志。设置后，等待时间逐次增加到 15 秒，稳定运行 30 秒后清零。',
      found: (args, fmt) =>
        args.apps.length === 1
          ? `${fmt.name(args.apps[0]?.name ?? '')} 在统计时段内失败 ${fmt.count(args.apps[0]?.failures ?? 0)} 次，失败后立即重启`
          : `${fmt.count(args.apps.length)} 个应用在统计时段内失败过，且失败后立即重启：${listed(args, fmt)}`,
      effect: () => '下一次持续性的故障就会变成重启循环：写满日志、占用主机，并不断冲击应用所连接的服务。',
      fix: (args, fmt) => ({
        title:
          args.apps.length === 1
            ? `让 ${fmt.name(args.apps[0]?.name ?? '')} 失败后逐次延长等待`
            : `让 ${fmt.count(args.apps.length)} 个应用失败后逐次延长等待`,
        steps: [],
        expected: `首次失败后等待 ${fmt.duration(backoffMs)}，之后每次增加一半，最长 15 秒。`,
        verify: `失败后 pm2.log 中出现 ${fmt.code('will restart in')}。`,
        undo: '删除该行并重启应用。',
        minutes: 3,
      }),
    },
  },
  check(seen, { now, window, limits, covers }) {
    const stories = storiesByApp(seen, { now, window, covers });
    const found = groupApps(seen.daemons).flatMap((group) => {
      // A loop is told with this very fix, an app that PM2 gave up needs another one.
      if (loopFacts(group, stories, now, leastWatchRestarts) !== null) return [];
      const apps = group.apps.filter(
        (app) => hasNoDelay(app) && app.settings.autorestart && app.status !== 'errored',
      );
      const told = apps.flatMap((app) => stories.get(appKey(app.ref)) ?? []);
      const count = told.reduce((total, story) => total + countOf(story.byCause, failures), 0);
      if (count < limits.failures) return [];
      const last = told
        .flatMap((story) => story.restarts)
        .filter((restart) => failures.includes(restart.cause))
        .toSorted((a, b) => b.at - a.at)[0];
      return [{ apps, count, quote: last?.because[0] ?? null }];
    });
    if (found.length === 0) return [];
    const worstFirst = found.toSorted((a, b) => b.count - a.count);
    const refs = worstFirst.flatMap((each) => each.apps.map((app) => app.ref));
    return [
      {
        subject: subjectOfApps(refs),
        // It bounds the next lasting failure; the failures themselves have findings of their own.
        priority: 'P3',
        confidence: 'certain',
        args: {
          apps: worstFirst.map((each) => ({
            name: appNames(each.apps.map((app) => app.ref))[0] ?? '',
            failures: each.count,
          })),
        },
        because: worstFirst.flatMap((each) => (each.quote ? [each.quote] : [])).slice(0, 3),
        fix: backoffPatch(worstFirst.flatMap((each) => each.apps.slice(0, 1))),
      },
    ];
  },
});
