/** A host with PM2 in its own unit, and kills on it. */
import type { AttributionInput } from '../../../src/derive/kills/oom-attribution.ts';
import { attributeKills } from '../../../src/derive/kills/oom-attribution.ts';
import type { AttributedKill, OomKill, OomTask } from '../../../src/model/oom.ts';
import type { PastProcess, PastProcesses } from '../../../src/model/past.ts';
import type { App, Daemon } from '../../../src/model/pm2.ts';
import {
  app,
  c,
  daemon,
  day,
  home,
  hour,
  kill,
  MB,
  minute,
  now,
  process,
  ref,
  unit,
} from '../../factories.ts';
import { logOf } from '../pm2-log-fixture.ts';

export const at = now - 2 * hour;
export const unitPath = c('/system.slice/pm2-deploy.service');
export const god = process(900, 1, { comm: c('PM2 v7.0.4: God'), startedAt: now - 18 * day });

/** Held by its own unit, or (`session`) by the scope of whoever started it. */
export const startup = (held = 'pm2-deploy.service', path: string = unitPath) => ({
  systemd: true,
  systemdVersion: 252,
  units: [unit()],
  holders: [
    {
      home,
      daemonPid: 900,
      unit: unit({ name: c(held), pm2Home: held.startsWith('pm2-') ? home : null }),
      cgroupPath: c(path),
    },
  ],
  others: [],
});

export const input = (
  kills: readonly OomKill[],
  apps: readonly App[],
  more: Partial<AttributionInput> = {},
  over: Partial<Daemon> = {},
): AttributionInput => ({
  oomLog: { kills, unconfirmed: [], unitLines: [] },
  daemons: [daemon(apps, over)],
  processes: { processes: [god], partial: false },
  pm2Log: null,
  appLogs: null,
  startup: startup(),
  ...more,
});

export const tie = (...args: Parameters<typeof input>): AttributedKill => attributeKills(input(...args))[0]!;

export type Exit = readonly [name: string, pmId: number, at: number, end?: string];

/** pm2.log of apps that ended by themselves and were started again. */
export const exits = (...lines: readonly Exit[]) => [
  logOf(
    lines
      .map(([name, pmId, time, end = 'code [0] via signal [SIGKILL]']) => {
        const stamp = new Date(time).toISOString().slice(0, 19);
        return `${stamp}: PM2 log: App [${name}:${pmId}] exited with ${end}\n${stamp}: PM2 log: App [${name}:${pmId}] starting in -fork mode-\n`;
      })
      .join(''),
  ),
];

export const past = (
  processes: readonly Partial<PastProcess>[],
  over: Partial<PastProcesses> = {},
): PastProcesses => ({
  from: at - day,
  to: at + hour,
  everyMs: 30_000,
  processes: processes.map((one) => ({
    pid: 77,
    ppid: 900,
    startedAt: at - hour,
    home,
    app: ref('web', 0),
    role: 'main',
    comm: c('node /srv/web/s'),
    uid: 1000,
    cgroup: unitPath,
    firstSeen: at - hour,
    lastSeen: at - 10_000,
    rssBytes: 800 * MB,
    ...one,
  })),
  ...over,
});

export const task = (pid: number, comm: string, rssBytes: number): OomTask => ({
  pid,
  uid: 1000,
  comm: c(comm),
  rssBytes,
  swapBytes: 0,
  oomScoreAdj: 0,
});

export { app, c, day, home, hour, kill, MB, minute, now, process, ref };
