import { describe, expect, it } from 'vitest';
import { restartStories, type StoryInput } from '../../../src/derive/restarts/restart-story.ts';
import type { App } from '../../../src/model/pm2.ts';
import type { UnitEventKind, UnitJournal } from '../../../src/model/systemd.ts';
import { app, attributed, c, daemon, day, hour, kill, minute, quote, ref } from '../../factories.ts';
import { logOf } from '../pm2-log-fixture.ts';

const at = (time: string) => Date.parse(`2026-11-21T${time}Z`);
const line = (time: string, text: string) => `2026-11-21T${time}: PM2 log: ${text}\n`;
const start = (time: string, name = 'w', id = 0) => line(time, `App [${name}:${id}] starting in -fork mode-`);
const exit = (time: string, code = 1, signal = 'SIGINT', name = 'w', id = 0) =>
  line(time, `App [${name}:${id}] exited with code [${code}] via signal [${signal}]`);
const crash = (time: string, name = 'w', id = 0) => exit(time, 1, 'SIGINT', name, id) + start(time, name, id);
const stop = (time: string, name = 'w', id = 0) =>
  line(time, `Stopping app:${name} id:${id}`) +
  exit(time, 0, 'SIGINT', name, id) +
  line(time, 'pid=71 msg=process tree killed (1 pids)');
const banner = (time: string, version = '7.0.4') =>
  line(time, '--- New PM2 Daemon started ----------------------------------------------------') +
  line(time, `PM2 version          : ${version}`);

const plain = (over: Parameters<typeof app>[2] = {}) =>
  app('w', 0, { createdAt: null, startedAt: null, scriptPath: null, ...over });
function tell(
  text: string,
  apps: readonly App[] = [plain()],
  more: Partial<StoryInput> = {},
  startedAt: number | null = null,
) {
  const log = logOf(text);
  return restartStories({
    daemons: [daemon(apps, { startedAt })],
    pm2Log: [{ ...log, coversTo: at('23:59:59') }],
    bus: null,
    kills: [],
    killsFrom: at('00:00:00') - day,
    appLogs: null,
    unitJournal: null,
    window: { from: at('00:00:00') - day, to: at('23:59:59') },
    now: at('23:59:59'),
    ...more,
  });
}
const first = (...args: Parameters<typeof tell>) => tell(...args)[0]!;

describe('how a daemon went', () => {
  const journal = (
    ...events: readonly (readonly [string, UnitEventKind, string?])[]
  ): readonly UnitJournal[] => [
    {
      unit: c('pm2-deploy.service'),
      events: events.map(([time, kind, result]) => ({
        at: at(time),
        kind,
        result: result === undefined ? null : c(result),
        restarts: null,
        quote: quote(`${kind} ${result ?? ''}`, 'systemd journal', at(time)),
      })),
    },
  ];
  const life = banner('10:00:00') + start('10:00:00');
  const quiet = (next: string, version?: string) => life + banner(next, version) + start(next);
  const killed = (next: string, version?: string) =>
    life +
    stop('11:00:00') +
    line('11:00:00', 'PM2 successfully stopped') +
    banner(next, version) +
    start(next);
  const signalled =
    life +
    line('11:00:00', 'pm2 has been killed by signal, dumping process list before exit...') +
    stop('11:00:00') +
    line('11:00:00', 'Exited peacefully') +
    banner('11:00:09') +
    start('11:00:09');
  const oomStop = journal(
    ['10:59:50', 'oom-in-unit'],
    ['11:00:00', 'failed', 'oom-kill'],
    ['11:00:01', 'restart-scheduled'],
  );
  const error =
    life +
    line('11:00:00', '--- PM2 global error caught ---') +
    line('11:00:00', '[PM2] Resurrecting PM2') +
    stop('11:00:00') +
    line('11:00:00', 'PM2 successfully stopped') +
    banner('11:00:01') +
    start('11:00:01');
  it.each([
    ['pm2 update to another version', killed('11:00:20', '7.0.5'), {}, 'update'],
    ['pm2 update of the same version, which a kill and a start look like', killed('11:00:00'), {}, 'command'],
    ['pm2 kill, then a start by hand', killed('11:04:00'), {}, 'command'],
    ['systemctl restart', killed('11:00:01'), { unitJournal: journal(['10:59:59', 'stopping']) }, 'command'],
    ['an OOM stop of the unit', killed('11:00:05'), { unitJournal: oomStop }, 'oom-stop'],
    [
      'systemctl stop a minute after an OOM kill that the unit survived',
      killed('11:00:05'),
      { unitJournal: journal(['10:59:00', 'oom-in-unit'], ['11:00:00', 'stopping']) },
      'command',
    ],
    ['SIGTERM', signalled, {}, 'signal'],
    ['an OOM stop of a scope', signalled, { unitJournal: oomStop }, 'oom-stop'],
    [
      'systemd-oomd',
      quiet('11:00:00'),
      { unitJournal: journal(['10:59:58', 'oomd-kill'], ['10:59:59', 'failed', 'oom-kill']) },
      'oom-kill',
    ],
    [
      'an OOM kill of the daemon, OOMPolicy=continue',
      quiet('11:00:00'),
      { unitJournal: journal(['10:59:58', 'oom-in-unit'], ['10:59:59', 'failed', 'signal']) },
      'oom-kill',
    ],
    [
      'an OOM kill of the daemon that only the kernel tells',
      quiet('11:00:00'),
      { kills: [attributed({ role: 'daemon', app: null, kill: kill({ at: at('10:59:58') }) })] },
      'oom-kill',
    ],
    ['a reboot', killed('11:05:00'), { bootedAt: at('11:04:30') }, 'reboot'],
    ['a reboot without a farewell', quiet('11:05:00'), { bootedAt: at('11:04:30') }, 'reboot'],
    ['a boot long before', quiet('11:05:00'), { bootedAt: at('08:00:00') }, 'vanished'],
    ['an error of its own', error, {}, 'error'],
    ['kill -9', quiet('11:05:00'), {}, 'vanished'],
  ])('%s', (_, text, more, how) => {
    const { restarts } = first(text, [plain()], more);
    expect(restarts).toMatchObject([{ cause: 'daemon-restart', daemonEnd: how, next: 'resurrected' }]);
  });

  it('quotes the journal for an OOM stop', () => {
    const because = first(killed('11:00:05'), [plain()], { unitJournal: oomStop }).restarts[0]?.because;
    expect(because?.map(({ text }) => text)).toEqual([
      'PM2 successfully stopped',
      expect.stringContaining('New PM2 Daemon'),
      'oom-in-unit ',
      'failed oom-kill',
    ]);
  });

  it('takes the end of the daemon that had apps, where another was started only to be ended', () => {
    const text =
      life +
      banner('11:00:00') +
      line('11:00:04', 'PM2 successfully stopped') +
      banner('11:00:06') +
      start('11:00:06');
    expect(first(text).restarts).toMatchObject([
      { daemonEnd: 'vanished', uptimeMs: null, at: at('11:00:06') },
    ]);
  });

  it('leaves the app that the kernel killed with its group an OOM kill', () => {
    const victim = attributed({ app: ref('w', 0), role: 'app', kill: kill({ at: at('10:59:58') }) });
    const unitJournal = journal(['10:59:58', 'oom-in-unit'], ['10:59:59', 'failed', 'oom-kill']);
    expect(first(quiet('11:00:00'), [plain()], { kills: [victim], unitJournal }).restarts).toMatchObject([
      { cause: 'oom-kill', daemonEnd: 'oom-kill', signal: 'SIGKILL', next: 'resurrected' },
    ]);
  });

  it('reads the journal of the unit that holds this daemon only', () => {
    const [other] = oomStop;
    const unitJournal = other ? [{ ...other, unit: c('pm2-other.service') }] : [];
    const unit = { name: c('pm2-deploy.service') } as never;
    const holders = [{ home: daemon([]).home, daemonPid: 900, unit, cgroupPath: c('/x') }];
    const startup = { systemd: true, systemdVersion: 252, units: [], holders, others: [] };
    expect(first(killed('11:00:05'), [plain()], { unitJournal, startup }).restarts[0]?.daemonEnd).toBe(
      'command',
    );
  });
});

describe('stops and starts', () => {
  it('tells a stop, the start by hand after it, and the first start', () => {
    const story = first(banner('09:00:00') + start('09:00:01') + stop('10:00:00') + start('11:00:00'));
    expect(story.restarts).toEqual([]);
    expect(story.stops).toMatchObject([
      {
        at: at('10:00:00'),
        cause: 'manual',
        next: 'left-down',
        nextAt: null,
        daemonEnd: null,
        uptimeMs: hour - 1_000,
      },
    ]);
    expect(story.starts.map((each) => each.at)).toEqual([at('09:00:01'), at('11:00:00')]);
  });

  it('does not call a start at the beginning of the log one: the end before it is cut off', () => {
    expect(first(start('09:00:01') + crash('10:00:00')).starts).toEqual([]);
  });

  it('quotes cron where it revives a stopped app', () => {
    const text =
      banner('09:00:00') +
      start('09:00:01') +
      stop('10:00:00') +
      line('11:00:00', '[PM2] Deregistering a cron job on: 0') +
      start('11:00:00');
    expect(first(text).starts.at(-1)?.because.text).toBe('[PM2] Deregistering a cron job on: 0');
  });

  it('says where PM2 gave up, by the script that the line names', () => {
    const text = banner('09:00:00') + start('09:00:01') + crash('10:00:00') + exit('10:00:01');
    const over =
      text + line('10:00:01', 'Script /srv/w.js had too many unstable restarts (16). Stopped. "errored"');
    const told = (script: string) =>
      first(over, [plain({ status: 'errored', scriptPath: c(script) })]).stops.map(({ next }) => next);
    expect(told('/srv/w.js')).toEqual(['gave-up']);
    expect(told('/srv/other.js')).toEqual(['left-down']);
  });

  it('says where PM2 waited: its own line, or restart_delay', () => {
    const backoff =
      exit('10:00:00') + line('10:00:00', 'App [w:0] will restart in 5000ms') + start('10:00:05');
    const head = banner('09:00:00') + start('09:00:01');
    expect(first(head + backoff).restarts).toMatchObject([{ next: 'delayed', nextAt: at('10:00:05') }]);
    const slow = plain({ settings: { restartDelayMs: 60_000 } });
    expect(first(head + exit('10:00:00') + start('10:01:00'), [slow]).restarts).toMatchObject([
      { next: 'delayed', cause: 'crash' },
    ]);
    const waiting = plain({ status: 'waiting restart', restartCounter: 0 });
    expect(
      first(head + exit('10:00:00') + line('10:00:00', 'App [w:0] will restart in 5000ms'), [waiting]).stops,
    ).toMatchObject([{ next: 'delayed', nextAt: null }]);
  });

  it('takes a stop and a start one second later for two commands, unless the counter says it was one', () => {
    const text = banner('09:00:00') + start('09:00:01') + stop('10:00:00') + start('10:00:01');
    const two = first(text, [plain({ restartCounter: 0 })]);
    expect([two.restarts.length, two.stops.length, two.starts.length]).toEqual([0, 1, 2]);
    const one = first(text, [plain({ restartCounter: 1 })]);
    expect([one.restarts.length, one.stops.length, one.unexplained]).toEqual([1, 0, 0]);
  });
});

describe("PM2's record against its log", () => {
  const head = banner('09:00:00') + start('09:00:01');
  const online = (startedAt: string, restartCounter: number, createdAt = '09:00:00') =>
    plain({ startedAt: at(startedAt) + 300, createdAt: at(createdAt) + 300, restartCounter });

  it('drops what came after the process that runs was started', () => {
    const story = first(head + crash('10:00:00') + crash('12:00:00'), [online('10:00:00', 1)]);
    expect(story.restarts.map((each) => each.at)).toEqual([at('10:00:00')]);
    expect(first(head + exit('12:00:00'), [online('09:00:01', 0)]).stops).toEqual([]);
  });

  it('does not drop them where the log has another zone than PM2', () => {
    expect(first(head + crash('12:00:00'), [online('10:00:00', 1)]).restarts).toHaveLength(1);
  });

  it('states none of more restarts than the counter holds, unless something else shows which', () => {
    const text = head + crash('10:00:00') + crash('11:00:00') + crash('12:00:00');
    const weak = first(text, [online('12:00:00', 2)]).restarts;
    expect(weak.map(({ confidence }) => confidence)).toEqual(['possible', 'possible', 'certain']);
    const shown = first(text, [online('12:00:00', 2)], {
      bus: {
        from: at('10:59:00'),
        to: at('11:01:00'),
        droppedFrames: 0,
        droppedBytes: 0,
        events: [
          {
            at: at('11:00:00') + 40,
            home: daemon([]).home,
            event: { kind: 'exception', pmId: 0, name: c('w'), message: c('boom'), stack: [] },
          },
        ],
      },
    });
    expect(shown.restarts.map((each) => each.at)).toEqual([at('11:00:00'), at('12:00:00')]);
    expect(shown).toMatchObject({ counter: 2, unexplained: 0 });
  });

  it('passes over the end of a process that never started, and a banner its daemon did not write', () => {
    expect(
      first(head + exit('10:00:00', 1, 'SIGINT', 'v', 1) + start('10:00:00', 'v', 1), [
        plain(),
        app('v', 1, { startedAt: null, createdAt: null }),
      ]),
    ).toMatchObject({ restarts: [] });
    const [, v] = tell(head + exit('10:00:00', 1, 'SIGINT', 'v', 1) + start('10:00:00', 'v', 1), [
      plain(),
      app('v', 1, { startedAt: null, createdAt: null }),
    ]);
    expect(v?.restarts).toEqual([]);
    const forged = head + banner('10:00:00') + start('10:00:00');
    expect(first(forged, [plain()], {}, at('09:00:00')).restarts).toEqual([]);
    expect(first(forged, [plain()], {}, at('10:00:00')).restarts).toMatchObject([
      { cause: 'daemon-restart' },
    ]);
  });

  it.each([
    ['no-log', null],
    ['no-times', { coversFrom: null, sizeBytes: 900, events: [] }],
    ['before-log', { coversFrom: at('10:00:00'), createdAt: at('10:00:00'), events: [] }],
    ['before-log', { coversFrom: at('10:00:00'), events: [] }],
    ['emptied', { coversFrom: at('10:00:00'), createdAt: at('09:00:00'), events: [] }],
    ['unknown', { coversFrom: at('09:00:00'), createdAt: at('09:00:00'), events: [] }],
  ])('says why a part stays unexplained: %s', (why, log) => {
    const pm2Log = log === null ? null : [{ ...logOf(''), ...log }];
    const story = first('', [plain({ restartCounter: 4 })], { pm2Log }, at('09:00:00'));
    expect(story).toMatchObject({ unexplained: 4, unexplainedWhy: why });
  });
});

describe('clocks', () => {
  const head = banner('09:00:00') + start('09:00:01');
  it('has no uptime across a clock that was set back, and loses no restart', () => {
    const story = first(head + crash('12:00:00') + crash('11:30:00') + crash('11:40:00'));
    expect(story.restarts.map(({ at: time, uptimeMs }) => [time, uptimeMs])).toEqual([
      [at('11:30:00'), null],
      [at('11:40:00'), 10 * minute],
      [at('12:00:00'), 3 * hour - 1_000],
    ]);
  });

  it('reads a part of the log once that stands there twice', () => {
    const part = crash('10:00:00') + crash('11:00:00') + crash('12:00:00');
    expect(first(head + part + part + crash('13:00:00')).restarts).toHaveLength(4);
  });

  it('has no uptime of a process started before the clock was set', () => {
    const text = '1970-01-01T00:00:09: PM2 log: App [w:0] starting in -fork mode-\n';
    expect(first(text + crash('12:00:00')).restarts).toMatchObject([{ uptimeMs: null }]);
  });
});
