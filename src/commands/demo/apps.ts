import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A small app of the demo: what it shows, its script, and its settings for PM2. */
interface DemoApp {
  readonly name: string;
  readonly script: string;
  readonly settings: { readonly [key: string]: string | number | boolean | readonly string[] };
}

/** An app that does nothing wrong. */
const healthyWeb: DemoApp = {
  name: 'healthy-web',
  script: `require('node:http').createServer((_, reply) => reply.end('ok')).listen(0, '127.0.0.1');\n`,
  settings: { max_memory_restart: '200M', exp_backoff_restart_delay: 100 },
};

/** The memory is in the children, where PM2's limit does not look. */
const fatChildren: DemoApp = {
  name: 'fat-children',
  script: `const { fork } = require('node:child_process');
if (process.argv[2] === 'worker') {
  const held = Buffer.alloc(90 * 1024 * 1024, 1);
  setInterval(() => held[0]++, 1000);
} else {
  for (let i = 0; i < 2; i++) fork(__filename, ['worker']);
}
`,
  settings: { max_memory_restart: '120M', exp_backoff_restart_delay: 100 },
};

/** Dies soon after each start: fast enough for a loop, slow enough never to become "errored". */
const crashLoop: DemoApp = {
  name: 'crash-loop',
  script: `setTimeout(() => { throw new Error('database is locked'); }, 400);\n`,
  settings: { min_uptime: 100, max_memory_restart: '200M' },
};

/** V8 ends it: its heap limit is far below what it keeps. Three times, then it behaves. */
const heapAbort: DemoApp = {
  name: 'heap-abort',
  script: `const { readFileSync, writeFileSync } = require('node:fs');
let runs = 0;
try { runs = Number(readFileSync(__filename + '.runs', 'utf8')); } catch {}
writeFileSync(__filename + '.runs', String(runs + 1));
const kept = [];
if (runs < 2) setInterval(() => { for (let i = 0; i < 1e5; i++) kept.push({ i, text: 'entry ' + i }); }, 5);
else setInterval(() => {}, 1000);
`,
  settings: { node_args: ['--max-old-space-size=40'], exp_backoff_restart_delay: 100 },
};

/** Two workers of one port. */
const clusterApi: DemoApp = {
  name: 'cluster-api',
  script: `require('node:http').createServer((_, reply) => reply.end('ok')).listen(0, '127.0.0.1');\n`,
  settings: {
    instances: 2,
    exec_mode: 'cluster',
    max_memory_restart: '200M',
    exp_backoff_restart_delay: 100,
  },
};

/** Steps into a memory cgroup of its own and grows until the kernel kills it. Twice, then it behaves. */
const memoryHog = (cageProcs: string): DemoApp => ({
  name: 'memory-hog',
  script: `const { readFileSync, writeFileSync } = require('node:fs');
let runs = 0;
try { runs = Number(readFileSync(__filename + '.runs', 'utf8')); } catch {}
writeFileSync(__filename + '.runs', String(runs + 1));
const kept = [];
if (runs < 2) {
  writeFileSync(${JSON.stringify(cageProcs)}, String(process.pid));
  setInterval(() => kept.push(Buffer.alloc(4 * 1024 * 1024, 1)), 20);
} else setInterval(() => {}, 1000);
`,
  settings: { exp_backoff_restart_delay: 100 },
});

export interface DemoEcosystem {
  /** File for `pm2 start`. */
  readonly path: string;
  /** How many restarts each app must show before the audit is worth it. */
  readonly sickAt: { readonly [app: string]: number };
}

/** Writes the scripts and the ecosystem file below `folder`. `cageProcs` null leaves the memory hog out. */
export function writeApps(folder: string, cageProcs: string | null): DemoEcosystem {
  const apps = [
    healthyWeb,
    fatChildren,
    crashLoop,
    heapAbort,
    clusterApi,
    ...(cageProcs === null ? [] : [memoryHog(cageProcs)]),
  ];
  for (const app of apps) {
    mkdirSync(join(folder, app.name));
    writeFileSync(join(folder, app.name, 'server.js'), app.script);
  }
  const path = join(folder, 'ecosystem.json');
  const entries = apps.map(({ name, settings }) => ({
    name,
    script: join(folder, name, 'server.js'),
    cwd: join(folder, name),
    ...settings,
  }));
  writeFileSync(path, JSON.stringify({ apps: entries }, null, 2));
  return {
    path,
    sickAt: { 'crash-loop': 5, 'heap-abort': 2, ...(cageProcs === null ? {} : { 'memory-hog': 2 }) },
  };
}
