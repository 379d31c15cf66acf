import { groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey, processTrees } from '../derive/apps/process-tree.ts';
import { adviceWants, limitAdvice } from '../derive/limits/limit-advice.ts';
import { memoryLimitPatch } from '../derive/limits/memory-patch.ts';
import { storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { isChurning } from '../derive/restarts/rhythm.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { App } from '../model/pm2.ts';

type Near = {
  readonly name: string;
  /** `restart` = PM2's max_memory_restart against RSS; `heap` = V8's old space against the heap in use. */
  readonly limit: 'restart' | 'heap';
  readonly bytes: number;
  readonly limitBytes: number;
  readonly ratio: number;
};
type Args = {
  readonly apps: readonly Near[];
  readonly level: 'watch' | 'warn';
  readonly watch: number;
  readonly proposed: readonly { readonly name: string; readonly value: string }[];
};

const MB = 1024 * 1024;
const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const values = (args: Args, fmt: Fmt) =>
  fmt.list([...new Set(args.proposed.map(({ name, value }) => `${fmt.name(name)} ${value}`))], 3);

export default defineAudit<
  Args,
  'daemons',
  (typeof adviceWants)[number] | 'bus' | 'unitJournal',
  'watch' | 'warn'
>({
  id: 'app-memory-near-limit',
  topic: 'memory',
  needs: ['daemons'],
  wants: [...adviceWants, 'bus', 'unitJournal'],
  limits: {
    watch: {
      value: 0.8,
      unit: 'ratio',
      source: 'PM2 checks every 30 s (constants.js WORKER_INTERVAL): a fifth is little for 30 s of growth',
    },
    warn: { value: 0.95, unit: 'ratio', source: 'as above; the next peak restarts the app' },
  },
  references: [
    'PM2 7.0.4 lib/Worker.js: restart when RSS of the main process exceeds max_memory_restart',
    'PM2 metric internal/v8/heap/used',
  ],
  words: {
    en: {
      title: 'An app is close to its memory limit',
      why: 'At its limit PM2 restarts the app, and V8 ends it: requests in flight are lost either way. The figure compared is the one the limit looks at: the RSS of the main process for PM2, the heap in use for V8.',
      found: (args, fmt) => {
        const [one, second] = args.apps;
        return one && !second
          ? `${names(args, fmt)} is at ${fmt.ratio(one.ratio)} of its ${one.limit === 'heap' ? 'heap limit' : 'memory limit'}: ${fmt.bytes(one.bytes)} of ${fmt.bytes(one.limitBytes)}`
          : (args.apps.at(-1)?.ratio ?? 0) >= 1
            ? `${names(args, fmt)} are over their memory limit`
            : `${names(args, fmt)} are at ${fmt.ratio(args.apps.at(-1)?.ratio ?? args.watch)} of their memory limit or more`;
      },
      effect: (args) =>
        args.level === 'warn'
          ? 'The next peak ends it. If the app holds this much in ordinary work, the limit is too low; if it grows, it leaks.'
          : 'There is little room for a peak. It may be its ordinary size, or slow growth: one report cannot tell them apart.',
      figures: (args, fmt) =>
        args.apps
          .slice(0, 4)
          .map(
            ({ name, bytes, limitBytes }) =>
              [fmt.name(name), `${fmt.bytes(bytes)} / ${fmt.bytes(limitBytes)}`] as const,
          ),
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `Raise the limit to leave room: ${values(args, fmt)}`
            : `Find out what ${names(args, fmt)} needs`,
        steps: [
          'Look first whether it grows: the same figure a day later means it is its size, a higher one means a leak that no limit cures.',
        ],
        expected: 'Peaks pass without a restart.',
        verify: 'The next report finds it below the watch limit.',
        undo: 'Restore the old value and restart the app.',
        minutes: 5,
      }),
    },
    'zh-CN': {
      title: '应用内存接近上限',
      why: '达到上限时，PM2 会重启应用，V8 则会直接终止它，正在处理的请求都会丢失。这里比较的正是该上限所看的数值：PM2 看主进程的 RSS，V8 看已用堆。',
      found: (args, fmt) => {
        const [one, second] = args.apps;
        return one && !second
          ? `${names(args, fmt)} 已达${one.limit === 'heap' ? '堆上限' : '内存上限'}的 ${fmt.ratio(one.ratio)}：${fmt.bytes(one.bytes)} / ${fmt.bytes(one.limitBytes)}`
          : (args.apps.at(-1)?.ratio ?? 0) >= 1
            ? `${names(args, fmt)} 已超过内存上限`
            : `${names(args, fmt)} 均已达内存上限的 ${fmt.ratio(args.apps.at(-1)?.ratio ?? args.watch)} 以上`;
      },
      effect: (args) =>
        args.level === 'warn'
          ? '再有一次峰值，进程就会终止。若平时就占这么多，说明上限过低；若在增长，则是泄漏。'
          : '留给峰值的余量很小。可能它本来就这么大，也可能在缓慢增长，仅凭一次报告无法区分。',
      figures: (args, fmt) =>
        args.apps
          .slice(0, 4)
          .map(
            ({ name, bytes, limitBytes }) =>
              [fmt.name(name), `${fmt.bytes(bytes)} / ${fmt.bytes(limitBytes)}`] as const,
          ),
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `提高上限，留出余量：${values(args, fmt)}`
            : `查明 ${names(args, fmt)} 实际需要多少内存`,
        steps: ['先看它是否在增长：一天后数值不变，说明本来就这么大；若更高，则是泄漏，提高上限也无济于事。'],
        expected: '出现峰值时不再重启。',
        verify: '下次报告中低于关注线。',
        undo: '恢复原值并重启应用。',
        minutes: 5,
      }),
    },
  },
  check(seen, { limits, now, window, covers }) {
    const stories = storiesByApp(seen, { now, window, covers });
    const trees = seen.processes ? processTrees(seen.daemons, seen.processes).byApp : null;
    const advice = limitAdvice(seen);
    const near = groupApps(seen.daemons).flatMap((group) =>
      group.apps.flatMap((app) => {
        const rss = trees?.get(appKey(app.ref))?.main?.rssBytes ?? app.pm2RssBytes;
        const worst = closest(app, rss);
        // A limit that keeps firing is told with its restarts: near it is where such an app always is.
        if (worst?.limit === 'restart' && isChurning(stories.get(appKey(app.ref)) ?? null, now)) return [];
        return worst && worst.ratio >= limits.watch ? [{ app, worst }] : [];
      }),
    );
    near.sort((a, b) => b.worst.ratio - a.worst.ratio);
    const draft = (level: Args['level'], list: typeof near): readonly Draft<Args>[] => {
      if (list.length === 0) return [];
      // PM2's limit only: a heap in use near V8's limit is raised by nobody without knowing what grows.
      const raise = list.filter(
        ({ app, worst }) =>
          worst.limit === 'restart' &&
          (advice.get(appKey(app.ref))?.maxMemoryRestartBytes ?? 0) > worst.limitBytes,
      );
      const fix = memoryLimitPatch(
        raise.map(({ app }) => app),
        advice,
      );
      const byName = new Map(list.toReversed().map(({ app, worst }) => [app.ref.name, worst]));
      return [
        {
          subject: subjectOfApps(list.map(({ app }) => app.ref)),
          priority: level === 'warn' ? 'P1' : 'P2',
          confidence: 'certain',
          args: {
            apps: [...byName.values()].toSorted((a, b) => b.ratio - a.ratio),
            level,
            watch: limits.watch,
            proposed:
              fix?.kind === 'ecosystem-patch'
                ? fix.patches.map(({ app, set }) => ({ name: app.name, value: String(set[0]?.value) }))
                : [],
          },
          because: [],
          fix: fix ?? { kind: 'manual' },
        },
      ];
    };
    return [
      ...draft(
        'warn',
        near.filter(({ worst }) => worst.ratio >= limits.warn),
      ),
      ...draft(
        'watch',
        near.filter(({ worst }) => worst.ratio < limits.warn),
      ),
    ];
  },
});

/** The limit this app is closest to; limits under 16 MB are a matter of memory-limit-unit. null = none known. */
function closest(app: App, rssBytes: number | null): Near | null {
  if (app.pid === null) return null;
  const { maxMemoryRestartBytes, maxOldSpaceMb } = app.settings;
  const found: Near[] = [];
  if (rssBytes !== null && maxMemoryRestartBytes !== null && maxMemoryRestartBytes >= 16 * MB) {
    found.push({
      name: app.ref.name,
      limit: 'restart',
      bytes: rssBytes,
      limitBytes: maxMemoryRestartBytes,
      ratio: rssBytes / maxMemoryRestartBytes,
    });
  }
  if (app.heapUsedBytes !== null && maxOldSpaceMb !== null && maxOldSpaceMb > 0) {
    found.push({
      name: app.ref.name,
      limit: 'heap',
      bytes: app.heapUsedBytes,
      limitBytes: maxOldSpaceMb * MB,
      ratio: app.heapUsedBytes / (maxOldSpaceMb * MB),
    });
  }
  return found.toSorted((a, b) => b.ratio - a.ratio)[0] ?? null;
}
