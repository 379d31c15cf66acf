import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cluster } from './ends.ts';
import { isGone } from './laboratory.ts';
import type { AppEntry, AppTruth, KillTruth, Lab, Scenario } from './scenario.ts';

export function oomOf(name: string, apps: Scenario['apps'], act: Scenario['act']): Scenario {
  return {
    name,
    apps,
    async act(lab) {
      const truth = await act(lab);
      // PM2 writes a moment later. A kill that no line of PM2's answers is told from the next one by more seconds.
      const isAnswered = truth.apps.some(({ restarts }) => (restarts['oom-kill'] ?? 0) > 0);
      await pause(isAnswered ? 2_500 : 6_000);
      return truth;
    },
  };
}

function ofApp(
  name: string,
  settings: { readonly [setting: string]: unknown },
  atLeast: KillTruth['atLeast'] = 'likely',
): Scenario {
  return oomOf(
    name,
    (lab) => [eating(lab, name, settings)],
    async (lab) => {
      const [pid = 0] = await lab.started(name, 1);
      await lab.go(name);
      await lab.started(name, 2);
      return {
        apps: [
          {
            name,
            restarts: { 'oom-kill': 1 },
            facts: { 'oom-kill': { signal: 'SIGKILL', next: 'restarted' } },
            findings: ['oom-killed'],
          },
        ],
        kills: [{ pid, app: name, role: 'app', atLeast }],
      };
    },
  );
}

export function eating(lab: Lab, name: string, settings: { readonly [setting: string]: unknown } = {}) {
  return lab.app(name, 'eat', { ...settings, args: ['eat', lab.path(name), lab.cage(name)] });
}

/** A shell that starts the eater once, and then a quiet process. */
function behind(
  name: string,
  line: (lab: Lab, eat: string) => { readonly [setting: string]: unknown },
): Scenario {
  return oomOf(
    name,
    (lab) => {
      const cage = name.startsWith('shared') ? '' : lab.cage(name);
      const eat = `node ${lab.path('lab.cjs')} eat ${lab.path(name)} ${cage}`;
      return [{ name, ...line(lab, eat) }];
    },
    async (lab) => {
      const [pid = 0] = await lab.started(name, 1);
      await lab.go(name);
      await lab.started(name, 2);
      return {
        apps: [
          {
            name,
            restarts: { 'oom-kill': 1 },
            facts: { 'oom-kill': { signal: 'SIGKILL' } },
            notedByChildren: true,
            findings: ['oom-killed'],
          },
        ],
        kills: [{ pid, app: name, role: 'child', atLeast: 'likely' }],
      };
    },
  );
}

/** Two workers; one of them eats when it is told to. */
export function gunicorn(lab: Lab, name: string): AppEntry {
  return {
    name,
    script: '/usr/bin/gunicorn',
    interpreter: 'python3',
    cwd: lab.pm2.work,
    args: ['-w', '2', '-b', `unix:${lab.path(`${name}.sock`)}`, 'lab_wsgi:app'],
    env: { LAB_CAGE: lab.cage(name), LAB_FILE: lab.path(name) },
  };
}

/** The same with celery's pool of processes. */
function celery(lab: Lab, name: string): AppEntry {
  return {
    name,
    script: '/usr/bin/celery',
    interpreter: 'python3',
    cwd: lab.pm2.work,
    args: ['-A', 'lab_celery', 'worker', '--pool=prefork', '-c', '2'],
    env: { LAB_CAGE: lab.cage(name), LAB_FILE: lab.path(name) },
  };
}

/** One worker is killed; its parent says so, lives on and starts another. */
function workerOf(name: string, entry: (lab: Lab, name: string) => AppEntry): Scenario {
  return {
    ...oomOf(
      name,
      (lab) => [entry(lab, name)],
      async (lab) => {
        await lab.started(name, 2);
        const pid = Number(await lab.file(`${name}.first`));
        await lab.go(name);
        await isGone(pid);
        await lab.started(name, 3);
        return {
          apps: [
            {
              name,
              restarts: {},
              findings: ['oom-worker-killed'],
              noFindings: ['restart-loop', 'oom-killed'],
            },
          ],
          kills: [{ pid, app: name, role: 'child', atLeast: 'certain' }],
        };
      },
    ),
    always: true,
  };
}

/** Real kills by the kernel, one after another. */
export const oomScenarios: readonly Scenario[] = [
  ofApp('oom-fork', {}),
  { ...ofApp('oom-cluster', cluster), always: true },
  oomOf(
    'oom-cluster-worker',
    (lab) => [eating(lab, 'oom-cluster-worker', { exec_mode: 'cluster', instances: 3 })],
    async (lab) => {
      const name = 'oom-cluster-worker';
      // Only the first to note its start waits for the word.
      await lab.started(name, 3);
      const pid = Number(await lab.file(`${name}.first`));
      await lab.go(name);
      await lab.started(name, 4);
      return {
        apps: [{ name, restarts: { 'oom-kill': 1 }, findings: ['oom-killed'] }],
        kills: [{ pid, app: name, role: 'app', atLeast: 'likely' }],
      };
    },
  ),
  oomOf(
    'oom-loop',
    (lab) => {
      const name = 'oom-loop';
      return [lab.app(name, 'eatAgain:5', { args: ['eatAgain:5', lab.path(name), lab.cage(name)] })];
    },
    async (lab) => {
      const name = 'oom-loop';
      await lab.started(name, 1);
      await lab.go(name);
      const pids = await lab.started(name, 6);
      return {
        apps: [
          {
            name,
            restarts: { 'oom-kill': 5 },
            facts: { 'oom-kill': { signal: 'SIGKILL' } },
            findings: ['oom-killed'],
          },
        ],
        kills: pids.slice(0, 5).map((pid): KillTruth => ({ pid, app: name, role: 'app', atLeast: 'likely' })),
      };
    },
  ),
  oomOf(
    'oom-child',
    (lab) => [
      lab.app('oom-child', 'parent', { args: ['parent', lab.path('oom-child'), lab.cage('oom-child')] }),
    ],
    async (lab) => {
      const [pid = 0] = await lab.started('oom-child-child', 1);
      await lab.go('oom-child-child');
      await lab.started('oom-child-child', 2);
      return {
        apps: [{ name: 'oom-child', restarts: {}, noFindings: ['restart-loop'] }],
        kills: [{ pid, app: 'oom-child', role: 'child', atLeast: 'none', untold: 'silent-child-killed' }],
      };
    },
  ),
  workerOf('oom-gunicorn', gunicorn),
  workerOf('oom-celery', celery),
  behind('oom-bash', (_, eat) => ({ script: 'bash', interpreter: 'none', args: ['-c', `${eat}; exit $?`] })),
  oomOf(
    'oom-twins',
    (lab) => [eating(lab, 'oom-twin-a'), eating(lab, 'oom-twin-b')],
    async (lab) => {
      const [a = 0] = await lab.started('oom-twin-a', 1);
      const [b = 0] = await lab.started('oom-twin-b', 1);
      await Promise.all([lab.go('oom-twin-a'), lab.go('oom-twin-b')]);
      await Promise.all([lab.started('oom-twin-a', 2), lab.started('oom-twin-b', 2)]);
      return {
        apps: ['oom-twin-a', 'oom-twin-b'].map(
          (name): AppTruth => ({
            name,
            restarts: { 'oom-kill': 1 },
            untold: { 'oom-kill': 'same-name-killed-together' },
          }),
        ),
        kills: [
          {
            pid: a,
            app: 'oom-twin-a',
            role: 'app',
            atLeast: 'possible',
            untold: 'same-name-killed-together',
          },
          {
            pid: b,
            app: 'oom-twin-b',
            role: 'app',
            atLeast: 'possible',
            untold: 'same-name-killed-together',
          },
        ],
      };
    },
  ),
];

/** For a daemon that shares one full cgroup with all its apps, as in a container or a unit with a limit. */
export const sharedCageScenarios: readonly Scenario[] = [
  {
    ...oomOf(
      'shared-fork',
      (lab) => [lab.app('shared-fork', 'eat')],
      async (lab) => {
        const [pid = 0] = await lab.started('shared-fork', 1);
        await lab.go('shared-fork');
        await lab.started('shared-fork', 2);
        return {
          apps: [{ name: 'shared-fork', restarts: { 'oom-kill': 1 }, findings: ['oom-killed'] }],
          kills: [{ pid, app: 'shared-fork', role: 'app', atLeast: 'likely' }],
        };
      },
    ),
    always: true,
  },
  oomOf(
    'shared-child',
    (lab) => [lab.app('shared-child', 'parent')],
    async (lab) => {
      const [pid = 0] = await lab.started('shared-child-child', 1);
      await lab.go('shared-child-child');
      await lab.started('shared-child-child', 2);
      return {
        apps: [{ name: 'shared-child', restarts: {}, noFindings: ['restart-loop'] }],
        kills: [
          {
            pid,
            app: 'shared-child',
            role: 'child',
            atLeast: 'possible',
            untold: 'silent-child-killed',
          },
        ],
      };
    },
  ),
  behind('shared-npm', (lab, eat) => {
    mkdirSync(lab.path('npm'), { recursive: true });
    const manifest = { name: 'lab', version: '1.0.0', scripts: { start: eat } };
    writeFileSync(join(lab.path('npm'), 'package.json'), JSON.stringify(manifest));
    return { script: 'npm', interpreter: 'none', args: ['start'], cwd: lab.path('npm') };
  }),
];
