import { groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { App, BusObservation } from '../model/pm2.ts';
import type { AppLog } from '../model/storage.ts';
import type { Quote } from '../model/text.ts';

type Args = {
  readonly apps: readonly {
    readonly name: string;
    /** Exceptions heard on the bus, and for how long we listened, ms; 0 = only its log shows them. */
    readonly heard: number;
    readonly listenedMs: number;
    readonly message: string | null;
  }[];
};

interface Failing {
  readonly app: App;
  readonly heard: number;
  readonly message: string | null;
  readonly quotes: readonly Quote[];
}

const first = (args: Args) => args.apps[0];
const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));
const messageLength = 120;
/** PM2 5 to 7 lib/ProcessContainer.js writes this above a rejection it has caught, in cluster mode. */
const caught = /You have triggered an unhandledRejection/;

/** Fails and stays `online`: PM2 keeps the process alive after what would have ended it. */
export default defineAudit<Args, 'daemons', 'bus' | 'appLogs', 'heard' | 'freshMs'>({
  id: 'exceptions-swallowed',
  topic: 'restarts',
  needs: ['daemons'],
  wants: ['bus', 'appLogs'],
  limits: {
    heard: {
      value: 2,
      unit: 'count',
      source: 'one may be an error that the app reports itself; two within seconds go on',
    },
    freshMs: { value: 3_600_000, unit: 'ms', source: 'an older text says nothing about the app of now' },
  },
  references: [
    'PM2 7.0.4 lib/ProcessContainer.js and pm2-io: unhandled rejections are caught, reported as process:exception, and the app runs on (measured)',
    'Node.js documentation, cli --unhandled-rejections: the default is throw; with strict the app ends and is restarted under PM2 7.0.4, fork and cluster (measured)',
  ],
  words: {
    en: {
      title: 'An app fails and stays online',
      why: 'Plain Node ends at an unhandled rejection. In cluster mode, and wherever PM2’s metrics agent is loaded (the default), it is caught instead: PM2 restarts nothing, counts nothing and shows online, however little of the app still works.',
      found(args, fmt) {
        const app = first(args);
        if (app === undefined) return '';
        if (args.apps.length > 1) return `${names(args, fmt)} throw again and again and stay online`;
        return app.heard > 0
          ? `${fmt.name(app.name)} threw ${fmt.count(app.heard)} exceptions in ${fmt.duration(app.listenedMs)} and stays online`
          : `${fmt.name(app.name)} has unhandled rejections and stays online`;
      },
      effect(args, fmt) {
        const message = first(args)?.message ?? null;
        const last = message === null ? '' : ` The last one: ${fmt.code(message)}.`;
        return `The process lives; whether it serves is another question. It may have failed while it was loading.${last} Errors that the app itself reports to PM2 look the same, so check before you act.`;
      },
      fix: (args, fmt) => ({
        title: `Check whether ${names(args, fmt)} works, and let it end when it does not`,
        steps: [
          'Ask it something: a request, a job. If it does not answer, mend the quoted error and restart it.',
          `Then let the process end at such errors, so that PM2 can start it anew: add ${fmt.code('--unhandled-rejections=strict')} to ${fmt.code('node_args')} and keep what stands there.`,
        ],
        expected:
          'A failure shows as a restart with its cause, not as an app that is online and does nothing.',
        verify: 'The next report hears no exception.',
        undo: 'Remove the option and restart the app.',
        minutes: 20,
      }),
    },
    'zh-CN': {
      title: '应用出错却仍显示 online',
      why: '单独运行的 Node 遇到未处理的 Promise 拒绝会退出。在 cluster 模式下，或加载了 PM2 监控代理时（默认加载），错误会被接住：PM2 不重启、不计数，一直显示 online，无论应用还能做多少事。',
      found(args, fmt) {
        const app = first(args);
        if (app === undefined) return '';
        if (args.apps.length > 1) return `${names(args, fmt)} 不断抛出异常，却仍显示 online`;
        return app.heard > 0
          ? `${fmt.name(app.name)} 在 ${fmt.duration(app.listenedMs)}内抛出 ${fmt.count(app.heard)} 个异常，却仍显示 online`
          : `${fmt.name(app.name)} 有未处理的 Promise 拒绝，却仍显示 online`;
      },
      effect(args, fmt) {
        const message = first(args)?.message ?? null;
        const last = message === null ? '' : `最近一个异常为 ${fmt.code(message)}。`;
        return `进程还在，但未必能提供服务，可能在加载阶段就已失败。${last}应用主动上报给 PM2 的错误看起来也是这样，请先确认再处理。`;
      },
      fix: (args, fmt) => ({
        title: `确认 ${names(args, fmt)} 能否正常工作，并让它在出错时退出`,
        steps: [
          '先实际调用一次：发一个请求，或提交一个任务。若没有响应，请修复引用的错误并重启。',
          `再让进程在此类错误时退出，由 PM2 重新拉起：在 ${fmt.code('node_args')} 中加入 ${fmt.code('--unhandled-rejections=strict')}，原有参数请保留。`,
        ],
        expected: '故障会表现为带原因的重启，而不是一个显示 online 却不工作的应用。',
        verify: '下次报告中没有监听到异常。',
        undo: '删除该参数并重启应用。',
        minutes: 20,
      }),
    },
  },
  check(seen, { now, limits }) {
    const found = groupApps(seen.daemons).flatMap(({ apps }) =>
      apps
        .flatMap(
          (app) =>
            failingNow(app, seen.bus, limits.heard) ??
            failedBefore(app, seen.appLogs, now - limits.freshMs) ??
            [],
        )
        .toSorted((a, b) => b.heard - a.heard)
        .slice(0, 1),
    );
    const listenedMs = seen.bus === null ? 0 : seen.bus.to - seen.bus.from;
    const draft = (list: readonly Failing[]): Draft<Args> => ({
      subject: subjectOfApps(list.map(({ app }) => app.ref)),
      priority: list.some(({ heard }) => heard > 0) ? 'P2' : 'P3',
      confidence: 'possible',
      args: {
        apps: list.map(({ app, heard, message }) => ({ name: app.ref.name, heard, listenedMs, message })),
      },
      because: list.flatMap(({ quotes }) => quotes).slice(0, 3),
      fix: { kind: 'manual' },
    });
    return fewDrafts(
      found.toSorted((a, b) => b.heard - a.heard),
      (one) => draft([one]),
      draft,
      4,
    );
  },
});

/** Exceptions on the bus without an end of the process: the real thing, seen while it happens. */
function failingNow(app: App, bus: BusObservation | null, least: number): Failing | null {
  if (bus === null || app.status !== 'online') return null;
  const own = bus.events.filter(({ home, event }) => home === app.ref.home && isOf(event, app));
  if (own.some(({ event }) => event.kind === 'process')) return null;
  const thrown = own.flatMap(({ at, home, event }) =>
    event.kind === 'exception' ? [{ source: home, at, text: event.message }] : [],
  );
  const last = thrown.at(-1);
  if (thrown.length < least || last === undefined) return null;
  return { app, heard: thrown.length, message: shorten(last.text), quotes: [last] };
}

function isOf(event: BusObservation['events'][number]['event'], app: App): boolean {
  return (event.kind === 'exception' || event.kind === 'process') && event.pmId === app.ref.pmId;
}

/** PM2's own words in the log, written since the app started. */
function failedBefore(app: App, logs: readonly AppLog[] | null, freshFrom: number): Failing | null {
  if (app.status !== 'online') return null;
  const from = Math.max(freshFrom, app.startedAt ?? freshFrom);
  for (const log of logs ?? []) {
    if (log.stream !== 'err' || appKey(log.app) !== appKey(app.ref) || log.modifiedAt < from) continue;
    const { tail, exceptions } = log;
    const isFresh = tail.at === null || tail.at >= from;
    const line = isFresh ? tail.lines.findLast((text) => caught.test(text)) : undefined;
    if (line === undefined) continue;
    const last = exceptions.at(-1) ?? null;
    const message = last?.message ?? null;
    return {
      app,
      heard: 0,
      message: message === null ? null : shorten(message),
      quotes: [
        { source: log.path, at: tail.at, text: line },
        ...(last === null ? [] : [{ source: log.path, at: last.at, text: last.message }]),
      ],
    };
  }
  return null;
}

function shorten(message: string): string {
  return message.length > messageLength ? `${message.slice(0, messageLength)}…` : message;
}
