/** What an operator should see: situations of a host, each with the exact findings that the whole analysis gives. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze/run.ts';
import { audits } from '../../src/audits/index.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import type { App, Pm2LogEvent } from '../../src/model/pm2.ts';
import type { Report } from '../../src/model/report.ts';
import {
  app,
  c,
  daemon,
  day,
  evidence,
  file,
  GB,
  home,
  hour,
  kill,
  logLine,
  MB,
  minute,
  now,
  pm2Home,
  pm2Log,
  process,
  quote,
  seen,
  unseen,
} from '../factories.ts';
import {
  cleanExit,
  crash,
  cron,
  inTime,
  killed,
  manual,
  memoryLimit,
  reload,
  watched,
} from '../stories/pm2-lines.ts';
import { noLines } from '../story-factory.ts';

type Values = Partial<EvidenceMap>;
type Items = Parameters<typeof evidence>[1];

const second = 1000;
const times = (count: number, from: number, stepMs: number, lines: (at: number) => readonly Pm2LogEvent[]) =>
  Array.from({ length: count }, (_, index) => lines(from + index * stepMs)).flat();

/** Its start, eight days ago: the log speaks for the whole window. */
const begun = ({ ref }: App): readonly Pm2LogEvent[] => {
  const who = { name: ref.name, pmId: ref.pmId, old: false };
  return [
    logLine(now - 8 * day, `App [${ref.name}:${ref.pmId}] starting in -fork mode-`, {
      kind: 'starting',
      ...who,
    }),
    logLine(now - 8 * day, `App [${ref.name}:${ref.pmId}] online`, { kind: 'online', ...who }),
  ];
};

/** A host with this one app and these lines of pm2.log; the app runs since its last start. */
const host = (
  of: App,
  lines: readonly Pm2LogEvent[],
  values: Values = {},
  counter: number | null = null,
): Values => {
  const all = inTime([...begun(of), ...lines]);
  const starts = all.filter(({ event }) => event.kind === 'online');
  const startedAt = starts.at(-1)?.at ?? now - 8 * day;
  const restarted = counter ?? starts.length - 1;
  const one = { ...of, restartCounter: restarted, startedAt: of.startedAt === null ? null : startedAt };
  return {
    daemons: [daemon([one])],
    processes: {
      processes: [
        process(900, 1, { comm: c('PM2 v7.0.4: God'), startedAt: now - 18 * day }),
        ...(one.pid === null
          ? []
          : [process(one.pid, 900, { startedAt, mark: { home, pmId: one.ref.pmId } })]),
      ],
      partial: false,
    },
    pm2Log: [pm2Log(all)],
    pm2Files: [
      pm2Home({
        homeMode: 0o700,
        dump: {
          ...file(`${home}/dump.pm2`, { mode: 0o600 }),
          apps: [{ name: of.ref.name, status: 'online' }],
        },
      }),
    ],
    ...values,
  };
};
const lineOf = (of: App, at: number, code: number, signal: string): Pm2LogEvent =>
  logLine(at, `App [${of.ref.name}:${of.ref.pmId}] exited with code [${code}] via signal [${signal}]`, {
    kind: 'exited',
    name: of.ref.name,
    pmId: of.ref.pmId,
    old: false,
    code,
    signal: c(signal),
  });
/** A stop that PM2 ends itself, and the start after it. */
const timedOut = (of: App, at: number, before: readonly Pm2LogEvent[] = []): readonly Pm2LogEvent[] => {
  const lines = manual(of, at);
  const text = `Process with pid ${of.pid} still alive after 1600ms, sending SIGKILL to 1 remaining pids...`;
  return [
    ...before,
    ...lines.flatMap((line) =>
      line.event.kind === 'exited'
        ? [
            logLine(at + 2 * second, text, { kind: 'own-sigkill', pid: of.pid ?? 0, afterMs: 1600 }),
            lineOf(of, at + 2 * second, 0, 'SIGKILL'),
          ]
        : [{ ...line, at: line.event.kind === 'stopping' ? at : at + 2 * second }],
    ),
  ];
};

const api = app('api', 0);
const bare = app('api', 0, { settings: { expBackoffRestartDelayMs: 0 } });
const kernelLogSeen: Items = {
  oomLog: seen({ kills: [], unconfirmed: [], unitLines: [] }, { covers: { from: now - 18 * day, to: now } }),
};
const crashLog = (count: number): EvidenceMap['appLogs'] => [
  {
    app: api.ref,
    stream: 'err',
    path: c(`${home}/logs/api-error.log`),
    sizeBytes: 9000,
    readBytes: 9000,
    modifiedAt: now - minute,
    texts: [],
    ...noLines,
    lastException: {
      at: null,
      headline: c('TypeError: no total (/srv/api/routes.js:10:5)'),
      lines: [],
      repeats: count,
    },
  },
];
const heapLog = (ats: readonly number[]): EvidenceMap['appLogs'] => [
  {
    ...crashLog(1)[0]!,
    lastException: null,
    texts: ats.map((at) => ({
      kind: 'v8-heap-oom' as const,
      at,
      pid: null,
      signal: 6,
      exitCode: null,
      app: null,
      pm2Id: null,
      who: null,
      verdict: 'self-abort' as const,
      quote: quote(
        'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
        'api-error.log',
        at,
      ),
    })),
  },
];
const errored = app('api', 0, { status: 'errored', pid: null, pm2RssBytes: 0 });
const timer = app('api', 0, { settings: { cronRestart: c('0 3 * * *') } });

interface Situation {
  readonly name: string;
  readonly values: Values;
  readonly items?: Items;
  /** `audit priority`, in report order. */
  readonly finds: readonly string[];
}

const situations: readonly Situation[] = [
  { name: 'nothing happened', values: host(api, []), finds: [] },
  {
    name: 'three deploys',
    values: host(
      api,
      times(3, now - 3 * day, day, (at) => reload(api, at)),
    ),
    finds: [],
  },
  {
    name: 'a burst of deploys: 61 reloads and 35 restarts on two days, none since',
    values: host(api, [
      ...times(61, now - 5 * day, 10 * minute, (at) => reload(api, at)),
      ...times(35, now - 4 * day, 10 * minute, (at) => manual(api, at)),
    ]),
    finds: ['restart-count-high P3'],
  },
  {
    name: 'deploys by the dozen, and a crash a day that goes on',
    values: host(api, [
      ...times(60, now - 5 * day, 10 * minute, (at) => reload(api, at)),
      ...times(5, now - 5 * day + hour, day, (at) => crash(api, at)),
    ]),
    finds: ['app-crashes P2', 'restart-count-high P3'],
  },
  {
    name: 'a loop right now, without a pause between the starts',
    values: host(
      bare,
      times(60, now - 10 * minute, 10 * second, (at) => crash(bare, at)),
      { appLogs: crashLog(60) },
    ),
    finds: ['restart-loop P0'],
  },
  {
    name: 'a loop two hours ago',
    values: host(
      api,
      times(40, now - 2 * hour, 10 * second, (at) => crash(api, at)),
    ),
    finds: ['restart-loop P1'],
  },
  {
    name: 'a loop in the night six days ago, stable since',
    values: host(
      api,
      times(40, now - 6 * day, 10 * second, (at) => crash(api, at)),
    ),
    finds: ['restart-loop P2'],
  },
  {
    name: 'a loop each night, the last one eight hours ago',
    values: host(
      api,
      times(5, now - 5 * day + 16 * hour, day, (night) =>
        times(12, night, 20 * second, (at) => crash(api, at)),
      ),
    ),
    finds: ['restart-loop P1'],
  },
  {
    name: 'a loop of crashes days ago, and now something kills it every few hours',
    values: host(api, [
      ...times(20, now - 6 * day, 10 * second, (at) => crash(api, at)),
      ...times(6, now - 20 * hour, 3 * hour, (at) => killed(api, at)),
    ]),
    items: kernelLogSeen,
    finds: ['restart-loop P2', 'killed-from-outside P2'],
  },
  {
    name: '40,000 crashes',
    values: host(
      bare,
      times(40_000, now - 40_000 * 1300 - minute, 1300, (at) => crash(bare, at)),
      {
        appLogs: crashLog(400),
      },
    ),
    finds: ['restart-loop P0'],
  },
  {
    name: 'PM2 gave up',
    values: host(errored, [
      ...times(15, now - hour, second, (at) => crash(errored, at)),
      lineOf(errored, now - hour + 15 * second, 1, 'SIGINT'),
      logLine(
        now - hour + 15 * second,
        'Script /srv/api/server.js had too many unstable restarts (16). Stopped. "errored"',
        { kind: 'overlimit', script: c('/srv/api/server.js'), times: 16 },
      ),
    ]),
    finds: ['app-errored P0'],
  },
  {
    name: 'held back by backoff for the tenth time, no log',
    values: {
      ...host(app('api', 0, { status: 'waiting restart', pid: null, backoffMs: 3800, pm2RssBytes: 0 }), []),
      pm2Log: [],
    },
    finds: ['restart-loop P0'],
  },
  {
    name: 'a memory limit reached every 40 minutes',
    values: host(
      api,
      times(60, now - 40 * hour, 40 * minute, (at) => memoryLimit(api, at, 310 * MB, 300 * MB)),
    ),
    finds: ['memory-limit-churn P1'],
  },
  {
    name: 'a memory limit reached once a day',
    values: host(
      api,
      times(6, now - 5.5 * day, day, (at) => memoryLimit(api, at, 310 * MB, 300 * MB)),
    ),
    finds: ['memory-limit-churn P2'],
  },
  {
    name: 'a memory limit reached once in the week',
    values: host(api, memoryLimit(api, now - 3 * day, 310 * MB, 300 * MB)),
    finds: ['memory-limit-churn P3'],
  },
  {
    name: 'a memory limit reached every minute: a loop',
    values: host(
      api,
      times(30, now - 30 * minute, minute, (at) => memoryLimit(api, at, 310 * MB, 300 * MB)),
    ),
    finds: ['restart-loop P0'],
  },
  {
    name: 'a limit of five bytes',
    values: host(
      app('api', 0, { settings: { maxMemoryRestartBytes: 5 } }),
      times(30, now - 15 * minute, 30 * second, (at) => memoryLimit(api, at, 60 * MB, 5)),
    ),
    finds: ['memory-limit-unit P0'],
  },
  {
    name: 'three heap aborts today',
    values: host(
      app('api', 0, { settings: { maxOldSpaceMb: 200 } }),
      times(3, now - 9 * hour, 3 * hour, (at) => [
        lineOf(api, at, 0, 'SIGABRT'),
        ...cleanExit(api, at).slice(1),
      ]),
      { appLogs: heapLog([now - 9 * hour, now - 6 * hour, now - 3 * hour]) },
    ),
    finds: ['heap-limit-hit P0'],
  },
  {
    name: 'heap aborts in a loop',
    values: host(
      app('api', 0, { settings: { maxOldSpaceMb: 200 } }),
      times(8, now - 9 * minute, minute, (at) => [
        lineOf(api, at, 0, 'SIGABRT'),
        ...cleanExit(api, at).slice(1),
      ]),
      { appLogs: heapLog([now - 4 * minute, now - 3 * minute, now - 2 * minute]) },
    ),
    finds: ['heap-limit-hit P0'],
  },
  {
    name: 'a loop of SIGKILLs beside kills that fit by time and name only',
    values: host(
      api,
      times(4, now - 5 * minute, minute, (at) => killed(api, at)),
      {
        oomLog: {
          kills: [5, 4, 3, 2].map((ago, index) =>
            kill({
              at: now - ago * minute,
              pid: 5000 + index,
              comm: c('node /srv/api/se'),
              rssKb: 280 * 1024,
            }),
          ),
          unconfirmed: [],
          unitLines: [],
        },
        oomCounters: { sinceBoot: 4, cgroups: [] },
      },
    ),
    finds: ['restart-loop P0', 'oom-killed P1'],
  },
  {
    name: 'a script that is done every ten minutes',
    values: host(
      api,
      times(100, now - 1000 * minute, 10 * minute, (at) => cleanExit(api, at)),
    ),
    finds: ['app-exits P3'],
  },
  {
    name: 'a script that is done after half a minute, again and again',
    values: host(
      api,
      times(100, now - 50 * minute, 30 * second, (at) => cleanExit(api, at)),
    ),
    finds: ['restart-loop P1'],
  },
  {
    name: 'cluster workers that end with code 0, and no log says why',
    values: host(
      app('api', 0, { execMode: 'cluster' }),
      times(5, now - 40 * hour, 9 * hour, (at) => cleanExit(api, at)),
    ),
    finds: ['app-exits P2'],
  },
  {
    name: 'restarts by the timer alone',
    values: host(
      timer,
      times(7, now - 7 * day + 10 * minute, day, (at) => cron(timer, at)),
    ),
    finds: [],
  },
  {
    name: 'a timer that cuts long work off each night',
    values: host(
      timer,
      times(6, now - 6 * day, day, (at) =>
        timedOut(timer, at, [
          logLine(at, '[PM2] Deregistering a cron job on: 0', { kind: 'cron-deregistered', pmId: 0 }),
        ]),
      ),
    ),
    finds: ['stop-timeout-hit P3'],
  },
  {
    name: 'time-outs at two of four deploys',
    values: host(api, [
      ...times(2, now - 4 * day, day, (at) => manual(api, at)),
      ...times(2, now - 2 * day, day, (at) => timedOut(api, at)),
    ]),
    finds: ['stop-timeout-hit P2'],
  },
  {
    name: 'watch in production, restarted four times a day',
    values: host(
      app('api', 0, { settings: { watch: true } }),
      times(20, now - 5 * day, 6 * hour, (at) => watched(api, at, '/srv/api/uploads/a.png')),
    ),
    finds: ['watch-in-production P1'],
  },
  {
    name: 'an app that writes into its own watched folder right now',
    values: host(
      app('api', 0, { settings: { watch: true } }),
      times(20, now - 5 * minute, 15 * second, (at) => watched(api, at, '/srv/api/tmp/a.json')),
    ),
    finds: ['restart-loop P0'],
  },
  {
    name: 'somebody writes code on a development host',
    values: host(
      app('api', 0, { settings: { watch: true }, env: { NODE_ENV: c('development') } }),
      times(20, now - 10 * minute, 20 * second, (at) => watched(api, at, '/srv/api/routes.js')),
    ),
    finds: [],
  },
  {
    name: 'a counter of 90 from before the window',
    values: host(api, [], {}, 90),
    finds: ['restart-count-high P3'],
  },
  {
    name: 'a counter of 90 and a log that was emptied yesterday',
    values: host({ ...api, startedAt: now - 8 * hour }, [], {
      daemons: [daemon([app('api', 0, { restartCounter: 90, startedAt: now - 8 * hour })])],
      pm2Log: [
        pm2Log(
          times(1, now - 8 * hour, 1, (at) => manual(api, at)),
          { coversFrom: now - 8 * hour },
        ),
      ],
    }),
    finds: ['restart-count-high P2'],
  },
  {
    name: 'one crash, three days ago',
    values: host(api, crash(api, now - 3 * day)),
    finds: ['app-crashes P3'],
  },
  {
    name: 'two crashes a day for a week',
    values: host(
      api,
      times(13, now - 6.5 * day, 12 * hour, (at) => crash(api, at)),
    ),
    finds: ['app-crashes P2'],
  },
  {
    name: 'two crashes a day for a week, started again without a pause',
    values: host(
      bare,
      times(13, now - 6.5 * day, 12 * hour, (at) => crash(bare, at)),
    ),
    finds: ['app-crashes P2', 'backoff-missing P3'],
  },
  {
    name: 'a crash every hour',
    values: host(
      api,
      times(60, now - 60 * hour, hour, (at) => crash(api, at)),
    ),
    finds: ['app-crashes P1'],
  },
  {
    name: 'nine crashes on one day, none in the five days since',
    values: host(
      api,
      times(9, now - 6 * day, hour, (at) => crash(api, at)),
    ),
    finds: ['app-crashes P3'],
  },
  {
    name: 'SIGKILLs that the kernel did not do',
    values: host(
      api,
      times(4, now - 2 * day, 12 * hour, (at) => killed(api, at)),
    ),
    items: kernelLogSeen,
    finds: ['killed-from-outside P2'],
  },
  {
    name: 'SIGKILLs, and the kernel log may not be read',
    values: host(
      api,
      times(4, now - 2 * day, 12 * hour, (at) => killed(api, at)),
    ),
    items: { oomLog: unseen('oomLog') },
    finds: ['evidence-gap P1'],
  },
  {
    name: 'faults in native code',
    values: host(
      api,
      times(4, now - 2 * day, 12 * hour, (at) => [
        lineOf(api, at, 0, 'SIGSEGV'),
        ...cleanExit(api, at).slice(1),
      ]),
    ),
    finds: ['app-crashes P2'],
  },
  {
    name: 'a memory limit reached every 40 minutes, near it right now',
    values: (() => {
      const near = app('api', 0, { pm2RssBytes: 290 * MB });
      const values = host(
        near,
        times(60, now - 40 * hour, 40 * minute, (at) => memoryLimit(near, at, 310 * MB, 300 * MB)),
      );
      const processes = {
        processes: (values.processes?.processes ?? []).map((one) =>
          one.pid === near.pid ? { ...one, rssBytes: 290 * MB, pssBytes: 280 * MB } : one,
        ),
        partial: false,
      };
      return { ...values, processes };
    })(),
    finds: ['memory-limit-churn P1'],
  },
  {
    name: 'a memory limit reached four minutes after each start, every ten minutes',
    values: host(
      api,
      times(40, now - 400 * minute, 10 * minute, (at) => memoryLimit(api, at, 310 * MB, 300 * MB)),
    ),
    finds: ['memory-limit-churn P1'],
  },
  {
    name: 'unhandled rejections twice a second, online all the time',
    values: host(api, [], {
      bus: {
        from: now - 2000,
        to: now,
        droppedFrames: 0,
        droppedBytes: 0,
        events: [1, 2, 3, 4].map((index) => ({
          at: now - 2000 + index * 450,
          home,
          event: {
            kind: 'exception' as const,
            pmId: 0,
            name: c('api'),
            message: c('Cannot use import statement outside a module'),
            stack: [],
          },
        })),
      },
    }),
    finds: ['exceptions-swallowed P2'],
  },
  {
    name: 'one error that the app reported to PM2 itself',
    values: host(api, [], {
      bus: {
        from: now - 2000,
        to: now,
        droppedFrames: 0,
        droppedBytes: 0,
        events: [
          {
            at: now - 900,
            home,
            event: {
              kind: 'exception',
              pmId: 0,
              name: c('api'),
              message: c('Error: card refused'),
              stack: [],
            },
          },
        ],
      },
    }),
    finds: [],
  },
  {
    name: 'PM2 was updated and the unit restarted: all apps came back',
    values: host(
      api,
      [
        logLine(now - 2 * day - 3000, 'PM2 successfully stopped', { kind: 'daemon-stopped' }),
        logLine(now - 2 * day, 'New PM2 Daemon started', {
          kind: 'daemon-started',
          pm2Version: c('7.0.4'),
          nodeVersion: null,
          pid: 900,
        }),
        ...cleanExit(api, now - 2 * day + 1000).slice(1),
      ],
      {},
      0,
    ),
    finds: [],
  },
  {
    name: 'the daemon vanished and came back with its apps',
    values: host(
      api,
      [
        logLine(now - 2 * day, 'New PM2 Daemon started', {
          kind: 'daemon-started',
          pm2Version: c('7.0.4'),
          nodeVersion: null,
          pid: 900,
        }),
        ...cleanExit(api, now - 2 * day + 1000).slice(1),
      ],
      {},
      0,
    ),
    finds: ['daemon-died P1'],
  },
  {
    name: 'a job without autorestart that failed last night',
    values: host(
      app('api', 0, { status: 'stopped', pid: null, pm2RssBytes: 0, settings: { autorestart: false } }),
      [lineOf(api, now - 8 * hour, 1, 'SIGINT')],
    ),
    finds: ['app-crashes P2'],
  },
];

const found = (report: Report) => report.findings.map(({ audit, priority }) => `${audit} ${priority}`);
const reportOf = ({ values, items = {} }: Situation) =>
  analyze(evidence({ oomCounters: { sinceBoot: 0, cgroups: [] }, ...values }, items), audits);

describe('each situation gives exactly the findings an operator needs', () => {
  it.each(situations)('$name', (situation) => {
    const report = reportOf(situation);
    expect(report.verdicts.filter(({ outcome }) => outcome === 'error')).toEqual([]);
    expect(found(report)).toEqual(situation.finds);
  });
});

it('has room for the apps it speaks of', () => {
  expect(situations.length).toBeGreaterThanOrEqual(20);
  expect(GB).toBeGreaterThan(MB);
});
