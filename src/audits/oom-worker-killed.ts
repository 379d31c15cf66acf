import { appNames, boundChildren, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey, processTrees } from '../derive/apps/process-tree.ts';
import { type WorkerKind, workerKind } from '../derive/apps/worker-kind.ts';
import { workerStepsEn, workerStepsZh } from '../derive/apps/worker-words.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { groupBy } from '../derive/grouping.ts';
import { type KillSummary, killQuotes, summarizeKills } from '../derive/kills/kill-summary.ts';
import { tookTheApp } from '../derive/kills/kill-toll.ts';
import {
  culpritEn,
  culpritZh,
  fullEn,
  fullZh,
  killFigures,
  whenEn,
  whenZh,
} from '../derive/kills/kill-words.ts';
import { killsInWindow } from '../derive/kills/kills-in-window.ts';
import { outsidePm2 } from '../derive/kills/memory-hog.ts';
import { attributeKills } from '../derive/kills/oom-attribution.ts';
import { killsOf, oomChains } from '../derive/kills/oom-chain.ts';
import { sharedShortages } from '../derive/kills/shortages.ts';
import { type Draft, defineAudit } from '../model/audit.ts';
import type { AttributedKill } from '../model/oom.ts';
import type { Confidence } from '../model/text.ts';

type Args = KillSummary & {
  readonly apps: readonly string[];
  /** PM2's own counter of the app, for contrast; null where several apps are listed together. */
  readonly restarts: number | null;
  readonly sure: Confidence;
  readonly kinds: readonly WorkerKind[];
};

export default defineAudit<
  Args,
  'oomLog',
  'daemons' | 'processes' | 'pm2Log' | 'appLogs' | 'startup' | 'unitJournal'
>({
  id: 'oom-worker-killed',
  topic: 'oom',
  needs: ['oomLog'],
  wants: ['daemons', 'processes', 'pm2Log', 'appLogs', 'startup', 'unitJournal'],
  limits: {},
  references: [
    'PM2 7.0.4 lib/God.js: only the exit of the main process is an event; a child’s end leaves no line and no restart',
    'gunicorn: settings max_requests, workers; celery: worker_max_memory_per_child',
  ],
  words: {
    en: {
      title: 'The OOM killer took a worker PM2 does not see',
      why: 'A killed child of an app leaves no trace in PM2: the app stays online and its restart counter does not move. The work the child had in hand is lost all the same. Only the kernel log and the app’s own log tell of it.',
      found: (args, fmt) =>
        `${args.kills === 1 ? 'A worker process' : 'Worker processes'} of ${fmt.list(args.apps.map((app) => fmt.name(app)))} ${args.kills === 1 ? 'was' : 'were'} killed for memory ${whenEn(args, fmt)}`,
      effect: (args, fmt) =>
        `${fullEn(args, fmt)}${culpritEn(args, fmt)}The worker died while its parent lived, so PM2 shows no restart for it${args.restarts === null ? '' : ` (its counter stands at ${fmt.count(args.restarts)})`}. ${args.sure === 'possible' ? 'The tie to the app is a guess: the pid is not proven. ' : ''}What the worker had in hand was lost.`,
      figures: (args, fmt) =>
        killFigures(args, fmt, {
          kills: 'workers killed',
          held: 'held when killed',
          limit: 'limit that was full',
          last: 'last',
          to: ' to ',
        }),
      fix: (args, fmt) => ({
        title: `Bound the workers of ${fmt.list(args.apps.map((app) => fmt.name(app)))}`,
        steps: [
          ...workerStepsEn(args.kinds, fmt),
          `PM2’s ${fmt.code('max_memory_restart')} compares the parent only and cannot fire here.`,
        ],
        expected: 'All workers together fit below the limit; none is killed.',
        verify: `The next report lists no killed worker; ${fmt.code('pm2-audit oom')} shows all kills.`,
        undo: 'Restore the old arguments and restart the app.',
        minutes: 10,
      }),
    },
    'zh-CN': {
      title: '工作进程被强杀，PM2 没有察觉',
      why: '应用的子进程被强杀，在 PM2 中不留痕迹：应用仍显示在线，重启次数不变，但子进程手头的工作已经丢失。只有内核日志和应用自身的日志会有记录。',
      found: (args, fmt) =>
        `${fmt.list(args.apps.map((app) => fmt.name(app)))} 的工作进程因内存不足被强杀 ${fmt.count(args.kills)} 次（${whenZh(args, fmt)}）`,
      effect: (args, fmt) =>
        `${fullZh(args, fmt)}${culpritZh(args, fmt)}被杀的是工作进程，父进程仍在运行，所以 PM2 记录的重启次数没有变化${args.restarts === null ? '' : `（仍为 ${fmt.count(args.restarts)}）`}。${args.sure === 'possible' ? '对应到该应用只是推测，pid 无法核实。' : ''}该工作进程手头的任务已丢失。`,
      figures: (args, fmt) =>
        killFigures(args, fmt, {
          kills: '被杀的工作进程',
          held: '被杀时占用',
          limit: '触及的上限',
          last: '最近一次',
          to: ' 至 ',
        }),
      fix: (args, fmt) => ({
        title: `约束 ${fmt.list(args.apps.map((app) => fmt.name(app)))} 的工作进程`,
        steps: [
          ...workerStepsZh(args.kinds, fmt),
          `PM2 的 ${fmt.code('max_memory_restart')} 只比较父进程，在这里不会触发。`,
        ],
        expected: '所有工作进程合计低于上限，不再被强杀。',
        verify: `下次报告中没有被强杀的工作进程；${fmt.code('pm2-audit oom')} 可列出全部强杀记录。`,
        undo: '恢复原来的参数并重启应用。',
        minutes: 10,
      }),
    },
  },
  check(seen, { window }) {
    const daemons = seen.daemons ?? [];
    const isOutside = outsidePm2(daemons, seen.processes);
    const all = attributeKills({ ...seen, daemons });
    // A worker whose end took the whole unit down is told there, with all that followed.
    const told = new Set([
      ...killsOf(oomChains(seen, all)),
      // Beside other apps in one shortage: told with them by oom-killed.
      ...sharedShortages(killsInWindow(all, window)).flatMap((own) => own.map(({ kill }) => kill)),
    ]);
    const kills = killsInWindow(all, window).filter(
      (one) =>
        one.role === 'child' &&
        one.app !== null &&
        !one.kill.sysrq &&
        !tookTheApp(one) &&
        !told.has(one.kill),
    );
    const appOf = new Map(
      daemons.flatMap((daemon) => daemon.apps).map((app) => [appKey(app.ref), app] as const),
    );
    const trees = seen.processes ? processTrees(daemons, seen.processes).byApp : null;
    const draft = (own: readonly AttributedKill[]): Draft<Args> => {
      const refs = [
        ...new Map(
          own.flatMap((one) =>
            [...(one.app ? [one.app] : []), ...one.candidates].map((app) => [appKey(app), app] as const),
          ),
        ).values(),
      ];
      const sure = own.some((one) => one.confidence === 'certain')
        ? 'certain'
        : own.some((one) => one.confidence === 'likely')
          ? 'likely'
          : 'possible';
      // The app's own lines about its workers; the kernel's name other processes too.
      const told = own.flatMap(({ kill, because }) => [
        kill.comm ?? '',
        ...because.flatMap(({ text }) => (kill.quotes.some((line) => line.text === text) ? [] : [text])),
      ]);
      const kinds = refs.map((ref) =>
        workerKind(appOf.get(appKey(ref)) ?? null, trees?.get(appKey(ref)) ?? null, told),
      );
      const [ref, second] = refs;
      return {
        subject: subjectOfApps(refs),
        priority: sure === 'possible' ? 'P1' : 'P0',
        confidence: sure,
        args: {
          ...summarizeKills(own, isOutside),
          apps: appNames(refs),
          restarts: ref && !second ? (appOf.get(appKey(ref))?.restartCounter ?? null) : null,
          sure,
          kinds: [...new Set(kinds)],
        },
        because: killQuotes(own),
        fix: boundChildren(refs),
      };
    };
    const byApp = [
      ...groupBy(kills, ({ app }) => (app ? `${app.home}\n${app.namespace}\n${app.name}` : '')).values(),
    ];
    return fewDrafts(
      byApp.toSorted((a, b) => b.length - a.length),
      draft,
      (rest) => draft(rest.flat()),
    );
  },
});
