/** `pm2-audit check` as a monitoring system runs it: its own process, a real daemon, and things that hang. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivatePm2, startPrivatePm2 } from '../lab/private-pm2.ts';
import { readPlugin } from '../report/check/read-plugin.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { runCli } from './run-cli.ts';

const states = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'];
const folder = temporaryFolder('pm2-audit-check');
let pm2: PrivatePm2;
beforeAll(async () => {
  pm2 = await startPrivatePm2();
  writeFileSync(join(pm2.work, 'idle.js'), 'setInterval(() => {}, 1000);');
  await pm2.pm2(['start', 'idle.js', '--name', 'idle', '-i', '2']);
  await pm2.pm2(['start', 'idle.js', '--name', "o'dd|=$(id)`x`"]);
  await pm2.pm2(['start', 'idle.js', '--name', 'halted']);
  await pm2.pm2(['stop', 'halted']);
  await pm2.pm2(['save']);
});
afterAll(() => pm2?.stop());

/** Exit code and state agree, and nothing goes to stderr that the state does not say. */
async function check(...args: readonly string[]) {
  const { code, stdout } = await runCli(['check', ...args], { cwd: folder });
  const read = readPlugin(stdout);
  expect(code).toBe(states.indexOf(read.state));
  return read;
}
// The kernel log of the machine that runs the tests is none of their business.
const here = (...args: readonly string[]) => check('--home', pm2.home, '--without', 'oomLog', ...args);

describe('with a daemon', () => {
  it('tells what runs', async () => {
    const { figures } = await here();
    expect(figures).toMatchObject({
      apps_online: { value: 3, max: 4 },
      restarts: { value: 0, unit: 'c' },
      check_time: { unit: 's', max: 30 },
    });
    expect(figures['idle_memory']?.value).toBeGreaterThan(10_000_000);
    expect(Object.keys(figures)).toContain('o_dd_id_x__memory');
  });

  it('judges one app by its own', async () => {
    const idle = await here('--app', 'idle');
    expect(idle).toMatchObject({
      state: 'OK',
      text: expect.stringMatching(/^idle: 2 of 2 instances online/),
    });
    expect(idle.figures['main_rss']?.value).toBeGreaterThan(10_000_000);
    expect(await here('--app', 'halted')).toMatchObject({
      state: 'CRITICAL',
      text: 'halted does not run: stopped',
    });
    expect(await here('--app', 'nobody')).toMatchObject({
      state: 'UNKNOWN',
      text: expect.stringMatching(/no app nobody; it has idle/),
    });
  });

  it('says it in Chinese, with the states that monitoring looks for', async () => {
    const { state, text } = await here('--app', 'idle', '--lang', 'zh-CN');
    expect(state).toBe('OK');
    expect(text).toMatch(/idle 的 2 个实例中 2 个在线/);
  });

  it('writes no report', async () => {
    await here();
    expect(execFileSync('ls', ['-A', folder], { encoding: 'utf8' })).toBe('');
  });

  it('a pm2.log that is no file is no OK', async () => {
    const log = join(pm2.home, 'pm2.log');
    renameSync(log, join(pm2.work, 'away'));
    execFileSync('mkfifo', [log]);
    try {
      expect(await here()).toMatchObject({ state: 'UNKNOWN', text: expect.stringMatching(/pm2\.log/) });
    } finally {
      rmSync(log);
      renameSync(join(pm2.work, 'away'), log);
    }
  });
});

/** A daemon that accepts and never answers; our own patience with one is 5 s. Runs `test` with its home. */
async function withHungDaemon(
  name: string,
  onConnection: () => void,
  test: (home: string) => Promise<void>,
): Promise<void> {
  const home = join(folder, name);
  mkdirSync(home);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    onConnection();
  });
  await new Promise<void>((resolve) => server.listen(join(home, 'rpc.sock'), resolve));
  try {
    await test(home);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(home, { recursive: true });
  }
}

describe('without a result it is UNKNOWN', () => {
  it.each([
    [['--bogus']],
    [['--warning', 'P9']],
    [['--timeout', 'soon']],
    [['--since', 'banana']],
    [['--config', 'absent.yaml']],
    [['--lang', 'tlh']],
    [['--db', 'absent.db']],
    [['surplus']],
  ])('for misuse: %j', async (args) => {
    expect((await check('--home', pm2.home, ...args)).state).toBe('UNKNOWN');
  });

  it('without a daemon', async () => {
    const { state, text } = await check('--home', join(folder, 'nothing'));
    expect(state).toBe('UNKNOWN');
    expect(text).toMatch(/no PM2 daemon could be read: .*nothing/);
  });

  it('when the time is over, whatever hangs', async () => {
    await withHungDaemon(
      'hung',
      () => {},
      async (home) => {
        expect(await check('--home', home, '--timeout', '1s')).toMatchObject({
          state: 'UNKNOWN',
          text: expect.stringMatching(/no result within 1 s/),
        });
      },
    );
  });

  it('when it is told to end, and leaves no process', async () => {
    let parent = 0;
    await withHungDaemon(
      'hung-too',
      () => process.kill(parent, 'SIGTERM'),
      async (home) => {
        const { code, stdout } = await runCli(['check', '--home', home], {
          onStart: (pid) => {
            parent = pid;
          },
        });
        expect(code).toBe(3);
        expect(readPlugin(stdout).text).toMatch(/signal/);
        // The kernel takes a moment to bury it.
        await expect
          .poll(() => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }))
          .not.toContain(home);
      },
    );
  });
});
