import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCleaner } from '../../src/gather/clean.ts';
import { daemons } from '../../src/gather/daemons.ts';
import { decodeRecord } from '../../src/gather/pm2/pm2-record.ts';
import type { Host } from '../../src/host/host.ts';
import { realHost } from '../../src/host/real.ts';
import { c } from '../factories.ts';
import { gatherContext, plainCleaner } from '../gather-context.ts';
import { type PrivatePm2, startPrivatePm2, waitFor } from '../lab/private-pm2.ts';

const host = realHost();
const at = (env: Record<string, string>, over: Partial<Host> = {}): Host => ({ ...host, env, ...over });
const MB = 1024 * 1024;

describe('a live daemon', () => {
  let pm2: PrivatePm2;
  beforeAll(async () => {
    pm2 = await startPrivatePm2();
    const app = join(pm2.work, 'app.js');
    await writeFile(app, 'setInterval(() => {}, 1000)');
    await writeFile(join(pm2.work, 'crash.js'), 'setTimeout(() => process.exit(7), 50)');
    const secrets = {
      MY_SECRET_TOKEN: 'canary-token-value',
      DATABASE_URL: 'postgres://u:canary%40pw@db/x',
      PLAIN: 'canary-plain-value',
    };
    await pm2.pm2(['start', app, '-i', '2', '--name', 'clu'], secrets);
    await pm2.pm2(
      [
        'start',
        app,
        '--name',
        'we[ird]: na:me',
        '--max-memory-restart',
        '300M',
        '--node-args=--max-old-space-size=200',
        '--',
        '--api-key',
        'canary-argument',
      ],
      {
        NODE_OPTIONS: '--max-old-space-size=100',
        NODE_ENV: 'production',
      },
    );
    await pm2.pm2([
      'start',
      join(pm2.work, 'crash.js'),
      '--name',
      'back',
      '--exp-backoff-restart-delay',
      '15000',
    ]);
    await pm2.pm2(['start', app, '--name', 'off', '--no-autorestart', '--kill-timeout', '5000']);
    await pm2.pm2(['stop', 'off']);
  });
  afterAll(() => pm2?.stop());

  it('gives each app field by field', async () => {
    const item = await waitFor(async () => {
      const found = await daemons.gather(host, gatherContext({}, { homes: [pm2.home] }));
      return found.seen && found.value[0]?.apps.some((app) => app.status === 'waiting restart')
        ? found
        : null;
    });
    expect(item.gaps).toEqual([]);
    const [daemon] = item.value;
    expect(daemon).toMatchObject({
      home: pm2.home,
      state: 'online',
      pid: pm2.pid,
      uid: process.getuid?.(),
      pm2Version: '7.0.4',
      nodeVersion: process.versions.node,
      foundBy: ['--home'],
      modules: [],
    });
    expect(daemon?.rssBytes).toBeGreaterThan(20 * MB);
    expect(Math.abs((daemon?.startedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(
      daemon?.apps.map((app) => [app.ref.pmId, app.ref.name, app.execMode, app.status, app.instances]),
    ).toEqual([
      [0, 'clu', 'cluster', 'online', 2],
      [1, 'clu', 'cluster', 'online', 2],
      [2, 'we[ird]: na:me', 'fork', 'online', 1],
      [3, 'back', 'fork', 'waiting restart', 1],
      [4, 'off', 'fork', 'stopped', 1],
    ]);
    const [, , odd, back, off] = daemon?.apps ?? [];
    expect(odd).toMatchObject({
      settings: {
        maxMemoryRestartBytes: 300 * MB,
        maxOldSpaceMb: 200,
        minUptimeMs: 1000,
        maxRestarts: 16,
        autorestart: true,
        watch: false,
        treekill: true,
      },
      env: { NODE_ENV: 'production', NODE_OPTIONS: '--max-old-space-size=100' },
      outLogPath: `${pm2.home}/logs/we-ird---na-me-out.log`,
      interpreter: 'node',
    });
    expect(odd?.pid).toBeGreaterThan(1);
    expect(odd?.pm2RssBytes).toBeGreaterThan(10 * MB);
    expect(odd?.envKeys).toContain('NODE_ENV');
    // PM2 still names the pid of the process that ended.
    expect(back).toMatchObject({
      pid: null,
      exitCode: 7,
      pm2RssBytes: null,
      settings: { expBackoffRestartDelayMs: 15_000 },
    });
    expect(back?.backoffMs).toBeGreaterThan(0);
    expect(off).toMatchObject({ pid: null, settings: { autorestart: false, killTimeoutMs: 5000 } });
  });

  it('reads V8’s figures of the metrics agent', async () => {
    await waitFor(async () => {
      const item = await daemons.gather(host, gatherContext({}, { homes: [pm2.home] }));
      const used = item.seen ? item.value[0]?.apps[0]?.heapUsedBytes : null;
      return used ? expect(used).toBeGreaterThan(MB) : null;
    });
  });

  it('lets no value of an environment out, and teaches the cleaner the secret ones', async () => {
    const clean = makeCleaner();
    const item = await daemons.gather(host, gatherContext({}, { homes: [pm2.home] }, clean));
    expect(JSON.stringify(item)).not.toContain('canary');
    expect(clean.text('a canary-token-value b canary%40pw c canary@pw d canary-argument')).toBe(
      'a [redacted] b [redacted] c [redacted] d [redacted]',
    );
  });

  it('finds it by environment, title and socket, once', async () => {
    const item = await daemons.gather(at({ PM2_HOME: `${pm2.home}/../.pm2/` }), gatherContext());
    const own = item.seen ? item.value.filter((daemon) => daemon.pid === pm2.pid) : [];
    expect(own).toHaveLength(1);
    expect(own[0]?.foundBy).toEqual(['PM2_HOME', 'process title', 'socket']);
    const without = await daemons.gather(at({}), gatherContext());
    expect(without.seen && without.value.find((daemon) => daemon.pid === pm2.pid)?.foundBy).toEqual([
      'process title',
      'socket',
    ]);
  });
});

describe('records PM2 should not give, and gives', () => {
  const reply = (records: unknown) => async () => ({
    ok: true as const,
    value: Buffer.from(JSON.stringify({ args: [records] })),
  });
  const gather = async (records: unknown) =>
    daemons.gather(at({}, { pm2Call: reply(records) }), gatherContext({}, { homes: ['/tmp'] }));
  const place = { home: c('/h'), root: '', pidHere: (pid: number) => pid };
  const decode = (record: unknown) => decodeRecord(record, place, plainCleaner);

  it('passes over what is no record, and says so', async () => {
    const item = await gather([
      null,
      7,
      'x',
      {},
      { pm_id: 0, name: 'web', pm2_env: { status: 'online' } },
      { pm_id: '_old_1', pm2_env: {} },
    ]);
    expect(item).toMatchObject({
      seen: true,
      value: [{ apps: [{ ref: { pmId: 0, name: 'web' } }] }],
      gaps: [{ why: 'malformed', tried: [{ detail: '4 of 6 records are not those of an app' }] }],
    });
  });

  it.each([[{ no: 'list' }], ['text'], [null]])('takes %j for malformed', async (records) => {
    expect(await gather(records)).toMatchObject({
      seen: true,
      value: [{ state: 'malformed', apps: [] }],
      gaps: [{ why: 'malformed' }],
    });
  });

  it('hides no app behind a value that is part of its name or path, but still hides the rest', async () => {
    const clean = makeCleaner();
    const env = {
      AUTH_SERVICE: 'auth-service',
      DB_PASSWORD: 'deploy',
      DB_URL: 'pg://u:worker@h/d',
      API_TOKEN: 'swordfish',
    };
    const records = [
      { pm_id: 0, pm2_env: { name: 'auth-service-worker', pm_cwd: '/home/deploy/app', ...env, env } },
    ];
    const item = await daemons.gather(
      at({}, { pm2Call: reply(records) }),
      gatherContext({}, { homes: ['/tmp'] }, clean),
    );
    expect(item).toMatchObject({
      seen: true,
      value: [{ apps: [{ ref: { name: 'auth-service-worker' }, cwd: '/home/deploy/app' }] }],
    });
    expect(clean.text('x swordfish')).toBe('x [redacted]');
  });

  it('fills in what is missing with what PM2 assumes', () => {
    expect(decode({ pm_id: 3, pm2_env: {} })).toMatchObject({
      ref: { pmId: 3, name: 'id 3', namespace: 'default' },
      pid: null,
      status: 'unknown',
      instances: null,
      exitCode: null,
      settings: {
        minUptimeMs: 1000,
        maxRestarts: 16,
        autorestart: true,
        killTimeoutMs: 1600,
        stopExitCodes: [],
        cronRestart: null,
      },
      env: {},
      envKeys: [],
    });
  });

  it.each([
    ['a dead pid: its next process is about to start', { pid: 77 }, {}, 'launching'],
    ['a dead pid of another pid namespace', { pid: 77_777 }, {}, 'launching'],
    ['no pid: it stays down', { pid: 0 }, {}, 'stopped'],
    ['no pid at all', {}, {}, 'stopped'],
    ['it is not to be started again', { pid: 77 }, { autorestart: false }, 'stopped'],
    ['it ended as it may', { pid: 77 }, { stop_exit_codes: [1], exit_code: 1 }, 'stopped'],
    ['it ended otherwise', { pid: 77 }, { stop_exit_codes: [2], exit_code: 1 }, 'launching'],
  ])('calls what PM2 calls stopped by what comes next: %s', (_why, record, env, status) => {
    const app = decode({ pm_id: 1, ...record, pm2_env: { status: 'stopped', ...env } });
    expect(app).toMatchObject({ status, pid: null, pm2RssBytes: null });
  });

  it('reads numbers written as text, and flags as PM2 keeps them', () => {
    const app = decode({
      pid: '12',
      pm_id: '4',
      monit: { memory: '1048576', cpu: '2.5' },
      pm2_env: {
        status: 'online',
        restart_time: '3',
        autorestart: 'false',
        watch: ['src'],
        cron_restart: 0,
        stop_exit_codes: ['0', 3],
        created_at: null,
        axm_monitor: {
          a: { type: 'internal/v8/heap/used', value: '5.5' },
          b: { type: 'internal/libuv/latency/p95', value: -0.1 },
          c: null,
        },
        node_args: '--max_old_space_size 64 --max-old-space-size=128',
        pmx_module: true,
      },
    });
    expect(app).toMatchObject({
      pid: 12,
      restartCounter: 3,
      pm2RssBytes: MB,
      cpuPercent: 2.5,
      createdAt: null,
      heapUsedBytes: 5.5 * MB,
      eventLoopP95Ms: -0.1,
      isModule: true,
      settings: {
        autorestart: false,
        watch: true,
        cronRestart: null,
        stopExitCodes: [0, 3],
        maxOldSpaceMb: 128,
      },
    });
  });

  it('keeps hostile names harmless', () => {
    const clean = makeCleaner();
    const name = `\u001b[31m<script>\u202e../../x\n${'n'.repeat(300)}`;
    const app = decodeRecord({ pm_id: 0, name, pm2_env: { name } }, place, clean);
    expect(app?.ref.name).toBe(`<script>../../x ${'n'.repeat(300)}`);
  });
});
