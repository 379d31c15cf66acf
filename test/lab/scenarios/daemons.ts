import { mkdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sendMalformedCall } from '../private-pm2.ts';
import { cluster } from './ends.ts';
import { isGone } from './laboratory.ts';
import type { DaemonScenario, Lab, Truth } from './scenario.ts';

/** A fork app and a cluster app that live quietly; their daemon ends and comes back with both. */
function comesBack(
  name: string,
  end: (lab: Lab, pids: readonly number[]) => Promise<void>,
  more: Partial<DaemonScenario> = {},
): DaemonScenario {
  const names = [`${name}-fork`, `${name}-cluster`];
  return {
    name,
    apps: (lab) => names.map((each, n) => lab.app(each, 'idle', n === 0 ? {} : cluster)),
    async act(lab): Promise<Truth> {
      const pids = (await Promise.all(names.map((each) => lab.started(each, 1)))).flat();
      await lab.run('save');
      await pause(1500);
      await end(lab, pids);
      for (const each of names) await lab.started(each, 2);
      return {
        apps: names.map((each) => ({
          name: each,
          restarts: { 'daemon-restart': 1 },
          facts: { 'daemon-restart': { next: 'resurrected' } },
          noFindings: ['restart-loop'],
        })),
      };
    },
    ...more,
  };
}

/** What happens to a daemon and what becomes of its apps; each on a daemon of its own. */
export const daemonScenarios: readonly DaemonScenario[] = [
  {
    name: 'pm2-update',
    apps: (lab) => [lab.app('updated', 'exit:1:2'), lab.app('updated-cluster', 'idle', cluster)],
    async act(lab) {
      await lab.started('updated', 3);
      await lab.run('update');
      await lab.started('updated', 4);
      await lab.started('updated-cluster', 2);
      return {
        apps: [
          {
            name: 'updated',
            restarts: { crash: 2, 'daemon-restart': 1 },
            inOrder: ['crash', 'crash', 'daemon-restart'],
          },
          { name: 'updated-cluster', restarts: { 'daemon-restart': 1 } },
        ],
      };
    },
    always: true,
  },
  comesBack(
    'daemon-killed',
    async (lab, pids) => {
      process.kill(lab.pm2.pid, 'SIGKILL');
      await isGone(lab.pm2.pid);
      for (const pid of pids) await isGone(pid);
      await lab.run('resurrect');
    },
    { always: true },
  ),
  comesBack('daemon-sigterm', async (lab, pids) => {
    process.kill(lab.pm2.pid, 'SIGTERM');
    for (const pid of [lab.pm2.pid, ...pids]) await isGone(pid);
    await lab.run('resurrect');
  }),
  comesBack(
    'group-sigterm',
    // As a supervisor, a container or a shutdown does it: everybody gets the signal.
    async (lab, pids) => {
      const dump = join(lab.pm2.home, 'dump.pm2');
      const saved = await readFile(dump);
      for (const pid of [lab.pm2.pid, ...pids]) process.kill(pid, 'SIGTERM');
      for (const pid of [lab.pm2.pid, ...pids]) await isGone(pid);
      // The dying daemon dumps the list as it stands, and an app may be gone from it by then.
      await writeFile(dump, saved);
      await lab.run('resurrect');
    },
    { always: true },
  ),
  comesBack('unit-restart', async (lab, pids) => {
    // ExecStop and ExecStart of the unit that `pm2 startup` writes.
    await lab.run('kill');
    for (const pid of [lab.pm2.pid, ...pids]) await isGone(pid);
    await lab.run('resurrect');
  }),
  comesBack(
    'daemon-error-heals',
    async (lab, pids) => {
      await sendMalformedCall(lab.pm2.home);
      for (const pid of [lab.pm2.pid, ...pids]) await isGone(pid);
    },
    { knowsCommand: true },
  ),
  comesBack('daemon-error-dies', async (lab, pids) => {
    await sendMalformedCall(lab.pm2.home);
    for (const pid of [lab.pm2.pid, ...pids]) await isGone(pid);
    await lab.run('resurrect');
  }),
  {
    name: 'daemon-killed-orphans',
    // A shell keeps no channel to its daemon: it lives on, and the next daemon starts another.
    apps: (lab) => [
      {
        name: 'orphan',
        script: 'lab.sh',
        interpreter: 'bash',
        args: ['lives', lab.path('orphan')],
      },
    ],
    async act(lab) {
      // It leaves twice by itself, with code 9; the third one stays.
      const pids = await lab.started('orphan', 3);
      await lab.run('save');
      await pause(1500);
      process.kill(lab.pm2.pid, 'SIGKILL');
      await isGone(lab.pm2.pid);
      await lab.run('resurrect');
      await lab.started('orphan', pids.length + 1);
      return {
        apps: [
          {
            name: 'orphan',
            restarts: { crash: 2, 'daemon-restart': 1 },
            facts: { crash: { exitCode: 9 } },
          },
        ],
      };
    },
  },
  {
    name: 'sigkill-no-kernel-log',
    withoutKernelLog: true,
    apps: (lab) => [lab.app('unseen', 'idle'), lab.app('unseen-cluster', 'idle', cluster)],
    async act(lab) {
      const names = ['unseen', 'unseen-cluster'];
      for (const name of names) {
        const [pid = 0] = await lab.started(name, 1);
        await pause(1500);
        process.kill(pid, 'SIGKILL');
        await lab.started(name, 2);
      }
      return {
        apps: names.map((name) => ({
          name,
          restarts: { signal: 1 },
          untold: { signal: 'sigkill-no-kernel-log' },
          noFindings: ['oom-killed'],
        })),
        findings: ['evidence-gap'],
      };
    },
    always: true,
  },
  {
    name: 'signal-at-log-end',
    apps: (lab) => [lab.app('signalled-last', 'idle')],
    async act(lab) {
      const [pid = 0] = await lab.started('signalled-last', 1);
      await pause(1500);
      process.kill(pid, 'SIGTERM');
      await lab.started('signalled-last', 2);
      return {
        apps: [{ name: 'signalled-last', restarts: { signal: 1 }, untold: { signal: 'signal-at-log-end' } }],
      };
    },
  },
  {
    name: 'respawn-failed',
    apps: (lab) => {
      mkdirSync(lab.path('gone'), { recursive: true });
      return [lab.app('homeless', 'idle', { cwd: lab.path('gone') }), lab.app('bystander', 'idle')];
    },
    async act(lab) {
      const [pid = 0] = await lab.started('homeless', 1);
      await lab.started('bystander', 1);
      await pause(1500);
      rmSync(lab.path('gone'), { recursive: true });
      process.kill(pid, 'SIGKILL');
      await isGone(pid);
      await lab.logged('ENOENT');
      return {
        apps: [
          {
            name: 'homeless',
            restarts: { signal: 1 },
            notedByChildren: true,
            facts: { signal: { next: 'left-down' } },
            findings: ['app-without-pid'],
          },
          { name: 'bystander', restarts: {}, noFindings: ['app-without-pid', 'restart-loop'] },
        ],
      };
    },
  },
  {
    name: 'ids-again',
    apps: (lab) => [lab.app('early', 'exit:1:3')],
    async act(lab) {
      await lab.started('early', 4);
      await lab.run('delete', 'all');
      const file = lab.path('second.json');
      await writeFile(file, JSON.stringify({ apps: [lab.app('late', 'idle')] }));
      await lab.run('start', file);
      await lab.started('late', 1);
      return { apps: [{ name: 'late', restarts: {}, noFindings: ['restart-loop'] }] };
    },
  },
  {
    name: 'same-name-again',
    apps: (lab) => [lab.app('again', 'exit:1:3')],
    async act(lab) {
      await lab.started('again', 4);
      await lab.run('delete', 'all');
      const file = lab.path('second.json');
      await writeFile(file, JSON.stringify({ apps: [lab.app('again', 'idle')] }));
      await lab.run('start', file);
      await lab.started('again', 5);
      // The app of before had the same id and name: three crashes are its history.
      return { apps: [{ name: 'again', restarts: { crash: 3 } }] };
    },
  },
  {
    name: 'no-apps',
    apps: () => [],
    act: async () => ({ apps: [] }),
  },
  {
    name: 'healthy',
    apps: (lab) => [
      lab.app('fine', 'busy', { max_memory_restart: '300M', exp_backoff_restart_delay: 100 }),
      lab.app('fine-cluster', 'busy', {
        exec_mode: 'cluster',
        instances: 2,
        max_memory_restart: '300M',
        exp_backoff_restart_delay: 100,
      }),
      lab.app('fine-parent', 'parent', { max_memory_restart: '300M', exp_backoff_restart_delay: 100 }),
    ],
    async act(lab) {
      await lab.started('fine', 1);
      await lab.started('fine-cluster', 2);
      await lab.started('fine-parent-child', 1);
      return {
        apps: ['fine', 'fine-cluster', 'fine-parent'].map((name) => ({ name, restarts: {} })),
        calm: true,
      };
    },
    always: true,
  },
];
