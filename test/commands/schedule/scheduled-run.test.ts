/** The parts of a scheduled run: its variables, its turn, its record, its child and its words. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startAudit } from '../../../src/commands/schedule/audit-child.ts';
import { cronRuns } from '../../../src/commands/schedule/cron-daemon.ts';
import { readEnvFile } from '../../../src/commands/schedule/env-file.ts';
import { latenessMs } from '../../../src/commands/schedule/lateness.ts';
import {
  addRun,
  type RunRecord,
  readRecord,
  writeRecord,
} from '../../../src/commands/schedule/run-record.ts';
import { auditWords } from '../../../src/commands/schedule/scheduled-run.ts';
import { holderOf, takeTurn } from '../../../src/commands/schedule/turn.ts';
import { waitFor } from '../../lab/private-pm2.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder('pm2-audit-run');
const put = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};
const now = (): number => Date.now();
const isRunning = (pid: number): boolean => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

describe('the file of variables', () => {
  it('is taken as it is written: nothing is run or expanded', () => {
    const text = [
      '\ufeff# mail',
      'PM2_AUDIT_SMTP_URL=smtps://me:pa#ss$HOME`id`@host:465 ',
      "export SINGLE='a b $(id)'",
      'DOUBLE="a \\"b\\" \\\\ \\n$HOME"',
      'EMPTY=',
      'HALF="open',
      '  SPACED = no',
    ];
    const good = put('good.env', text.slice(0, -1).join('\r\n'));
    expect([...readEnvFile(good)]).toEqual([
      ['PM2_AUDIT_SMTP_URL', 'smtps://me:pa#ss$HOME`id`@host:465'],
      ['SINGLE', 'a b $(id)'],
      ['DOUBLE', 'a "b" \\ \n$HOME'],
      ['EMPTY', ''],
      ['HALF', '"open'],
    ]);
    const bad = put('bad.env', `A=1\nhunter2-canary\n`);
    expect(() => readEnvFile(bad)).toThrow(/line 2 is not NAME=value/);
    expect(() => readEnvFile(bad)).not.toThrow(/canary/);
  });

  it.each([0o640, 0o604, 0o620, 0o644, 0o666])('is refused with mode %o', (mode) => {
    expect(() => readEnvFile(put('open.env', 'A=1\n', mode))).toThrow(
      /others may read or change it.*chmod 600/,
    );
  });

  it('is refused when it is none, a folder, or too large', () => {
    expect(() => readEnvFile(join(folder, 'none'))).toThrow(/could not be read \(ENOENT\)/);
    mkdirSync(join(folder, 'dir'), { mode: 0o700 });
    expect(() => readEnvFile(join(folder, 'dir'))).toThrow(/--secrets/);
    expect(() => readEnvFile(put('big.env', 'A='.padEnd(70_000, 'x')))).toThrow(/64 KB/);
    expect(readEnvFile(put('once.env', 'A=1', 0o400)).get('A')).toBe('1');
  });
});

describe('one at a time', () => {
  const lock = join(folder, 'locks', 'a.lock');

  it('makes the second one wait, and leave when its time is over', async () => {
    const first = await takeTurn(lock, 0, now);
    if (!first.ok) throw new Error('not free');
    expect(holderOf(lock)?.pid).toBe(process.pid);
    expect(await takeTurn(lock, 300, now)).toMatchObject({ ok: false, holder: { pid: process.pid } });
    const waiting = takeTurn(lock, 10_000, now);
    first.release();
    const second = await waiting;
    if (!second.ok) throw new Error('did not get its turn');
    second.release();
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });

  it.each([
    ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 7, startTicks: 'x:1', since: 1 })],
    ['whose pid is somebody else by now', JSON.stringify({ pid: process.pid, startTicks: 'x:1', since: 1 })],
    ['that is no lock of ours', 'garbage'],
    ['that is empty', ''],
  ])('takes over a lock %s', async (_name, text) => {
    mkdirSync(join(folder, 'locks'), { recursive: true });
    writeFileSync(lock, text);
    const turn = await takeTurn(lock, 0, now);
    expect(turn.ok).toBe(true);
    expect(holderOf(lock)?.pid).toBe(process.pid);
    if (turn.ok) turn.release();
  });

  it('gives a dead lock to one of many', async () => {
    for (let round = 0; round < 10; round += 1) {
      writeFileSync(lock, JSON.stringify({ pid: process.pid, startTicks: 'x:1', since: 1 }));
      const turns = await Promise.all(Array.from({ length: 8 }, () => takeTurn(lock, 0, now)));
      expect(turns.filter(({ ok }) => ok)).toHaveLength(1);
      for (const turn of turns) if (turn.ok) turn.release();
    }
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });
});

describe('the record', () => {
  const run = (more: Partial<RunRecord> = {}): RunRecord => ({
    startedAt: 1,
    endedAt: 2,
    exitCode: 0,
    end: 'ended',
    delivers: false,
    ...more,
  });

  it('keeps the last twenty runs and what the newest said', () => {
    let record = readRecord(folder, '0123abcd');
    for (let index = 0; index < 25; index += 1)
      record = addRun(record, run({ startedAt: index }), `log ${index}`);
    record = addRun(record, run({ startedAt: 99, end: 'busy', exitCode: 2 }), 'somebody else');
    writeRecord(folder, record);
    const read = readRecord(folder, '0123abcd');
    expect(read.runs.map(({ startedAt }) => startedAt)).toEqual([
      99,
      ...Array.from({ length: 19 }, (_, at) => 24 - at),
    ]);
    expect(read.log).toBe('log 24');
  });

  it.each(['', '{', '[]', '{"schema":2}', '{"schema":1,"id":"0123abce","runs":[{"startedAt":"x"}]}'])(
    'is an empty one where it holds %j',
    (text) => {
      writeFileSync(join(folder, '0123abce.json'), text);
      expect(readRecord(folder, '0123abce')).toMatchObject({ runs: [], log: '', setup: null });
    },
  );
});

describe('the audit as a child', () => {
  const script = (code: string): string =>
    put(`script-${Math.abs(Number.parseInt(String(code.length), 10))}.cjs`, code);
  const env = { PATH: process.env['PATH'] };

  it('gives its exit code and what it said, the last part of a lot', async () => {
    const path = script(
      "process.stderr.write('why\\n'); process.stdout.write('x'.repeat(900_000) + 'end'); process.exitCode = 3;",
    );
    const ended = await startAudit([path], env, 20_000).ended;
    expect(ended).toMatchObject({ code: 3, signal: null, isOverdue: false, stderr: 'why\n' });
    expect(ended.stdout.endsWith('end')).toBe(true);
    expect(ended.stdout.length).toBeLessThanOrEqual(256 * 1024);
  });

  it('is ended at the deadline, also where it ignores SIGTERM, with all it started', async () => {
    const grandchild = join(folder, 'grandchild.pid');
    const path = script(`
      process.on('SIGTERM', () => {});
      const child = require('node:child_process').spawn('sleep', ['300'], { stdio: 'inherit' });
      require('node:fs').writeFileSync(${JSON.stringify(grandchild)}, String(child.pid));
      setInterval(() => {}, 1000);
    `);
    const ended = await startAudit([path], env, 1500).ended;
    expect(ended).toMatchObject({ code: null, signal: 'SIGKILL', isOverdue: true });
    const pid = Number(readFileSync(grandchild, 'utf8'));
    expect(await waitFor(async () => (isRunning(pid) ? null : true))).toBe(true);
  });

  it('does not wait for a program that outlives it and holds its pipe', async () => {
    const path = script(`
      const child = require('node:child_process').spawn('sleep', ['300'], { stdio: 'inherit', detached: true });
      console.log(child.pid); process.exit(0);
    `);
    const ended = await startAudit([path], env, 20_000).ended;
    expect(ended.code).toBe(0);
    process.kill(Number(ended.stdout), 'SIGKILL');
  });

  it('is told apart when a signal of somebody else ended it', async () => {
    const path = script("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000); // kernel");
    expect(await startAudit([path], env, 20_000).ended).toMatchObject({
      code: null,
      signal: 'SIGKILL',
      isOverdue: false,
    });
  });
});

describe('the words and the jitter', () => {
  it('hands the audit its own words only', () => {
    expect(
      auditWords([
        'audit',
        '--scheduled',
        '0123abcd',
        '--jitter',
        '120s',
        '--secrets=/x',
        '--quiet',
        '--out',
        '/r',
        '--email=a@b.c',
        '--deadline',
        '1m',
      ]),
    ).toEqual(['audit', '--out', '/r', '--email=a@b.c']);
  });

  it('is late by the same time on a host, spread over a fleet, never on the minute', () => {
    const late = Array.from({ length: 200 }, (_, host) => latenessMs('0123abcd', 120_000, `web-${host}`));
    expect(latenessMs('0123abcd', 120_000, 'web-7')).toBe(late[7]);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...late)).toBeLessThan(120_000);
    expect(new Set(late.map((ms) => Math.floor(ms / 10_000))).size).toBeGreaterThan(8);
    expect(latenessMs('0123abcd', 0)).toBe(0);
  });

  it('says whether a cron daemon runs only where it can see', () => {
    const proc = (name: string, comms: { readonly [pid: string]: string }): string => {
      for (const [pid, comm] of Object.entries(comms)) {
        mkdirSync(join(folder, name, pid), { recursive: true });
        writeFileSync(join(folder, name, pid, 'comm'), `${comm}\n`);
      }
      return join(folder, name);
    };
    expect(cronRuns(proc('debian', { 1: 'systemd', 77: 'cron' }))).toBe(true);
    expect(cronRuns(proc('rocky', { 1: 'systemd', 77: 'crond' }))).toBe(true);
    expect(cronRuns(proc('container', { 1: 'node', 9: 'cronolog' }))).toBe(false);
    expect(cronRuns(proc('hidden', { 99: 'bash' }))).toBeNull();
    expect(cronRuns(join(folder, 'none'))).toBeNull();
  });
});
