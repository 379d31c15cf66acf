import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { AppEntry, AppTruth, Lab, Scenario } from './scenario.ts';

type Settings = { readonly [setting: string]: unknown };
export const cluster = { exec_mode: 'cluster', instances: 1 };
const always = { always: true } as const;

/** An app that does it by itself, `times` times. */
function byItself(
  name: string,
  mode: string,
  times: number,
  truth: Omit<AppTruth, 'name'>,
  settings: Settings = {},
): Scenario {
  return withEntry(name, (lab) => lab.app(name, mode, settings), times, truth);
}

function withEntry(
  name: string,
  entry: (lab: Lab) => AppEntry,
  times: number,
  truth: Omit<AppTruth, 'name'>,
): Scenario {
  return {
    name,
    apps: (lab) => [entry(lab)],
    async act(lab) {
      await lab.started(name, times + 1);
      return { apps: [{ name, ...truth }] };
    },
  };
}

const crash = (exitCode: number) => ({ crash: { exitCode, signal: null, next: 'restarted' } }) as const;
const smallHeap = { node_args: '--max-old-space-size=24' };

/** Ends that apps make themselves, all on one daemon. */
export const endScenarios: readonly Scenario[] = [
  {
    ...byItself('crash-code-fork', 'exit:3:4', 4, {
      restarts: { crash: 4 },
      facts: crash(3),
      findings: ['restart-loop'],
    }),
    ...always,
  },
  byItself(
    'crash-code-cluster',
    'exit:3:4',
    4,
    { restarts: { crash: 4 }, facts: crash(3), findings: ['restart-loop'] },
    cluster,
  ),
  byItself('crash-twice', 'exit:1:2', 2, { restarts: { crash: 2 }, facts: crash(1) }),
  {
    ...byItself('throw-fork', 'throw:3', 3, {
      restarts: { crash: 3 },
      facts: crash(1),
      crashes: [{ message: 'lab: it broke in', times: 3 }],
      findings: ['restart-loop'],
    }),
    ...always,
  },
  {
    ...byItself(
      'throw-cluster',
      'throw:3',
      3,
      { restarts: { crash: 3 }, untold: { crash: 'code-zero-cluster' } },
      cluster,
    ),
    ...always,
  },
  { ...byItself('reject', 'reject', 0, { restarts: {}, noFindings: ['restart-loop'] }), ...always },
  byItself('reject-cluster', 'reject', 0, { restarts: {}, noFindings: ['restart-loop'] }, cluster),
  {
    ...byItself('exit-zero', 'exit:0:3', 3, {
      restarts: { 'clean-exit': 3 },
      untold: { 'clean-exit': 'code-zero' },
      facts: { 'clean-exit': { exitCode: 0, signal: null, next: 'restarted' } },
    }),
    ...always,
  },
  byItself(
    'exit-zero-cluster',
    'exit:0:3',
    3,
    { restarts: { 'clean-exit': 3 }, untold: { 'clean-exit': 'code-zero-cluster' } },
    cluster,
  ),
  {
    name: 'job-done',
    apps: (lab) => [
      lab.app('job-done', 'exit:0:1', { autorestart: false }),
      lab.app('job-failed', 'exit:2:1', { autorestart: false }),
      lab.app('job-stop-code', 'exit:7:1', { stop_exit_codes: [0, 7] }),
    ],
    async act(lab) {
      const names = ['job-done', 'job-failed', 'job-stop-code'];
      for (const name of names) await lab.has(name, 'stopped');
      return { apps: names.map((name) => ({ name, restarts: {}, noFindings: ['restart-loop'] })) };
    },
    ...always,
  },
  byItself(
    'heap-fork',
    'heap:2',
    2,
    {
      restarts: { 'heap-oom': 2 },
      untold: { 'heap-oom': 'abort-without-words' },
      facts: { 'heap-oom': { signal: 'SIGABRT', next: 'restarted' } },
    },
    smallHeap,
  ),
  {
    ...byItself(
      'heap-cluster',
      'heap:2',
      2,
      {
        restarts: { 'heap-oom': 2 },
        untold: { 'heap-oom': 'abort-without-words' },
        facts: { 'heap-oom': { signal: 'SIGABRT' } },
      },
      { ...cluster, ...smallHeap },
    ),
    ...always,
  },
  {
    ...byItself(
      'limit-fork',
      'grow:1',
      1,
      { restarts: { 'memory-limit': 1 }, facts: { 'memory-limit': { next: 'restarted' } } },
      { max_memory_restart: '100M' },
    ),
    ...always,
  },
  byItself(
    'limit-cluster',
    'grow:1',
    1,
    { restarts: { 'memory-limit': 1 } },
    { ...cluster, max_memory_restart: '100M' },
  ),
  {
    ...byItself(
      'cron',
      'idle',
      2,
      { restarts: { cron: 2 }, ongoing: ['cron'], noFindings: ['restart-loop'] },
      { cron_restart: '*/8 * * * * *' },
    ),
    ...always,
  },
  byItself('exit-137', 'exit:137:2', 2, {
    restarts: { crash: 2 },
    untold: { crash: 'own-code-like-signal' },
    noFindings: ['oom-killed', 'oom-worker-killed'],
  }),
  byItself('exit-143', 'exit:143:1', 1, {
    restarts: { crash: 1 },
    untold: { crash: 'own-code-like-signal' },
  }),
  byItself('exit-after-limit', 'exit:9:1', 1, { restarts: { crash: 1 } }, { max_memory_restart: '400M' }),
  byItself('abort-itself', 'abort:1', 1, {
    restarts: { crash: 1 },
    untold: { crash: 'abort-without-words' },
    noFindings: ['heap-limit-hit'],
  }),
  byItself(
    'restart-delay',
    'exit:1:3',
    3,
    { restarts: { crash: 3 }, facts: { crash: { exitCode: 1, next: 'delayed' } } },
    { restart_delay: 700 },
  ),
  byItself(
    'python',
    'exit:5:2',
    2,
    { restarts: { crash: 2 }, facts: crash(5) },
    { interpreter: 'python3', script: 'lab.py' },
  ),
  {
    ...byItself(
      'python-raises',
      'raise',
      1,
      {
        restarts: { crash: 1 },
        facts: crash(1),
        crashes: [{ message: 'RuntimeError: lab: it broke', times: 1 }],
      },
      { interpreter: 'python3', script: 'lab.py' },
    ),
    ...always,
  },
  ...[126, 127].map((code) =>
    withEntry(
      `bash-${code}`,
      (lab) => ({
        name: `bash-${code}`,
        script: 'lab.sh',
        interpreter: 'bash',
        args: [String(code), lab.path(`bash-${code}`)],
      }),
      2,
      { restarts: { crash: 2 }, facts: crash(code) },
    ),
  ),
  {
    ...withEntry(
      'npm-crash',
      (lab) => {
        const cwd = lab.path('npm-crash-package');
        const start = `node ${lab.path('lab.cjs')} exit:4:2 ${lab.path('npm-crash')}`;
        mkdirSync(cwd, { recursive: true });
        writeFileSync(
          join(cwd, 'package.json'),
          JSON.stringify({ name: 'lab', version: '1.0.0', scripts: { start } }),
        );
        return { name: 'npm-crash', script: 'npm', interpreter: 'none', args: ['start'], cwd };
      },
      2,
      { restarts: { crash: 2 }, facts: crash(4), notedByChildren: true },
    ),
    ...always,
  },
  withEntry(
    'import-fails',
    (lab) => ({
      name: 'import-fails',
      script: 'importing.mjs',
      interpreter: 'node',
      // PM2's own metrics catch what the import throws: the app would hang instead.
      pmx: false,
      node_args: ['--require', lab.path('note.cjs')],
      env: { LAB_NOTE: lab.path('import-fails') },
    }),
    4,
    {
      restarts: { crash: 4 },
      facts: { crash: { exitCode: 1 } },
      crashes: [{ message: 'import-fails-made-late.mjs', times: 4 }],
      findings: ['restart-loop'],
    },
  ),
  {
    name: 'port-taken',
    apps: () => [],
    async act(lab) {
      const holder = createServer();
      await new Promise<void>((resolve) => holder.listen(0, () => resolve()));
      const address = holder.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      try {
        const file = lab.path('port-taken.json');
        writeFileSync(file, JSON.stringify({ apps: [lab.app('port-taken', `taken:${port}:3`)] }));
        await lab.run('start', file);
        await lab.started('port-taken', 4);
      } finally {
        holder.close();
      }
      return {
        apps: [
          {
            name: 'port-taken',
            restarts: { crash: 3 },
            facts: crash(1),
            crashes: [{ message: 'EADDRINUSE', times: 3 }],
            findings: ['restart-loop'],
          },
        ],
      };
    },
    ...always,
  },
  byItself('slow-loop', 'slow:1600', 5, {
    restarts: { crash: 5 },
    ongoing: ['crash'],
    facts: crash(1),
    findings: ['restart-loop'],
  }),
  byItself(
    'backoff',
    'exit:1:40',
    4,
    {
      restarts: { crash: 4 },
      ongoing: ['crash'],
      facts: { crash: { exitCode: 1, next: 'delayed' } },
      findings: ['restart-loop'],
    },
    { exp_backoff_restart_delay: 100 },
  ),
  {
    name: 'errored',
    apps: (lab) => [lab.app('errored', 'exit:1:40', { max_restarts: 4, min_uptime: 20_000 })],
    async act(lab) {
      await lab.has('errored', 'errored');
      const starts = await lab.notes('errored');
      return {
        apps: [{ name: 'errored', restarts: { crash: starts.length - 1 }, findings: ['app-errored'] }],
      };
    },
    ...always,
  },
];
