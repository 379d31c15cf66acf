import { groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey, processTrees } from '../derive/apps/process-tree.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { groupText } from '../derive/kills/group-name.ts';
import { appMemory, childrenHoldMost } from '../derive/limits/app-memory.ts';
import { adviceWants, limitAdvice, type NoLimit } from '../derive/limits/limit-advice.ts';
import { memoryLimitPatch } from '../derive/limits/memory-patch.ts';
import { memoryRoom } from '../derive/limits/memory-room.ts';
import { noLimitEn, noLimitZh } from '../derive/limits/no-limit-words.ts';
import { isNodeApp } from '../derive/limits/node-heap.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { App } from '../model/pm2.ts';

type Args = {
  readonly size: 'big' | 'medium' | 'small';
  /** All instances of one name together, bytes; null = not known. Biggest first. */
  readonly apps: readonly { readonly name: string; readonly bytes: number | null }[];
  /** What they may fill, bytes, and the group whose limit that is. */
  readonly roomBytes: number | null;
  readonly roomOf: string | null;
  readonly watchBytes: number;
  readonly proposed: readonly { readonly name: string; readonly value: string }[];
  /** Why there is none for the others. */
  readonly none: readonly NoLimit[];
  /** Apps whose children hold most of the memory: PM2's limit would not see it. */
  readonly unmeasured: readonly string[];
};

interface Unlimited {
  readonly name: string;
  readonly apps: readonly App[];
  readonly bytes: number | null;
  readonly unmeasured: boolean;
  readonly roomBytes: number | null;
  readonly roomOf: string | null;
}

const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const limits = (args: Args, fmt: Fmt) =>
  fmt.list([...new Set(args.proposed.map(({ name, value }) => `${fmt.name(name)} ${value}`))], 3);
const held = (args: Args) => args.apps.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);

export default defineAudit<Args, 'daemons', (typeof adviceWants)[number], 'watchBytes' | 'shareOfRoom'>({
  id: 'memory-limit-missing',
  topic: 'memory',
  needs: ['daemons'],
  wants: adviceWants,
  limits: {
    watchBytes: { value: 200 * 1024 * 1024, unit: 'bytes', source: 'operating practice of small PM2 hosts' },
    shareOfRoom: { value: 0.25, unit: 'ratio', source: 'operating practice: four such apps fill the host' },
  },
  references: [
    'PM2 7.0.4 lib/Worker.js: max_memory_restart is compared every 30 s with the RSS of the main process',
  ],
  words: {
    en: {
      title: 'An app has no memory limit',
      why: 'Without a limit an app that leaks grows until the kernel kills something, and that need not be the app that grew. With max_memory_restart PM2 restarts it before that, in order. An app counts as limited when it has max_memory_restart, or runs on Node with --max-old-space-size.',
      found: (args, fmt) =>
        args.size === 'big'
          ? `${names(args, fmt)} ${args.apps.length === 1 ? 'has' : 'have'} no memory limit and hold${args.apps.length === 1 ? 's' : ''} ${fmt.bytes(held(args))}${args.roomBytes === null ? '' : `, ${fmt.ratio(held(args) / args.roomBytes)} of the ${fmt.bytes(args.roomBytes)} there ${args.roomOf === null ? 'are' : `are in ${groupText(args.roomOf, fmt.code, 'its container')}`}`}`
          : args.size === 'medium'
            ? `${names(args, fmt)} ${args.apps.length === 1 ? 'holds' : 'hold'} over ${fmt.bytes(args.watchBytes)} and ${args.apps.length === 1 ? 'has' : 'have'} no memory limit`
            : `${fmt.count(args.apps.length)} small ${args.apps.length === 1 ? 'app has' : 'apps have'} no memory limit: ${names(args, fmt)}`,
      effect: (args, fmt) =>
        `${args.size === 'small' ? `${args.apps.length === 1 ? 'It is' : 'They are'} small now; a leak would go unnoticed until memory runs out.` : `A leak grows as far as the host lets it; then the kernel chooses whom to kill.`}${args.unmeasured.length === 0 ? '' : ` Most memory of ${fmt.list(args.unmeasured.map((name) => fmt.name(name)))} is in child processes, which PM2’s limit does not see: bound the workers instead.`}`,
      figures: (args, fmt) =>
        args.apps
          .slice(0, 4)
          .flatMap(({ name, bytes }) =>
            bytes === null ? [] : [[fmt.name(name), fmt.bytes(bytes)] as const],
          ),
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `Set a memory limit: ${limits(args, fmt)}`
            : `Bound ${names(args, fmt)} by other means`,
        steps:
          args.proposed.length > 0
            ? [
                'The values leave room above today’s use and fit the host together. Raise one if its app peaks higher.',
              ]
            : noLimitEn(args.none),
        expected:
          args.proposed.length > 0
            ? 'PM2 restarts an app that outgrows its limit, seen within 30 s.'
            : 'The app stays below what the host can give.',
        verify: 'The next report lists no app without a limit.',
        undo:
          args.proposed.length > 0 ? 'Remove the lines and restart the app.' : 'Take back what you changed.',
        minutes: args.proposed.length > 0 ? 2 : 15,
      }),
    },
    'zh-CN': {
      title: '应用未设置内存上限',
      why: '没有上限时，泄漏的应用会一直增长，直到内核强杀某个进程，而被杀的未必是增长的那个。设置 max_memory_restart 后，PM2 会提前有序地重启它。设置了 max_memory_restart，或以 --max-old-space-size 运行的 Node 应用，均视为有上限。',
      found: (args, fmt) =>
        args.size === 'big'
          ? `${names(args, fmt)} 未设置内存上限，占用 ${fmt.bytes(held(args))}${args.roomBytes === null ? '' : `，为${args.roomOf === null ? '主机' : groupText(args.roomOf, (text) => ` ${fmt.code(text)} `, '容器')}可用 ${fmt.bytes(args.roomBytes)} 的 ${fmt.ratio(held(args) / args.roomBytes)}`}`
          : args.size === 'medium'
            ? `${names(args, fmt)} 占用超过 ${fmt.bytes(args.watchBytes)}，未设置内存上限`
            : `${fmt.count(args.apps.length)} 个小应用未设置内存上限：${names(args, fmt)}`,
      effect: (args, fmt) =>
        `${args.size === 'small' ? '目前占用很小；但一旦泄漏，要到内存耗尽才会被发现。' : '一旦泄漏，会一直增长到内存耗尽，再由内核决定强杀哪个进程。'}${args.unmeasured.length === 0 ? '' : `${fmt.list(args.unmeasured.map((name) => fmt.name(name)))} 的内存大部分在子进程中，PM2 的上限看不到，应改为约束工作进程。`}`,
      figures: (args, fmt) =>
        args.apps
          .slice(0, 4)
          .flatMap(({ name, bytes }) =>
            bytes === null ? [] : [[fmt.name(name), fmt.bytes(bytes)] as const],
          ),
      fix: (args, fmt) => ({
        title:
          args.proposed.length > 0
            ? `设置内存上限：${limits(args, fmt)}`
            : `用其他方式约束 ${names(args, fmt)}`,
        steps:
          args.proposed.length > 0
            ? ['这些数值高于当前占用，并且合计不超过主机可用内存。若某个应用的峰值更高，可相应调高。']
            : noLimitZh(args.none),
        expected:
          args.proposed.length > 0
            ? '应用超过上限时，由 PM2 在 30 秒内重启。'
            : '应用占用不超过主机所能提供的内存。',
        verify: '下次报告中没有未设上限的应用。',
        undo: args.proposed.length > 0 ? '删除这些行并重启应用。' : '撤销所做的改动。',
        minutes: args.proposed.length > 0 ? 2 : 15,
      }),
    },
  },
  check(seen, { limits: { watchBytes, shareOfRoom } }) {
    const trees = seen.processes ? processTrees(seen.daemons, seen.processes).byApp : null;
    const advice = limitAdvice(seen);
    const unlimited = groupApps(seen.daemons).flatMap((group): Unlimited[] => {
      const apps = group.apps.filter((app) => app.pid !== null && !hasLimit(app));
      if (apps.length === 0) return [];
      const memories = apps.map((app) => appMemory(app, trees?.get(appKey(app.ref)) ?? null));
      const known = memories.flatMap(({ bytes }) => bytes ?? []);
      const room = memoryRoom(group.home, seen.host, seen.cgroups);
      const bytes = known.length > 0 ? known.reduce((sum, one) => sum + one, 0) : null;
      return [
        {
          name: group.name,
          apps,
          bytes,
          unmeasured: memories.some(childrenHoldMost),
          roomBytes: room?.bytes ?? null,
          roomOf: room?.limitOf ?? null,
        },
      ];
    });
    unlimited.sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));

    const draft = (size: Args['size'], list: readonly Unlimited[]): Draft<Args> => {
      const apps = list.flatMap((one) => one.apps);
      const fix = memoryLimitPatch(
        list.filter((one) => !one.unmeasured).flatMap((one) => one.apps),
        advice,
      );
      const proposed =
        fix?.kind === 'ecosystem-patch'
          ? fix.patches.map(({ app, set }) => ({ name: app.name, value: String(set[0]?.value) }))
          : [];
      return {
        subject: subjectOfApps(apps.map((app) => app.ref)),
        priority: size === 'big' ? 'P1' : size === 'medium' ? 'P2' : 'P3',
        confidence: 'certain',
        args: {
          size,
          apps: list.map(({ name, bytes }) => ({ name, bytes })),
          roomBytes: list[0]?.roomBytes ?? null,
          roomOf: list[0]?.roomOf ?? null,
          watchBytes,
          proposed,
          none: [...new Set(apps.flatMap((app) => advice.get(appKey(app.ref))?.none ?? []))].toSorted(),
          unmeasured: list.filter((one) => one.unmeasured).map(({ name }) => name),
        },
        because: [],
        fix: fix ?? { kind: 'manual' },
      };
    };
    const isBig = ({ bytes, roomBytes }: Unlimited) =>
      bytes !== null && roomBytes !== null && bytes >= watchBytes && bytes >= roomBytes * shareOfRoom;
    const isMedium = (one: Unlimited) => !isBig(one) && one.bytes !== null && one.bytes >= watchBytes;
    const medium = unlimited.filter(isMedium);
    // A job that ends by itself needs no limit while it is small.
    const small = unlimited.filter(
      (one) => !isBig(one) && !isMedium(one) && one.apps.some((app) => app.settings.autorestart),
    );
    const big = fewDrafts(
      unlimited.filter(isBig),
      (one) => draft('big', [one]),
      (rest) => draft('big', rest),
      8,
    );
    return [
      ...big,
      ...(medium.length > 0 ? [draft('medium', medium)] : []),
      ...(small.length > 0 ? [draft('small', small)] : []),
    ];
  },
});

function hasLimit({ settings, ...app }: App): boolean {
  return (
    settings.maxMemoryRestartBytes !== null ||
    (settings.maxOldSpaceMb !== null && isNodeApp({ settings, ...app }))
  );
}
