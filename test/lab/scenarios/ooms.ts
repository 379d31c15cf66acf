import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isGone } from './laboratory.ts';
import type { AppEntry, AppTruth, KillTruth, Lab, Scenario } from './scenario.ts';

/** The biggest process of a cage eats until the kernel ends it. */
const eater = `import sys, time
kept = []
while True:
    kept.append(bytearray(8 << 20))
    time.sleep(0.01)
`;

function oomOf(name: string, apps: Scenario['apps'], act: Scenario['act']): Scenario {
  return {
    name,
    apps,
    async act(lab) {
      const truth = await act(lab);
      // PM2 writes a moment later; the next kill is to be told from this one.
      await pause(4000);
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
        apps: [{ name, restarts: { 'oom-kill': 1 }, findings: ['oom-killed'] }],
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
      const eat = `node ${lab.path('lab.cjs')} eat ${lab.path(name)} ${lab.cage(name)}`;
      return [{ name, ...line(lab, eat) }];
    },
    async (lab) => {
      const [pid = 0] = await lab.started(name, 1);
      await lab.go(name);
      await lab.started(name, 2);
      return {
        apps: [{ name, restarts: { 'oom-kill': 1 }, findings: ['oom-killed'] }],
        kills: [{ pid, app: name, role: 'child', atLeast: 'likely' }],
      };
    },
  );
}

/** Two workers; one of them eats when it is told to. */
function gunicorn(lab: Lab, name: string): AppEntry {
  return {
    name,
    script: '/usr/bin/gunicorn',
    interpreter: 'python3',
    cwd: lab.pm2.work,
    args: ['-w', '2', '-b', `unix:${lab.path(`${name}.sock`)}`, 'lab_wsgi:app'],
    env: { LAB_CAGE: lab.cage(name), LAB_FILE: lab.path(name) },
  };
}

/** A process that PM2 knows nothing of, killed by the kernel. */
async function stranger(lab: Lab, name: string, command: 'python3' | 'node' | 'lab'): Promise<number> {
  const cage = lab.cage(`beside-${name}`);
  const script = lab.path('eater.py');
  await writeFile(script, eater);
  const eat =
    command === 'python3'
      ? `exec python3 ${script}`
      : command === 'node'
        ? `exec node -e "const k=[];setInterval(()=>k.push(Buffer.alloc(8<<20,1)),10)"`
        : `exec node -e "process.title='node ${lab.path('x')}';const k=[];setInterval(()=>k.push(Buffer.alloc(8<<20,1)),10)"`;
  const child: ChildProcess = spawn('bash', ['-c', `echo $$ > ${cage}; ${eat}`], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid ?? 0;
}

/** kill -9 of an app by an operator, one second after a stranger was killed by the kernel. */
function mixedUp(
  name: string,
  command: 'python3' | 'node',
  settings: { readonly [setting: string]: unknown } = {},
): Scenario {
  return oomOf(
    name,
    (lab) => [lab.app(name, 'idle', settings)],
    async (lab) => {
      const [app = 0] = await lab.started(name, 1);
      const pid = await stranger(lab, name, command);
      await pause(700);
      process.kill(app, 'SIGKILL');
      await lab.started(name, 2);
      return {
        apps: [{ name, restarts: { signal: 1 }, untold: ['signal'], noFindings: ['oom-killed'] }],
        kills: [{ pid, app: null, role: 'other', atLeast: 'none' }],
      };
    },
  );
}

/** Real kills by the kernel, one after another. */
export const oomScenarios: readonly Scenario[] = [
  ofApp('oom-fork', {}),
  ofApp('oom-cluster', { exec_mode: 'cluster', instances: 1 }),
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
        kills: [{ pid, app: 'oom-child', role: 'child', atLeast: 'none' }],
      };
    },
  ),
  oomOf(
    'oom-gunicorn',
    (lab) => [gunicorn(lab, 'oom-gunicorn')],
    async (lab) => {
      const [pid = 0] = await lab.started('oom-gunicorn', 1);
      await lab.go('oom-gunicorn');
      await isGone(pid);
      return {
        apps: [
          {
            name: 'oom-gunicorn',
            restarts: {},
            findings: ['oom-worker-killed'],
            noFindings: ['restart-loop', 'oom-killed'],
          },
        ],
        kills: [{ pid, app: 'oom-gunicorn', role: 'child', atLeast: 'certain' }],
      };
    },
  ),
  behind('oom-bash', (_, eat) => ({ script: 'bash', interpreter: 'none', args: ['-c', `${eat}; exit $?`] })),
  behind('oom-npm', (lab, eat) => {
    mkdirSync(lab.path('npm'), { recursive: true });
    const manifest = { name: 'lab', version: '1.0.0', scripts: { start: eat } };
    writeFileSync(join(lab.path('npm'), 'package.json'), JSON.stringify(manifest));
    return { script: 'npm', interpreter: 'none', args: ['start'], cwd: lab.path('npm') };
  }),
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
          (name): AppTruth => ({ name, restarts: { 'oom-kill': 1 }, findings: ['oom-killed'] }),
        ),
        kills: [
          { pid: a, app: 'oom-twin-a', role: 'app', atLeast: 'possible' },
          { pid: b, app: 'oom-twin-b', role: 'app', atLeast: 'possible' },
        ],
      };
    },
  ),
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
  mixedUp('kill-9-after-python', 'python3'),
  mixedUp('kill-9-after-node', 'node'),
  mixedUp('kill-9-of-cluster', 'node', { exec_mode: 'cluster', instances: 1 }),
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
    'kill-9-of-bash',
    (lab) => [
      {
        name: 'kill-9-of-bash',
        script: 'bash',
        interpreter: 'none',
        args: ['-c', `node ${lab.path('lab.cjs')} idle ${lab.path('kill-9-of-bash')}; exit $?`],
      },
    ],
    async (lab) => {
      const [child = 0] = await lab.started('kill-9-of-bash', 1);
      const pid = await stranger(lab, 'kill-9-of-bash', 'python3');
      await pause(500);
      process.kill(child, 'SIGKILL');
      await lab.started('kill-9-of-bash', 2);
      return {
        apps: [{ name: 'kill-9-of-bash', restarts: { signal: 1 }, untold: ['signal'] }],
        kills: [{ pid, app: null, role: 'other', atLeast: 'none' }],
      };
    },
  ),
];

/** Files that some of the scenarios need. */
export async function layOut(lab: Lab): Promise<void> {
  await writeFile(
    lab.path('lab_wsgi.py'),
    `import os, threading, time
name = os.environ['LAB_FILE']
with open(name + '.starts', 'a') as starts:
    starts.write('%d %d\\n' % (os.getpid(), time.time() * 1000))
first = sum(1 for _ in open(name + '.starts')) == 1
def eat():
    while not os.path.exists(name + '.go'):
        time.sleep(0.05)
    with open(os.environ['LAB_CAGE'], 'w') as cage:
        cage.write(str(os.getpid()))
    kept = []
    while True:
        kept.append(bytearray(8 << 20))
        time.sleep(0.01)
if first:
    threading.Thread(target=eat, daemon=True).start()
def app(environ, start_response):
    start_response('200 OK', [])
    return [b'ok']
`,
  );
}

/** For a daemon that shares one full cgroup with all its apps, as in a container or a unit with a limit. */
export const sharedCageScenarios: readonly Scenario[] = [
  oomOf(
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
  oomOf(
    'shared-child',
    (lab) => [lab.app('shared-child', 'parent')],
    async (lab) => {
      const [pid = 0] = await lab.started('shared-child-child', 1);
      await lab.go('shared-child-child');
      await lab.started('shared-child-child', 2);
      return {
        apps: [{ name: 'shared-child', restarts: {}, noFindings: ['restart-loop', 'oom-killed'] }],
        kills: [{ pid, app: 'shared-child', role: 'child', atLeast: 'possible' }],
      };
    },
  ),
];
