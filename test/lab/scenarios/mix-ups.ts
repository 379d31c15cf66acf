import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { cluster } from './ends.ts';
import { gunicorn, oomOf } from './ooms.ts';
import type { Lab, Scenario } from './scenario.ts';

type Name = 'python3' | 'node' | 'as-the-app';

/** A process that PM2 knows nothing of, killed by the kernel; `as-the-app` bears the name that PM2 gives its apps. */
async function stranger(
  lab: Lab,
  name: string,
  command: Name,
  cage: string = lab.cage(`beside-${name}`),
): Promise<number> {
  const grow = 'const k=[];setInterval(()=>k.push(Buffer.alloc(8<<20,1)),10)';
  const program =
    command === 'python3'
      ? `exec python3 ${lab.path('eater.py')}`
      : `exec node -e "${command === 'node' ? '' : `process.title='node ${lab.path('x')}';`}${grow}"`;
  const enter = `echo $$ > ${cage}; `;
  const child = spawn('bash', ['-c', enter + program], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid ?? 0;
}

/**
 * Another app that is started once this one has run for a while: as on any host, something alive is younger than the app
 * and older than the stranger. Name, cgroup and second are the same; the order of the pids is what tells.
 */
async function somebodyElse(lab: Lab, name: string): Promise<void> {
  const [first] = await lab.notes(name);
  await pause(Math.max(0, (first?.at ?? 0) + 7_000 - Date.now()));
  const file = lab.path(`${name}-later.json`);
  await writeFile(file, JSON.stringify({ apps: [lab.app(`${name}-later`, 'idle')] }));
  await lab.run('start', file);
  await lab.started(`${name}-later`, 1);
}

/** kill -9 of an app by an operator, in the second in which a stranger was killed by the kernel. */
function mixedUp(
  name: string,
  command: Name,
  afterMs: number,
  settings: { readonly [setting: string]: unknown } = {},
): Scenario {
  return oomOf(
    name,
    (lab) => [lab.app(name, 'idle', settings)],
    async (lab) => {
      const [app = 0] = await lab.started(name, 1);
      if (command === 'as-the-app') await somebodyElse(lab, name);
      const pid = await stranger(lab, name, command);
      await pause(afterMs);
      process.kill(app, 'SIGKILL');
      await lab.started(name, 2);
      return {
        apps: [
          {
            name,
            restarts: { signal: 1 },
            untold: { signal: 'sigkill-beside-other-kill' },
            facts: { signal: { signal: 'SIGKILL' } },
            ...(command === 'as-the-app' ? {} : { noFindings: ['oom-killed'] }),
          },
        ],
        kills: [{ pid, app: null, role: 'other', atLeast: 'none' }],
      };
    },
  );
}

/** Kills by the kernel of somebody else, while something else happens to an app. */
export const mixUpScenarios: readonly Scenario[] = [
  oomOf(
    'by-hand-beside-oom',
    (lab) => [lab.app('by-hand-beside-oom', 'idle')],
    async (lab) => {
      const [pid] = await Promise.all([
        stranger(lab, 'by-hand-beside-oom', 'node'),
        pause(300).then(() => lab.run('restart', 'by-hand-beside-oom')),
      ]);
      return {
        apps: [{ name: 'by-hand-beside-oom', restarts: { manual: 1 }, noFindings: ['oom-killed'] }],
        kills: [{ pid, app: null, role: 'other', atLeast: 'none' }],
      };
    },
  ),
  mixedUp('kill-9-after-python', 'python3', 700),
  mixedUp('kill-9-after-node', 'node', 700),
  mixedUp('kill-9-of-cluster', 'node', 700, cluster),
  { ...mixedUp('kill-9-after-namesake', 'as-the-app', 0), always: true },
  mixedUp('kill-9-of-cluster-after-namesake', 'as-the-app', 300, cluster),
  oomOf(
    'crash-after-namesake',
    (lab) => [lab.app('crash-after-namesake', 'idle')],
    async (lab) => {
      const name = 'crash-after-namesake';
      const [app = 0] = await lab.started(name, 1);
      const pid = await stranger(lab, name, 'as-the-app');
      process.kill(app, 'SIGTERM');
      await lab.started(name, 2);
      return {
        apps: [{ name, restarts: { signal: 1 }, facts: { signal: { signal: 'SIGTERM' } } }],
        kills: [{ pid, app: null, role: 'other', atLeast: 'none' }],
      };
    },
  ),
  oomOf(
    'kill-9-of-gunicorn-worker',
    (lab) => [gunicorn(lab, 'kill-9-of-gunicorn-worker')],
    async (lab) => {
      const name = 'kill-9-of-gunicorn-worker';
      const [worker = 0] = await lab.started(name, 2);
      const pid = await stranger(lab, name, 'python3');
      await pause(700);
      process.kill(worker, 'SIGKILL');
      await lab.started(name, 3);
      return {
        apps: [{ name, restarts: {}, noFindings: ['oom-worker-killed', 'oom-killed', 'restart-loop'] }],
        kills: [{ pid, app: null, role: 'other', atLeast: 'none' }],
      };
    },
  ),
  oomOf(
    'kill-9-behind-bash',
    (lab) => [
      {
        name: 'kill-9-behind-bash',
        script: 'bash',
        interpreter: 'none',
        args: ['-c', `node ${lab.path('lab.cjs')} idle ${lab.path('kill-9-behind-bash')}; exit $?`],
      },
    ],
    async (lab) => {
      const [child = 0] = await lab.started('kill-9-behind-bash', 1);
      const pid = await stranger(lab, 'kill-9-behind-bash', 'python3');
      await pause(500);
      process.kill(child, 'SIGKILL');
      await lab.started('kill-9-behind-bash', 2);
      return {
        apps: [
          {
            name: 'kill-9-behind-bash',
            restarts: { signal: 1 },
            untold: { signal: 'sigkill-behind-shell' },
            notedByChildren: true,
          },
        ],
        kills: [{ pid, app: null, role: 'other', atLeast: 'none' }],
      };
    },
  ),
];

/** The stranger shares the group of PM2 and its apps, and their name: only its pid tells it from them. */
export const sharedMixUp: Scenario = oomOf(
  'shared-namesake',
  (lab) => [lab.app('shared-namesake', 'idle')],
  async (lab) => {
    const name = 'shared-namesake';
    const [app = 0] = await lab.started(name, 1);
    await somebodyElse(lab, name);
    const pid = await stranger(lab, name, 'as-the-app', await lab.file('shared-cage'));
    process.kill(app, 'SIGKILL');
    await lab.started(name, 2);
    return {
      apps: [{ name, restarts: { signal: 1 }, untold: { signal: 'sigkill-beside-other-kill' } }],
      kills: [{ pid, app: null, role: 'other', atLeast: 'none' }],
    };
  },
);
