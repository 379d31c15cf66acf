import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cause } from '../../../src/model/restart.ts';
import { cluster } from './ends.ts';
import type { AppTruth, Lab, Scenario } from './scenario.ts';

type Settings = { readonly [setting: string]: unknown };

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
  truth: Partial<AppTruth> = {},
): Scenario {
  return done(name, settings, async (lab) => {
    const [pid] = await lab.started(name, 1);
    await pause(1500);
    process.kill(pid ?? 0, signal);
    await lab.started(name, 2);
    return { restarts: { signal: 1 }, facts: { signal: { signal, next: 'restarted' } }, ...truth };
  });
}

function commanded(
  name: string,
  settings: Settings,
  commands: readonly (readonly string[])[],
  starts: number,
  restarts: { readonly [C in Cause]?: number },
  mode = 'idle',
): Scenario {
  return done(
    name,
    settings,
    async (lab) => {
      for (const command of commands) await lab.run(...command);
      await lab.started(name, starts);
      return { restarts, noFindings: ['restart-loop'] };
    },
    mode,
  );
}

const times = (count: number, ...command: readonly string[]) => Array.from({ length: count }, () => command);

/** What is done to apps from outside: commands, signals, changed files; all on one daemon. */
export const orderScenarios: readonly Scenario[] = [
  {
    ...commanded('restart-fork', {}, times(3, 'restart', 'restart-fork'), 4, { manual: 3 }),
    always: true,
  },
  commanded('restart-cluster', cluster, [['restart', 'restart-cluster']], 2, { manual: 1 }),
  commanded('reload-fork', {}, [['reload', 'reload-fork']], 2, { reload: 1 }),
  {
    ...commanded('reload-cluster', cluster, times(2, 'reload', 'reload-cluster'), 3, { reload: 2 }),
    always: true,
  },
  commanded('deployed', {}, times(6, 'restart', 'deployed'), 7, { manual: 6 }),
  commanded('deployed-cluster', cluster, times(4, 'reload', 'deployed-cluster'), 5, { reload: 4 }),
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
  done('cron-by-hand', { cron_restart: '0 4 1 1 *' }, async (lab) => {
    await lab.run('restart', 'cron-by-hand');
    await lab.started('cron-by-hand', 2);
    return { restarts: { manual: 1 }, untold: { manual: 'cron-or-command' } };
  }),
  {
    name: 'cron-revives',
    apps: (lab) => [lab.app('cron-revives', 'idle', { cron_restart: '*/7 * * * * *' })],
    async act(lab) {
      await lab.started('cron-revives', 1);
      await lab.run('stop', 'cron-revives');
      const before = (await lab.notes('cron-revives')).length;
      await lab.started('cron-revives', before + 1);
      return {
        apps: [{ name: 'cron-revives', restarts: { cron: before - 1 }, ongoing: ['cron'] }],
      };
    },
  },
  {
    ...commanded(
      'timeout',
      { kill_timeout: 600 },
      [['restart', 'timeout']],
      2,
      { 'stop-timeout': 1 },
      'deaf',
    ),
    always: true,
  },
  commanded(
    'timeout-reload-fork',
    { kill_timeout: 600 },
    [['reload', 'timeout-reload-fork']],
    2,
    { 'stop-timeout': 1 },
    'deaf',
  ),
  commanded(
    'timeout-reload-cluster',
    { ...cluster, kill_timeout: 600 },
    [['reload', 'timeout-reload-cluster']],
    2,
    { 'stop-timeout': 1 },
    'deaf',
  ),
  done('stopped', {}, async (lab) => {
    await lab.run('stop', 'stopped');
    return { restarts: {}, noFindings: ['app-errored', 'restart-loop', 'app-without-pid'] };
  }),
  done(
    'stopped-by-force',
    { kill_timeout: 600 },
    async (lab) => {
      await lab.run('stop', 'stopped-by-force');
      return { restarts: {}, noFindings: ['app-errored', 'restart-loop', 'app-without-pid'] };
    },
    'deaf',
  ),
  commanded('signal-by-pm2', {}, [['sendSignal', 'SIGUSR2', 'signal-by-pm2']], 2, { signal: 1 }),
  { ...killed('sigkill', 'SIGKILL', {}), always: true },
  { ...killed('sigterm', 'SIGTERM', {}), always: true },
  killed('sigsegv', 'SIGSEGV', {}, { untold: { signal: 'fault-or-own-code' } }),
  killed('sigint', 'SIGINT', {}, { untold: { signal: 'code-zero' }, facts: {} }),
  killed('sigkill-cluster', 'SIGKILL', cluster),
  killed('sigterm-cluster', 'SIGTERM', cluster),
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
    always: true,
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
    name: 'reload-under-load',
    apps: (lab) => [lab.app('reload-under-load', 'busy', { exec_mode: 'cluster', instances: 2 })],
    async act(lab) {
      const name = 'reload-under-load';
      await lab.started(name, 2);
      let isOver = false;
      const load = (async () => {
        while (!isOver) {
          const port = await lab.file(`${name}.port`);
          await fetch(`http://127.0.0.1:${port}/`)
            .then((answer) => answer.text())
            .catch(() => pause(20));
        }
      })();
      await lab.run('reload', name);
      await lab.started(name, 4);
      isOver = true;
      await load;
      return { apps: [{ name, restarts: { reload: 2 }, noFindings: ['restart-loop'] }] };
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
    name: 'crashes-and-orders',
    apps: (lab) => [lab.app('crashes-and-orders', 'exit:6:2')],
    async act(lab) {
      const name = 'crashes-and-orders';
      await lab.started(name, 3);
      await lab.run('restart', name);
      const pids = await lab.started(name, 4);
      await pause(1500);
      process.kill(pids[3] ?? 0, 'SIGTERM');
      await lab.started(name, 5);
      return {
        apps: [
          {
            name,
            restarts: { crash: 2, manual: 1, signal: 1 },
            inOrder: ['crash', 'crash', 'manual', 'signal'],
            facts: { crash: { exitCode: 6 }, signal: { signal: 'SIGTERM' } },
          },
        ],
      };
    },
    always: true,
  },
];
