import { describe, expect, it } from 'vitest';
import { restartStories, type StoryInput } from '../../../src/derive/restarts/restart-story.ts';
import type { AttributedKill } from '../../../src/model/oom.ts';
import type { App } from '../../../src/model/pm2.ts';
import { app, attributed, c, daemon, day, kill } from '../../factories.ts';
import { logOf } from '../pm2-log-fixture.ts';

const at = (time: string) => Date.parse(`2026-11-21T${time}Z`);
const line = (time: string, text: string) => `2026-11-21T${time}: PM2 log: ${text}\n`;
const start = (time: string) => line(time, 'App [w:0] starting in -fork mode-');
const exit = (time: string, code: number, signal: string) =>
  line(time, `App [w:0] exited with code [${code}] via signal [${signal}]`);
const plain = (over: Parameters<typeof app>[2] = {}) =>
  app('w', 0, { createdAt: null, startedAt: null, scriptPath: null, ...over });

function first(
  text: string,
  kills: readonly AttributedKill[],
  one: App = plain(),
  more: Partial<StoryInput> = {},
  startedAt: number | null = null,
) {
  const input: StoryInput = {
    daemons: [daemon([one], { startedAt })],
    pm2Log: [{ ...logOf(text), coversTo: at('23:59:59') }],
    bus: null,
    kills,
    killsFrom: at('00:00:00') - day,
    appLogs: null,
    unitJournal: null,
    window: { from: at('00:00:00') - day, to: at('23:59:59') },
    now: at('23:59:59'),
    ...more,
  };
  return restartStories(input)[0]!;
}

describe('an end beside a kill', () => {
  const killed = start('10:00:00') + exit('11:00:00', 0, 'SIGKILL') + start('11:00:00');
  const untied = (time: string, over: Partial<AttributedKill> = {}) =>
    attributed({
      kill: kill({ at: at(time) + 400, pid: 4711 }),
      app: null,
      role: null,
      confidence: 'none',
      reason: 'no-tie',
      ...over,
    });
  const told = (kills: readonly AttributedKill[]) => first(killed, kills).restarts[0];

  it('is a signal from outside for sure only where no kill of unknown owner stands beside it', () => {
    expect(told([])).toMatchObject({ cause: 'signal', confidence: 'likely' });
    expect(told([untied('10:59:58')])).toMatchObject({ cause: 'signal', confidence: 'possible' });
    expect(told([untied('11:00:00')])).toMatchObject({ cause: 'signal', confidence: 'possible' });
    expect(told([untied('10:50:00')])).toMatchObject({ cause: 'signal', confidence: 'likely' });
    expect(told([untied('11:00:09')])).toMatchObject({ cause: 'signal', confidence: 'likely' });
  });

  it('is not made unsure by a kill that is known to be elsewhere', () => {
    const elsewhere = untied('11:00:00', { role: 'other', confidence: 'certain', reason: 'other-cgroup' });
    expect(told([elsewhere])).toMatchObject({ cause: 'signal', confidence: 'likely' });
  });

  it('is the kill where an app obeyed a killer that asks first', () => {
    const obeyed = start('10:00:00') + exit('11:00:00', 0, 'SIGINT') + start('11:00:00');
    const asked = (killer: 'earlyoom' | 'kernel') =>
      first(obeyed, [
        attributed({
          kill: kill({ at: at('11:00:00'), pid: 4711, killer, comm: c('node') }),
          app: plain().ref,
          role: 'app',
          confidence: 'likely',
          reason: 'sigkill-in-pm2-log',
        }),
      ]).restarts[0];
    expect(asked('earlyoom')).toMatchObject({ cause: 'oom-kill', confidence: 'likely' });
    expect(asked('kernel')).toMatchObject({ cause: 'clean-exit' });
  });
});

describe('a restart that was heard after the window was drawn', () => {
  it('is in it', () => {
    const text = start('10:00:00') + exit('11:00:00', 1, 'SIGINT') + start('11:00:00');
    const bus = { from: at('10:59:59'), to: at('11:00:01'), events: [], droppedFrames: 0, droppedBytes: 0 };
    const window = { from: at('00:00:00'), to: at('10:59:59') };
    expect(first(text, [], plain(), { bus, window }).byCause).toEqual({ crash: 1 });
    expect(first(text, [], plain(), { window }).byCause).toEqual({});
  });
});

describe('a crash in the second in which the daemon was replaced', () => {
  it('is of the daemon above whose banner it stands', () => {
    const stop = line('11:00:00', 'Stopping app:w id:0') + exit('11:00:00', 0, 'SIGINT');
    const text =
      start('10:00:00') +
      exit('11:00:00', 1, 'SIGINT') +
      start('11:00:00') +
      stop +
      line('11:00:00', 'PM2 successfully stopped') +
      line('11:00:00', '--- New PM2 Daemon started ---') +
      start('11:00:00');
    const one = plain({ status: 'online', startedAt: at('11:00:00') + 900, createdAt: at('10:00:00') });
    const told = first(text, [], { ...one, restartCounter: 0 });
    expect(told.restarts).toMatchObject([{ cause: 'crash' }, { cause: 'daemon-restart' }]);
    expect(told.unexplained).toBe(0);
  });
});

describe('a log whose stamps are cut to the minute', () => {
  it('tells of restarts in the minute of the daemon’s own start', () => {
    const text =
      line('10:00:00', '--- New PM2 Daemon started ---') +
      start('10:00:00') +
      exit('10:00:00', 1, 'SIGINT') +
      start('10:00:00');
    const one = plain({ status: 'online', startedAt: at('10:00:48'), createdAt: at('10:00:40') });
    const told = first(text, [], { ...one, restartCounter: 1 }, {}, at('10:00:35'));
    expect(told.restarts).toMatchObject([{ cause: 'crash' }]);
    expect(told.unexplained).toBe(0);
  });
});

describe('a start that made no process', () => {
  const text = start('10:00:00') + exit('11:00:00', 1, 'SIGINT') + start('11:00:00');
  const online = { status: 'online', startedAt: at('11:00:00') + 300, restartCounter: 1 } as const;

  it('left the app down, and PM2 has counted it', () => {
    const failed = first(text, [], plain({ ...online, pid: null }));
    expect(failed.restarts).toMatchObject([{ cause: 'crash', next: 'left-down', nextAt: null }]);
    expect(failed.unexplained).toBe(0);
    const ran = first(text, [], plain({ ...online, pid: 4712 }));
    expect(ran.restarts).toMatchObject([{ next: 'restarted' }]);
  });
});
