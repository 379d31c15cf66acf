/** Contract section 5: every bad input gets one clear sentence and the right exit code, never a stack trace. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivatePm2, startPrivatePm2 } from '../lab/private-pm2.ts';
import { isOneClearSentence, runCli } from './run-cli.ts';

let folder = '';
let pm2: PrivatePm2;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm2-audit-test-')));
  pm2 = await startPrivatePm2();
  writeFileSync(join(pm2.work, 'idle.js'), 'setInterval(() => {}, 1000);');
  await pm2.pm2(['start', 'idle.js', '--name', 'idle']);
});
afterAll(async () => {
  await pm2?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const audit = (...args: readonly string[]) =>
  runCli(['--home', pm2.home, '--observe', '0', '--out', join(folder, 'reports'), ...args], { cwd: folder });

describe('misuse ends with 2 and one sentence', () => {
  it.each([
    [['--since', 'banana'], /24h/],
    [['--since', '2999-01-01'], /future/],
    [['--top', 'many'], /1 to 1000/],
    [['--observe', 'soon'], /2s/],
    [['--format', 'pdf'], /terminal,md,html,json/],
    [['--lang', 'tlh'], /zh-CN/],
    [['--fail-on', 'P7'], /P0, P1, P2, P3 or never/],
    [['--app', 'nobody'], /no such app.*idle/],
    [['--config', 'absent.yaml'], /absent\.yaml/],
    [['--out', '-', '--format', 'md,html'], /one format/],
    [['--out', ''], /empty/],
  ])('audit %j', async (args, message) => {
    const { code, stdout, stderr } = await audit(...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(isOneClearSentence(stderr)).toBe(true);
  });

  it('an unknown option or command', async () => {
    expect(await runCli(['docter'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/docter: not a command\. Did you mean doctor\?/),
    });
    for (const args of [['--nonsense'], ['explain', 'a', 'b']]) {
      const { code, stderr } = await runCli(args);
      expect(code).toBe(2);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(stderr).toMatch(/error: /);
    }
  });

  it('an audit that does not exist, with a hint', async () => {
    const { code, stderr } = await runCli(['explain', 'oom-kiled']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/no such audit.*Did you mean oom-/);
  });

  it('a shell that does not exist', async () => {
    expect(await runCli(['completion', 'tcsh'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/bash, zsh or fish/),
    });
  });
});

describe('a place that cannot be written', () => {
  it.each([
    [
      'a file where a folder is needed',
      () => join(folder, 'plain'),
      /a file stands where a folder is needed|not a directory/i,
    ],
    ['a file system of the kernel', () => '/proc/self', /\/proc\/self/],
  ])('%s', async (_what, out, message) => {
    writeFileSync(join(folder, 'plain'), '');
    const { code, stderr } = await runCli(['--home', pm2.home, '--observe', '0', '--out', out()]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(isOneClearSentence(stderr)).toBe(true);
  });

  it('a path below a file, for capture', async () => {
    const { code, stderr } = await runCli([
      'capture',
      '--home',
      pm2.home,
      '--observe',
      '0',
      '-o',
      '/dev/full/x',
    ]);
    expect(code).toBe(2);
    expect(isOneClearSentence(stderr)).toBe(true);
  });

  it('leaves no half report on a full disk', async () => {
    const small = join(folder, 'small');
    mkdirSync(small);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', small], { stdio: 'pipe' });
    } catch (error) {
      if (process.env['CI'] === 'true') throw error;
      process.stderr.write('\nSKIPPED: a full disk needs root, to mount a small one\n\n');
      return;
    }
    try {
      const { code, stderr } = await runCli(['--home', pm2.home, '--observe', '0', '--out', small]);
      expect(stderr).toMatch(/the disk is full/);
      expect(code).toBe(2);
      expect(isOneClearSentence(stderr)).toBe(true);
      const left = readdirSync(small, { recursive: true, withFileTypes: true }).filter(
        (entry) => !entry.isDirectory(),
      );
      expect(left.map(({ name }) => name)).toEqual([]);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

describe('no daemon', () => {
  it('at all: says where it looked and what to do, writes nothing', async () => {
    const empty = mkdtempSync(join(folder, 'home-'));
    const { code, stdout, stderr } = await runCli([
      '--home',
      join(empty, '.pm2'),
      '--observe',
      '0',
      '--out',
      join(empty, 'reports'),
    ]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(isOneClearSentence(stderr)).toBe(true);
    expect(stderr).toMatch(/no PM2 there/);
    expect(readdirSync(empty)).toEqual([]);
  });

  it('but the files of one that died: reports that, and ends with 2', async () => {
    const dead = await startPrivatePm2();
    try {
      writeFileSync(join(dead.work, 'idle.js'), 'setInterval(() => {}, 1000);');
      await dead.pm2(['start', 'idle.js', '--name', 'idle']);
      await dead.pm2(['save']);
      process.kill(dead.pid, 'SIGKILL');
      const out = join(folder, 'dead');
      const { code, stderr } = await runCli([
        '--home',
        dead.home,
        '--observe',
        '0',
        '--out',
        out,
        '--format',
        'json',
        '--lang',
        'en',
      ]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/no PM2 daemon could be read/);
      expect(isOneClearSentence(stderr)).toBe(true);
      const report = JSON.parse((await import('node:fs')).readFileSync(join(out, 'latest.json'), 'utf8'));
      expect(report.verdict).toBe('critical');
      expect(report.findings[0]).toMatchObject({ audit: 'daemon-down', priority: 'P0' });
    } finally {
      await dead.stop();
    }
  });
});

describe('a damaged capture', () => {
  it.each([
    ['half a file', '{"schema":"pm2-audit.evidence/1","items":{', /not whole JSON/],
    ['another JSON', '{"hello":1}', /not a capture/],
    ['a report', '{"schema":"pm2-audit.report/1"}', /a report, not a capture/],
    ['a newer schema', '{"schema":"pm2-audit.evidence/9"}', /schema pm2-audit\.evidence\/9/],
    ['missing fields', '{"schema":"pm2-audit.evidence/1","items":{}}', /fields are missing/],
    ['binary', '\u0000\u0001\u0002', /not whole JSON/],
  ])('%s', async (_what, text, message) => {
    const file = join(folder, 'capture.json');
    writeFileSync(file, text);
    const { code, stderr, stdout } = await runCli(['replay', file, '--out', join(folder, 'replayed')]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(isOneClearSentence(stderr)).toBe(true);
  });

  it('one that is not there, and a folder', async () => {
    mkdirSync(join(folder, 'a-folder'), { recursive: true });
    for (const file of [join(folder, 'absent'), join(folder, 'a-folder')]) {
      const { code, stderr } = await runCli(['replay', file]);
      expect(code).toBe(2);
      expect(isOneClearSentence(stderr)).toBe(true);
    }
  });
});
