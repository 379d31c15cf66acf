/**
 * A PM2 that only writes its log: apps that fail, are stopped, reloaded and killed, daemons that come and go. It keeps what
 * it did beside what PM2 would show of it. Sequences as PM2 7.0.4 writes them (captured logs in test/fixtures/pm2-log).
 */
import fc from 'fast-check';
import type { AttributedKill } from '../../../src/model/oom.ts';
import type { App } from '../../../src/model/pm2.ts';
import type { Cause, DaemonEnd } from '../../../src/model/restart.ts';
import { app, attributed, c, kill, ref } from '../../factories.ts';

export interface Truth {
  readonly name: string;
  readonly pmId: number;
  /** When the process ended, ms. */
  readonly at: number;
  readonly startedAt: number;
  readonly cause: Cause;
  /** null = PM2 did not start it because of this end. */
  restartedAt: number | null;
  readonly daemonEnd: DaemonEnd | null;
  /** Under which daemon, from 0. */
  readonly daemon: number;
}
interface Shape {
  readonly mode: 'fork' | 'cluster';
  readonly delayMs: number;
  readonly backoffMs: number;
}
export interface Happening {
  readonly kind: (typeof kinds)[number];
  readonly app: number;
  readonly gapMs: number;
  /** Moves moments within a second, and chooses between ways to do the same. */
  readonly dice: number;
}
const kinds = [
  'crash',
  'clean-exit',
  'exception',
  'sigkill',
  'sigterm',
  'oom-kill',
  'restart',
  'slow-restart',
  'stop',
  'start',
  'reload',
  'memory-limit',
  'watch',
  'cron',
  'errored',
  'reset',
  'update',
  'command',
  'signal',
  'vanished',
] as const;

interface Sim {
  readonly name: string;
  readonly pmId: number;
  readonly shape: Shape;
  status: 'online' | 'stopped' | 'errored';
  startedAt: number;
  createdAt: number | null;
  counter: number;
  busyUntil: number;
}
export interface History {
  readonly lines: readonly { readonly at: number; readonly text: string }[];
  readonly truth: readonly Truth[];
  readonly apps: readonly App[];
  readonly kills: readonly AttributedKill[];
  readonly daemonStartedAt: number;
  readonly daemons: number;
  readonly endedAt: number;
}

/** 21 Nov 2026, 00:00:00 UTC, a quarter of a second later: stamps are cut, not rounded. */
export const begin = Date.UTC(2026, 10, 21) + 250;

export function simulate(shapes: readonly Shape[], happenings: readonly Happening[]): History {
  const lines: { at: number; text: string }[] = [];
  const truth: Truth[] = [];
  const kills: AttributedKill[] = [];
  let t = begin;
  let daemon = 0;
  let daemonStartedAt = begin - 300;
  let pid = 1000;
  let version = 1;
  const say = (at: number, text: string) => lines.push({ at, text: `PM2 log: ${text}` });
  const banner = (at: number, version: number) => {
    daemonStartedAt = at - 300;
    say(at, '--- New PM2 Daemon started ----------------------------------------------------');
    say(
      at,
      `Time                 : ${new Date(at).toUTCString().slice(0, 3)} Nov 21 2026 00:00:00 GMT+0000 (UTC)`,
    );
    say(at, `PM2 version          : 7.0.${version}`);
  };
  const apps: Sim[] = shapes.map((shape, index) => ({
    // Two instances of one app have one name.
    name: shape.mode === 'cluster' ? 'web' : `app-${index}`,
    pmId: index,
    shape,
    status: 'online',
    startedAt: 0,
    createdAt: begin,
    counter: 0,
    busyUntil: 0,
  }));
  const start = (one: Sim, at: number) => {
    say(at, `App [${one.name}:${one.pmId}] starting in -${one.shape.mode} mode-`);
    say(at + (one.shape.mode === 'cluster' ? 400 : 20), `App [${one.name}:${one.pmId}] online`);
    one.status = 'online';
    one.startedAt = at;
    one.busyUntil = at + 500;
  };
  const ended = (one: Sim, at: number, cause: Cause, daemonEnd: DaemonEnd | null = null): Truth => {
    const entry = {
      name: one.name,
      pmId: one.pmId,
      at,
      startedAt: one.startedAt,
      cause,
      restartedAt: null,
      daemonEnd,
      daemon,
    };
    truth.push(entry);
    return entry;
  };
  const gone = (one: Sim, at: number, code: number, signal: string, id: string = String(one.pmId)) => {
    if (one.shape.mode === 'cluster') say(at, `App name:${one.name} id:${id} disconnected`);
    say(at, `App [${one.name}:${id}] exited with code [${code}] via signal [${signal}]`);
  };
  const die = (one: Sim, cause: Cause, code: number, signal: string, dice: number) => {
    const entry = ended(one, t, cause);
    gone(one, t, code, signal);
    const { backoffMs, delayMs } = one.shape;
    if (backoffMs > 0) say(t, `App [${one.name}:${one.pmId}] will restart in ${backoffMs}ms`);
    entry.restartedAt = t + 2 + (dice % 40) + backoffMs + delayMs;
    one.counter += 1;
    start(one, entry.restartedAt);
  };
  /** Returns when PM2 was done with it. */
  const stop = (one: Sim, at: number, dice: number, isSlow = false): { exitAt: number; doneAt: number } => {
    say(at, `Stopping app:${one.name} id:${one.pmId}`);
    pid += 1;
    const exitAt = at + (isSlow ? 1_650 : (dice * 7) % 900);
    if (isSlow)
      say(
        at + 1_600,
        `Process with pid ${pid} still alive after 1600ms, sending SIGKILL to 1 remaining pids...`,
      );
    gone(one, exitAt, 0, isSlow ? 'SIGKILL' : 'SIGINT');
    const doneAt = exitAt + ((dice * 13) % 120);
    say(doneAt, `pid=${pid} msg=process tree killed (1 pids)`);
    return { exitAt, doneAt };
  };
  const restart = (one: Sim, cause: Cause, dice: number, isSlow = false) => {
    const { exitAt, doneAt } = stop(one, t, dice, isSlow);
    const entry = ended(one, exitAt, isSlow ? 'stop-timeout' : cause);
    entry.restartedAt = doneAt + (dice % 8);
    one.counter += 1;
    if (dice % 3 > 0) one.createdAt = t;
    start(one, entry.restartedAt);
  };
  const reloadCluster = (one: Sim, cause: Cause, dice: number) => {
    const startedAt = t;
    pid += 1;
    const exitAt = t + 450 + ((dice * 11) % 800);
    const entry = ended(one, exitAt, cause);
    entry.restartedAt = startedAt;
    start(one, startedAt);
    say(startedAt + 420, '-reload- New worker listening');
    say(startedAt + 430, `Stopping app:${one.name} id:_old_${one.pmId}`);
    gone(one, exitAt, 0, 'SIGINT', `_old_${one.pmId}`);
    say(exitAt + 30, `pid=${pid} msg=process tree killed (1 pids)`);
    one.counter += 1;
    if (dice % 3 > 0) one.createdAt = startedAt;
    one.busyUntil = exitAt + 100;
  };
  const comeBack = (who: readonly Truth[], at: number) => {
    daemon += 1;
    banner(at, version);
    let next = at + 150;
    for (const one of apps) {
      one.counter = 0;
      const entry = who.find(({ pmId }) => pmId === one.pmId);
      if (entry === undefined) {
        if (one.status === 'errored') one.status = 'stopped';
        continue;
      }
      entry.restartedAt = next;
      start(one, next);
      next += 90;
    }
    t = next + 600;
  };
  const endDaemon = (how: 'update' | 'command' | 'signal' | 'vanished', dice: number, gapMs: number) => {
    // What ends just before a daemon that gets a signal may have got the same one; what is stopped just before, be part of it.
    t = Math.max(t, ...apps.map((one) => one.busyUntil)) + (how === 'signal' ? 8_000 : 3_000);
    const running = apps.filter((one) => one.status === 'online');
    const isNewVersion = how === 'update' && dice % 2 === 0;
    if (isNewVersion) version += 1;
    // Of the same version it looks like any other command.
    const shown = how === 'update' && !isNewVersion ? 'command' : how;
    if (how === 'vanished') {
      comeBack(
        running.map((one) => ended(one, t, 'daemon-restart', how)),
        t + 3_000 + (gapMs % 60_000),
      );
      return;
    }
    if (how === 'signal') say(t, 'pm2 has been killed by signal, dumping process list before exit...');
    const left: Truth[] = [];
    let last = t;
    for (const one of running) {
      if (how === 'signal') say(last, `Deleting process ${one.pmId}`);
      const { exitAt, doneAt } = stop(one, last, dice);
      left.push(ended(one, exitAt, 'daemon-restart', shown));
      last = doneAt;
    }
    say(last + 5, how === 'signal' ? 'Exited peacefully' : 'PM2 successfully stopped');
    comeBack(left, last + (how === 'update' ? 300 : 4_000 + (gapMs % 300_000)));
  };

  banner(t, version);
  for (const [index, one] of apps.entries()) start(one, t + 200 + index * 90);
  t += 200 + apps.length * 90 + 600;
  for (const { kind, app: index, gapMs, dice } of happenings) {
    t += gapMs;
    const one = apps[index % apps.length];
    if (one === undefined) continue;
    if (kind === 'update' || kind === 'command' || kind === 'signal' || kind === 'vanished') {
      endDaemon(kind, dice, gapMs);
      continue;
    }
    if (t < one.busyUntil) continue;
    const { name, pmId, shape } = one;
    if (one.status !== 'online') {
      if (kind === 'start' || kind === 'restart') {
        one.createdAt = t;
        start(one, t);
      } else if (kind === 'reset') {
        one.counter = 0;
        one.createdAt = t;
      }
      continue;
    }
    switch (kind) {
      case 'crash':
        die(one, 'crash', 1 + (dice % 3), 'SIGINT', dice);
        break;
      case 'clean-exit':
        if (shape.mode === 'fork') die(one, 'clean-exit', 0, 'SIGINT', dice);
        break;
      case 'exception':
        if (shape.mode === 'cluster') die(one, 'crash', 0, 'SIGINT', dice);
        else die(one, 'crash', 1, 'SIGINT', dice);
        break;
      case 'sigkill':
        die(one, 'signal', 0, 'SIGKILL', dice);
        break;
      case 'sigterm':
        die(one, 'signal', 0, 'SIGTERM', dice);
        break;
      case 'oom-kill':
        kills.push(
          attributed({
            kill: kill({ at: t - 15 - (dice % 1_500), pid: 20_000 + kills.length, quotes: [] }),
            app: ref(name, pmId),
            confidence: 'likely',
          }),
        );
        die(one, 'oom-kill', 0, 'SIGKILL', dice);
        break;
      case 'restart':
        restart(one, 'manual', dice);
        break;
      case 'slow-restart':
        restart(one, 'manual', dice, true);
        break;
      case 'stop': {
        const { exitAt, doneAt } = stop(one, t, dice);
        ended(one, exitAt, 'manual');
        one.status = 'stopped';
        one.busyUntil = doneAt + 700;
        break;
      }
      case 'reload':
        if (shape.mode === 'cluster') reloadCluster(one, 'reload', dice);
        else {
          say(t, `Process ${pmId} in a stopped status, starting it`);
          restart(one, 'reload', dice);
        }
        break;
      case 'memory-limit':
        say(
          t,
          `[PM2][WORKER] Process ${pmId} restarted because it exceeds --max-memory-restart value (current_memory=175800320 max_memory_limit=104857600 [octets])`,
        );
        if (shape.mode === 'cluster') reloadCluster(one, 'memory-limit', dice);
        else {
          say(t, `Process ${pmId} in a stopped status, starting it`);
          restart(one, 'memory-limit', dice);
        }
        break;
      case 'watch':
        say(t, `Change detected on path app.js for app ${name} - restarting`);
        restart(one, 'watch', dice);
        break;
      case 'cron':
        say(t, `[PM2] Deregistering a cron job on: ${pmId}`);
        restart(one, 'cron', dice);
        break;
      case 'errored': {
        ended(one, t, 'crash');
        gone(one, t, 1, 'SIGINT');
        say(t, `Script /srv/${name}.js had too many unstable restarts (16). Stopped. "errored"`);
        one.status = 'errored';
        one.createdAt = null;
        one.busyUntil = t + 700;
        break;
      }
      case 'reset':
        one.counter = 0;
        one.createdAt = t;
        break;
      default:
    }
  }
  const sorted = lines
    .map((line, order) => ({ ...line, order }))
    .sort((a, b) => a.at - b.at || a.order - b.order);
  return {
    lines: sorted.map(({ at, text }) => ({
      at,
      text: `${new Date(at).toISOString().slice(0, 19)}: ${text}`,
    })),
    truth,
    apps: apps.map((one) =>
      app(one.name, one.pmId, {
        status: one.status,
        execMode: one.shape.mode,
        startedAt: one.startedAt,
        createdAt: one.createdAt,
        restartCounter: one.counter,
        scriptPath: c(`/srv/${one.name}.js`),
        settings: {
          restartDelayMs: one.shape.delayMs,
          expBackoffRestartDelayMs: one.shape.backoffMs,
          cronRestart: c('* * * * * *'),
        },
      }),
    ),
    kills,
    daemonStartedAt,
    daemons: daemon + 1,
    endedAt: Math.max(t, ...apps.map((one) => one.busyUntil)) + 60_000,
  };
}

const shape = fc.record({
  mode: fc.constantFrom('fork' as const, 'cluster' as const),
  delayMs: fc.constantFrom(0, 0, 0, 20_000),
  backoffMs: fc.constantFrom(0, 0, 337, 15_000),
});
const happening = fc.record({
  kind: fc.constantFrom(...kinds),
  app: fc.nat(3),
  gapMs: fc.oneof(fc.nat(3_000), fc.nat(60_000), fc.nat(4 * 3_600_000)),
  dice: fc.nat(1_000),
});

/** Histories of one to three apps. */
export const histories = fc
  .tuple(fc.array(shape, { minLength: 1, maxLength: 3 }), fc.array(happening, { maxLength: 25, size: 'max' }))
  .map(([shapes, happenings]) => simulate(shapes, happenings));
