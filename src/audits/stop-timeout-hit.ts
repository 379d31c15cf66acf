import { type AppGroup, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { times } from '../derive/english.ts';
import { groupBy } from '../derive/grouping.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import {
  isOwnSigkill,
  ranOutOfTime,
  type StopContext,
  stopContext,
} from '../derive/restarts/stop-context.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { Ending, RestartStory } from '../model/restart.ts';
import type { Quote } from '../model/text.ts';

type Args = {
  readonly apps: readonly {
    readonly name: string;
    readonly times: number;
    readonly timeoutMs: number;
    /** At what: most frequent first. */
    readonly contexts: readonly StopContext[];
  }[];
  readonly longest: number;
  /** All of them already have as much time as we advise. */
  readonly isLong: boolean;
};

/** The one value of `kill_timeout` in all advice, ms: most servers finish their requests within it. */
const advisedMs = 8000;
const listed = (args: Args, fmt: Fmt) =>
  fmt.list(args.apps.map((app) => `${fmt.name(app.name)} ${fmt.count(app.times)}`));
const total = (args: Args) => args.apps.reduce((sum, app) => sum + app.times, 0);

const contextsOf = (args: Args) => [...new Set(args.apps.flatMap((app) => app.contexts))];
const whenEn: { readonly [C in StopContext]: string } = {
  deploy: 'restarts and reloads',
  stop: 'stops',
  cron: 'restarts by its timer',
  watch: 'restarts by file watch',
  'memory-limit': 'restarts by the memory limit',
};
const whenZh: { readonly [C in StopContext]: string } = {
  deploy: '重启或重载',
  stop: '停止',
  cron: '定时重启',
  watch: '文件监听触发的重启',
  'memory-limit': '超限重启',
};

/** PM2 lost patience at a stop and sent SIGKILL. */
export default defineAudit<Args, 'daemons' | 'pm2Log', (typeof restartWants)[number]>({
  id: 'stop-timeout-hit',
  topic: 'restarts',
  needs: ['daemons', 'pm2Log'],
  wants: [...restartWants],
  limits: {},
  references: [
    'PM2 7.0.4 lib/God/Methods.js killProcess: SIGINT, then SIGKILL after kill_timeout (1600 ms by default)',
    'https://pm2.keymetrics.io/docs/usage/signals-clean-restart/',
  ],
  words: {
    en: {
      title: 'PM2 kills apps that are still stopping',
      why: 'On a stop, restart or reload PM2 sends SIGINT and waits for kill_timeout, 1.6 s by default. What still runs then gets SIGKILL: requests in flight are cut and nothing is saved. In pm2.log this looks like a kill from outside.',
      found: (args, fmt) =>
        args.apps.length === 1
          ? `PM2 ended ${fmt.name(args.apps[0]?.name ?? '')} by SIGKILL ${times(total(args), fmt.count(total(args)))} while it was stopping`
          : `PM2 ended ${fmt.count(args.apps.length)} apps by SIGKILL while they were stopping: ${listed(args, fmt)}`,
      effect: (args, fmt) =>
        args.isLong
          ? `It happened at ${fmt.list(contextsOf(args).map((context) => whenEn[context]))}. There was time enough: the app does not end on SIGINT. Work in progress, if any, was cut off.`
          : `It happened at ${fmt.list(contextsOf(args).map((context) => whenEn[context]))}. The time given was ${fmt.count(args.longest)} ms. Work in progress, if any, was cut off. Either the app needs longer, or it ignores SIGINT.`,
      fix: (args, fmt) =>
        args.isLong
          ? {
              title: 'End the app on SIGINT',
              steps: [
                'Handle SIGINT: stop taking requests, finish those in flight, close connections and timers, exit. Behind npm, yarn or a shell script the signal may not reach the app: start its script directly.',
              ],
              expected: 'Stops end before the time is over, and PM2 sends no SIGKILL.',
              verify: `pm2.log has no new line with ${fmt.code('sending')} and ${fmt.code('SIGKILL')}.`,
              undo: 'Not needed.',
              minutes: 60,
            }
          : {
              title: `Give ${fmt.list(args.apps.map((app) => fmt.name(app.name)))} ${fmt.duration(advisedMs)} to stop`,
              steps: [
                'If it still needs the whole time, it ignores SIGINT: handle the signal, and start the script directly instead of through npm or a shell.',
              ],
              expected: 'Requests in flight are finished; stops take as long as that, not more.',
              verify: `pm2.log has no new line with ${fmt.code('sending')} and ${fmt.code('SIGKILL')} at the next restart.`,
              undo: 'Restore the old value and restart the app.',
              minutes: 3,
            },
    },
    'zh-CN': {
      title: 'PM2 强杀了尚未停完的应用',
      why: '停止、重启或重载时，PM2 先发 SIGINT，等待 kill_timeout（默认 1.6 秒），到时仍未退出就发 SIGKILL：处理中的请求被切断，数据也来不及保存。在 pm2.log 中，这与外部强杀很像。',
      found: (args, fmt) =>
        args.apps.length === 1
          ? `${fmt.name(args.apps[0]?.name ?? '')} 在停止过程中被 PM2 强杀 ${fmt.count(total(args))} 次`
          : `${fmt.count(args.apps.length)} 个应用在停止过程中被 PM2 强杀：${listed(args, fmt)}`,
      effect: (args, fmt) =>
        args.isLong
          ? `发生在${fmt.list(contextsOf(args).map((context) => whenZh[context]))}时。等待时间已经足够，是应用收到 SIGINT 后没有退出。处理中的工作（如果有）被切断。`
          : `发生在${fmt.list(contextsOf(args).map((context) => whenZh[context]))}时。给出的时间为 ${fmt.count(args.longest)} 毫秒。处理中的工作（如果有）被切断。要么应用需要更久，要么没有处理 SIGINT。`,
      fix: (args, fmt) =>
        args.isLong
          ? {
              title: '让应用响应 SIGINT 退出',
              steps: [
                '处理 SIGINT：停止接收请求，完成处理中的请求，关闭连接和定时器，然后退出。通过 npm、yarn 或 shell 脚本启动时，信号可能传不到应用，请直接启动脚本。',
              ],
              expected: '在限定时间内停完，PM2 不再发送 SIGKILL。',
              verify: `pm2.log 中不再出现含 ${fmt.code('sending')} 与 ${fmt.code('SIGKILL')} 的新行。`,
              undo: '无需回退。',
              minutes: 60,
            }
          : {
              title: `给 ${fmt.list(args.apps.map((app) => fmt.name(app.name)))} 留出 ${fmt.duration(advisedMs)}停止`,
              steps: [
                '如果仍然用满时间，说明没有处理 SIGINT：请处理该信号，并直接启动脚本，不要经过 npm 或 shell。',
              ],
              expected: '处理中的请求得以完成，停止只花实际需要的时间。',
              verify: `下次重启后，pm2.log 中不再出现含 ${fmt.code('sending')} 与 ${fmt.code('SIGKILL')} 的新行。`,
              undo: '恢复原值并重启应用。',
              minutes: 3,
            },
    },
  },
  check(seen, { now, window, covers }) {
    const stories = storiesByApp(seen, { now, window, covers });
    const found = groupApps(seen.daemons)
      .flatMap((group) => hitsOf(group, stories) ?? [])
      .toSorted((a, b) => b.endings.length - a.endings.length);
    const draft = (list: readonly Hits[], priority: 'P2' | 'P3'): readonly Draft<Args>[] => {
      if (list.length === 0) return [];
      const firsts = list.flatMap(({ group }) => group.apps.slice(0, 1));
      const short = firsts.filter((app) => app.settings.killTimeoutMs < advisedMs);
      return [
        {
          subject: subjectOfApps(list.flatMap(({ group }) => group.apps.map((app) => app.ref))),
          priority,
          confidence: 'certain',
          args: {
            apps: list.map(({ group, endings, contexts }) => ({
              name: group.name,
              times: endings.length,
              timeoutMs: group.apps[0]?.settings.killTimeoutMs ?? 0,
              contexts,
            })),
            longest: Math.max(...firsts.map((app) => app.settings.killTimeoutMs)),
            isLong: short.length === 0,
          },
          because: list.flatMap(({ endings }) => killQuotes(endings.slice(-1))).slice(0, 3),
          fix:
            short.length === 0
              ? { kind: 'manual' }
              : {
                  kind: 'ecosystem-patch',
                  patches: short.map((app) => ({
                    app: app.ref,
                    set: [
                      { setting: 'kill_timeout', value: advisedMs, previous: app.settings.killTimeoutMs },
                    ],
                  })),
                },
        },
      ];
    };
    // A timer or a limit has nobody waiting for it; what a person stops is in use, and each deploy cuts it off.
    const isAsked = ({ contexts }: Hits) => contexts.some((one) => one === 'deploy' || one === 'stop');
    return [
      ...draft(found.filter(isAsked), 'P2'),
      ...draft(
        found.filter((hits) => !isAsked(hits)),
        'P3',
      ),
    ];
  },
});

interface Hits {
  readonly group: AppGroup;
  readonly endings: readonly Ending[];
  /** Most frequent first. */
  readonly contexts: readonly StopContext[];
}

/** Restarts and stops alike, of all instances. What ended with its daemon is left out: there SIGKILL at the end is the rule. */
function hitsOf(group: AppGroup, stories: ReadonlyMap<string, RestartStory>): Hits | null {
  const endings = group.apps
    .flatMap((app) => {
      const story = stories.get(appKey(app.ref));
      return story === undefined ? [] : [...story.restarts, ...story.stops];
    })
    .filter(
      (ending) => ranOutOfTime(ending) && ending.cause !== 'daemon-restart' && ending.daemonEnd === null,
    )
    .toSorted((a, b) => a.at - b.at);
  if (endings.length === 0) return null;
  const counts = groupBy(endings, stopContext);
  const contexts = [...counts].toSorted((a, b) => b[1].length - a[1].length).map(([context]) => context);
  return { group, endings, contexts };
}

/** PM2's own line first: the exit line alone looks like a kill from outside. */
function killQuotes(endings: readonly Ending[]): readonly Quote[] {
  return endings.flatMap(({ because }) =>
    (because.some(({ text }) => isOwnSigkill(text))
      ? because.filter(({ text }) => isOwnSigkill(text))
      : because
    ).slice(0, 1),
  );
}
