import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restartStories, type StoryInput } from '../../../src/derive/restarts/restart-story.ts';
import type { App, BusEvent, Pm2Log } from '../../../src/model/pm2.ts';
import type { AppLog } from '../../../src/model/storage.ts';
import { app, attributed, c, daemon, day, home, kill, quote, ref } from '../../factories.ts';
import { noLines } from '../../story-factory.ts';
import { logOf, logText } from '../pm2-log-fixture.ts';

const at = (time: string) => Date.parse(`2026-11-21T${time}Z`);
const over = { from: at('00:00:00') - day, to: at('23:59:59') };

/** Apps as their log names them; `cluster` where a line says so. */
function appsOf(log: Pm2Log, text: string): readonly App[] {
  const found = new Map<string, App>();
  for (const { event } of log.events) {
    if (!('name' in event) || !('pmId' in event)) continue;
    if (found.has(`${event.pmId} ${event.name}`)) continue;
    const isCluster = text.includes(`App [${event.name}:${event.pmId}] starting in -cluster mode-`);
    found.set(
      `${event.pmId} ${event.name}`,
      // Without `created_at` and `pm_uptime`, PM2's record denies nothing of what the log tells.
      app(event.name, event.pmId, {
        execMode: isCluster ? 'cluster' : 'fork',
        createdAt: null,
        startedAt: null,
        scriptPath: null,
      }),
    );
  }
  return [...found.values()];
}
function tell(text: string, more: Partial<StoryInput> = {}, change: (app: App) => App = (each) => each) {
  const log = logOf(text);
  const apps = appsOf(log, text).map(change);
  return restartStories({
    daemons: [daemon(apps, { startedAt: null })],
    pm2Log: [log],
    bus: null,
    kills: [],
    appLogs: null,
    unitJournal: null,
    window: over,
    now: at('23:59:59'),
    ...more,
  });
}
const causesOf = (stories: ReturnType<typeof tell>) =>
  Object.fromEntries(
    stories.flatMap((story) =>
      story.restarts.length === 0
        ? []
        : [[`${story.app.name}:${story.app.pmId}`, story.restarts.map(({ cause }) => cause)]],
    ),
  );
const of = (name: string, more: Partial<StoryInput> = {}, change?: (app: App) => App) =>
  tell(logText(name), more, change);
const all = (cause: string, ...names: string[]) => Object.fromEntries(names.map((name) => [name, [cause]]));
const unitApps = ['web:0', 'prefork:2', 'clus:3'];

describe('restartStories: what real daemons wrote', () => {
  it.each([
    ['crash-exit1-default', { 'crashy:0': ['crash', 'crash', 'crash'] }],
    ['crash-exp-backoff', { 'crashexp:0': Array(9).fill('crash') }],
    ['crash-slow-past-min-uptime', { 'slowcrash:0': Array(5).fill('crash') }],
    ['exit0-autorestart', { 'exit0:0': ['clean-exit', 'clean-exit'] }],
    ['stop-restart-fork', { 'idle:0': ['manual', 'reload'] }],
    [
      'cluster-reload-scale-delete',
      { 'web:0': ['reload'], 'web:1': ['reload'], 'web:2': ['signal', 'signal'] },
    ],
    [
      'max-memory-restart',
      { 'leakfork:0': ['memory-limit', 'memory-limit'], 'leakcluster:1': ['memory-limit', 'memory-limit'] },
    ],
    ['pm2-own-sigkill', { 'stubborn:0': ['stop-timeout'] }],
    ['cron-and-watch', { 'watched:0': ['watch'], 'cronapp:1': ['cron', 'cron'] }],
    ['signals', { 'sig:0': ['signal', 'signal', 'signal', 'signal', 'clean-exit'] }],
    ['exceptions', {}],
    ['v8-heap-oom', {}],
    ['oom-child-of-python-parent', {}],
    ['daemon-kill-update', { 'idle:0': ['daemon-restart', 'manual', 'daemon-restart'] }],
    ['daemon-sigterm', {}],
    ['poisoned-pidusage', { 'gone:1': ['crash'] }],
    ['versions-v5', { 'idle:0': ['signal', 'manual'], 'web:1': ['reload'], 'crashy:4': ['crash'] }],
    ['versions-v6', { 'idle:0': ['signal', 'manual'], 'web:1': ['reload'], 'crashy:4': ['crash'] }],
    ['versions-v7', { 'idle:0': ['signal', 'manual'], 'web:1': ['reload'], 'crashy:4': ['crash'] }],
    ['systemd-setup', {}],
    ['systemd-app-limit-app-continue', { 'leaky:1': ['signal'] }],
    [
      'systemd-app-limit-app-default',
      { 'leaky:1': ['signal', 'daemon-restart'], ...all('daemon-restart', ...unitApps) },
    ],
    ['systemd-app-limit-app-kill', all('daemon-restart', ...unitApps, 'leaky:1')],
    ['systemd-app-limit-child-default', all('daemon-restart', ...unitApps, 'leaky:1')],
    ['systemd-daemon-global-default', all('daemon-restart', ...unitApps, 'leaky:1')],
    ['systemd-daemon-global-continue', all('daemon-restart', ...unitApps, 'leaky:1')],
    ['systemd-oomd', all('daemon-restart', ...unitApps, 'leaky:1')],
    ['systemd-scope', all('daemon-restart', ...unitApps, 'leaky:1')],
    ['systemd-dumpcut-stop20', { 'leaky:1': ['signal'], 'stubborn:0': ['daemon-restart'] }],
    [
      'systemd-reboot',
      {
        'leaky:1': ['signal', 'daemon-restart', 'daemon-restart'],
        ...Object.fromEntries(unitApps.map((name) => [name, ['daemon-restart', 'daemon-restart']])),
      },
    ],
  ])('%s', (name, expected) => {
    expect(causesOf(of(name))).toEqual(expected);
  });

  it('calls a SIGKILL what the evidence carries: kill, signal, or unknown', () => {
    const killed = [at('21:16:11') + 15, at('21:16:14') - 400].map((time) =>
      attributed({
        kill: kill({ at: time }),
        app: ref('oomfork', 0),
        confidence: 'likely',
        reason: 'sigkill-in-pm2-log',
      }),
    );
    const tied = of('oom-fork', { kills: killed })[0]!.restarts;
    expect(
      tied.map(({ cause, confidence, signal, exitCode }) => ({ cause, confidence, signal, exitCode })),
    ).toEqual([
      { cause: 'oom-kill', confidence: 'likely', signal: 'SIGKILL', exitCode: null },
      { cause: 'oom-kill', confidence: 'likely', signal: 'SIGKILL', exitCode: null },
    ]);
    expect(tied[0]?.because.map(({ text }) => text)).toEqual([
      'App [oomfork:0] exited with code [0] via signal [SIGKILL]',
      killed[0]?.kill.quotes[0]?.text,
    ]);
    expect(of('oom-fork', { kills: killed.slice(0, 1) })[0]?.restarts.map(({ cause }) => cause)).toEqual([
      'oom-kill',
      'signal',
    ]);
    expect(of('oom-fork', { kills: null })[0]?.restarts[0]).toMatchObject({
      cause: 'unknown',
      confidence: 'none',
      signal: 'SIGKILL',
    });
    expect(of('oom-fork', { kills: [] })[0]?.restarts[0]).toMatchObject({
      cause: 'signal',
      confidence: 'possible',
    });
    expect(of('oom-fork', { kills: [], killsFrom: at('21:00:00') })[0]?.restarts[0]).toMatchObject({
      cause: 'signal',
      confidence: 'likely',
    });
    // The same kill of a child does not end the app, and one of another app is not this one's.
    expect(of('oom-fork', { kills: [{ ...killed[0]!, role: 'child' }] })[0]?.restarts[0]?.cause).toBe(
      'signal',
    );
    expect(of('oom-fork', { kills: [{ ...killed[0]!, app: ref('other', 1) }] })[0]?.restarts[0]?.cause).toBe(
      'signal',
    );
  });

  const crashText = (mode: string, line: string) =>
    [
      '10:00:00: PM2 log: App [w:0] starting in -MODE mode-',
      '10:00:01: PM2 log: App [w:0] online',
      `10:01:00: PM2 log: ${line}`,
      '10:01:00: PM2 log: App [w:0] starting in -MODE mode-',
    ]
      .map((text) => `2026-11-21T${text.replace('MODE', mode)}\n`)
      .join('');
  const appLog = (change: Partial<AppLog>): AppLog => ({
    app: ref('w', 0),
    stream: 'err',
    path: c('/l/w-error.log'),
    sizeBytes: 1,
    readBytes: 1,
    modifiedAt: at('10:01:00'),
    texts: [],
    lastException: null,
    ...noLines,
    ...change,
  });

  it('calls a cluster worker that ends with 0 a crash only where an exception is shown', () => {
    const text = crashText('cluster', 'App [w:0] exited with code [0] via signal [SIGINT]');
    const restart = (more: Partial<StoryInput>) => tell(text, more)[0]?.restarts[0];
    expect(restart({})).toMatchObject({ cause: 'unknown', confidence: 'none', exitCode: 0, signal: null });
    const lastException = { at: at('10:01:00') + 300, headline: c('Error: boom'), lines: [], repeats: 1 };
    expect(restart({ appLogs: [appLog({ lastException })] })).toMatchObject({
      cause: 'crash',
      confidence: 'likely',
    });
    expect(
      restart({ appLogs: [appLog({ lastException: { ...lastException, at: at('09:00:00') } })] })?.cause,
    ).toBe('unknown');
    expect(restart({ appLogs: [appLog({ lastException: { ...lastException, at: null } })] })?.cause).toBe(
      'crash',
    );
    expect(
      restart({
        appLogs: [appLog({ lastException: { ...lastException, at: null }, modifiedAt: at('11:00:00') })],
      })?.cause,
    ).toBe('unknown');
    const heard: BusEvent = {
      at: at('10:01:00') - 20,
      home,
      event: { kind: 'exception', pmId: 0, name: c('w'), message: c('boom'), stack: [] },
    };
    const bus = {
      from: at('10:00:00'),
      to: at('10:02:00'),
      events: [heard],
      droppedFrames: 0,
      droppedBytes: 0,
    };
    expect(restart({ bus })).toMatchObject({ cause: 'crash', confidence: 'likely' });
  });

  it('knows a heap abort by V8s words, behind a shell as well', () => {
    const heap = {
      kind: 'v8-heap-oom' as const,
      at: null,
      pid: 7,
      signal: 6,
      exitCode: null,
      app: null,
      pm2Id: null,
      who: null,
      verdict: 'self-abort' as const,
      quote: quote('FATAL ERROR: Reached heap limit'),
    };
    const text = crashText('fork', 'App [w:0] exited with code [0] via signal [SIGABRT]');
    expect(tell(text)[0]?.restarts[0]).toMatchObject({
      cause: 'signal',
      confidence: 'possible',
      signal: 'SIGABRT',
    });
    expect(tell(text, { appLogs: [appLog({ texts: [heap] })] })[0]?.restarts[0]).toMatchObject({
      cause: 'heap-oom',
      confidence: 'likely',
    });
    expect(
      tell(text, { appLogs: [appLog({ texts: [{ ...heap, at: at('10:00:59') }] })] })[0]?.restarts[0],
    ).toMatchObject({ cause: 'heap-oom', confidence: 'certain' });
    const shell = crashText('fork', 'App [w:0] exited with code [134] via signal [SIGINT]');
    expect(tell(shell, { appLogs: [appLog({ texts: [heap] })] })[0]?.restarts[0]).toMatchObject({
      cause: 'heap-oom',
      exitCode: 134,
    });
    const inLog = text
      .replaceAll('fork', 'cluster')
      .replace(
        '2026-11-21T10:01:00',
        '\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n2026-11-21T10:01:00',
      );
    expect(tell(inLog)[0]?.restarts[0]).toMatchObject({ cause: 'heap-oom', confidence: 'likely' });
  });

  it('does not surely take 143 of a Node script for a signal: it may have chosen that code itself', () => {
    const end = crashText('fork', 'App [w:0] exited with code [143] via signal [SIGINT]');
    const text = `${end}2026-11-21T10:05:00: PM2 log: App [v:1] online\n`;
    const told = (script: string, interpreter: string) =>
      tell(text, {}, (each) => ({ ...each, interpreter: c(interpreter), scriptPath: c(script) }))[0]
        ?.restarts[0];
    expect(told('/srv/w/server.js', '/usr/bin/node')).toMatchObject({
      cause: 'signal',
      confidence: 'possible',
    });
    expect(told('/usr/bin/npm', '/usr/bin/node')).toMatchObject({ cause: 'signal', confidence: 'likely' });
    expect(told('/usr/bin/bash', 'none')).toMatchObject({ cause: 'signal', confidence: 'likely' });
  });

  it('believes a counter of 0: lines since it was set to 0 are no restarts of this app', () => {
    const text = crashText('fork', 'App [w:0] exited with code [1] via signal [SIGINT]');
    const told = (restartCounter: number, createdAt: number) =>
      tell(text, {}, (each) => ({ ...each, restartCounter, createdAt }))[0]?.restarts.length;
    expect(told(0, at('10:00:00') + 500)).toBe(0);
    // `pm2 reset` after the crash: it did happen.
    expect(told(0, at('10:01:01') + 500)).toBe(1);
    expect(told(0, at('10:01:00') + 500)).toBe(1);
    const stopped = crashText(
      'fork',
      'Stopping app:w id:0\n2026-11-21T10:01:00: PM2 log: App [w:0] exited with code [0] via signal [SIGINT]',
    );
    const createdAt = at('10:01:00') + 500;
    expect(tell(stopped, {}, (each) => ({ ...each, restartCounter: 0, createdAt }))[0]?.restarts).toEqual([]);
    expect(told(1, at('10:00:00') + 500)).toBe(1);
  });

  it('reads 137 as SIGKILL behind a shell, and ties it to the kill of the child', () => {
    const text = crashText('fork', 'App [w:0] exited with code [137] via signal [SIGINT]');
    expect(tell(text, { kills: null })[0]?.restarts[0]).toMatchObject({
      cause: 'unknown',
      signal: 'SIGKILL',
      exitCode: 137,
    });
    const killed = attributed({
      kill: kill({ at: at('10:01:00') }),
      app: ref('w', 0),
      role: 'child',
      confidence: 'likely',
    });
    expect(tell(text, { kills: [killed] })[0]?.restarts[0]).toMatchObject({
      cause: 'oom-kill',
      confidence: 'likely',
    });
    expect(
      tell(crashText('fork', 'App [w:0] exited with code [3] via signal [SIGINT]'), { kills: [killed] })[0]
        ?.restarts[0],
    ).toMatchObject({ cause: 'crash', confidence: 'certain', exitCode: 3 });
  });

  it('takes a SIGTERM for an OOM kill only from a killer that sends it', () => {
    const text = crashText('fork', 'App [w:0] exited with code [0] via signal [SIGTERM]');
    const killed = attributed({
      kill: kill({ at: at('10:01:00'), killer: 'earlyoom' }),
      app: ref('w', 0),
      confidence: 'likely',
    });
    expect(tell(text)[0]?.restarts[0]?.cause).toBe('signal');
    expect(tell(text, { kills: [killed] })[0]?.restarts[0]?.cause).toBe('oom-kill');
    expect(
      tell(text, { kills: [{ ...killed, kill: kill({ at: at('10:01:00') }) }] })[0]?.restarts[0]?.cause,
    ).toBe('signal');
  });

  it('tells cron from a command by its second', () => {
    const cron = (expression: string) =>
      of('cron-and-watch', {}, (each) =>
        app(each.ref.name, each.ref.pmId, {
          createdAt: null,
          startedAt: null,
          settings: { cronRestart: c(expression) },
        }),
      );
    expect(
      cron('*/4 * * * * *')[1]?.restarts.map(({ cause, confidence }) => `${cause} ${confidence}`),
    ).toEqual(['cron likely', 'cron likely']);
    expect(cron('0 3 * * *')[1]?.restarts.map(({ cause, confidence }) => `${cause} ${confidence}`)).toEqual([
      'manual possible',
      'manual possible',
    ]);
  });

  it('quotes the journal where a unit was stopped because of a kill', () => {
    const line = (time: string, kind: 'failed' | 'oom-in-unit', text: string) => ({
      at: at(time),
      kind,
      result: c('oom-kill'),
      restarts: null,
      quote: quote(text, 'journal'),
    });
    const unitJournal = [
      {
        unit: c('pm2-root.service'),
        events: [
          line('22:01:29', 'oom-in-unit', 'killed by the OOM killer'),
          line('22:01:37', 'failed', "Failed with result 'oom-kill'."),
          line('12:00:00', 'failed', 'long ago'),
        ],
      },
    ];
    const web = of('systemd-app-limit-app-default', { unitJournal })[0]?.restarts[0];
    expect(web?.because.map(({ text }) => text)).toEqual([
      'PM2 successfully stopped',
      expect.stringContaining('New PM2 Daemon started'),
      'killed by the OOM killer',
      "Failed with result 'oom-kill'.",
    ]);
  });
});

describe('restartStories: figures', () => {
  const loop = (count: number, gapMs: number, name = 'w') => {
    let text = '2026-11-21T00:00:00: PM2 log: App [w:0] starting in -fork mode-\n'.replace('[w', `[${name}`);
    for (let index = 1; index <= count; index += 1) {
      const stamp = new Date(at('00:00:00') + index * gapMs).toISOString().slice(0, 19);
      text += `${stamp}: PM2 log: App [${name}:0] exited with code [1] via signal [SIGINT]\n${stamp}: PM2 log: App [${name}:0] starting in -fork mode-\n`;
    }
    return text;
  };

  it('measures uptimes, finds loops and says whether they go on', () => {
    const [story] = tell(loop(4, 60_000), { now: at('00:10:00') });
    expect(story?.restarts.map(({ uptimeMs }) => uptimeMs)).toEqual([60_000, 60_000, 60_000, 60_000]);
    expect(story?.loops).toEqual([{ from: at('00:01:00'), to: at('00:04:00'), restarts: 4 }]);
    expect(story).toMatchObject({
      goesOn: true,
      first: at('00:01:00'),
      last: { at: at('00:04:00'), cause: 'crash' },
      byCause: { crash: 4 },
    });
    expect(tell(loop(4, 60_000), { now: at('00:15:00') })[0]?.goesOn).toBe(false);
    expect(
      tell(loop(4, 60_000), { now: at('00:10:00') }, (each) => ({ ...each, status: 'errored' }))[0]?.goesOn,
    ).toBe(false);
    expect(tell(loop(2, 60_000))[0]?.loops).toEqual([]);
    expect(tell(loop(4, 301_000))[0]?.loops).toEqual([]);
    expect(
      tell('2026-11-21T00:00:00: PM2 log: App [w:0] online\n', {}, (each) => ({
        ...each,
        status: 'waiting restart',
      }))[0]?.goesOn,
    ).toBe(true);
  });

  it('counts against the counter only what happened under this daemon', () => {
    const counter = (text: string, restartCounter: number) =>
      tell(text, {}, (each) => ({ ...each, restartCounter }))[0];
    expect(counter(loop(4, 60_000), 10)).toMatchObject({ counter: 10, unexplained: 6 });
    expect(counter(loop(4, 60_000), 2)?.unexplained).toBe(0);
    const banner =
      '2026-11-21T01:00:00: PM2 log: --- New PM2 Daemon started ---\n2026-11-21T01:00:01: PM2 log: App [w:0] starting in -fork mode-\n';
    const after = counter(loop(4, 60_000) + banner, 3);
    expect(after).toMatchObject({ unexplained: 3 });
    expect(after?.restarts.map(({ cause }) => cause)).toEqual([
      'crash',
      'crash',
      'crash',
      'crash',
      'daemon-restart',
    ]);
  });

  it('keeps restarts outside the window out of the list and in the sum', () => {
    const [story] = tell(loop(4, 60_000), { window: { from: at('00:02:30'), to: over.to } }, (each) => ({
      ...each,
      restartCounter: 4,
    }));
    expect(story?.restarts).toHaveLength(2);
    expect(story?.unexplained).toBe(0);
  });

  it('does not give a forged line to an app that is not listed by that id and name', () => {
    const forged =
      '2026-11-21T00:30:00: PM2 log: App [w:9] exited with code [1] via signal [SIGINT]\n2026-11-21T00:30:00: PM2 log: App [w:9] starting in -fork mode-\n';
    const log = logOf(loop(3, 60_000) + forged);
    const stories = restartStories({
      daemons: [daemon([app('w', 0, { createdAt: null, startedAt: null })])],
      pm2Log: [log],
      bus: null,
      kills: [],
      appLogs: null,
      unitJournal: null,
      window: over,
      now: over.to,
    });
    expect(stories[0]?.restarts).toHaveLength(3);
  });

  it('adds what the bus heard after the log was read, and nothing twice', () => {
    const text = loop(2, 60_000);
    const log = logOf(text);
    const heard = (time: number, index: number): BusEvent => {
      const line = log.events[index]!;
      return { at: time, home, event: { kind: 'log', text: line.text, line: { ...line, at: null } } };
    };
    const again = [heard(at('00:02:00') + 400, 3), heard(at('00:02:00') + 410, 4)];
    const news = [heard(at('00:03:00') + 400, 3), heard(at('00:03:00') + 410, 4)];
    const bus = {
      from: at('00:01:59'),
      to: at('00:04:00'),
      events: [...again, ...news],
      droppedFrames: 0,
      droppedBytes: 0,
    };
    expect(tell(text, { bus })[0]?.restarts.map((restart) => restart.at)).toEqual([
      at('00:01:00'),
      at('00:02:00'),
      at('00:03:00') + 400,
    ]);
  });

  it('is silent and whole without any log', () => {
    const [story] = restartStories({
      daemons: [daemon([app('w', 0, { restartCounter: 7 })])],
      pm2Log: null,
      bus: null,
      kills: null,
      appLogs: null,
      unitJournal: null,
      window: over,
      now: over.to,
    });
    expect(story).toMatchObject({
      counter: 7,
      unexplained: 7,
      restarts: [],
      coversFrom: null,
      last: null,
      goesOn: false,
    });
  });

  it('takes a loop of 40,000 restarts', () => {
    const [story] = tell(loop(40_000, 2_000));
    expect(story?.restarts).toHaveLength(40_000);
    expect(story?.loops).toHaveLength(1);
  });
});

describe('restartStories: properties', () => {
  const fixtures = readdirSync(join(import.meta.dirname, '../../fixtures/pm2-log')).map((name) =>
    name.replace('.log', ''),
  );
  const sure = (stories: ReturnType<typeof tell>) =>
    stories.flatMap((story) =>
      story.restarts
        .filter(({ confidence }) => confidence === 'certain' || confidence === 'likely')
        .map((restart) => `${story.app.name}:${story.app.pmId} ${restart.at} ${restart.cause}`),
    );

  it('a cut log never states another cause', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), fc.nat(200), fc.nat(200), (name, head, tail) => {
        const lines = logText(name).split('\n');
        const whole = new Set(
          tell(lines.join('\n')).flatMap((story) =>
            story.restarts.map(
              (restart) => `${story.app.name}:${story.app.pmId} ${restart.at} ${restart.cause}`,
            ),
          ),
        );
        const cut = lines.slice(
          head % lines.length,
          Math.max(head % lines.length, lines.length - (tail % lines.length)),
        );
        for (const restart of sure(tell(cut.join('\n'))))
          expect(whole, `${name}: ${restart}`).toContain(restart);
      }),
      { numRuns: 400 },
    );
  });

  it('each line twice tells the same story', () => {
    for (const name of fixtures) {
      const twice = logText(name)
        .split('\n')
        .flatMap((line) => [line, line])
        .join('\n');
      expect(causesOf(tell(twice)), name).toEqual(causesOf(of(name)));
    }
  });

  it('totals match: causes add up to the restarts, and the unexplained to the counter', () => {
    for (const name of fixtures) {
      for (const story of of(name, {}, (each) => ({ ...each, restartCounter: 50 }))) {
        expect(Object.values(story.byCause).reduce((sum, count) => sum + count, 0)).toBe(
          story.restarts.length,
        );
        expect(story.unexplained).toBeLessThanOrEqual(50);
        expect(story.unexplained + story.restarts.length).toBeGreaterThanOrEqual(50);
      }
    }
  });
});
