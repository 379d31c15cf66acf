import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCleaner } from '../../../src/gather/clean.ts';
import { parseBannerTime, parsePm2LogText, splitStamp } from '../../../src/gather/pm2/pm2-log-line.ts';

const clean = makeCleaner();
const parse = (text: string) => parsePm2LogText(text, clean);
const fixtures = join(import.meta.dirname, '../../fixtures/pm2-log');

describe('parsePm2LogText', () => {
  it.each([
    ['App [crashy:0] starting in -fork mode-', { kind: 'starting', name: 'crashy', pmId: 0, old: false }],
    ['App [web:12] starting in -cluster mode-', { kind: 'starting', name: 'web', pmId: 12, old: false }],
    ['App [crashy:0] online', { kind: 'online', name: 'crashy', pmId: 0, old: false }],
    ['App name:exccl id:2 disconnected', { kind: 'disconnected', name: 'exccl', pmId: 2, old: false }],
    ['App name:web id:_old_1 disconnected', { kind: 'disconnected', name: 'web', pmId: 1, old: true }],
    ['Stopping app:web id:_old_0', { kind: 'stopping', name: 'web', pmId: 0, old: true }],
    [
      'App [crashy:0] exited with code [1] via signal [SIGINT]',
      { kind: 'exited', name: 'crashy', pmId: 0, old: false, code: 1, signal: 'SIGINT' },
    ],
    [
      'App [web:_old_1] exited with code [0] via signal [SIGINT]',
      { kind: 'exited', pmId: 1, old: true, code: 0 },
    ],
    [
      'App [crashexp:0] will restart in 1135ms',
      { kind: 'backoff', name: 'crashexp', pmId: 0, delayMs: 1135 },
    ],
    ['pid=522 msg=process killed', { kind: 'killed', pid: 522, processes: null }],
    ['pid=355 msg=process tree killed (2 pids)', { kind: 'killed', pid: 355, processes: 2 }],
    [
      'Process with pid 28784 still alive after 1600ms, sending SIGKILL to 1 remaining pids...',
      { kind: 'own-sigkill', pid: 28784, afterMs: 1600 },
    ],
    [
      'Process with pid 28784 still alive after 1600ms, sending it SIGKILL now...',
      { kind: 'own-sigkill', pid: 28784, afterMs: 1600 },
    ],
    [
      '[PM2][WORKER] Process 0 restarted because it exceeds --max-memory-restart value (current_memory=175800320 max_memory_limit=104857600 [octets])',
      { kind: 'memory-limit', pmId: 0, currentBytes: 175800320, limitBytes: 104857600 },
    ],
    [
      'Change detected on path src/a for app b.js for app wat ched - restarting',
      { kind: 'watch', path: 'src/a', name: 'b.js for app wat ched' },
    ],
    ['[PM2][WORKER] Registering a cron job on: 1', { kind: 'cron-registered', pmId: 1 }],
    ['[PM2] Deregistering a cron job on: 1', { kind: 'cron-deregistered', pmId: 1 }],
    ['Process 0 in a stopped status, starting it', { kind: 'already-stopped', pmId: 0 }],
    ['-reload- New worker listening', { kind: 'reload-listening' }],
    [
      'Script /srv/crash1.js had too many unstable restarts (16). Stopped. "errored"',
      { kind: 'overlimit', script: '/srv/crash1.js', times: 16 },
    ],
    ['Deleting process 3', { kind: 'deleting', pmId: 3 }],
    ['--- New PM2 Daemon started ----------------', { kind: 'daemon-started', pm2Version: null }],
    ['PM2 successfully stopped', { kind: 'daemon-stopped' }],
    ['pm2 has been killed by signal, dumping process list before exit...', { kind: 'daemon-signalled' }],
    ['Exited peacefully', { kind: 'daemon-exited' }],
    ['--- PM2 global error caught -------------', { kind: 'daemon-error' }],
    ['[PM2] Resurrecting PM2', { kind: 'daemon-resurrecting' }],
    [
      'Error: spawn node ENOENT\n    at ChildProcess._handle.onexit',
      { kind: 'spawn-failed', detail: 'Error: spawn node ENOENT' },
    ],
    ['Error caught while calling pidusage', { kind: 'monitoring-failed' }],
    [
      'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
      { kind: 'heap-abort', pid: null },
    ],
  ])('%s', (text, event) => {
    expect(parse(text)).toMatchObject(event);
    expect(parse(`${text}\n`)).toMatchObject(event);
  });

  it.each([
    ['App [we[ird]: na:me:0] exited with code [0] via signal [SIGINT]', 'we[ird]: na:me'],
    [
      'App [a] exited with code [1] via signal [SIGKILL]:7] online',
      'a] exited with code [1] via signal [SIGKILL]',
    ],
    ['App [two\nlines:3] online', 'two lines'],
    ['App [../../x:3] online', '../../x'],
    ['Stopping app:x id:9 id:3', 'x id:9'],
  ])('reads a hostile name: %s', (text, name) => {
    expect(parse(text)).toMatchObject({ name });
  });

  it.each([
    '',
    'hello',
    'App [x] online',
    'App [x:y] online',
    'App [x:1] onlin',
    'app [x:1] online',
    'App [x:1] stale exit event ignored (pid 5)',
    'Stopping app:x id:',
    'pid=5 msg=failed to kill - retrying in 100ms',
    'PM2 successfully stopped by hand',
    'Process x in a stopped status, starting it',
    ' App [x:1] online',
    'App [x:1] exited with code [null] via signal [SIGINT]',
    'Time                 : now',
    'FATAL ERROR: something else',
  ])('is silent about %j', (text) => {
    expect(parse(text)).toBeNull();
  });

  it('knows nearly every line that three versions of PM2 wrote', () => {
    const unknown = new Set<string>();
    for (const file of readdirSync(fixtures)) {
      for (const line of readFileSync(join(fixtures, file), 'utf8').split('\n')) {
        const { prefixed, text } = splitStamp(line);
        if (prefixed && parse(text) === null) unknown.add(text.replace(/[\d/].*/, '').trim());
      }
    }
    expect(
      [...unknown]
        .filter((text) => !/^(=+|Time|PM2?( version| home)?$|Node\.js version|pid=)/.test(text))
        .sort(),
    ).toEqual(
      [
        '[Watch] Start watching labmod',
        '[Watch] Start watching watched',
        'app=crashy id=',
        'Error [ERR_STREAM_DESTROYED]: Cannot call write after a stream was destroyed',
        'TypeError: One of the pids provided is invalid',
      ].sort(),
    );
  });

  it('never throws, and never loops, on any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void parse(text)));
    fc.assert(fc.property(fc.string({ maxLength: 50 }), (text) => void splitStamp(text)));
    parse(`App [${':1] online'.repeat(20_000)}`);
    parse(`Change detected on path ${' for app '.repeat(20_000)}`);
  });
});

describe('splitStamp', () => {
  const at = Date.UTC(2026, 10, 21, 16, 24, 17);
  it.each([
    ['2026-11-21T16:24:17: PM2 log: x', at, null],
    ['2026-11-21 16:24:17: PM2 error: x', at, null],
    ['2026/11/21 16:24:17: PM2 log: x', at, null],
    ['2026-11-21 16:24:17.045: PM2 log: x', at + 45, null],
    ['2026-11-21T16:24:17,5: PM2 log: x', at + 500, null],
    ['2026-11-21T16:24:17Z: PM2 log: x', at, 0],
    ['2026-11-21T16:24:17.000-05:00: PM2 log: x', at, -300],
    ['2026-11-21 16:24:17 +0530: PM2 log: x', at, 330],
    ['PM2        | 2026-11-21T16:24:17: PM2 log: x', at, null],
    ['0|PM2  | 2026-11-21T16:24:17: PM2 log: x', at, null],
  ])('%s', (line, wallMs, offsetMinutes) => {
    expect(splitStamp(line)).toEqual({ stamp: { wallMs, offsetMinutes }, prefixed: true, text: 'x' });
  });

  it.each([
    '21/11/2026 16:24:17',
    '11-21-2026 4:24 PM',
    '2026-02-30T00:00:00',
    '2026-11-21T25:00:00',
    '1795296424',
    'Nov 21 16:24:17',
  ])('does not guess %s', (stamp) => {
    expect(splitStamp(`${stamp}: PM2 log: x`)).toEqual({ stamp: null, prefixed: true, text: 'x' });
  });

  it('leaves output of apps alone', () => {
    expect(splitStamp('2026-11-21T16:24:17: hello PM2 log: x')).toEqual({
      stamp: null,
      prefixed: false,
      text: '2026-11-21T16:24:17: hello PM2 log: x',
    });
    expect(splitStamp('PM2 | App [x:1] online').text).toBe('App [x:1] online');
  });
});

describe('parseBannerTime', () => {
  it('learns the zone', () => {
    expect(
      parseBannerTime('Time                 : Sat Nov 21 2026 16:24:17 GMT-0500 (Eastern Standard Time)'),
    ).toEqual({
      at: Date.UTC(2026, 10, 21, 21, 24, 17),
      offsetMinutes: -300,
    });
    expect(parseBannerTime('Time : soon')).toBeNull();
  });
});
