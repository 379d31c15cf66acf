// What the build runs once so that dist/*.cache hold the compiled functions of a usual run: an audit of a small host with
// apps, findings and a kill, the report of a sick one, and the short commands. See scripts/start.cjs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeStore } from './warm-up-store.mjs';

const fixtures = join(import.meta.dirname, '..', 'test', 'fixtures');
const capture = join(fixtures, 'captures', 'sick-host.json');
const kernelLog = join(fixtures, 'oom', 'd22-live-nested-cgroup.log');

/** Runs the built command line in `dist` over all of it, in one process that writes the caches as it ends. */
export async function warmUp(dist) {
  const folder = await mkdtemp(join(tmpdir(), 'pm2-audit-build-'));
  const home = join(folder, '.pm2');
  const servers = [];
  try {
    await makeHome(home);
    servers.push(await listen(join(home, 'rpc.sock'), answer(home)), await listen(join(home, 'pub.sock')));
    const report = ['--out', join(folder, 'reports'), '--lang', 'en', '--fail-on', 'never'];
    const lines = [
      ['--home', home, '--observe', '0', ...report],
      ['--home', home, '--observe', '1ms', '--kernel-log', kernelLog, ...report],
      ['replay', capture, ...report],
      ['oom', kernelLog, '--lang', 'en'],
      ['check', '--home', home, '--lang', 'en'],
      ['explain'],
      ['explain', 'oom-killed'],
    ];
    const db = join(folder, 'state', 'history.db');
    // libsql is optional, and so is a store: without it the cache lacks a few functions.
    if (await makeStore(db, home, process.pid)) {
      lines.push(['--home', home, '--observe', '0', '--db', db, ...report]);
      for (const app of [[], ['web']]) lines.push(['history', ...app, '--db', db, '--lang', 'en']);
    }
    const child = spawn(process.execPath, [join(dist, 'bin.cjs')], {
      // The check does its work in this process, not in a second one that would warm up in turn.
      env: { ...process.env, PM2_AUDIT_WARM_UP: JSON.stringify(lines), PM2_AUDIT_CHECK_WORKS: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let talk = '';
    child.stderr.on('data', (chunk) => {
      talk += chunk;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`the warm-up ended with ${code}: ${talk}`);
  } finally {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeHome(home) {
  await mkdir(join(home, 'logs'), { recursive: true });
  const failed =
    'TypeError: no such table\n    at query (/srv/app/db.js:10:5)\n    at main (/srv/app/app.js:3:1)\n';
  await writeFile(join(home, 'logs', 'web-error.log'), failed);
  await writeFile(join(home, 'logs', 'web-out.log'), 'listening on port 8080\n');
  await writeFile(
    join(home, 'pm2.log'),
    [
      '===============================================================================',
      '--- New PM2 Daemon started ----------------------------------------------------',
      'Time                 : Sat Nov 21 2026 10:00:00 GMT+0000 (Coordinated Universal Time)',
      'PM2 version          : 7.0.4',
      'Node.js version      : 20.20.2',
      '===============================================================================',
      '2026-11-21T10:00:01: PM2 log: App [web:0] starting in -fork mode-',
      '2026-11-21T10:00:01: PM2 log: App [web:0] online',
      '2026-11-21T10:05:00: PM2 log: App [web:0] exited with code [1] via signal [SIGINT]',
      '2026-11-21T10:05:00: PM2 log: App [web:0] starting in -fork mode-',
      '',
    ].join('\n'),
  );
  await writeFile(join(home, 'dump.pm2'), JSON.stringify([{ name: 'web', pm_id: 0, status: 'online' }]));
}

/** The daemon's list: what PM2 7 tells of apps, as far as it is read. The pid of the first app is the build's own. */
function answer(home) {
  const started = Date.now() - 3_600_000;
  const record = (id, name, more) => ({
    pid: id === 0 ? process.pid : 0,
    name,
    pm_id: id,
    monit: { memory: 50_000_000, cpu: 1 },
    pm2_env: {
      name,
      pm_id: id,
      namespace: 'default',
      status: id === 0 ? 'online' : 'errored',
      exec_mode: 'fork_mode',
      exec_interpreter: 'node',
      node_version: '20.20.2',
      pm_exec_path: '/srv/app/app.js',
      pm_cwd: home,
      pm_uptime: started,
      created_at: started,
      restart_time: 12,
      unstable_restarts: 3,
      exit_code: 1,
      pm_out_log_path: join(home, 'logs', `${name}-out.log`),
      pm_err_log_path: join(home, 'logs', `${name}-error.log`),
      username: 'app',
      autorestart: true,
      watch: false,
      env: { NODE_ENV: 'production', API_TOKEN: 'a-value-of-the-warm-up', PORT: '8080' },
      ...more,
    },
  });
  const list = [
    record(0, 'web', {}),
    record(1, 'worker', { exec_mode: 'cluster_mode', instances: 4, max_memory_restart: 314_572_800 }),
    record(2, 'report', { exec_interpreter: 'python3', watch: true }),
  ];
  return ({ method }) => (method === 'getVersion' ? '7.0.4' : list);
}

/** A socket in the format of PM2's: src/host/amp.ts. Each request is small and comes in one piece. */
async function listen(path, reply = () => null) {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      const length = bytes.readUInt32BE(1);
      const call = JSON.parse(bytes.toString('utf8', 5 + 'j:'.length, 5 + length));
      const answered = Buffer.from(`j:${JSON.stringify({ args: [reply(call)] })}`);
      const head = Buffer.from([0x12, 0, 0, 0, 0]);
      head.writeUInt32BE(answered.length, 1);
      socket.write(Buffer.concat([head, answered, bytes.subarray(5 + length)]));
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return server;
}
