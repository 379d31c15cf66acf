import { groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { plural } from '../derive/english.ts';
import { adviceWants, limitAdvice } from '../derive/limits/limit-advice.ts';
import { lacksUnit } from '../derive/limits/limit-unit.ts';
import { memoryLimitPatch, pm2SizeOrNull } from '../derive/limits/memory-patch.ts';
import { defineAudit, type Fmt } from '../model/audit.ts';

type Args = {
  readonly apps: readonly {
    readonly name: string;
    readonly limitBytes: number;
    readonly setting: string;
    readonly rssBytes: number | null;
  }[];
  /** Restarts because of this limit that pm2.log shows in the window; null = pm2.log was not seen. */
  readonly restarts: number | null;
  readonly proposed: readonly { readonly name: string; readonly value: string }[];
};

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const limits = (args: Args, fmt: Fmt) =>
  fmt.list(
    args.apps.map(
      ({ setting, limitBytes }) => `${fmt.code(`max_memory_restart: ${setting}`)} = ${fmt.bytes(limitBytes)}`,
    ),
  );
const values = (args: Args, fmt: Fmt) =>
  fmt.list([...new Set(args.proposed.map(({ name, value }) => `${fmt.name(name)} ${value}`))], 3);

export default defineAudit<Args, 'daemons', (typeof adviceWants)[number], 'leastBytes' | 'unitBytes'>({
  id: 'memory-limit-unit',
  topic: 'memory',
  needs: ['daemons'],
  wants: adviceWants,
  limits: {
    leastBytes: {
      value: 16 * 1024 * 1024,
      unit: 'bytes',
      source: 'measured: a bare Node process holds 40 MB, PM2’s agent included 50 MB',
    },
    unitBytes: {
      value: 1024 * 1024,
      unit: 'bytes',
      source: 'below this no interpreter starts: the number lacks its unit',
    },
  },
  references: [
    'PM2 7.0.4 lib/tools/Config.js: a number without K, M or G is bytes ("5" is 5 bytes)',
    'Unitech/pm2#2488',
  ],
  words: {
    en: {
      title: 'A memory limit lacks its unit',
      why: 'max_memory_restart takes bytes unless the value ends in K, M or G. A 5 that was meant as 5 MB or 5 GB is five bytes: every check, each 30 s, finds the app over its limit and restarts it.',
      found: (args, fmt) =>
        `${names(args, fmt)} ${args.apps.length === 1 ? 'has a memory limit' : 'have memory limits'} that no process can keep: ${limits(args, fmt)}`,
      effect: (args, fmt) =>
        `PM2 restarts ${args.apps.length === 1 ? 'it' : 'them'} every 30 s.${args.restarts === null ? '' : ` pm2.log shows ${plural(args.restarts, fmt.count(args.restarts), 'such restart', 'such restarts')} in the window.`} Most likely the unit is missing.`,
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `Set the limit with its unit: ${values(args, fmt)}`
            : `Write the limit of ${names(args, fmt)} with its unit`,
        steps:
          args.proposed.length > 0
            ? []
            : [
                `Write ${fmt.code('M')} or ${fmt.code('G')} after the number, above what the app holds when it works.`,
              ],
        expected: 'The restarts every 30 s end.',
        verify: `The restart counter in ${fmt.code('pm2 ls')} stands still for two minutes.`,
        undo: 'Restore the old value and restart the app.',
        minutes: 2,
      }),
    },
    'zh-CN': {
      title: '内存上限缺少单位',
      why: 'max_memory_restart 的数值若不以 K、M 或 G 结尾，单位就是字节。本意为 5 MB 或 5 GB 的 “5” 只有 5 个字节：PM2 每 30 秒检查一次，每次都判定超限并重启应用。',
      found: (args, fmt) => `${names(args, fmt)} 的内存上限低到任何进程都无法满足：${limits(args, fmt)}`,
      effect: (args, fmt) =>
        `PM2 每 30 秒重启一次。${args.restarts === null ? '' : `统计时段内 pm2.log 记录了 ${fmt.count(args.restarts)} 次此类重启。`}最可能的原因是漏写了单位。`,
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `设置带单位的上限：${values(args, fmt)}`
            : `为 ${names(args, fmt)} 的上限补上单位`,
        steps:
          args.proposed.length > 0
            ? []
            : [`在数字后写上 ${fmt.code('M')} 或 ${fmt.code('G')}，并高于应用正常工作时的占用。`],
        expected: '不再每 30 秒重启一次。',
        verify: `${fmt.code('pm2 ls')} 中的重启次数两分钟内不再增加。`,
        undo: '恢复原值并重启应用。',
        minutes: 2,
      }),
    },
  },
  check(seen, { window, limits: { leastBytes, unitBytes } }) {
    const apps = groupApps(seen.daemons).flatMap((group) =>
      group.apps.filter((app) => lacksUnit(app, leastBytes, unitBytes)),
    );
    if (apps.length === 0) return [];
    const fired = (seen.pm2Log ?? []).flatMap((log) =>
      log.events
        .filter(
          ({ at, event }) =>
            event.kind === 'memory-limit' &&
            at !== null &&
            at >= window.from &&
            apps.some((app) => app.ref.home === log.home && app.ref.pmId === event.pmId),
        )
        .map(({ at, text }) => ({ source: log.path, at, text })),
    );
    const fix = memoryLimitPatch(apps, limitAdvice(seen));
    const names = new Map(apps.map((app) => [app.ref.name, app]));
    return [
      {
        subject: subjectOfApps(apps.map((app) => app.ref)),
        priority: fired.length >= 3 ? 'P0' : 'P1',
        confidence: 'certain',
        args: {
          apps: [...names.values()].map((app) => ({
            name: app.ref.name,
            limitBytes: app.settings.maxMemoryRestartBytes ?? 0,
            setting: pm2SizeOrNull(app.settings.maxMemoryRestartBytes) ?? '',
            rssBytes: app.pm2RssBytes,
          })),
          restarts: seen.pm2Log === null ? null : fired.length,
          proposed:
            fix?.kind === 'ecosystem-patch'
              ? fix.patches.map(({ app, set }) => ({ name: app.name, value: String(set[0]?.value) }))
              : [],
        },
        because: fired.slice(-2),
        fix: fix ?? { kind: 'manual' },
      },
    ];
  },
});
