import { mkdirSync, rmSync } from 'node:fs';
import { copyFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isGone } from './laboratory.ts';
import type { AppTruth, Scenario } from './scenario.ts';

const cluster = { exec_mode: 'cluster', instances: 1 };

/** A scenario with one app that crashes twice, or other apps, and something that happens to its daemon. */
export interface DaemonScenario extends Scenario {
  readonly env?: { readonly [key: string]: string };
}

const crashed = (name: string, more: Partial<AppTruth> = {}): AppTruth => ({
  name,
  restarts: { crash: 2 },
  ...more,
});

/** Each on a daemon of its own. */
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
          { name: 'updated', restarts: { crash: 2, 'daemon-restart': 1 } },
          { name: 'updated-cluster', restarts: { 'daemon-restart': 1 } },
        ],
      };
    },
  },
  {
    name: 'daemon-killed',
    apps: (lab) => [lab.app('bereft', 'idle'), lab.app('bereft-cluster', 'idle', cluster)],
    async act(lab) {
      const [a = 0] = await lab.started('bereft', 1);
      await lab.started('bereft-cluster', 1);
      await lab.run('save');
      await pause(1500);
      process.kill(lab.pm2.pid, 'SIGKILL');
      await isGone(lab.pm2.pid);
      await isGone(a);
      await lab.run('resurrect');
      await lab.started('bereft', 2);
      await lab.started('bereft-cluster', 2);
      return {
        apps: ['bereft', 'bereft-cluster'].map((name) => ({ name, restarts: { 'daemon-restart': 1 } })),
      };
    },
  },
  {
    name: 'flushed',
    apps: (lab) => [lab.app('flushed', 'exit:1:3')],
    async act(lab) {
      await lab.started('flushed', 4);
      await pause(500);
      await lab.run('flush');
      return { apps: [{ name: 'flushed', restarts: {}, unexplained: 3 }] };
    },
  },
  {
    name: 'log-copied-and-cut',
    apps: (lab) => [lab.app('cut', 'exit:1:2')],
    async act(lab) {
      await lab.started('cut', 3);
      await pause(500);
      const log = join(lab.pm2.home, 'pm2.log');
      await copyFile(log, `${log}.1`);
      await truncate(log);
      await lab.run('restart', 'cut');
      await lab.started('cut', 4);
      return { apps: [{ name: 'cut', restarts: { crash: 2, manual: 1 } }] };
    },
  },
  {
    name: 'log-renamed',
    // The daemon goes on writing into the renamed file.
    apps: (lab) => [lab.app('renamed', 'exit:1:2')],
    async act(lab) {
      await lab.started('renamed', 3);
      await pause(500);
      const log = join(lab.pm2.home, 'pm2.log');
      await rename(log, `${log}.1`);
      await writeFile(log, '');
      await lab.run('restart', 'renamed');
      await lab.started('renamed', 4);
      return { apps: [{ name: 'renamed', restarts: { crash: 2, manual: 1 } }] };
    },
  },
  {
    name: 'new-york',
    env: { TZ: 'America/New_York' },
    apps: (lab) => [
      lab.app('abroad', 'exit:1:2'),
      lab.app('abroad-heap', 'heap:1', { node_args: '--max-old-space-size=24' }),
    ],
    async act(lab) {
      await lab.started('abroad', 3);
      await lab.started('abroad-heap', 2);
      return { apps: [crashed('abroad'), { name: 'abroad-heap', restarts: { 'heap-oom': 1 } }] };
    },
  },
  {
    name: 'own-date-format',
    env: { PM2_LOG_DATE_FORMAT: 'DD/MM/YYYY HH:mm:ss' },
    apps: (lab) => [lab.app('dated', 'exit:1:2')],
    async act(lab) {
      await lab.started('dated', 3);
      // Without a time nothing can be placed: said as a blind spot.
      return { apps: [{ name: 'dated', restarts: {}, unexplained: 2 }], findings: ['evidence-gap'] };
    },
  },
  {
    name: 'zoned-date-format',
    env: { PM2_LOG_DATE_FORMAT: 'YYYY-MM-DD HH:mm:ss.SSS Z', TZ: 'Asia/Kolkata' },
    apps: (lab) => [lab.app('zoned', 'exit:1:2')],
    async act(lab) {
      await lab.started('zoned', 3);
      return { apps: [crashed('zoned')] };
    },
  },
  {
    name: 'no-date-format',
    env: { PM2_LOG_DATE_FORMAT: '' },
    apps: (lab) => [lab.app('dateless', 'exit:1:2')],
    async act(lab) {
      await lab.started('dateless', 3);
      // Without a time nothing can be placed: said as a blind spot.
      return { apps: [{ name: 'dateless', restarts: {}, unexplained: 2 }], findings: ['evidence-gap'] };
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
      await pause(1500);
      return {
        apps: [
          { name: 'homeless', restarts: { signal: 1 }, findings: ['app-without-pid'] },
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
  },
];
