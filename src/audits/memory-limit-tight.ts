import { groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { adviceWants, limitAdvice } from '../derive/limits/limit-advice.ts';
import { memoryLimitPatch } from '../derive/limits/memory-patch.ts';
import { storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';

type Args = {
  readonly apps: readonly {
    readonly name: string;
    readonly peakBytes: number;
    readonly nowBytes: number;
    readonly limitBytes: number;
  }[];
  readonly proposed: readonly { readonly name: string; readonly value: string }[];
};

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const values = (args: Args, fmt: Fmt) =>
  fmt.list(args.proposed.map(({ name, value }) => `${fmt.name(name)} ${fmt.code(value)}`));

/** A limit that the app's ordinary peaks come too close to, though it looks far away now. */
export default defineAudit<
  Args,
  'daemons' | 'history',
  (typeof adviceWants)[number] | 'bus' | 'unitJournal',
  'room' | 'near'
>({
  id: 'memory-limit-tight',
  topic: 'memory',
  needs: ['daemons', 'history'],
  wants: [...adviceWants, 'bus', 'unitJournal'],
  limits: {
    room: {
      value: 1.2,
      unit: 'ratio',
      source: 'a fifth above the peak: PM2 looks every 30 s, and no week is the worst one',
    },
    near: { value: 0.8, unit: 'ratio', source: 'from here on app-memory-near-limit tells of it' },
  },
  references: ['PM2 7.0.4 lib/Worker.js: RSS of the main process against max_memory_restart'],
  words: {
    en: {
      title: 'A memory limit is below what the app needs at its peak',
      why: 'The peak is what PM2’s own figure reached in the hours of the last week, without the 2 % that stand out. A limit must leave a fifth above it, or a busy hour restarts a healthy app.',
      found: (args, fmt) => {
        const [one, second] = args.apps;
        return one && !second
          ? `${fmt.name(one.name)} reaches ${fmt.bytes(one.peakBytes)} in ordinary work, and its limit is ${fmt.bytes(one.limitBytes)}`
          : `${fmt.count(args.apps.length)} apps have a limit too close to their peak: ${names(args, fmt)}`;
      },
      effect: (args, fmt) =>
        args.apps[1] === undefined && args.apps[0] !== undefined
          ? `Now it holds ${fmt.bytes(args.apps[0].nowBytes)}, so nothing shows it. The next busy hour can restart it in the middle of its requests.`
          : 'Nothing shows it at this moment. The next busy hour can restart them in the middle of their requests.',
      figures: (args, fmt) =>
        args.apps
          .slice(0, 4)
          .map(
            ({ name, peakBytes, limitBytes }) =>
              [fmt.name(name), `${fmt.bytes(peakBytes)} / ${fmt.bytes(limitBytes)}`] as const,
          ),
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `Raise the limit above the learned peak: ${values(args, fmt)}`
            : `Make room for the peak of ${names(args, fmt)}`,
        steps:
          args.proposed.length > 0
            ? []
            : [
                'This host has no room for a higher limit beside the others: give it memory, or the app less work at once.',
              ],
        expected: 'Busy hours pass without a restart.',
        verify: 'The next report no longer lists it.',
        undo: 'Restore the old value and restart the app.',
        minutes: 5,
      }),
    },
    'zh-CN': {
      title: '内存上限低于应用的峰值需求',
      why: '峰值取最近一周每小时 PM2 自身数值的最高值，剔除最突出的 2 %。上限至少应比峰值高五分之一，否则忙时会重启正常的应用。',
      found: (args, fmt) => {
        const [one, second] = args.apps;
        return one && !second
          ? `${fmt.name(one.name)} 平时会达到 ${fmt.bytes(one.peakBytes)}，而上限为 ${fmt.bytes(one.limitBytes)}`
          : `${fmt.count(args.apps.length)} 个应用的上限离峰值过近：${names(args, fmt)}`;
      },
      effect: (args, fmt) =>
        args.apps[1] === undefined && args.apps[0] !== undefined
          ? `当前仅占 ${fmt.bytes(args.apps[0].nowBytes)}，因此看不出来；下一个忙时就可能在处理请求途中被重启。`
          : '此刻看不出来；下一个忙时就可能在处理请求途中被重启。',
      figures: (args, fmt) =>
        args.apps
          .slice(0, 4)
          .map(
            ({ name, peakBytes, limitBytes }) =>
              [fmt.name(name), `${fmt.bytes(peakBytes)} / ${fmt.bytes(limitBytes)}`] as const,
          ),
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `把上限提高到已知峰值之上：${values(args, fmt)}`
            : `为 ${names(args, fmt)} 的峰值腾出空间`,
        steps:
          args.proposed.length > 0
            ? []
            : ['此主机没有余量容纳更高的上限：请增加内存，或减少该应用同时处理的工作。'],
        expected: '忙时不再重启。',
        verify: '下次报告中不再列出它。',
        undo: '恢复原值并重启应用。',
        minutes: 5,
      }),
    },
  },
  check(seen, { limits, now, window, covers }) {
    const stories = storiesByApp(seen, { now, window, covers });
    const advice = limitAdvice(seen);
    const tight = groupApps(seen.daemons).flatMap(({ apps }) => {
      const own = apps.flatMap((app) => {
        const { maxMemoryRestartBytes: limit } = app.settings;
        const { learnedPeakBytes: peak, pm2RssBytes: held } = app;
        if (limit === null || peak === undefined || app.pid === null || held === null) return [];
        // What the limit has cut off is no peak, and is told by the audits of restarts.
        if ((stories.get(appKey(app.ref))?.byCause['memory-limit'] ?? 0) > 0) return [];
        if (held >= limit * limits.near || limit >= peak * limits.room) return [];
        return [{ app, name: app.ref.name, peakBytes: peak, nowBytes: held, limitBytes: limit }];
      });
      return own.toSorted((a, b) => b.peakBytes / b.limitBytes - a.peakBytes / a.limitBytes).slice(0, 1);
    });
    if (tight.length === 0) return [];
    const raise = tight.filter(
      ({ app, limitBytes }) => (advice.get(appKey(app.ref))?.maxMemoryRestartBytes ?? 0) > limitBytes,
    );
    const entries = groupApps(seen.daemons).filter(({ apps }) => raise.some(({ app }) => apps.includes(app)));
    const fix = memoryLimitPatch(
      entries.flatMap(({ apps }) => apps),
      advice,
    );
    return [
      {
        subject: subjectOfApps(tight.map(({ app }) => app.ref)),
        priority: 'P2',
        confidence: 'likely',
        args: {
          apps: tight
            .map(({ app: _app, ...figures }) => figures)
            .toSorted((a, b) => b.peakBytes / b.limitBytes - a.peakBytes / a.limitBytes),
          proposed: raise.map(({ app, name }) => ({
            name,
            value: advice.get(appKey(app.ref))?.maxMemoryRestart ?? '',
          })),
        },
        because: [],
        fix: fix ?? { kind: 'manual' },
      },
    ];
  },
});
