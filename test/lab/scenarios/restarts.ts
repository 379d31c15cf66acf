import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cause } from '../../../src/model/restart.ts';
import type { AppTruth, Lab, Scenario } from './scenario.ts';

type Settings = { readonly [setting: string]: unknown };
const cluster = { exec_mode: 'cluster', instances: 1 };

/** An app that does it by itself, `times` times. */
function byItself(
  name: string,
  mode: string,
  times: number,
  truth: Omit<AppTruth, 'name'>,
  settings: Settings = {},
): Scenario {
  return {
    name,
    apps: (lab) => [lab.app(name, mode, settings)],
    async act(lab) {
      await lab.started(name, times + 1);
      return { apps: [{ name, ...truth }] };
    },
  };
}

/** An app to which something is done from outside. */
function done(
  name: string,
  settings: Settings,
  act: (lab: Lab) => Promise<Omit<AppTruth, 'name'>>,
  mode = 'idle',
): Scenario {
  return {
    name,
    apps: (lab) => [lab.app(name, mode, settings)],
    async act(lab) {
      await lab.started(name, 1);
      return { apps: [{ name, ...(await act(lab)) }] };
    },
  };
}

function killed(
  name: string,
  signal: NodeJS.Signals,
  settings: Settings,
  truth: Omit<AppTruth, 'name'>,
): Scenario {
  return done(name, settings, async (lab) => {
    const [pid] = await lab.started(name, 1);
    await pause(1500);
    process.kill(pid ?? 0, signal);
    await lab.started(name, 2);
    return truth;
  });
}

function commanded(
  name: string,
  settings: Settings,
  commands: readonly (readonly string[])[],
  starts: number,
  restarts: { readonly [C in Cause]?: number },
): Scenario {
  return done(name, settings, async (lab) => {
    for (const command of commands) await lab.run(...command);
    await lab.started(name, starts);
    return { restarts, noFindings: ['restart-loop'] };
  });
}

/** Each cause by itself, all on one daemon. */
export const restartScenarios: readonly Scenario[] = [
  byItself('crash-code-fork', 'exit:3:4', 4, { restarts: { crash: 4 }, findings: ['restart-loop'] }),
  byItself(
    'crash-code-cluster',
    'exit:3:4',
    4,
    { restarts: { crash: 4 }, findings: ['restart-loop'] },
    cluster,
  ),
  byItself('crash-twice', 'exit:1:2', 2, { restarts: { crash: 2 } }),
  byItself('throw-fork', 'throw:3', 3, { restarts: { crash: 3 }, findings: ['restart-loop'] }),
  byItself('throw-cluster', 'throw:3', 3, { restarts: { crash: 3 }, untold: ['crash'] }, cluster),
  byItself('reject', 'reject', 0, { restarts: {}, noFindings: ['restart-loop'] }),
  byItself('exit-zero', 'exit:0:3', 3, { restarts: { 'clean-exit': 3 }, untold: ['clean-exit'] }),
  byItself(
    'exit-zero-cluster',
    'exit:0:3',
    3,
    { restarts: { 'clean-exit': 3 }, untold: ['clean-exit'] },
    cluster,
  ),
  byItself('exit-zero-stays', 'exit:0:1', 0, { restarts: {} }, { autorestart: false }),
  byItself(
    'heap-fork',
    'heap:2',
    2,
    { restarts: { 'heap-oom': 2 } },
    { node_args: '--max-old-space-size=24' },
  ),
  byItself(
    'heap-cluster',
    'heap:2',
    2,
    { restarts: { 'heap-oom': 2 } },
    { ...cluster, node_args: '--max-old-space-size=24' },
  ),
  byItself('limit-fork', 'grow:1', 1, { restarts: { 'memory-limit': 1 } }, { max_memory_restart: '100M' }),
  byItself(
    'limit-cluster',
    'grow:1',
    1,
    { restarts: { 'memory-limit': 1 } },
    { ...cluster, max_memory_restart: '100M' },
  ),
  byItself(
    'cron',
    'idle',
    2,
    { restarts: { cron: 2 }, ongoing: ['cron'], noFindings: ['restart-loop'] },
    { cron_restart: '*/15 * * * * *' },
  ),
  byItself('exit-137', 'exit:137:2', 2, {
    restarts: { crash: 2 },
    untold: ['crash'],
    noFindings: ['oom-killed', 'oom-worker-killed'],
  }),
  byItself('exit-143', 'exit:143:1', 1, { restarts: { crash: 1 }, untold: ['crash'] }),
  byItself('exit-after-limit', 'exit:9:1', 1, { restarts: { crash: 1 } }, { max_memory_restart: '400M' }),
  byItself('abort-itself', 'abort:1', 1, {
    restarts: { crash: 1 },
    untold: ['crash'],
    noFindings: ['heap-limit-hit'],
  }),
  byItself('restart-delay', 'exit:1:3', 3, { restarts: { crash: 3 } }, { restart_delay: 700 }),
  byItself('python', 'exit:5:2', 2, { restarts: { crash: 2 } }, { interpreter: 'python3', script: 'lab.py' }),
  byItself(
    'python-raises',
    'raise',
    1,
    { restarts: { crash: 1 } },
    { interpreter: 'python3', script: 'lab.py' },
  ),
  byItself('slow-loop', 'slow:1600', 5, {
    restarts: { crash: 5 },
    ongoing: ['crash'],
    findings: ['restart-loop'],
  }),
  byItself(
    'backoff',
    'exit:1:40',
    4,
    { restarts: { crash: 4 }, ongoing: ['crash'], findings: ['restart-loop'] },
    { exp_backoff_restart_delay: 100 },
  ),
  {
    name: 'errored',
    apps: (lab) => [lab.app('errored', 'exit:1:40', { max_restarts: 4, min_uptime: 20_000 })],
    async act(lab) {
      await lab.started('errored', 4);
      await pause(3000);
      const starts = await lab.started('errored', 4);
      return {
        apps: [{ name: 'errored', restarts: { crash: starts.length - 1 }, findings: ['app-errored'] }],
      };
    },
  },
  commanded(
    'restart-fork',
    {},
    [
      ['restart', 'restart-fork'],
      ['restart', 'restart-fork'],
      ['restart', 'restart-fork'],
    ],
    4,
    { manual: 3 },
  ),
  commanded('restart-cluster', cluster, [['restart', 'restart-cluster']], 2, { manual: 1 }),
  commanded('reload-fork', {}, [['reload', 'reload-fork']], 2, { reload: 1 }),
  commanded(
    'reload-cluster',
    cluster,
    [
      ['reload', 'reload-cluster'],
      ['reload', 'reload-cluster'],
    ],
    3,
    { reload: 2 },
  ),
  commanded(
    'stop-start',
    {},
    [
      ['stop', 'stop-start'],
      ['start', 'stop-start'],
    ],
    2,
    {},
  ),
  commanded('cron-by-hand', { cron_restart: '0 4 1 1 *' }, [['restart', 'cron-by-hand']], 2, { manual: 1 }),
  {
    name: 'timeout',
    apps: (lab) => [lab.app('timeout', 'deaf', { kill_timeout: 600 })],
    async act(lab) {
      await lab.started('timeout', 1);
      await lab.run('restart', 'timeout');
      await lab.started('timeout', 2);
      return { apps: [{ name: 'timeout', restarts: { 'stop-timeout': 1 }, findings: ['stop-timeout-hit'] }] };
    },
  },
  {
    name: 'stopped',
    apps: (lab) => [lab.app('stopped', 'idle')],
    async act(lab) {
      await lab.started('stopped', 1);
      await lab.run('stop', 'stopped');
      return {
        apps: [
          { name: 'stopped', restarts: {}, noFindings: ['app-errored', 'restart-loop', 'app-without-pid'] },
        ],
      };
    },
  },
  commanded(
    'deployed',
    {},
    Array.from({ length: 6 }, () => ['restart', 'deployed']),
    7,
    { manual: 6 },
  ),
  commanded(
    'deployed-cluster',
    { exec_mode: 'cluster', instances: 1 },
    Array.from({ length: 4 }, () => ['reload', 'deployed-cluster']),
    5,
    { reload: 4 },
  ),
  commanded(
    'stop-restart',
    {},
    [
      ['stop', 'stop-restart'],
      ['restart', 'stop-restart'],
      ['restart', 'stop-restart'],
    ],
    3,
    { manual: 1 },
  ),
  commanded('signal-by-pm2', {}, [['sendSignal', 'SIGUSR2', 'signal-by-pm2']], 2, { signal: 1 }),
  killed('sigkill', 'SIGKILL', {}, { restarts: { signal: 1 } }),
  killed('sigterm', 'SIGTERM', {}, { restarts: { signal: 1 } }),
  killed('sigsegv', 'SIGSEGV', {}, { restarts: { signal: 1 } }),
  killed('sigint', 'SIGINT', {}, { restarts: { signal: 1 }, untold: ['signal'] }),
  killed('sigkill-cluster', 'SIGKILL', cluster, { restarts: { signal: 1 } }),
  {
    name: 'watched',
    apps: (lab) => [
      lab.app('watched', 'idle', {
        watch: [`${lab.path('watched')}.conf`],
        watch_options: { usePolling: true, interval: 100 },
      }),
    ],
    async act(lab) {
      await lab.started('watched', 1);
      await writeFile(`${lab.path('watched')}.conf`, String(Date.now()));
      await lab.started('watched', 2);
      return { apps: [{ name: 'watched', restarts: { watch: 1 } }] };
    },
  },
  {
    name: 'scaled',
    apps: (lab) => [lab.app('scaled', 'idle', { exec_mode: 'cluster', instances: 2 })],
    async act(lab) {
      await lab.started('scaled', 2);
      await lab.run('scale', 'scaled', '3');
      await lab.started('scaled', 3);
      await lab.run('scale', 'scaled', '1');
      return { apps: [{ name: 'scaled', restarts: {}, noFindings: ['restart-loop', 'restart-count-high'] }] };
    },
  },
  {
    name: 'reset',
    apps: (lab) => [lab.app('reset', 'exit:1:3')],
    async act(lab) {
      await lab.started('reset', 4);
      await lab.run('reset', 'reset');
      return { apps: [{ name: 'reset', restarts: { crash: 3 } }] };
    },
  },
  {
    name: 'deleted',
    apps: (lab) => [lab.app('deleted', 'exit:1:2')],
    async act(lab) {
      await lab.started('deleted', 3);
      await lab.run('delete', 'deleted');
      return { apps: [] };
    },
  },
  {
    name: 'forger',
    // It says that `forger-victim` crashed; that app never did.
    apps: (lab) => [
      lab.app('forger-victim', 'idle'),
      lab.app('forger', 'forge:forger-victim', { exec_mode: 'cluster', instances: 1 }),
    ],
    async act(lab) {
      await lab.started('forger', 1);
      await lab.go('forger');
      await pause(1000);
      return {
        apps: [
          { name: 'forger-victim', restarts: {} },
          { name: 'forger', restarts: {} },
        ],
      };
    },
  },
];
