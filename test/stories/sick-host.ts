/**
 * web-01, Saturday 21 November 2026, 03:12 in UTC+8: twelve apps, five OOM kills in a week, a nightly crash loop, an app
 * whose limit cannot fire, an app that restarts itself, and three things that could not be seen. Invented.
 */
import type { Evidence } from '../../src/model/evidence.ts';
import type { OomKill } from '../../src/model/oom.ts';
import type { App } from '../../src/model/pm2.ts';
import type { Process } from '../../src/model/process.ts';
import type { CleanText, EpochMs } from '../../src/model/text.ts';
import {
  app,
  c,
  cgroup,
  daemon,
  day,
  disk,
  evidence,
  file,
  GB,
  gap,
  home,
  host,
  hour,
  kill,
  MB,
  minute,
  now,
  pm2Home,
  pm2Log,
  process,
  quote,
  ref,
  seen,
  unit,
} from '../factories.ts';
import { noLines } from '../story-factory.ts';
import { cleanExit, crash, cron, inTime, killed, manual, reload, watched } from './pm2-lines.ts';

/** A moment of November 2026 in the host's zone, UTC+8. */
export const on = (date: number, hours = 0, minutes = 0, seconds = 0): EpochMs =>
  Date.UTC(2026, 10, date, hours - 8, minutes, seconds);

interface Member {
  readonly name: string;
  readonly id: number;
  readonly pid: number | null;
  readonly pm2: number;
  readonly pss: number;
  readonly cpu: number;
  readonly up: number;
  readonly counter: number;
  readonly limit: number | null;
  readonly runtime: 'python3' | 'node' | 'gunicorn' | 'bash';
}
const hours = (count: number, minutes = 0): number => count * hour + minutes * minute;
const members: readonly Member[] = [
  {
    name: 'flask-app',
    id: 0,
    pid: 130422,
    pm2: 121,
    pss: 117,
    cpu: 11.4,
    up: hours(39),
    counter: 108,
    limit: null,
    runtime: 'python3',
  },
  {
    name: 'web-frontend',
    id: 1,
    pid: 96310,
    pm2: 55,
    pss: 46,
    cpu: 1.8,
    up: hours(34, 32),
    counter: 8,
    limit: 400,
    runtime: 'node',
  },
  {
    name: 'signal-timeline-collector',
    id: 2,
    pid: 133871,
    pm2: 42,
    pss: 36,
    cpu: 0.9,
    up: hours(0, 49),
    counter: 63,
    limit: null,
    runtime: 'python3',
  },
  {
    name: 'report-api',
    id: 3,
    pid: 84410,
    pm2: 48,
    pss: 40,
    cpu: 6.2,
    up: hours(55, 7),
    counter: 2,
    limit: 300,
    runtime: 'gunicorn',
  },
  {
    name: 'gdrive-jsonl-manager',
    id: 4,
    pid: 133402,
    pm2: 37,
    pss: 31,
    cpu: 0.4,
    up: hours(2, 51),
    counter: 31,
    limit: null,
    runtime: 'python3',
  },
  {
    name: 'major-events-monitor',
    id: 5,
    pid: 71022,
    pm2: 203,
    pss: 197,
    cpu: 3.1,
    up: hours(433),
    counter: 4,
    limit: 512,
    runtime: 'python3',
  },
  {
    name: 'price-feed-ws',
    id: 6,
    pid: 70911,
    pm2: 33,
    pss: 27,
    cpu: 2.2,
    up: hours(433),
    counter: 1,
    limit: 200,
    runtime: 'node',
  },
  {
    name: 'telegram-notifier',
    id: 7,
    pid: 70954,
    pm2: 28,
    pss: 22,
    cpu: 0.1,
    up: hours(433),
    counter: 0,
    limit: 200,
    runtime: 'python3',
  },
  {
    name: 'link-checker',
    id: 8,
    pid: 120188,
    pm2: 24,
    pss: 18,
    cpu: 0.3,
    up: hours(18, 40),
    counter: 12,
    limit: 200,
    runtime: 'node',
  },
  {
    name: 'mail-digest',
    id: 9,
    pid: 70980,
    pm2: 21,
    pss: 16,
    cpu: 0,
    up: hours(433),
    counter: 0,
    limit: 200,
    runtime: 'node',
  },
  {
    name: 'healthcheck-proxy',
    id: 10,
    pid: 71001,
    pm2: 17,
    pss: 12,
    cpu: 0.2,
    up: hours(433),
    counter: 0,
    limit: 200,
    runtime: 'node',
  },
  {
    name: 'backup-nightly',
    id: 11,
    pid: null,
    pm2: 0,
    pss: 0,
    cpu: 0,
    up: 0,
    counter: 0,
    limit: null,
    runtime: 'bash',
  },
];

const appOf = ({ name, id, pid, pm2, cpu, up, counter, limit, runtime }: Member): App =>
  app(name, id, {
    pid,
    status: pid === null ? 'stopped' : 'online',
    execMode: name === 'web-frontend' ? 'cluster' : 'fork',
    interpreter: c(runtime === 'gunicorn' ? 'none' : runtime),
    nodeVersion: runtime === 'node' ? c('20.20.2') : null,
    scriptPath: c(
      runtime === 'node'
        ? `/srv/${name}/server.js`
        : runtime === 'gunicorn'
          ? '/usr/bin/gunicorn'
          : `/srv/${name}/app.py`,
    ),
    startedAt: pid === null ? null : now - up,
    createdAt: now - 18 * day,
    restartCounter: counter,
    pm2RssBytes: pid === null ? null : pm2 * MB,
    cpuPercent: pid === null ? null : cpu,
    settings: {
      maxMemoryRestartBytes: limit === null ? null : limit * MB,
      watch: name === 'gdrive-jsonl-manager',
      expBackoffRestartDelayMs: 0,
      cronRestart: name === 'link-checker' ? c('30 8 * * *') : null,
    },
  });

export const sickApps: readonly App[] = members.map(appOf);
const named = (name: string): App => sickApps.find(({ ref: { name: own } }) => own === name)!;

const daemonPid = 70877;
const table: readonly Process[] = [
  process(1, 0, { comm: c('systemd'), uid: 0, rssBytes: 12 * MB, pssBytes: null }),
  process(daemonPid, 1, {
    comm: c('PM2 v7.0.4: God'),
    rssBytes: 55 * MB,
    pssBytes: 55 * MB,
    startedAt: now - 18 * day,
  }),
  ...members.flatMap(({ pid, id, pm2, pss, up, runtime }) =>
    pid === null
      ? []
      : [
          process(pid, daemonPid, {
            comm: c(runtime),
            rssBytes: pm2 * MB,
            pssBytes: pss * MB,
            swapBytes: 4 * MB,
            startedAt: now - up,
            mark: { home, pmId: id },
          }),
        ],
  ),
  ...[0, 1, 2, 3].map((index) =>
    process(84415 + index, 84410, {
      comm: c('gunicorn'),
      rssBytes: 148 * MB,
      pssBytes: 130 * MB,
      swapBytes: 6 * MB,
      startedAt: now - (index === 2 ? 54 * hour : 220 * hour),
      mark: { home, pmId: 3 },
      oomScoreAdj: 500,
    }),
  ),
];

const group = '/system.slice/pm2-deploy.service';
const memcgKill = (
  at: EpochMs,
  pid: number,
  comm: string,
  anonKb: number,
  uptime: string,
  adj = 0,
): OomKill =>
  kill({
    at,
    timestamp: c(uptime),
    source: c('/dev/kmsg'),
    pid,
    comm: c(comm),
    constraint: 'memcg',
    anonRssKb: anonKb,
    oomScoreAdj: adj,
    oomMemcg: c(group),
    taskMemcg: c(group),
    usageKb: 2 * 1024 * 1024,
    limitKb: 2 * 1024 * 1024,
    quotes: [
      quote(
        `Memory cgroup out of memory: Killed process ${pid} (${comm}) total-vm:2418764kB, anon-rss:${anonKb}kB, file-rss:3120kB, shmem-rss:0kB, UID:1000 pgtables:3944kB oom_score_adj:${adj}`,
        'kernel log',
        at,
      ),
    ],
    tasks:
      comm === 'gunicorn'
        ? [
            { pid: 101642, uid: 1000, comm: c('python3'), rssBytes: 1.08 * GB, swapBytes: 0, oomScoreAdj: 0 },
            { pid, uid: 1000, comm: c(comm), rssBytes: anonKb * 1024, swapBytes: 0, oomScoreAdj: adj },
          ]
        : [{ pid, uid: 1000, comm: c(comm), rssBytes: anonKb * 1024, swapBytes: 0, oomScoreAdj: adj }],
    tasksTotal: 18,
  });

const gitKill: OomKill = kill({
  at: on(20, 2, 16, 31),
  timestamp: c('1471191.054055'),
  source: c('/dev/kmsg'),
  pid: 129101,
  comm: c('git'),
  constraint: 'global',
  totalVmKb: 7_411_308,
  anonRssKb: 7_238_412,
  fileRssKb: 1204,
  oomMemcg: null,
  taskMemcg: c('/user.slice/user-1000.slice/session-412.scope'),
  quotes: [
    quote(
      'Out of memory: Killed process 129101 (git) total-vm:7411308kB, anon-rss:7238412kB, file-rss:1204kB, shmem-rss:0kB, UID:1000 pgtables:14312kB oom_score_adj:0',
      'kernel log',
      on(20, 2, 16, 31),
    ),
    quote(
      'oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/user.slice/user-1000.slice/session-412.scope,task=git,pid=129101,uid=1000',
      'kernel log',
      on(20, 2, 16, 31),
    ),
  ],
  tasks: [
    { pid: 129101, uid: 1000, comm: c('git'), rssBytes: 7_239_616 * 1024, swapBytes: 0, oomScoreAdj: 0 },
  ],
  tasksTotal: 143,
});

export const sickKills: readonly OomKill[] = [
  memcgKill(on(17, 14, 31, 8), 88213, 'python3', 1_279_208, '1255838.120033'),
  memcgKill(on(18, 21, 40, 7), 101877, 'gunicorn', 217_088, '1367977.301204', 500),
  memcgKill(on(18, 21, 41, 52), 101642, 'python3', 1_321_204, '1368082.774120'),
  memcgKill(on(19, 9, 5, 33), 113950, 'python3', 1_300_236, '1409103.551998'),
  gitKill,
];

const flask = named('flask-app');
const collector = named('signal-timeline-collector');
const drive = named('gdrive-jsonl-manager');
const workdays = [16, 17, 18, 19];
/** `count` moments of the working days, from 9 o'clock (before the last failure on the 19th) on. */
const workHours = (count: number, everyMinutes: number, offset: number): readonly EpochMs[] =>
  Array.from({ length: count }, (_, index) => {
    const date = workdays[index % 4]!;
    return (
      on(date, 0, 0, 0) +
      (date === 19 ? 0 : 9 * hour) +
      Math.floor(index / 4) * everyMinutes * minute +
      offset * minute
    );
  });
const lines = inTime([
  ...workHours(61, 25, 3).flatMap((at) => reload(flask, at)),
  ...workHours(35, 47, 11).flatMap((at) => manual(flask, at)),
  ...workHours(9, 95, 31).flatMap((at) => crash(flask, at)),
  ...[on(17, 14, 31, 8), on(18, 21, 41, 52), on(19, 9, 5, 33)].flatMap((at) => killed(flask, at)),
  // Every night from 02:01 on: eight or nine crashes, each some minutes after the other.
  ...[15, 16, 17, 18, 19, 20, 21].flatMap((date) =>
    Array.from({ length: date < 18 ? 8 : 7 }, (_, index) => on(date, 2, 1 + index * 3, 10)).flatMap((at) =>
      crash(collector, at),
    ),
  ),
  ...[15, 16, 17, 18, 19, 20, 21, 21].flatMap((date, index) => cleanExit(collector, on(date, 1, 55 - index))),
  ...[15, 16, 17, 18, 19, 20].flatMap((date) =>
    [6, 6, 18, 18]
      .map((at, index) => on(date, at, index % 2 ? 1 : 0, 12))
      .flatMap((at) => watched(drive, at, `archive/2026-11-${date}.jsonl`)),
  ),
  ...[0, 1, 2, 3].flatMap((index) => watched(drive, on(21, 0, 18 + index, 5), 'archive/2026-11-20.jsonl')),
  ...[on(16, 10), on(17, 11), on(18, 15)].flatMap((at) => manual(drive, at)),
  ...[16, 17, 18, 19]
    .flatMap((date) => [on(date, 10, 5), on(date, 16, 40)])
    .flatMap((at) => reload(named('web-frontend'), at)),
  ...[14, 15, 16, 17, 18, 19, 20]
    .filter((date) => date > 14)
    .flatMap((date) => cron(named('link-checker'), on(date, 8, 30))),
  ...[on(16, 12, 2), on(18, 20, 5)].flatMap((at) => manual(named('report-api'), at)),
]);

const homeFolder: CleanText = home;
const holder = unit({
  memoryMaxBytes: 2 * GB,
  oomPolicy: { value: 'stop', source: 'default' },
  path: c('/etc/systemd/system/pm2-deploy.service'),
  restarts: 0,
});

/** The whole evidence of the sick host. */
export const sickHost = (): Evidence =>
  evidence(
    {
      daemons: [
        daemon(sickApps, {
          pid: daemonPid,
          rssBytes: 55 * MB,
          modules: [],
        }),
      ],
      pm2Files: [
        pm2Home({
          homeMode: 0o755,
          dump: {
            ...file(`${homeFolder}/dump.pm2`, { mode: 0o644, modifiedAt: now - 20 * day, sizeBytes: 96_000 }),
            apps: members.slice(0, 10).map(({ name }) => ({ name: c(name), status: 'online' as const })),
          },
          dumpBackup: null,
          logs: [
            {
              ...file(`${homeFolder}/logs/flask-app-error.log`, { sizeBytes: 4.1 * GB, mode: 0o644 }),
              app: ref('flask-app', 0),
            },
            {
              ...file(`${homeFolder}/logs/signal-timeline-collector-error.log`, {
                sizeBytes: 1.2 * GB,
                mode: 0o644,
              }),
              app: ref('signal-timeline-collector', 2),
            },
          ],
          pm2Log: file(`${homeFolder}/pm2.log`, { sizeBytes: 215 * MB, mode: 0o644 }),
          modules: [],
        }),
      ],
      host: host({
        os: c('Debian GNU/Linux 12 (bookworm)'),
        nodeVersion: c('20.20.2'),
        bootedAt: on(3, 1, 40),
        memory: {
          totalBytes: 7.8 * GB,
          freeBytes: 4.9 * GB,
          availableBytes: 6.7 * GB,
          cachedBytes: 1.6 * GB,
          slabBytes: 210 * MB,
        },
        swap: { totalBytes: 127 * MB, usedBytes: 123 * MB },
      }),
      cgroups: [
        cgroup({
          daemonPid,
          limitBytes: 2 * GB,
          limitPath: c(group),
          usedBytes: 1.16 * GB,
          peakBytes: 2 * GB,
        }),
      ],
      disks: [
        disk({
          totalBytes: 80 * GB,
          freeBytes: 31 * GB,
          usedRatio: 0.613,
          apps: sickApps.map(({ ref: own }) => own),
        }),
      ],
      oomCounters: {
        sinceBoot: 5,
        cgroups: [{ path: c(group), version: 2, home, oomKill: 4, oom: 9, oomGroupKill: 0 }],
      },
      startup: {
        systemd: true,
        systemdVersion: 252,
        units: [holder],
        holders: [{ home, daemonPid, unit: holder, cgroupPath: c(group) }],
        others: [],
      },
      unitJournal: [
        {
          unit: c('pm2-deploy.service'),
          events: [
            {
              at: on(19, 9, 5, 33),
              kind: 'oom-in-unit',
              result: null,
              restarts: null,
              quote: quote(
                'pm2-deploy.service: A process of this unit has been killed by the OOM killer.',
                'journal of pm2-deploy.service',
                on(19, 9, 5, 33),
              ),
            },
          ],
        },
      ],
      appLogs: [
        {
          app: ref('report-api', 3),
          stream: 'err',
          path: c(`${homeFolder}/logs/report-api-error.log`),
          sizeBytes: 2 * MB,
          readBytes: MB,
          modifiedAt: on(18, 21, 40, 7),
          texts: [
            {
              kind: 'gunicorn-signal9',
              at: on(18, 21, 40, 7),
              pid: 101877,
              signal: 9,
              exitCode: null,
              app: null,
              pm2Id: null,
              who: c('Worker (pid:101877)'),
              verdict: 'possible OOM',
              quote: quote(
                '[2026-11-18 21:40:07 +0800] [84410] [ERROR] Worker (pid:101877) was sent SIGKILL! Perhaps out of memory?',
                `${homeFolder}/logs/report-api-error.log`,
                on(18, 21, 40, 7),
              ),
            },
          ],
          lastException: null,
          ...noLines,
        },
        {
          app: ref('flask-app', 0),
          stream: 'err',
          path: c(`${homeFolder}/logs/flask-app-error.log`),
          sizeBytes: 4.1 * GB,
          readBytes: MB,
          modifiedAt: on(19, 9, 4),
          texts: [],
          ...noLines,
          lastException: {
            at: null,
            headline: c('sqlite3.OperationalError: database is locked'),
            lines: [
              c('Traceback (most recent call last):'),
              c('sqlite3.OperationalError: database is locked'),
            ],
            repeats: 7,
          },
        },
        {
          app: ref('signal-timeline-collector', 2),
          stream: 'err',
          path: c(`${homeFolder}/logs/signal-timeline-collector-error.log`),
          sizeBytes: 1.2 * GB,
          readBytes: MB,
          modifiedAt: on(21, 2, 23, 10),
          texts: [],
          ...noLines,
          lastException: {
            at: null,
            headline: c('json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)'),
            lines: [c('json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)')],
            repeats: 52,
          },
        },
      ],
    },
    {
      processes: seen({ processes: table, partial: false }, { source: '/proc' }),
      pm2Log: seen(
        [
          pm2Log(lines, {
            sizeBytes: 215 * MB,
            allBytes: 215 * MB,
            coversFrom: on(15),
            coversTo: on(21, 3, 12),
          }),
        ],
        {
          source: `${homeFolder}/pm2.log`,
          covers: { from: on(15), to: now },
          gaps: [
            gap('pm2Log', 'truncated', {
              subject: c(`${homeFolder}/pm2.log before 15 Nov 00:00`),
              tried: [{ source: `${homeFolder}/pm2.log.1`, why: 'not-found', detail: c('ENOENT') }],
              remedy: 'keep-pm2-log',
            }),
          ],
        },
      ),
      oomLog: seen(
        { kills: sickKills, unconfirmed: [], unitLines: [] },
        {
          source: '/dev/kmsg',
          covers: { from: on(16, 8, 41), to: now },
          gaps: [
            gap('oomLog', 'truncated', {
              subject: c('kernel log before 16 Nov 08:41'),
              tried: [
                { source: 'journalctl -k', why: 'not-found', detail: c('No journal files were found.') },
              ],
              remedy: 'persistent-journal',
            }),
          ],
        },
      ),
      storage: seen(
        {
          top: [
            {
              path: c('/srv/data-repo/.git'),
              bytes: 9.8 * GB,
              files: 41_200,
              kind: 'folder',
              app: null,
              complete: true,
            },
            {
              path: c('/srv/signal-timeline/data'),
              bytes: 6.4 * GB,
              files: 9120,
              kind: 'folder',
              app: ref('signal-timeline-collector', 2),
              complete: true,
            },
            {
              path: c('/srv/gdrive-jsonl/archive'),
              bytes: 3.7 * GB,
              files: 412,
              kind: 'folder',
              app: ref('gdrive-jsonl-manager', 4),
              complete: true,
            },
            {
              path: c('/srv/major-events/db'),
              bytes: 2.9 * GB,
              files: 18,
              kind: 'folder',
              app: ref('major-events-monitor', 5),
              complete: false,
            },
          ],
          logs: [
            {
              path: c(`${homeFolder}/logs/flask-app-error.log`),
              bytes: 4.1 * GB,
              files: 1,
              kind: 'log',
              app: ref('flask-app', 0),
              complete: true,
            },
            {
              path: c(`${homeFolder}/logs/signal-timeline-collector-error.log`),
              bytes: 1.2 * GB,
              files: 1,
              kind: 'log',
              app: ref('signal-timeline-collector', 2),
              complete: true,
            },
            {
              path: c(`${homeFolder}/pm2.log`),
              bytes: 215 * MB,
              files: 1,
              kind: 'log',
              app: null,
              complete: true,
            },
          ],
          scannedBytes: 28 * GB,
          scannedFiles: 50_750,
          complete: false,
        },
        {
          gaps: [
            gap('storage', 'truncated', {
              subject: c('/srv/major-events/db'),
              tried: [{ source: '/srv/major-events/db', why: 'truncated', detail: c('20000 files') }],
              remedy: 'raise-budget',
            }),
          ],
        },
      ),
    },
  );
