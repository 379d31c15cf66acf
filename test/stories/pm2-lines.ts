/** Lines of pm2.log as PM2 7.0.4 writes them for each way an app can restart. */
import type { App, Pm2LogEvent } from '../../src/model/pm2.ts';
import type { EpochMs } from '../../src/model/text.ts';
import { c, logLine } from '../factories.ts';

const start = ({ ref, execMode }: App, at: EpochMs): Pm2LogEvent[] => [
  logLine(at, `App [${ref.name}:${ref.pmId}] starting in -${execMode} mode-`, {
    kind: 'starting',
    name: ref.name,
    pmId: ref.pmId,
    old: false,
  }),
  logLine(at, `App [${ref.name}:${ref.pmId}] online`, {
    kind: 'online',
    name: ref.name,
    pmId: ref.pmId,
    old: false,
  }),
];
const exited = ({ ref }: App, at: EpochMs, code: number, signal: string): Pm2LogEvent =>
  logLine(at, `App [${ref.name}:${ref.pmId}] exited with code [${code}] via signal [${signal}]`, {
    kind: 'exited',
    name: ref.name,
    pmId: ref.pmId,
    old: false,
    code,
    signal: c(signal),
  });
const stop = (app: App, at: EpochMs): Pm2LogEvent[] => [
  logLine(at, `Stopping app:${app.ref.name} id:${app.ref.pmId}`, {
    kind: 'stopping',
    name: app.ref.name,
    pmId: app.ref.pmId,
    old: false,
  }),
  exited(app, at, 0, 'SIGINT'),
  logLine(at, `pid=${app.pid ?? 0} msg=process tree killed (1 pids)`, {
    kind: 'killed',
    pid: app.pid ?? 0,
    processes: 1,
  }),
];

export const crash = (app: App, at: EpochMs, code = 1): Pm2LogEvent[] => [
  exited(app, at, code, 'SIGINT'),
  ...start(app, at),
];
export const killed = (app: App, at: EpochMs): Pm2LogEvent[] => [
  exited(app, at, 0, 'SIGKILL'),
  ...start(app, at),
];
export const cleanExit = (app: App, at: EpochMs): Pm2LogEvent[] => [
  exited(app, at, 0, 'SIGINT'),
  ...start(app, at),
];
export const manual = (app: App, at: EpochMs): Pm2LogEvent[] => [...stop(app, at), ...start(app, at)];
/** PM2 says so before it stops a fork-mode app for a reload. */
export const reload = (app: App, at: EpochMs): Pm2LogEvent[] => [
  logLine(at, `Process ${app.ref.pmId} in a stopped status, starting it`, {
    kind: 'already-stopped',
    pmId: app.ref.pmId,
  }),
  ...manual(app, at),
];
export const watched = (app: App, at: EpochMs, path: string): Pm2LogEvent[] => [
  logLine(at, `Change detected on path ${path} for app ${app.ref.name} - restarting`, {
    kind: 'watch',
    name: app.ref.name,
    path: c(path),
  }),
  ...manual(app, at),
];
export const cron = (app: App, at: EpochMs): Pm2LogEvent[] => [
  logLine(at, `[PM2] Deregistering a cron job on: ${app.ref.pmId}`, {
    kind: 'cron-deregistered',
    pmId: app.ref.pmId,
  }),
  ...stop(app, at),
  logLine(at, `[PM2][WORKER] Registering a cron job on: ${app.ref.pmId}`, {
    kind: 'cron-registered',
    pmId: app.ref.pmId,
  }),
  ...start(app, at),
];
export const memoryLimit = (
  app: App,
  at: EpochMs,
  currentBytes: number,
  limitBytes: number,
): Pm2LogEvent[] => [
  logLine(
    at,
    `[PM2][WORKER] Process ${app.ref.pmId} restarted because it exceeds --max-memory-restart value (current_memory=${currentBytes} max_memory_limit=${limitBytes} [octets])`,
    { kind: 'memory-limit', pmId: app.ref.pmId, currentBytes, limitBytes },
  ),
  ...manual(app, at),
];

/** One log from many sequences, in order of time. */
export const inTime = (lines: readonly Pm2LogEvent[]): readonly Pm2LogEvent[] =>
  lines
    .map((line, index) => ({ line, index }))
    .sort((a, b) => (a.line.at ?? 0) - (b.line.at ?? 0) || a.index - b.index)
    .map(({ line }) => line);
