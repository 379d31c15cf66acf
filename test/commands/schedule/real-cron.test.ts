/** The whole way: installed by the command line, run by a real cron daemon from its bare environment, mailed and pinged. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivatePm2, startPrivatePm2, waitFor } from '../../lab/private-pm2.ts';
import { closeServers, realServer } from '../../outputs/email/mail-servers.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { bin, type Run, runCli } from '../run-cli.ts';
import { PrivateCron } from './private-cron.ts';
import { hasPrivateCron } from './tools.ts';

const password = 'canary-P4ssw0rd';
const pingPath = '/5f0c1e2a-canary-4b7d';
let pm2: PrivatePm2;
let monitor: { readonly url: string; readonly seen: { readonly path: string; readonly body: string }[] };
let closeMonitor = (): void => {};

beforeAll(async () => {
  pm2 = await startPrivatePm2();
  writeFileSync(
    join(pm2.work, 'crash.js'),
    "setTimeout(() => { throw new Error('database is locked'); }, 300);",
  );
  const apps = [{ name: 'crashing', script: join(pm2.work, 'crash.js'), min_uptime: 100 }];
  writeFileSync(join(pm2.work, 'ecosystem.json'), JSON.stringify({ apps }));
  await pm2.pm2(['start', join(pm2.work, 'ecosystem.json')]);
  await waitFor(async () => {
    const list: { pm2_env: { restart_time: number } }[] = JSON.parse(await pm2.pm2(['jlist']));
    return (list[0]?.pm2_env.restart_time ?? 0) >= 4 ? true : null;
  });
  const seen: { path: string; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      seen.push({ path: request.url ?? '', body });
      response.end('OK');
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closeMonitor = () => server.close();
  monitor = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pingPath}`, seen };
});
afterAll(async () => {
  await pm2?.stop();
  closeMonitor();
  await closeServers();
});

/** `audit --scheduled` as cron would call it. */
function scheduled(home: string, ...args: readonly string[]): Promise<Run> {
  const words = ['audit', '--scheduled', '0123abcd', '--home', pm2.home, '--observe', '0', '--lang', 'en'];
  return runCli([...words, ...args], { cwd: home, env: { HOME: home, PM2_AUDIT_PING_URL: monitor.url } });
}
const recordOf = (home: string) =>
  JSON.parse(readFileSync(join(home, '.local/state/pm2-audit/schedules/0123abcd.json'), 'utf8'));

describe('a scheduled run', () => {
  it('prints nothing when all is well, the summary when there are findings, one line when it failed', async () => {
    const home = temporaryFolder('pm2-audit-scheduled');
    expect(await scheduled(home, '--fail-on', 'never')).toEqual({ code: 0, stdout: '', stderr: '' });
    const found = await scheduled(home, '--fail-on', 'P0');
    expect(found).toMatchObject({ code: 1, stderr: '' });
    expect(found.stdout).toMatch(/\[CRITICAL\][\s\S]*crashing/);
    const lost = await scheduled(home, '--home', join(home, 'none'), '--app', 'nobody');
    expect(lost).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^pm2-audit: [^\n]+\n$/),
    });
    const late = await scheduled(home, '--deadline', '20ms');
    expect(late).toMatchObject({ code: 2, stdout: '' });
    expect(late.stderr).toMatch(
      /^pm2-audit: the scheduled audit had not ended after 0\.0 s and was stopped[^\n]+\n$/,
    );
    expect(
      recordOf(home).runs.map(({ exitCode, end }: { exitCode: number; end: string }) => [exitCode, end]),
    ).toEqual([
      [2, 'deadline'],
      [2, 'ended'],
      [1, 'ended'],
      [0, 'ended'],
    ]);
    const paths = monitor.seen.splice(0);
    expect(paths.map(({ path }) => path.slice(pingPath.length))).toEqual([
      ...['/start', '/0', '/start', '/0', '/start', '/2', '/start', '/2'],
    ]);
    expect(paths[3]?.body).toMatch(
      /^pm2-audit: exit 1, the audit was made and has findings; took [\s\S]*crashing/,
    );
  });

  it('reads its variables from a file only its owner can read, and keeps them out of every output', async () => {
    const home = temporaryFolder('pm2-audit-scheduled');
    const file = join(home, 'env');
    writeFileSync(file, `PM2_AUDIT_SMTP_URL=smtps://me:${password}@127.0.0.1:9\n`, { mode: 0o644 });
    const open = await scheduled(home, '--email=ops@example.com', '--secrets', file);
    expect(open).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^pm2-audit: --secrets [^\n]*chmod 600[^\n]*\n$/),
    });
    expect(monitor.seen.splice(0).map(({ path }) => path.slice(pingPath.length))).toEqual(['/start', '/2']);
    writeFileSync(join(home, 'own'), readFileSync(file), { mode: 0o600 });
    const refused = await scheduled(home, '--email=ops@example.com', '--secrets', join(home, 'own'));
    expect(refused.code, refused.stderr).toBe(3);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toMatch(/^pm2-audit: /);
    expect(existsSync(join(home, 'reports', 'latest.html'))).toBe(true);
    const told = monitor.seen.splice(0);
    expect(told.at(-1)?.path).toBe(`${pingPath}/3`);
    for (const text of [open.stderr, refused.stderr, JSON.stringify(told), JSON.stringify(recordOf(home))])
      expect(text).not.toContain(password);
  });

  it('waits for the one before it, and both are noted', async () => {
    const home = temporaryFolder('pm2-audit-scheduled');
    const both = await Promise.all([1, 2].map(() => scheduled(home, '--fail-on', 'never')));
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const [second, first] = recordOf(home).runs;
    expect(second.endedAt).toBeGreaterThanOrEqual(first.endedAt);
    monitor.seen.splice(0);
  });

  it('hands a SIGTERM on, notes it and leaves the lock', async () => {
    const home = temporaryFolder('pm2-audit-scheduled');
    const lock = join(home, '.local/state/pm2-audit/schedules/0123abcd.lock');
    const ended = runCli(
      ['audit', '--scheduled', '0123abcd', '--home', pm2.home, '--observe', '60s', '--lang', 'en'],
      {
        cwd: home,
        env: { HOME: home },
        onStart: (pid) => {
          void waitFor(async () => (existsSync(lock) ? process.kill(pid, 'SIGTERM') : null));
        },
      },
    );
    const { code, stderr } = await ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^pm2-audit: the scheduled audit was told to stop by SIGTERM[^\n]+\n$/);
    expect(existsSync(lock)).toBe(false);
    expect(recordOf(home).runs[0].end).toBe('stopped');
  });
});

const minutes = 60_000;

describe.runIf(hasPrivateCron)('a real cron daemon', () => {
  it('runs the line, makes the report and mails it', { timeout: 4 * minutes }, async () => {
    const cron = new PrivateCron();
    const mail = await realServer();
    const settings = {
      out: './health',
      email: {
        to: 'ops@example.com',
        smtp: { host: '127.0.0.1', port: mail.port, security: 'none', user: 'ops@example.com' },
        password: { env: 'MAIL_PASSWORD' },
      },
      ping: { url: { env: 'PING_URL' } },
    };
    writeFileSync(join(cron.work, 'pm2-audit.config.json'), JSON.stringify(settings));
    const env = join(cron.home, 'secrets.env');
    writeFileSync(env, `MAIL_PASSWORD=${password}\nPING_URL=${monitor.url}\n`, { mode: 0o600 });
    const installed = await cron.cli([
      ...['schedule', '--cron', '* * * * *', '--jitter', '0', '--email', '--secrets', env],
      ...['--home', pm2.home, '--lang', 'en', '--yes'],
    ]);
    expect(installed.code, installed.stderr).toBe(0);
    const daemon = cron.startDaemon();
    let said = '';
    daemon.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
    });
    try {
      const status = await waitFor(async () => {
        const run = await cron.cli(['schedule', '--status']);
        return /Last run +\w+ \d+/.test(run.stdout) ? run : null;
      }, 150_000);
      expect(status.stdout, said).toMatch(/exit 1: the audit was made and has findings, delivered/);
      expect(status.code).toBe(0);
    } finally {
      await cron.stopDaemon(daemon);
    }
    const report = JSON.parse(readFileSync(join(cron.work, 'health', 'latest.json'), 'utf8'));
    expect(report.daemons.map(({ home }: { home: string }) => realpathSync(home))).toEqual([
      realpathSync(pm2.home),
    ]);
    expect(mail.received.length).toBeGreaterThanOrEqual(1);
    expect(mail.received[0]).toMatchObject({ to: ['ops@example.com'], user: 'ops@example.com' });
    expect(mail.received[0]?.mime).toMatch(/^Subject: .*critical/im);
    // The end is told after it is noted.
    await waitFor(async () => (monitor.seen.length >= 2 ? true : null));
    expect(monitor.seen.slice(0, 2).map(({ path }) => path)).toEqual([`${pingPath}/start`, `${pingPath}/0`]);
    expect(monitor.seen[1]?.body).toMatch(/^pm2-audit: exit 1/);
    const everything = [
      installed.stdout,
      cron.crontab,
      JSON.stringify(monitor.seen.map(({ body }) => body)),
      readFileSync(join(cron.work, 'health', 'latest.md'), 'utf8'),
      mail.received[0]?.mime,
    ];
    for (const text of everything) expect(text).not.toMatch(/canary/);
    monitor.seen.splice(0);
  });
});

describe('the PM2 module', () => {
  it('audits by its own schedule, as a process of its own', { timeout: 4 * minutes }, async () => {
    const home = temporaryFolder('pm2-audit-module');
    const set = { schedule: '* * * * *', home: pm2.home, out: join(home, 'health'), lang: 'en' };
    const child = spawn(process.execPath, ['--jitless', join(bin, '..', 'module.cjs')], {
      cwd: home,
      env: { PATH: process.env['PATH'] ?? '', HOME: home, 'pm2-audit': JSON.stringify(set) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        log += text.toString();
      });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      await waitFor(async () => (/audit: exit/.test(log) ? true : null), 150_000).catch(() => {});
      expect(log).toMatch(
        /Audits by schedule \* \* \* \* \*, next \d{4}-\d\d-\d\d \d\d:\d\d\. Reports in .*health/,
      );
      expect(log).toMatch(/watch +audit: exit 1, the audit was made and has findings\. Reports in .*health/);
      expect(existsSync(join(home, 'health', 'latest.html'))).toBe(true);
      // Only PM2 can take it away, and until then it stays in sight.
      const kept = await runCli(['schedule', '--remove', '--yes'], { env: { HOME: home } });
      expect([kept.code, kept.stdout]).toEqual([2, expect.stringMatching(/pm2 set pm2-audit:schedule ""/)]);
    } finally {
      child.kill('SIGINT');
      await ended;
    }
    const status = await runCli(['schedule', '--status'], { env: { HOME: home } });
    expect(status.stdout).toMatch(/PM2 module\nWhen +\* \* \* \* \*[\s\S]*Last run .*exit 1/);
    const gone = await runCli(['schedule', '--remove', '--yes'], { env: { HOME: home } });
    expect([gone.code, gone.stdout]).toEqual([0, expect.stringMatching(/is gone/)]);
    expect((await runCli(['schedule', '--status'], { env: { HOME: home } })).stdout).toMatch(/no schedule/);
  });

  it.each([
    [{ schedule: '0 8 * *' }, /pm2 set pm2-audit:schedule "0 8 \* \*": .*4 fields of 5/],
    [{ schedule: '0 8 31 2 *' }, /pm2 set pm2-audit:schedule.*never comes/],
    [{ email: 'ops@example.com' }, /pm2 set pm2-audit:email: has no use without a time/],
    [{ schedule: '0 8 * * *', send: 'yes' }, /pm2 set pm2-audit:send yes: use true or false/],
    [{ interval: '3x' }, /pm2 set pm2-audit:interval 3x: not an interval/],
    [{ threshold: 'big' }, /pm2 set pm2-audit:threshold big: not a size/],
    [{ lang: 'fr' }, /pm2 set pm2-audit:lang fr: not a language/],
    [{ schedul: 'x' }, /pm2 set pm2-audit:schedul: not a setting\. Settings are interval/],
  ])('tells what is wrong in %j by the name of the setting', async (set, message) => {
    const home = temporaryFolder('pm2-audit-module');
    const child = spawn(process.execPath, [join(bin, '..', 'module.cjs')], {
      cwd: home,
      env: { PATH: process.env['PATH'] ?? '', HOME: home, 'pm2-audit': JSON.stringify(set) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(2);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/--interval|--threshold|--lang|--cron/);
  });
});
