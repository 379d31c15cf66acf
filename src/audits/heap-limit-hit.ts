import { appNames, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { times } from '../derive/english.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { datedAborts, type HeapHits, heapHitsOf } from '../derive/kills/heap-hits.ts';
import { attributeKills } from '../derive/kills/oom-attribution.ts';
import { limitAdvice } from '../derive/limits/limit-advice.ts';
import { oldSpacePatch } from '../derive/limits/memory-patch.ts';
import { restartStories } from '../derive/restarts/restart-story.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { App, Pm2Log } from '../model/pm2.ts';

type Args = {
  /** `app` restarted or wrote it in its own log · `untied` pm2.log shows it, not whose it was. */
  readonly story: 'app' | 'untied';
  readonly apps: readonly string[];
  readonly home: string;
  readonly hits: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly goesOn: boolean;
  /** A restart belongs to it; false = only the text was found, a worker or an app that was not started again. */
  readonly restarted: boolean;
  /** `--max-old-space-size` in force, MiB; null = V8's default. */
  readonly heapMb: number | null;
  readonly proposed: string | null;
};

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));
const MB = 1024 * 1024;

export default defineAudit<
  Args,
  'daemons' | 'appLogs',
  'pm2Log' | 'bus' | 'unitJournal' | 'oomLog' | 'processes' | 'startup' | 'host' | 'cgroups',
  'recentMs'
>({
  id: 'heap-limit-hit',
  topic: 'memory',
  needs: ['daemons', 'appLogs'],
  wants: ['pm2Log', 'bus', 'unitJournal', 'oomLog', 'processes', 'startup', 'host', 'cgroups'],
  limits: {
    recentMs: {
      value: 24 * 3_600_000,
      unit: 'ms',
      source: 'what happened within a day is still going on until shown otherwise',
    },
  },
  references: [
    'V8: "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", then SIGABRT',
    'PM2 5 to 7: exit code 0 for it; a cluster app’s text is in pm2.log only, its own error log stays empty',
  ],
  words: {
    en: {
      title: 'An app ran into V8’s heap limit',
      why: 'V8 ends the process itself when its heap is full: the kernel has no part in it, and more memory in the host changes nothing. PM2 shows exit code 0. The text V8 leaves in the app’s error log, or in pm2.log for cluster mode, tells it apart.',
      found: (args, fmt) => {
        const when =
          args.last === null
            ? ''
            : args.hits === 1
              ? ` on ${fmt.time(args.last)}`
              : `, last on ${fmt.time(args.last)}`;
        if (args.story === 'untied')
          return `A cluster app of ${fmt.code(args.home)} ran out of V8 heap ${times(args.hits, fmt.count(args.hits))}${when}; which one could not be told`;
        const heap = args.heapMb === null ? '' : ` of ${fmt.bytes(args.heapMb * MB)}`;
        return `${names(args, fmt)} ran into ${args.apps.length === 1 ? `its V8 heap limit${heap}` : 'the V8 heap limit'} ${times(args.hits, fmt.count(args.hits))}${when}`;
      },
      effect: (args, fmt) =>
        `V8 ended the process at once: requests in flight were lost.${args.restarted ? ' PM2 started it again.' : ' No restart of the app was found beside it: a worker of it, or it stayed down.'}${args.goesOn ? ' It goes on.' : ''}${args.last === null ? ' The log carries no time, so it may be older than the window.' : ''}${args.hits > 1 && args.first !== null ? ` First on ${fmt.time(args.first)}.` : ''}`,
      fix: (args, fmt) => ({
        title:
          args.proposed === null
            ? `Find what fills the heap${args.apps.length > 0 ? ` of ${names(args, fmt)}` : ''}`
            : `Raise the heap of ${names(args, fmt)}, then find what fills it`,
        steps: [
          `A snapshot close to the limit: ${fmt.code('--heapsnapshot-near-heap-limit=1')} in ${fmt.code('node_args')}, then open the file in Chrome’s developer tools.`,
          args.proposed === null
            ? 'A higher limit is not proposed: it would not fit, or only delay a leak.'
            : `${fmt.code(args.proposed)} fits the host together with the limits of the other apps. Keep other arguments that stand in ${fmt.code('node_args')}.`,
        ],
        expected: 'No more aborts; a leak is found with names and sizes.',
        verify: 'The next report finds no new text of that kind.',
        undo: 'Restore the old arguments and restart the app.',
        minutes: args.proposed === null ? 60 : 5,
      }),
    },
    'zh-CN': {
      title: '应用触及 V8 堆上限',
      why: '堆用满时，V8 会自行终止进程：与内核无关，增加主机内存也没有用。PM2 显示退出码 0。依据是 V8 留在应用错误日志中的文字；cluster 模式则写在 pm2.log 中。',
      found: (args, fmt) => {
        const when =
          args.last === null
            ? ''
            : args.hits === 1
              ? `（${fmt.time(args.last)}）`
              : `，最近一次为 ${fmt.time(args.last)}`;
        if (args.story === 'untied')
          return `${fmt.code(args.home)} 的某个 cluster 应用 V8 堆耗尽 ${fmt.count(args.hits)} 次${when}，无法判断是哪一个`;
        const heap = args.heapMb === null ? '' : `（${fmt.bytes(args.heapMb * MB)}）`;
        return `${names(args, fmt)} 触及 V8 堆上限${args.apps.length === 1 ? heap : ''}，共 ${fmt.count(args.hits)} 次${when}`;
      },
      effect: (args, fmt) =>
        `V8 立即终止了进程，正在处理的请求丢失。${args.restarted ? 'PM2 已重新拉起。' : '未找到与之对应的应用重启：可能是其工作进程，也可能应用未再启动。'}${args.goesOn ? '目前仍在持续。' : ''}${args.last === null ? '日志没有时间，可能早于统计时段。' : ''}${args.hits > 1 && args.first !== null ? `首次为 ${fmt.time(args.first)}。` : ''}`,
      fix: (args, fmt) => ({
        title:
          args.proposed === null
            ? `找出占满${args.apps.length > 0 ? ` ${names(args, fmt)} 的` : ''}堆的内容`
            : `提高 ${names(args, fmt)} 的堆上限，再找出占满它的内容`,
        steps: [
          `在接近上限时生成快照：在 ${fmt.code('node_args')} 中加入 ${fmt.code('--heapsnapshot-near-heap-limit=1')}，再用 Chrome 开发者工具打开。`,
          args.proposed === null
            ? '不建议提高上限：要么放不下，要么只是推迟泄漏的后果。'
            : `${fmt.code(args.proposed)} 与其他应用的上限合计不超过主机可用内存。${fmt.code('node_args')} 中的其他参数请保留。`,
        ],
        expected: '不再异常终止；若有泄漏，可看到具体对象与大小。',
        verify: '下次报告中没有新的此类文字。',
        undo: '恢复原来的参数并重启应用。',
        minutes: args.proposed === null ? 60 : 5,
      }),
    },
  },
  check(seen, { now, window, limits, covers }) {
    const { daemons } = seen;
    const kills = seen.oomLog ? attributeKills({ ...seen, oomLog: seen.oomLog }) : null;
    const stories = restartStories({
      ...seen,
      kills,
      bootedAt: seen.host?.bootedAt ?? null,
      window,
      now,
      ...(covers.oomLog ? { killsFrom: covers.oomLog.from } : {}),
    });
    const storyOf = new Map(stories.map((story) => [appKey(story.app), story]));
    const advice = limitAdvice(seen);
    const found = groupApps(daemons).flatMap(({ apps, home }) => {
      const hits = apps
        .map((app) => heapHitsOf(app, storyOf.get(appKey(app.ref)) ?? null, seen.appLogs, window))
        .filter((each) => each.hits > 0);
      return hits.length > 0 ? [{ home, apps, hits }] : [];
    });
    const draft = (list: typeof found): Draft<Args> => {
      const hits = list.flatMap((one) => one.hits);
      const apps = list.flatMap((one) => one.apps);
      const sum = addUp(hits);
      const goesOn = hits.some((each) => each.goesOn);
      const recent = goesOn || (sum.last !== null && sum.last >= now - limits.recentMs);
      // The advice is made from today's size, small after a restart: it counts only where it is a raise.
      const raise = apps.filter((app) => isRaise(app, advice.get(appKey(app.ref))?.maxOldSpaceMb ?? null));
      const fix = oldSpacePatch(raise, advice);
      const [only, second] = list;
      return {
        subject: subjectOfApps(hits.map((each) => each.app)),
        priority: recent ? 'P0' : 'P1',
        confidence: hits.every((each) => each.confidence === 'certain') ? 'certain' : 'likely',
        args: {
          story: 'app',
          apps: appNames(hits.map((each) => each.app)),
          home: only?.home ?? '',
          ...sum,
          goesOn,
          heapMb: only && !second ? (only.apps[0]?.settings.maxOldSpaceMb ?? null) : null,
          proposed: fix?.kind === 'ecosystem-patch' ? String(fix.patches[0]?.set[0]?.value) : null,
        },
        because: hits.flatMap((each) => each.because.slice(0, 2)).slice(0, 4),
        fix: fix ?? { kind: 'manual' },
      };
    };
    const told = fewDrafts(
      found.toSorted((a, b) => addUp(b.hits).hits - addUp(a.hits).hits),
      (one) => draft([one]),
      (rest) => draft([...rest]),
      8,
    );
    const homes = new Set<string>(found.map(({ home }) => home));
    return [...told, ...untied(seen.pm2Log, homes, window)].slice(0, 10);
  },
});

function isRaise(app: App, mb: number | null): boolean {
  return mb !== null && app.settings.maxOldSpaceMb !== null && mb > app.settings.maxOldSpaceMb;
}

function addUp(hits: readonly HeapHits[]): Pick<Args, 'hits' | 'first' | 'last' | 'restarted'> {
  const ats = hits.flatMap(({ first, last }) => [first, last]).filter((at) => at !== null);
  return {
    hits: hits.reduce((sum, each) => sum + each.hits, 0),
    first: ats.length > 0 ? Math.min(...ats) : null,
    last: ats.length > 0 ? Math.max(...ats) : null,
    restarted: hits.some((each) => each.restarted),
  };
}

/** Aborts that only pm2.log shows, and that no app's story explains: a cluster app, perhaps one that is gone. */
function untied(
  logs: readonly Pm2Log[] | null,
  toldHomes: ReadonlySet<string>,
  window: { readonly from: number; readonly to: number },
): readonly Draft<Args>[] {
  return (logs ?? []).flatMap((log): readonly Draft<Args>[] => {
    if (toldHomes.has(log.home)) return [];
    const aborts = datedAborts(log).filter(({ at }) => at !== null && at >= window.from && at <= window.to);
    const ats = aborts.map(({ at }) => at).filter((at) => at !== null);
    if (aborts.length === 0) return [];
    return [
      {
        subject: { kind: 'daemon', home: log.home },
        priority: 'P1',
        confidence: 'certain',
        args: {
          story: 'untied',
          apps: [],
          home: log.home,
          hits: aborts.length,
          first: Math.min(...ats),
          last: Math.max(...ats),
          goesOn: false,
          restarted: false,
          heapMb: null,
          proposed: null,
        },
        because: aborts.slice(-2),
        fix: { kind: 'manual' },
      },
    ];
  });
}
