import { times } from '../../derive/english.ts';
import type { ChurnKind } from '../../derive/limits/limit-churn.ts';
import type { Fmt, Words } from '../../model/audit.ts';
import type { FixWords } from '../../model/finding.ts';
import type { Locale } from '../../model/text.ts';

export type MemoryLimitChurnArgs = {
  readonly apps: readonly {
    readonly name: string;
    readonly kind: ChurnKind;
    readonly times: number;
    readonly first: number;
    readonly last: number;
    readonly goesOn: boolean;
    readonly uptimeMs: number | null;
    readonly medianGapMs: number | null;
    readonly usedBytes: number | null;
    readonly limitBytes: number | null;
    readonly isChanged: boolean;
  }[];
  /** The value advised for `max_memory_restart`; null = none is. */
  readonly proposed: string | null;
};
type Args = MemoryLimitChurnArgs;

const first = (args: Args) => args.apps[0];
const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const isMany = (args: Args) => args.apps.length > 1;

export const memoryLimitChurnWords: { readonly [L in Locale]: Words<Args> } = {
  en: {
    title: 'A memory limit restarts an app again and again',
    why: 'max_memory_restart ends an app in order before memory runs out. Now and then that is its purpose. When it fires all day, either the limit is below what the app needs, or it hides a leak; each time requests in flight can be lost. PM2 compares the RSS of the main process every 30 s, so the figure in its log lies above the limit.',
    found(args, fmt) {
      const app = first(args);
      if (app === undefined) return '';
      if (isMany(args))
        return `PM2 restarted ${fmt.count(args.apps.length)} apps for their memory: ${fmt.list(args.apps.map((one) => `${fmt.name(one.name)} ${fmt.count(one.times)}`))}`;
      const limit =
        app.limitBytes === null ? 'its memory limit' : `its limit of ${fmt.bytes(app.limitBytes)}`;
      const since = app.goesOn ? ` since ${fmt.time(app.first)}` : `, last on ${fmt.time(app.last)}`;
      return app.times === 1
        ? `PM2 restarted ${fmt.name(app.name)} once at ${limit}, on ${fmt.time(app.last)}`
        : `PM2 restarted ${fmt.name(app.name)} ${times(app.times, fmt.count(app.times))} at ${limit}${since}`;
    },
    effect(args, fmt) {
      const app = first(args);
      if (app === undefined) return '';
      if (isMany(args)) return 'The limit did its work, and these restarts are rare or over.';
      const lives = app.uptimeMs === null ? '' : ` after ${fmt.duration(app.uptimeMs)}`;
      const used = app.usedBytes === null ? '' : ` PM2 measured ${fmt.bytes(app.usedBytes)} the last time.`;
      const state = app.goesOn
        ? ''
        : app.isChanged
          ? ' The limit was changed since, and it has not fired again.'
          : ' It has not fired since.';
      const meaning = {
        once: 'The limit did its work once. One restart says nothing about a leak.',
        'too-low': `The app reaches the limit${lives} of each start. Most likely it needs that much to work and the limit is too low; only a very fast leak looks the same.`,
        growth: `It reaches the limit${lives}, at an even pace: memory that is not given back looks like this. The limit hides the leak and interrupts the service each time.`,
        peaks: `It reaches the limit${lives}, now early, now late: single big requests or hours of high load look like this, and a leak that follows the load.`,
      };
      return `${meaning[app.kind]}${used}${state}`;
    },
    figures(args, fmt) {
      const app = first(args);
      if (app === undefined || isMany(args))
        return args.apps.slice(0, 4).map((one) => [one.name, fmt.count(one.times)] as const);
      return [
        ['restarts by limit', fmt.count(app.times)],
        ...(app.usedBytes === null || app.limitBytes === null
          ? []
          : [['measured / limit', `${fmt.bytes(app.usedBytes)} / ${fmt.bytes(app.limitBytes)}`] as const]),
        ...(app.uptimeMs === null ? [] : [['start to limit', fmt.duration(app.uptimeMs)] as const]),
        ...(app.medianGapMs === null ? [] : [['one every', fmt.duration(app.medianGapMs)] as const]),
      ];
    },
    fix(args, fmt): FixWords {
      if (args.proposed !== null)
        return {
          title: `Raise the memory limit of ${names(args, fmt)} to ${args.proposed}`,
          steps: ['If the new limit is reached as well, only later, it is a leak: then look for what grows.'],
          expected: 'No restart by the limit in ordinary work.',
          verify: 'The next report shows no restart by memory limit.',
          undo: 'Restore the old value and restart the app.',
          minutes: 3,
        };
      const isLow = first(args)?.kind === 'too-low';
      return {
        title: isLow
          ? `Find out how much memory ${names(args, fmt)} needs`
          : `Find what grows in ${names(args, fmt)}`,
        steps: isLow
          ? [
              'No higher value can be named from what was seen. Raise the limit as far as the host has room and watch the app under ordinary load. If it levels off, set the limit half as high again as that.',
            ]
          : [
              `Take a heap snapshot once the app is warm and one shortly before the limit, and compare them (Node: ${fmt.code('--heapsnapshot-signal=SIGUSR2')}; Python: ${fmt.code('tracemalloc')}). Keep the limit meanwhile.`,
            ],
        expected: 'Memory levels off below the limit.',
        verify: 'The next report shows no restart by memory limit.',
        undo: 'Not needed.',
        minutes: 60,
      };
    },
  },
  'zh-CN': {
    title: '内存上限反复触发重启',
    why: 'max_memory_restart 用于在内存耗尽之前有序重启应用，偶尔触发正是它的作用。若整天反复触发，要么上限低于应用所需，要么掩盖了泄漏；每次都可能丢失处理中的请求。PM2 每 30 秒比较一次主进程的 RSS，因此日志中的数值会高于上限。',
    found(args, fmt) {
      const app = first(args);
      if (app === undefined) return '';
      if (isMany(args))
        return `PM2 因内存超限重启了 ${fmt.count(args.apps.length)} 个应用：${fmt.list(args.apps.map((one) => `${fmt.name(one.name)} ${fmt.count(one.times)} 次`))}`;
      const limit = app.limitBytes === null ? '内存上限' : `内存上限 ${fmt.bytes(app.limitBytes)}`;
      if (app.times === 1)
        return `${fmt.name(app.name)} 因超过${limit} 被 PM2 重启过一次（${fmt.time(app.last)}）`;
      return app.goesOn
        ? `${fmt.name(app.name)} 自 ${fmt.time(app.first)} 起因超过${limit} 被 PM2 重启 ${fmt.count(app.times)} 次`
        : `${fmt.name(app.name)} 因超过${limit} 被 PM2 重启 ${fmt.count(app.times)} 次，最近一次为 ${fmt.time(app.last)}`;
    },
    effect(args, fmt) {
      const app = first(args);
      if (app === undefined) return '';
      if (isMany(args)) return '上限发挥了应有的作用，这些重启很少发生，或已不再发生。';
      const lives = app.uptimeMs === null ? '' : `约 ${fmt.duration(app.uptimeMs)}后`;
      const used = app.usedBytes === null ? '' : `最近一次 PM2 测得 ${fmt.bytes(app.usedBytes)}。`;
      const state = app.goesOn ? '' : app.isChanged ? '此后上限已调整，未再触发。' : '此后未再触发。';
      const meaning = {
        once: '上限发挥了一次作用。仅凭一次重启，不能判断是否泄漏。',
        'too-low': `每次启动${lives}就会达到上限：很可能正常工作就需要这么多内存，上限设得过低；只有增长极快的泄漏才会与此相似。`,
        growth: `每次启动${lives}达到上限，节奏均匀，符合内存只增不还的特征。上限掩盖了泄漏，而且每次都会中断服务。`,
        peaks: `每次启动${lives}达到上限，时早时晚：个别大请求或高负载时段会这样，随负载增长的泄漏也会这样。`,
      };
      return `${meaning[app.kind]}${used}${state}`;
    },
    figures(args, fmt) {
      const app = first(args);
      if (app === undefined || isMany(args))
        return args.apps.slice(0, 4).map((one) => [one.name, fmt.count(one.times)] as const);
      return [
        ['超限重启', fmt.count(app.times)],
        ...(app.usedBytes === null || app.limitBytes === null
          ? []
          : [['测得 / 上限', `${fmt.bytes(app.usedBytes)} / ${fmt.bytes(app.limitBytes)}`] as const]),
        ...(app.uptimeMs === null ? [] : [['启动到超限', fmt.duration(app.uptimeMs)] as const]),
        ...(app.medianGapMs === null ? [] : [['间隔', fmt.duration(app.medianGapMs)] as const]),
      ];
    },
    fix(args, fmt): FixWords {
      if (args.proposed !== null)
        return {
          title: `将 ${names(args, fmt)} 的内存上限提高到 ${args.proposed}`,
          steps: ['如果新的上限也会达到，只是更晚，那就是泄漏：应排查内存增长。'],
          expected: '正常工作时不再因上限重启。',
          verify: '下次报告：超限重启 0 次。',
          undo: '恢复原值并重启应用。',
          minutes: 3,
        };
      const isLow = first(args)?.kind === 'too-low';
      return {
        title: isLow ? `查明 ${names(args, fmt)} 需要多少内存` : `排查 ${names(args, fmt)} 的内存增长`,
        steps: isLow
          ? [
              '根据现有数据给不出更高的值。请在主机余量允许的范围内调高上限，在日常负载下观察；若占用趋于平稳，按其 1.5 倍设置上限。',
            ]
          : [
              `在应用预热完成后和接近上限时各做一次堆快照并比较（Node：${fmt.code('--heapsnapshot-signal=SIGUSR2')}；Python：${fmt.code('tracemalloc')}）。排查期间保留上限。`,
            ],
        expected: '内存稳定在上限以下。',
        verify: '下次报告：超限重启 0 次。',
        undo: '无需回退。',
        minutes: 60,
      };
    },
  },
};
