/** The main job on a real daemon: files, exit codes, quiet, stdout, two runs at once, capture and replay. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivatePm2, startPrivatePm2, waitFor } from '../lab/private-pm2.ts';
import { bin, runCli } from './run-cli.ts';

let folder = '';
let pm2: PrivatePm2;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm2-audit-test-')));
  pm2 = await startPrivatePm2();
  writeFileSync(join(pm2.work, 'idle.js'), 'setInterval(() => {}, 1000);');
  writeFileSync(
    join(pm2.work, 'crash.js'),
    "setTimeout(() => { throw new Error('database is locked'); }, 300);",
  );
  await pm2.pm2(['start', 'idle.js', '--name', 'idle']);
  const crashing = { name: 'crashing', script: join(pm2.work, 'crash.js'), min_uptime: 100 };
  writeFileSync(join(pm2.work, 'ecosystem.json'), JSON.stringify({ apps: [crashing] }));
  await pm2.pm2(['start', join(pm2.work, 'ecosystem.json')]);
  await waitFor(async () => {
    const list: { name: string; pm2_env: { restart_time: number } }[] = JSON.parse(await pm2.pm2(['jlist']));
    return list.some(({ name, pm2_env }) => name === 'crashing' && pm2_env.restart_time >= 4) ? true : null;
  });
});
afterAll(async () => {
  await pm2?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const audit = (out: string, ...args: readonly string[]) =>
  runCli(['--home', pm2.home, '--observe', '0', '--lang', 'en', '--out', join(folder, out), ...args], {
    cwd: folder,
  });
const filesOf = (out: string): readonly string[] =>
  readdirSync(join(folder, out), { recursive: true }).map(String).sort();

describe('pm2-audit', () => {
  it('writes the dated reports, points latest.* at them, and names the crash loop first', async () => {
    const { code, stdout, stderr } = await audit('main');
    expect(stderr).toBe('');
    expect(code).toBe(1);
    expect(stdout).toMatch(/\[CRITICAL\]/);
    expect(stdout).toMatch(/crashing/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    const names = filesOf('main');
    expect(
      names.filter((name) => /^\d{4}-\d\d-\d\d\/health-.+-\d{8}-\d{6}\.(md|html|json)$/.test(name)),
    ).toHaveLength(3);
    expect(names.filter((name) => name.startsWith('latest.'))).toEqual([
      'latest.html',
      'latest.json',
      'latest.md',
    ]);
    expect(names.filter((name) => name.includes('.tmp') || name.includes('.lock'))).toEqual([]);
    const report = JSON.parse(readFileSync(join(folder, 'main', 'latest.json'), 'utf8'));
    expect(report.schema).toBe('pm2-audit.report/1');
    expect(report.findings[0]).toMatchObject({ audit: 'restart-loop', priority: 'P0' });
    const crashing = report.processes.find(({ app }: { app: { name: string } }) => app.name === 'crashing');
    expect(crashing.restarts.byCause.crash).toBeGreaterThanOrEqual(4);
    expect(crashing.restarts.unexplained).toBe(0);
  });

  it('says nothing when quiet and healthy, everything when quiet and sick', async () => {
    expect(await audit('quiet', '--quiet', '--app', 'idle', '--fail-on', 'P0')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect((await audit('quiet', '--quiet')).stdout).toMatch(/crashing/);
  });

  it('never fails when told so', async () => {
    expect((await audit('never', '--fail-on', 'never')).code).toBe(0);
  });

  it('prints one format to stdout and writes no file', async () => {
    const { stdout, code } = await runCli(
      ['--home', pm2.home, '--observe', '0', '--out', '-', '--format', 'json'],
      { cwd: folder },
    );
    expect(JSON.parse(stdout).schema).toBe('pm2-audit.report/1');
    expect(code).toBe(1);
  });

  it('lets two runs at once write two whole sets', async () => {
    const runs = await Promise.all([audit('two'), audit('two')]);
    expect(runs.map(({ code }) => code)).toEqual([1, 1]);
    const reports = filesOf('two').filter((name) => /health-.*json$/.test(name));
    expect(reports).toHaveLength(2);
    for (const name of reports)
      expect(JSON.parse(readFileSync(join(folder, 'two', name), 'utf8')).findings.length).toBeGreaterThan(0);
  });

  it('hears the bus while it listens', async () => {
    const { stdout } = await runCli(['capture', '--home', pm2.home, '--observe', '2s'], { cwd: folder });
    const evidence = JSON.parse(stdout);
    expect(
      evidence.items.bus.value.events.some(
        ({ event }: { event: { kind: string; what?: string } }) =>
          event.kind === 'process' && event.what === 'exit',
      ),
    ).toBe(true);
  });

  it('does not mind a reader that closes early', async () => {
    const child = spawn('sh', [
      '-c',
      `"${process.execPath}" "${bin}" --home "${pm2.home}" --observe 0 --out "${join(folder, 'pipe')}" | head -1`,
    ]);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(stderr).toBe('');
  });

  it('mutes a finding by config, and lists what it muted', async () => {
    writeFileSync(
      join(folder, 'mute.json'),
      JSON.stringify({ ignore: [{ audit: 'restart-loop', app: 'crashing', reason: 'a test of ours' }] }),
    );
    await audit('muted', '--config', join(folder, 'mute.json'));
    const report = JSON.parse(readFileSync(join(folder, 'muted', 'latest.json'), 'utf8'));
    expect(report.findings.map(({ audit: id }: { audit: string }) => id)).not.toContain('restart-loop');
    expect(readFileSync(join(folder, 'muted', 'latest.md'), 'utf8')).toMatch(/a test of ours/);
  });

  it('refuses a config that names an audit nobody knows', async () => {
    writeFileSync(
      join(folder, 'typo.json'),
      JSON.stringify({ ignore: [{ audit: 'restart-lop', reason: 'a test of ours' }] }),
    );
    const { code, stderr } = await audit('typo', '--config', join(folder, 'typo.json'));
    expect(stderr).toMatch(/"restart-lop" is not an audit/);
    expect(code).toBe(2);
  });
});

describe('capture and replay', () => {
  it('gives the same report on any machine, twice', async () => {
    const file = join(folder, 'host.json');
    expect((await runCli(['capture', '--home', pm2.home, '--observe', '0', '-o', file])).code).toBe(0);
    const replay = () =>
      runCli(['replay', file, '--out', '-', '--format', 'json', '--lang', 'en'], {
        cwd: folder,
        env: { TZ: 'America/New_York' },
      });
    const [first, second] = [await replay(), await replay()];
    expect(first.code).toBe(1);
    expect(first.stdout).toBe(second.stdout);
    const report = JSON.parse(first.stdout);
    expect(report.findings[0].audit).toBe('restart-loop');
    expect(report.takenAt).toBe(
      new Date(JSON.parse(readFileSync(file, 'utf8')).takenAt)
        .toISOString()
        .replace(/\.\d+Z$/, report.takenAt.slice(19)),
    );
  });
});

describe('explain, doctor, completion', () => {
  it('explains every audit in both languages', async () => {
    const { stdout } = await runCli(['explain', '--lang', 'en']);
    const ids = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '');
    expect(ids.length).toBeGreaterThanOrEqual(33);
    for (const lang of ['en', 'zh-CN']) {
      const { stdout: text, code } = await runCli(['explain', 'oom-killed', '--lang', lang]);
      expect(code).toBe(0);
      expect(text).toMatch(/"ignore"/);
    }
  });

  it('lists every source, and what mends the closed ones', async () => {
    const { stdout, code } = await runCli(['doctor', '--home', pm2.home, '--lang', 'en']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/seen\s+PM2 daemon/);
    expect(stdout).toMatch(/kernel log/);
  });

  it('prints completions that the shell accepts', async () => {
    const { stdout } = await runCli(['completion', 'bash']);
    const child = spawn('bash', [
      '-c',
      `${stdout}\nCOMP_WORDS=(pm2-audit ex); COMP_CWORD=1; _pm2_audit; echo "\${COMPREPLY[@]}"`,
    ]);
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(out.trim()).toBe('explain');
  });
});
