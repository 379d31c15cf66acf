/** Reports about restarts, each with one plot: what the words of the report are judged by. */
import { analyze } from '../../src/analyze/run.ts';
import type { AttributedKill } from '../../src/model/oom.ts';
import type { App, AppStatus } from '../../src/model/pm2.ts';
import type { ProcessRow, Report } from '../../src/model/report.ts';
import { type CrashGroup, causes, type Ending, type RestartStory } from '../../src/model/restart.ts';
import { app, attributed, c, day, evidence, hour, kill, minute, now, quote, window } from '../factories.ts';
import { answered, noMore } from '../story-factory.ts';

const second = 1000;
/** Midnight of the host, 21 Nov 2026 +08:00. */
const today = now - 3 * hour - 12 * minute - 44 * second;
const pm2Log = '/home/deploy/.pm2/pm2.log';
/** `on(18, 14, 30)`: 18 Nov 14:30, the host's time. */
const on = (dayOfMonth: number, hours: number, minutes = 0, seconds = 0): number =>
  today + (dayOfMonth - 21) * day + hours * hour + minutes * minute + seconds * second;

const end = (of: App, cause: Ending['cause'], at: number, over: Partial<Ending> = {}): Ending => ({
  app: of.ref,
  at,
  cause,
  exitCode: cause === 'crash' ? 1 : cause === 'clean-exit' ? 0 : null,
  signal: cause === 'oom-kill' ? 'SIGKILL' : null,
  confidence: 'certain',
  uptimeMs: hour,
  because: [quote(line(of, cause), pm2Log, at)],
  ...answered,
  nextAt: at,
  ...over,
});

function line({ ref }: App, cause: Ending['cause']): string {
  const id = `${ref.name}:${ref.pmId}`;
  if (cause === 'oom-kill') return `App [${id}] exited with code [0] via signal [SIGKILL]`;
  if (cause === 'manual' || cause === 'reload') return `Stopping app:${ref.name} id:${ref.pmId}`;
  if (cause === 'watch') return `Change detected on path data/cache.json for app ${ref.name} - restarting`;
  if (cause === 'memory-limit')
    return `[PM2][WORKER] Process ${ref.pmId} restarted because it exceeds --max-memory-restart value (current_memory=318767104 max_memory_limit=314572800 [octets])`;
  if (cause === 'heap-oom') return `App [${id}] exited with code [0] via signal [SIGABRT]`;
  if (cause === 'daemon-restart') return '[PM2][SIGTERM] Stopping PM2';
  return `App [${id}] exited with code [${cause === 'clean-exit' ? 0 : 1}] via signal [SIGINT]`;
}

export function story(of: App, restarts: readonly Ending[], over: Partial<RestartStory> = {}): RestartStory {
  const sorted = restarts.toSorted((a, b) => a.at - b.at);
  const last = sorted.at(-1);
  return {
    app: of.ref,
    counter: sorted.length,
    restarts: sorted,
    byCause: Object.fromEntries(
      causes.flatMap((cause) => {
        const seen = sorted.filter((each) => each.cause === cause).length;
        return seen > 0 ? [[cause, seen]] : [];
      }),
    ),
    unexplained: 0,
    ...noMore,
    coversFrom: window.from,
    first: sorted[0]?.at ?? null,
    last: last === undefined ? null : { at: last.at, cause: last.cause },
    loops: [],
    goesOn: false,
    ...over,
  };
}

const each = (count: number, at: (index: number) => number): readonly number[] =>
  Array.from({ length: count }, (_, index) => at(index));
const loop = (times: readonly number[]): RestartStory['loops'][number] => ({
  from: times[0]!,
  to: times.at(-1)!,
  restarts: times.length,
});
const crashed = (
  message: string,
  frame: string | null,
  times: readonly number[],
  over: Partial<CrashGroup> = {},
): CrashGroup => ({
  message: c(message),
  frame: frame === null ? null : c(frame),
  times: times.length,
  first: times[0] ?? null,
  last: times.at(-1) ?? null,
  confidence: 'certain',
  lines: [c(message), ...(frame === null ? [] : [c(`    at ${frame}`)])],
  source: c('/home/deploy/.pm2/logs/web-error.log'),
  ...over,
});

interface Told {
  readonly app: App;
  readonly story: RestartStory;
  readonly status?: AppStatus;
  readonly flags?: readonly string[];
}

export function report(told: readonly Told[], kills: readonly AttributedKill[] = []): Report {
  const empty = analyze(evidence(), []);
  const [row] = empty.processes;
  return {
    ...empty,
    oomKills: kills,
    processes: told.map(
      ({ app: of, story: own, status, flags }, index): ProcessRow => ({
        ...row!,
        app: { ...of, restartCounter: own.counter, ...(status === undefined ? {} : { status, pid: null }) },
        story: own,
        memoryRank: index + 1,
        restartRank: index + 1,
        flags: flags ?? [],
      }),
    ),
  };
}

const web = app('web', 0);
const econnrefused = 'Error: connect ECONNREFUSED 127.0.0.1:5432';
const pool = '/srv/web/db/pool.js:41:11';

/** All plots on one page: apps get ids of their own. */
export function allPlots(): Report {
  const reports = Object.values(plots).map((plot) => plot());
  const rows = reports.flatMap(({ processes }) => processes);
  return {
    ...reports[0]!,
    oomKills: reports.flatMap(({ oomKills }) => oomKills ?? []),
    processes: rows.map((row, index) => {
      const own = { ...row.app.ref, pmId: index };
      return {
        ...row,
        app: { ...row.app, ref: own },
        story: row.story === null ? null : { ...row.story, app: own },
        memoryRank: index + 1,
        restartRank: index + 1,
      };
    }),
  };
}

/** Every plot by its name; each report holds one or a few apps. */
export const plots: { readonly [name: string]: () => Report } = {
  'deploys-not-crashes': () => {
    const flask = app('flask-app', 7, { interpreter: c('python3') });
    const deploys = [on(18, 10), on(18, 14, 5), on(18, 18, 40), on(19, 9, 30), on(19, 11), on(19, 16, 20)];
    const asked = deploys.flatMap((from, deploy) =>
      each(16, (index) => from + index * 9 * second).map((at, index) =>
        end(flask, (index + deploy) % 3 === 0 ? 'manual' : 'reload', at),
      ),
    );
    const crashes = deploys.flatMap((from) => [from + 4 * minute, from + 9 * minute]);
    return report([
      {
        app: flask,
        story: story(flask, [...asked, ...crashes.map((at) => end(flask, 'crash', at))], {
          crashes: [
            crashed(
              'sqlite3.OperationalError: database is locked',
              '/srv/flask/store.py:88',
              crashes.slice(0, 9),
            ),
            crashed('KeyError: "user_id"', '/srv/flask/views.py:12', crashes.slice(9)),
          ],
        }),
      },
    ]);
  },
  'crash-loop-goes-on': () => {
    const times = each(214, (index) => now - 4 * second - (213 - index) * 25 * second);
    const asked = end(web, 'manual', times[0]! - 2 * minute);
    return report([
      {
        app: web,
        story: story(
          web,
          [
            asked,
            ...times.map((at) =>
              end(web, 'crash', at, { uptimeMs: 21 * second, next: 'delayed', nextAt: at + 4 * second }),
            ),
          ],
          {
            loops: [loop(times)],
            goesOn: true,
            crashes: [crashed(econnrefused, pool, times)],
            lastWords: {
              source: c('/home/deploy/.pm2/logs/web-error.log'),
              lines: [c('retry 3 of 3'), c(econnrefused), c(`    at ${pool}`), c('Node.js v24.11.0')],
            },
          },
        ),
      },
    ]);
  },
  'nightly-loop': () => {
    const nights = [15, 16, 17, 18, 19, 20, 21].map((date) =>
      each(8, (index) => on(date, 2, 0) + index * 170 * second),
    );
    const day = [on(16, 13), on(19, 17)];
    return report([
      {
        app: web,
        story: story(
          web,
          [...nights.flat(), ...day].map((at) => end(web, 'crash', at, { uptimeMs: 2 * minute })),
          {
            counter: 61,
            unexplained: 3,
            unexplainedWhy: 'before-log',
            loops: nights.map(loop),
            crashes: [
              crashed(
                'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)',
                '/srv/feed/parse.py:31',
                nights.flat(),
                { confidence: 'likely' },
              ),
            ],
          },
        ),
      },
    ]);
  },
  'oom-killed-thrice': () => {
    const times = [on(17, 14, 31, 8), on(18, 21, 41, 52), on(19, 9, 5, 33)];
    const kernel = (at: number, index: number): AttributedKill =>
      attributed({
        kill: kill({
          at,
          pid: 4000 + index,
          anonRssKb: (1240 + index * 20) * 1024,
          fileRssKb: 0,
          shmemRssKb: 0,
        }),
        app: web.ref,
        role: 'app',
        confidence: 'certain',
      });
    return report(
      [
        {
          app: web,
          story: story(
            web,
            times.map((at) => end(web, 'oom-kill', at)),
          ),
          flags: ['oom-killed'],
        },
      ],
      times.map(kernel),
    );
  },
  'memory-limit-churns': () => {
    const times = each(60, (index) => now - 20 * minute - (59 - index) * 2 * hour);
    return report([
      {
        app: web,
        story: story(
          web,
          times.map((at) => end(web, 'memory-limit', at, { uptimeMs: 2 * hour - 3 * second })),
        ),
        flags: ['app-memory-near-limit'],
      },
    ]);
  },
  'unit-oom-stop': () => {
    const apps = ['api', 'feed', 'mailer', 'queue', 'web'].map((name, index) => app(name, index));
    return report(
      apps.map((of, index) => ({
        app: of,
        story: story(of, [
          end(of, 'daemon-restart', on(20, 4, 2, 11) + index * 40, {
            daemonEnd: 'oom-stop',
            next: 'resurrected',
            nextAt: on(20, 4, 2, 24),
          }),
        ]),
      })),
    );
  },
  'heap-limit': () => {
    const times = [on(16, 15, 20), on(17, 16, 2), on(19, 14, 48), on(20, 15, 31)];
    return report([
      {
        app: web,
        story: story(
          web,
          times.map((at) => end(web, 'heap-oom', at, { uptimeMs: 23 * hour })),
        ),
        flags: ['heap-limit-hit'],
      },
    ]);
  },
  'clean-exit-job-that-loops': () => {
    const job = app('import-job', 3);
    const times = each(288, (index) => now - 30 * second - (287 - index) * 5 * minute);
    return report([
      {
        app: job,
        story: story(
          job,
          times.map((at) => end(job, 'clean-exit', at, { uptimeMs: 5 * minute })),
          {
            loops: [loop(times)],
            goesOn: true,
          },
        ),
      },
    ]);
  },
  'gave-up-errored': () => {
    const times = each(15, (index) => on(20, 22, 14) + index * 800);
    const last = end(web, 'crash', times.at(-1)! + 800, { uptimeMs: 600, next: 'gave-up', nextAt: null });
    return report([
      {
        app: web,
        status: 'errored',
        story: story(
          web,
          times.map((at) => end(web, 'crash', at, { uptimeMs: 600 })),
          {
            loops: [loop(times)],
            stops: [last],
            crashes: [crashed("Error: Cannot find module '/srv/web/server.js'", null, [...times, last.at])],
            lastWords: {
              source: c('/home/deploy/.pm2/logs/web-error.log'),
              lines: [
                c("Error: Cannot find module '/srv/web/server.js'"),
                c("  code: 'MODULE_NOT_FOUND',"),
                c('Node.js v24.11.0'),
              ],
            },
          },
        ),
        flags: ['app-errored'],
      },
    ]);
  },
  'flushed-log-unexplained': () => {
    const times = each(28, (index) => on(20, 11) + index * 20 * minute);
    return report([
      {
        app: web,
        story: story(
          web,
          times.map((at) => end(web, 'unknown', at, { because: [], confidence: 'none' })),
          {
            counter: 240,
            unexplained: 212,
            unexplainedWhy: 'emptied',
            coversFrom: on(20, 10),
          },
        ),
      },
      {
        app: app('api', 1),
        story: story(app('api', 1), [], {
          counter: 75,
          unexplained: 75,
          unexplainedWhy: 'no-times',
          coversFrom: null,
        }),
      },
      {
        app: app('mailer', 2),
        story: story(app('mailer', 2), [], {
          counter: 41,
          unexplained: 41,
          unexplainedWhy: 'emptied',
          coversFrom: on(20, 10),
        }),
      },
    ]);
  },
  'watch-restarts': () => {
    const times = [14, 15, 16, 17, 18, 19, 20]
      .flatMap((date) => [6, 6.02, 18, 18.02].map((hours) => on(date, 0) + hours * hour))
      .filter((at) => at > window.from);
    return report([
      {
        app: web,
        story: story(
          web,
          [
            ...times.map((at) => end(web, 'watch', at)),
            ...[on(17, 15), on(17, 15, 1), on(19, 10)].map((at) => end(web, 'manual', at)),
          ],
          { counter: 31 },
        ),
        flags: ['watch-in-production'],
      },
    ]);
  },
  'worker-killed-parent-lived': () => {
    const api = app('report-api', 2, { interpreter: c('gunicorn') });
    return report(
      [{ app: api, story: story(api, []), flags: ['oom-worker-killed'] }],
      [on(18, 21, 40, 7), on(20, 3, 12, 50)].map((at, index) =>
        attributed({
          kill: kill({
            at,
            pid: 101_877 + index,
            comm: c('gunicorn'),
            anonRssKb: 212 * 1024,
            fileRssKb: 0,
            shmemRssKb: 0,
          }),
          app: api.ref,
          role: 'child',
          confidence: 'certain',
        }),
      ),
    );
  },
  'deploy-of-many-then-crashes': () => {
    const apps = ['api', 'feed', 'web'].map((name, index) => app(name, index));
    const [, , last] = apps;
    const times = each(6, (index) => on(20, 16, 3) + index * 40 * second);
    return report(
      apps.map((of, index) => ({
        app: of,
        story: story(
          of,
          [
            end(of, 'reload', on(20, 16) + index * 20 * second),
            ...(of === last ? times.map((at) => end(of, 'crash', at, { uptimeMs: 35 * second })) : []),
          ],
          of === last ? { loops: [loop(times)] } : {},
        ),
      })),
    );
  },
  'forty-thousand': () => {
    const times = each(
      40_000,
      (index) => window.from + hour + Math.floor((index * (7 * day - hour - 2 * second)) / 40_000),
    );
    return report([
      {
        app: web,
        story: story(
          web,
          times.map((at) => end(web, 'crash', at, { uptimeMs: 14 * second })),
          {
            loops: [loop(times)],
            goesOn: true,
            crashes: [crashed(econnrefused, pool, times.slice(-400), { confidence: 'possible' })],
          },
        ),
      },
    ]);
  },
};
