import { type AppGroup, appNames, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { plural } from '../derive/english.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { pm2Target } from '../derive/printed/pm2-target.ts';
import { exceptionQuotes, lastExitQuote, lastLogQuote } from '../derive/restarts/app-quotes.ts';
import {
  crashQuotes,
  mergedCrashes,
  type TopCrash,
  topCrash,
  topCrashEn,
  topCrashZh,
} from '../derive/restarts/crash-words.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { App } from '../model/pm2.ts';

type Args = {
  readonly apps: readonly string[];
  readonly errored: number;
  readonly instances: number;
  /** Starts PM2 counted before it gave up, and what it calls too short; null = its log does not say. */
  readonly attempts: number | null;
  readonly minUptimeMs: number;
  /** The error behind most of its failures; null = several apps, or no log shows one. */
  readonly top: TopCrash | null;
  readonly hasError: boolean;
};

const isErrored = (app: App) => app.status === 'errored';
const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));

/** PM2 gave up on an app: it stays down until a person starts it. */
export default defineAudit<Args, 'daemons', 'pm2Log' | (typeof restartWants)[number]>({
  id: 'app-errored',
  topic: 'restarts',
  needs: ['daemons'],
  wants: ['pm2Log', ...restartWants],
  limits: {},
  references: [
    'PM2 7.0.4 lib/God.js handleExit: status `errored` after max_restarts starts shorter than min_uptime',
    'https://pm2.keymetrics.io/docs/usage/restart-strategies/',
  ],
  words: {
    en: {
      title: 'PM2 gave up on an app',
      why: 'An app in state errored is down, and PM2 does not start it again by itself. PM2 sets the state after max_restarts starts (16 by default) that each lasted less than min_uptime (1 s by default).',
      found: (args, fmt) =>
        args.instances > args.errored && args.apps.length === 1
          ? `${plural(args.errored, fmt.count(args.errored), 'instance', 'instances')} of ${names(args, fmt)} (of ${fmt.count(args.instances)}) ${args.errored === 1 ? 'is' : 'are'} down: PM2 gave up`
          : `${names(args, fmt)} ${args.apps.length === 1 ? 'is' : 'are'} down: PM2 gave up`,
      effect: (args, fmt) =>
        `${args.attempts === null ? 'It failed again and again right after its start' : `It failed ${fmt.count(args.attempts)} times in a row, each time within ${fmt.duration(args.minUptimeMs)} of its start`}. It stays down until somebody starts it.${topCrashEn(args.top, 1, fmt)}${args.top === null && args.hasError ? ' The line below is the last error in its log.' : ''}`,
      fix: (args, fmt) => ({
        title: `Find the error of ${names(args, fmt)} and start it again`,
        steps: [
          'Read the error log, mend what it names (a missing file, module, port or variable is the usual reason), then start it.',
        ],
        expected: `${names(args, fmt)} is online and stays so.`,
        verify: `${fmt.code('pm2 ls')} shows ${fmt.code('online')}, and the restart counter does not grow for a minute.`,
        undo: 'Stop it again with the command below.',
        minutes: 15,
      }),
    },
    'zh-CN': {
      title: 'PM2 已放弃重启某个应用',
      why: '处于 errored 状态的应用已经停止，PM2 不会再自动拉起。连续启动 max_restarts 次（默认 16 次）且每次存活都短于 min_uptime（默认 1 秒）后，PM2 会置为该状态。',
      found: (args, fmt) =>
        args.instances > args.errored && args.apps.length === 1
          ? `${names(args, fmt)} 的 ${fmt.count(args.instances)} 个实例中有 ${fmt.count(args.errored)} 个已停止，PM2 不再重启`
          : `${names(args, fmt)} 已停止，PM2 不再重启`,
      effect: (args, fmt) =>
        `${args.attempts === null ? '应用每次启动后很快失败' : `连续 ${fmt.count(args.attempts)} 次启动失败，每次存活不到 ${fmt.duration(args.minUptimeMs)}`}。在有人手动启动之前，它会一直停着。${topCrashZh(args.top, 1, fmt)}${args.top === null && args.hasError ? '下方引用的是其日志中的最后一条错误。' : ''}`,
      fix: (args, fmt) => ({
        title: `排查 ${names(args, fmt)} 的错误并重新启动`,
        steps: [
          '先看错误日志，解决其中的问题（常见原因：缺少文件、模块、端口被占用或缺少环境变量），再启动。',
        ],
        expected: `${names(args, fmt)} 恢复运行并保持稳定。`,
        verify: `${fmt.code('pm2 ls')} 显示 ${fmt.code('online')}，且一分钟内重启次数不再增加。`,
        undo: '用下方命令再次停止。',
        minutes: 15,
      }),
    },
  },
  check(seen, { now, window, covers }) {
    const stories = storiesByApp(seen, { now, window, covers });
    const storiesOf = (group: AppGroup) =>
      group.apps.filter(isErrored).flatMap((app) => stories.get(appKey(app.ref)) ?? []);
    const down = groupApps(seen.daemons).filter((group) => group.apps.some(isErrored));
    const argsOf = (groups: readonly AppGroup[]): Args => {
      const errored = groups.flatMap((group) => group.apps.filter(isErrored));
      const first = errored[0];
      return {
        apps: appNames(errored.map((app) => app.ref)),
        errored: errored.length,
        instances: groups.reduce((total, group) => total + group.apps.length, 0),
        attempts: first && groups.length === 1 ? attemptsOf(first) : null,
        minUptimeMs: first?.settings.minUptimeMs ?? 0,
        top: groups.length === 1 ? topCrash(mergedCrashes(groups.flatMap(storiesOf))) : null,
        hasError: groups.length === 1 && errored.some((app) => exceptionQuotes(app, seen.appLogs).length > 0),
      };
    };
    const attemptsOf = (app: App) => {
      for (const log of (seen.pm2Log ?? []).filter((each) => each.home === app.ref.home)) {
        const line = log.events.findLast(({ event }) => isOverlimit(event, app));
        if (line?.event.kind === 'overlimit') return line.event.times;
      }
      return null;
    };
    const quotesOf = (app: App) => [
      ...lastLogQuote(app.ref.home, seen.pm2Log, ({ event }) => isOverlimit(event, app)),
      ...lastExitQuote(app, seen.pm2Log),
      ...errorQuotes(app),
    ];
    const errorQuotes = (app: App) => {
      const told = crashQuotes([stories.get(appKey(app.ref)) ?? []].flat());
      return told.length > 0 ? told.slice(0, 3) : exceptionQuotes(app, seen.appLogs);
    };
    return fewDrafts<AppGroup, Draft<Args>>(
      down,
      (group) => {
        const errored = group.apps.filter(isErrored);
        const refs = errored.map((app) => app.ref);
        const target = pm2Target(refs);
        return {
          subject: subjectOfApps(refs),
          priority: 'P0',
          confidence: 'certain',
          args: argsOf([group]),
          because: errored.slice(0, 1).flatMap(quotesOf),
          fix: {
            kind: 'command',
            asRoot: false,
            user: seen.daemons.find((daemon) => daemon.home === group.home)?.user ?? null,
            run: [
              pm2Command(group.home, `logs ${target} --err --lines 50 --nostream`),
              pm2Command(group.home, `restart ${target}`),
            ],
            undo: [pm2Command(group.home, `stop ${target}`)],
          },
        };
      },
      (groups) => ({
        subject: subjectOfApps(groups.flatMap((group) => group.apps.filter(isErrored)).map((app) => app.ref)),
        priority: 'P0',
        confidence: 'certain',
        args: argsOf(groups),
        because: groups
          .flatMap((group) => group.apps.filter(isErrored).slice(0, 1).flatMap(quotesOf))
          .slice(0, 5),
        fix: { kind: 'manual' },
      }),
    );
  },
});

/** PM2 names the script, not the app (lib/God.js: `Script PATH had too many unstable restarts`). */
function isOverlimit(event: { readonly kind: string; readonly script?: string }, app: App): boolean {
  return event.kind === 'overlimit' && event.script === app.scriptPath;
}
