import { beforeEach, describe, expect, it, vi } from 'vitest';
import audit from '../../src/audits/restart-loop.ts';
import { appKey } from '../../src/derive/apps/process-tree.ts';
import type { Cause, Restart, RestartStory } from '../../src/model/restart.ts';
import { app, c, daemon, hour, MB, minute, now, process, quote, settings } from '../factories.ts';
import { answered, noLines, noMore } from '../story-factory.ts';
import { effect, headline, run } from './words-of.ts';

const told = vi.hoisted(() => ({ stories: [] as RestartStory[] }));
vi.mock('../../src/derive/restarts/restart-evidence.ts', async (original) => ({
  ...(await original<object>()),
  storiesByApp: () => new Map(told.stories.map((story) => [appKey(story.app), story])),
}));
beforeEach(() => {
  told.stories = [];
});

const api = app('api', 0, { settings: { expBackoffRestartDelayMs: 0 } });
const exit = quote('App [api:0] exited with code [1] via signal [SIGINT]', '/home/deploy/.pm2/pm2.log');
/** The story quotes the error as well; a finding says it once. */
const errorLine = quote('Error: connect ECONNREFUSED 127.0.0.1:5432', '/home/deploy/.pm2/logs/api-error.log');
const story = (cause: Cause, count: number, endedMs: number, stepMs = 10_000, of = api): RestartStory => {
  const restarts = Array.from(
    { length: count },
    (_, index): Restart => ({
      app: of.ref,
      at: now - endedMs - (count - 1 - index) * stepMs,
      cause,
      exitCode: cause === 'crash' ? 1 : 0,
      signal: null,
      confidence: 'certain',
      uptimeMs: 2000,
      because: [exit, errorLine],
      ...answered,
    }),
  );
  const from = restarts[0]?.at ?? 0;
  const to = restarts.at(-1)?.at ?? 0;
  return {
    app: of.ref,
    counter: count,
    restarts,
    byCause: { [cause]: count },
    unexplained: 0,
    ...noMore,
    coversFrom: null,
    first: from,
    last: { at: to, cause },
    loops: cause === 'watch' || count < 3 ? [] : [{ from, to, restarts: count }],
    goesOn: endedMs < 10 * minute,
  };
};
const appLog = {
  app: api.ref,
  stream: 'err' as const,
  path: c('/home/deploy/.pm2/logs/api-error.log'),
  sizeBytes: 1,
  readBytes: 1,
  modifiedAt: now,
  texts: [],
  ...noLines,
  lastException: {
    at: null,
    headline: c('Error: connect ECONNREFUSED 127.0.0.1:5432'),
    lines: [],
    repeats: 9,
  },
};

describe('restart-loop', () => {
  it('is an emergency while it goes on: one finding, the error, the exit line, the backoff', () => {
    told.stories = [story('crash', 40, minute)];
    const findings = run(audit, { daemons: [daemon([api])], appLogs: [appLog] });
    expect(findings).toHaveLength(1);
    const [finding] = findings;
    expect(finding).toMatchObject({ priority: 'P0', confidence: 'certain' });
    expect(headline(audit, finding)).toBe('api is in a restart loop: 40 restarts in 390 s');
    expect(effect(audit, finding)).toBe(
      'It crashes with exit code 1, and PM2 starts it again. Each time it lives about 2 s. The same error stands 9 times in its log. It goes on.',
    );
    expect(finding?.because.map((line) => line.text)).toEqual([appLog.lastException.headline, exit.text]);
    expect(finding?.fix).toEqual({
      kind: 'ecosystem-patch',
      patches: [
        { app: api.ref, set: [{ setting: 'exp_backoff_restart_delay', value: 100, previous: null }] },
      ],
    });
  });

  it('says when it ended', () => {
    told.stories = [story('crash', 3, 5 * hour)];
    const [finding] = run(audit, { daemons: [daemon([api])] });
    expect(finding?.priority).toBe('P1');
    expect(headline(audit, finding)).toContain('was in a restart loop: 3 restarts in 20 s, ended');
  });

  it('sees an app that PM2 holds back for the third time, without any log', () => {
    const held = (backoffMs: number) =>
      app('api', 0, { status: 'waiting restart', backoffMs, settings: settings() });
    expect(run(audit, { daemons: [daemon([held(225)])], pm2Log: [] })[0]).toMatchObject({
      priority: 'P0',
      args: { cause: 'unknown', remedy: 'read-log' },
    });
    expect(run(audit, { daemons: [daemon([held(150)])], pm2Log: [] })).toEqual([]);
  });

  it('raises a limit that is too low, where a better one is known', () => {
    const small = app('api', 0, { settings: { maxMemoryRestartBytes: 60 * MB } });
    told.stories = [story('memory-limit', 5, minute, 60_000, small)];
    const table = {
      processes: [process(900, 1), process(1000, 900, { rssBytes: 90 * MB, pssBytes: 85 * MB })],
      partial: false,
    };
    const [finding] = run(audit, { daemons: [daemon([small])], processes: table });
    expect(finding?.args).toMatchObject({ remedy: 'raise-limit' });
    expect(finding?.fix).toMatchObject({ patches: [{ set: [{ setting: 'max_memory_restart' }] }] });
    const [blind] = run(audit, { daemons: [daemon([small])], processes: null, host: null, cgroups: null });
    expect(blind).toMatchObject({ args: { remedy: 'find-growth' }, fix: { kind: 'manual' } });
  });

  it('counts restarts by file watch from six on', () => {
    const watching = app('api', 0, { settings: { watch: true } });
    told.stories = [story('watch', 6, minute, 30_000, watching)];
    expect(run(audit, { daemons: [daemon([watching])] })[0]).toMatchObject({
      priority: 'P0',
      fix: { patches: [{ set: [{ setting: 'watch', value: false, previous: true }] }] },
    });
    told.stories = [story('watch', 5, minute, 30_000, watching)];
    expect(run(audit, { daemons: [daemon([watching])] })).toEqual([]);
  });

  it.each(['signal', 'clean-exit', 'unknown'] as const)('has words for %s', (cause) => {
    told.stories = [story(cause, 4, minute)];
    expect(run(audit, { daemons: [daemon([api])] })).toHaveLength(1);
  });

  it('leaves kills for memory and heap aborts to their own findings, alone as in a loop', () => {
    told.stories = [story('oom-kill', 4, minute)];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
    told.stories = [story('heap-oom', 4, minute)];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
    // Without app logs that finding is blind.
    expect(run(audit, { daemons: [daemon([api])], appLogs: null })).toHaveLength(1);
    const guesses = story('oom-kill', 4, minute);
    told.stories = [
      { ...guesses, restarts: guesses.restarts.map((one) => ({ ...one, confidence: 'possible' as const })) },
    ];
    expect(run(audit, { daemons: [daemon([api])] })).toMatchObject([{ args: { remedy: 'find-killer' } }]);
  });

  it('names all causes of a mixed loop, and the error behind most crashes', () => {
    const crashes = story('crash', 8, minute);
    const mixed = crashes.restarts.map((one, index) =>
      index < 2 ? { ...one, cause: 'signal' as const } : one,
    );
    told.stories = [
      {
        ...crashes,
        restarts: mixed,
        crashes: [
          {
            message: c('TypeError: no total'),
            frame: c('/srv/api/routes.js:10:5'),
            times: 5,
            first: now - hour,
            last: now - minute,
            confidence: 'certain',
            lines: [c('TypeError: no total'), c('    at total (/srv/api/routes.js:10:5)')],
            source: c('api-error.log'),
          },
        ],
        lastWords: { source: c('api-out.log'), lines: [c('GET /orders/17')] },
      },
    ];
    const [finding] = run(audit, { daemons: [daemon([api])], appLogs: [appLog] });
    expect(effect(audit, finding)).toContain('The causes: 6 crash, 2 outside signal.');
    expect(effect(audit, finding)).toContain(
      '5 of them end with TypeError: no total at /srv/api/routes.js:10:5.',
    );
    expect(finding?.because.map(({ text }) => text)).toEqual([
      'TypeError: no total',
      '    at total (/srv/api/routes.js:10:5)',
      'GET /orders/17',
      exit.text,
    ]);
  });

  it('calms down: within a day of the last failure P1, later P2 with the time since when it is stable', () => {
    told.stories = [story('crash', 5, 23 * hour)];
    expect(run(audit, { daemons: [daemon([api])] })[0]?.priority).toBe('P1');
    told.stories = [story('crash', 5, 24 * hour)];
    const [finding] = run(audit, { daemons: [daemon([api])] });
    expect(finding?.priority).toBe('P2');
    expect(effect(audit, finding)).toContain('It has been stable since');
  });

  it('is no emergency where a worker ends by design after some work', () => {
    const worker = story('clean-exit', 6, minute);
    const lived = (uptimeMs: number) => [
      { ...worker, restarts: worker.restarts.map((one) => ({ ...one, uptimeMs })) },
    ];
    told.stories = lived(10_000);
    expect(run(audit, { daemons: [daemon([api])] })[0]?.priority).toBe('P1');
    told.stories = lived(9_999);
    expect(run(audit, { daemons: [daemon([api])] })[0]?.priority).toBe('P0');
  });

  it('is silent about two failures, and about many that are far apart', () => {
    told.stories = [story('crash', 2, minute)];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
    told.stories = [{ ...story('crash', 40, minute, hour), loops: [] }];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
    expect(run(audit)).toEqual([]);
  });

  it('tells the loops of all instances as one, and lists the rest of many', () => {
    const two = [api, app('api', 1)];
    told.stories = [story('crash', 4, minute), story('crash', 5, minute, 10_000, two[1])];
    expect(run(audit, { daemons: [daemon(two)] })).toMatchObject([{ args: { restarts: 9 } }]);
    const many = Array.from({ length: 25 }, (_, id) => app(`app-${id}`, id));
    told.stories = many.map((each) => story('crash', 4, minute, 10_000, each));
    expect(run(audit, { daemons: [daemon(many)] })).toHaveLength(10);
  });
});
