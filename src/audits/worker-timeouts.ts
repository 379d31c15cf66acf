import { type AppGroup, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { times } from '../derive/english.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { oneEvery, oneEveryZh } from '../derive/how-often.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { AppText } from '../model/oom.ts';
import type { EpochMs } from '../model/text.ts';

type Args = {
  readonly apps: readonly {
    readonly name: string;
    readonly times: number;
    readonly first: EpochMs;
    readonly last: EpochMs;
    /** Within the last hour. */
    readonly lately: number;
  }[];
};

/** A worker that was given up; the master lives on. */
interface Timeout {
  readonly at: EpochMs;
  readonly text: AppText;
}

interface Hit {
  readonly group: AppGroup;
  readonly timeouts: readonly Timeout[];
  readonly lately: number;
}

const hourMs = 3_600_000;
/** The timeout, the abort and the SIGKILL of one worker are lines of the same few seconds. */
const sameWorkerMs = 60_000;

const total = (args: Args): number => args.apps.reduce((sum, app) => sum + app.times, 0);
const names = (args: Args, fmt: Fmt): string => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const gapOf = ({ first, last, times: count }: Args['apps'][number]): number | null =>
  count > 2 && last > first ? (last - first) / (count - 1) : null;

/** A master ends its own workers because they do not answer: PM2 sees nothing of it. */
export default defineAudit<Args, 'daemons' | 'appLogs', never, 'leastTimes' | 'loopTimes'>({
  id: 'worker-timeouts',
  topic: 'restarts',
  needs: ['daemons', 'appLogs'],
  limits: {
    leastTimes: { value: 3, unit: 'count', source: 'one slow request may be anything; three are a pattern' },
    loopTimes: {
      value: 5,
      unit: 'count',
      source: 'in the last hour: with the default of 30 s that is minutes of one worker that serves nobody',
    },
  },
  references: [
    'gunicorn 20 to 23, arbiter.py murder_workers: WORKER TIMEOUT, SIGABRT, then SIGKILL',
    'https://docs.gunicorn.org/en/stable/settings.html#timeout',
  ],
  words: {
    en: {
      title: 'Workers are killed by their own master’s timeout',
      why: 'gunicorn ends a worker that has not answered it for --timeout seconds, 30 by default. The request it was serving is lost. PM2 sees the master alone, which lives on: no restart, no error, a green list.',
      found: (args, fmt) =>
        `Workers of ${names(args, fmt)} hung and were killed by gunicorn’s timeout ${times(total(args), fmt.count(total(args)))}`,
      effect: (args, fmt) => {
        const [app] = args.apps;
        const gap = app === undefined || args.apps.length > 1 ? null : gapOf(app);
        return `Each time a request was cut off after the whole timeout.${gap === null ? '' : ` About ${oneEvery(gap, fmt.duration)}.`}${app === undefined || args.apps.length > 1 ? '' : ` The last was on ${fmt.time(app.last)}${app.lately > 0 ? `, ${fmt.count(app.lately)} of them in the last hour` : ''}.`} It is no OOM kill, also where gunicorn asks “Perhaps out of memory?” behind it.`;
      },
      figures: (args, fmt) => args.apps.slice(0, 4).map((app) => [app.name, fmt.count(app.times)] as const),
      fix: (args, fmt) => ({
        title: `Find what blocks the workers of ${names(args, fmt)}`,
        steps: [
          `See where one hangs: ${fmt.code('py-spy dump --pid PID')} of a worker that uses no CPU, or the stack that the aborted worker wrote to its log.`,
          `Give outgoing calls (database, HTTP) a timeout below gunicorn’s; move long work to a queue.`,
          `Only where requests may take so long: raise ${fmt.code('--timeout')}, or use ${fmt.code('--worker-class gthread')}, whose workers answer the master while they serve.`,
        ],
        expected: 'Requests end or fail by their own timeouts; workers live on.',
        verify: `The error log has no new ${fmt.code('WORKER TIMEOUT')}.`,
        undo: 'Restore the old options.',
        minutes: 60,
      }),
    },
    'zh-CN': {
      title: '工作进程被自身主进程超时强杀',
      why: 'gunicorn 会终止超过 --timeout 秒（默认 30 秒）没有回应的工作进程，正在处理的请求随之丢失。PM2 只看到主进程，而它一直在运行：没有重启，没有报错，列表一片正常。',
      found: (args, fmt) =>
        `${names(args, fmt)} 的工作进程卡住，被 gunicorn 超时强杀 ${fmt.count(total(args))} 次`,
      effect: (args, fmt) => {
        const [app] = args.apps;
        const gap = app === undefined || args.apps.length > 1 ? null : gapOf(app);
        return `每次都有请求在等满整个超时时间后被切断。${gap === null ? '' : `大约${oneEveryZh(gap, fmt.duration)}。`}${app === undefined || args.apps.length > 1 ? '' : `最近一次在 ${fmt.time(app.last)}${app.lately > 0 ? `，最近一小时内 ${fmt.count(app.lately)} 次` : ''}。`}这不是内存不足强杀，即使 gunicorn 随后写了“Perhaps out of memory?”。`;
      },
      figures: (args, fmt) => args.apps.slice(0, 4).map((app) => [app.name, fmt.count(app.times)] as const),
      fix: (args, fmt) => ({
        title: `查明 ${names(args, fmt)} 的工作进程卡在何处`,
        steps: [
          `查看卡住的位置：对不占 CPU 的工作进程执行 ${fmt.code('py-spy dump --pid PID')}，或查看被终止的工作进程写入日志的调用栈。`,
          '为对外调用（数据库、HTTP）设置短于 gunicorn 的超时；耗时任务放入队列。',
          `确有请求需要这么久时，才调高 ${fmt.code('--timeout')}，或改用 ${fmt.code('--worker-class gthread')}，其工作进程在处理请求时仍会回应主进程。`,
        ],
        expected: '请求按自身的超时结束或失败，工作进程继续运行。',
        verify: `错误日志中不再出现新的 ${fmt.code('WORKER TIMEOUT')}。`,
        undo: '恢复原来的选项。',
        minutes: 60,
      }),
    },
  },
  check({ daemons, appLogs }, { now, window, limits }) {
    const hits = groupApps(daemons).flatMap((group): readonly Hit[] => {
      const keys = new Set(group.apps.map(({ ref }) => appKey(ref)));
      const own = appLogs.filter(({ app }) => keys.has(appKey(app))).flatMap(({ texts }) => texts);
      const timeouts = timeoutsOf(own).filter(({ at }) => at >= window.from && at <= now);
      const lately = timeouts.filter(({ at }) => at > now - hourMs).length;
      return timeouts.length < limits.leastTimes ? [] : [{ group, timeouts, lately }];
    });
    const draft = (list: readonly Hit[]): Draft<Args> => ({
      subject: subjectOfApps(list.flatMap(({ group }) => group.apps.map(({ ref }) => ref))),
      priority: list.some(({ lately }) => lately >= limits.loopTimes) ? 'P1' : 'P2',
      confidence: 'certain',
      args: {
        apps: list.map(({ group, timeouts, lately }) => ({
          name: group.name,
          times: timeouts.length,
          first: timeouts[0]?.at ?? 0,
          last: timeouts.at(-1)?.at ?? 0,
          lately,
        })),
      },
      because: list.flatMap(({ timeouts }) => timeouts.slice(-1).map(({ text }) => text.quote)).slice(0, 3),
      fix: { kind: 'manual' },
    });
    return fewDrafts(
      hits.toSorted((a, b) => b.lately - a.lately || b.timeouts.length - a.timeouts.length),
      (one) => draft([one]),
      draft,
    );
  },
});

/** One for each worker, oldest first: of a log that two instances share, and of the lines that follow, only the first. */
function timeoutsOf(texts: readonly AppText[]): readonly Timeout[] {
  const lastOf = new Map<number | null, EpochMs>();
  return texts
    .flatMap((text) => (text.kind === 'gunicorn-timeout' && text.at !== null ? [{ at: text.at, text }] : []))
    .toSorted((a, b) => a.at - b.at)
    .filter(({ at, text: { pid } }) => {
      const before = lastOf.get(pid);
      lastOf.set(pid, at);
      return before === undefined || at - before > sameWorkerMs;
    });
}
