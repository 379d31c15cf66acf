import { beforeEach, describe, expect, it, vi } from 'vitest';
import audit from '../../src/audits/app-crashes.ts';
import { appKey } from '../../src/derive/apps/process-tree.ts';
import type { App } from '../../src/model/pm2.ts';
import type { CrashGroup, Ending, RestartStory } from '../../src/model/restart.ts';
import { app, c, daemon, day, hour, now, quote } from '../factories.ts';
import { answered, storyOf } from '../story-factory.ts';
import { effect, headline, run } from './words-of.ts';

const told = vi.hoisted(() => ({ stories: [] as RestartStory[] }));
vi.mock('../../src/derive/restarts/restart-evidence.ts', async (original) => ({
  ...(await original<object>()),
  storiesByApp: () => new Map(told.stories.map((story) => [appKey(story.app), story])),
}));
beforeEach(() => {
  told.stories = [];
});

const exit = quote('App [api:0] exited with code [1] via signal [SIGINT]', 'pm2.log');
const crash = (of: App, at: number, over: Partial<Ending> = {}): Ending => ({
  app: of.ref,
  at,
  cause: 'crash',
  exitCode: 1,
  signal: null,
  confidence: 'certain',
  uptimeMs: 2 * hour,
  because: [exit],
  ...answered,
  ...over,
});
const story = (of: App, restarts: readonly Ending[], over: Partial<RestartStory> = {}): RestartStory =>
  storyOf(of, {}, null, { restarts, ...over });
const api = app('api', 0);
const error: CrashGroup = {
  message: c('TypeError: no total'),
  frame: c('/srv/api/routes.js:10:5'),
  times: 2,
  first: now - day,
  last: now - hour,
  confidence: 'certain',
  lines: [c('TypeError: no total')],
  source: c('api-error.log'),
};
const every = (count: number, stepMs: number, endedMs = hour) =>
  Array.from({ length: count }, (_, index) => crash(api, now - endedMs - index * stepMs));

describe('app-crashes', () => {
  it('names the error, its place and how often', () => {
    told.stories = [story(api, every(3, 12 * hour), { crashes: [error] })];
    const [finding, ...more] = run(audit, { daemons: [daemon([api])] });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ priority: 'P2', confidence: 'certain', fix: { kind: 'command' } });
    expect(headline(audit, finding)).toContain('api crashed 3 times since');
    expect(effect(audit, finding)).toBe(
      'It ends by itself, the last time with exit code 1. 2 of them end with TypeError: no total at /srv/api/routes.js:10:5. No line of a log can be tied to the others. About one every 43200 s. PM2 started it again; what it was doing then was lost.',
    );
    expect(finding?.because.map(({ text }) => text)).toEqual(['TypeError: no total', exit.text]);
  });

  it('is P3 for one crash and for those that are over, P2 from two on, P1 from ten a day on', () => {
    const priorityOf = (restarts: readonly Ending[]) => {
      told.stories = [story(api, restarts)];
      return run(audit, { daemons: [daemon([api])] }).map(({ priority }) => priority);
    };
    expect(priorityOf(every(1, hour))).toEqual(['P3']);
    expect(priorityOf(every(2, hour))).toEqual(['P2']);
    expect(priorityOf(every(9, hour))).toEqual(['P2']);
    expect(priorityOf(every(10, hour))).toEqual(['P1']);
    expect(priorityOf(every(10, hour, 25 * hour))).toEqual(['P3']);
    // A pause of two days proves nothing where there was one before.
    expect(priorityOf(every(3, 2 * day, 2 * day))).toEqual(['P2']);
    expect(priorityOf([])).toEqual([]);
  });

  it('tells an app that stayed down, and a job whose work was not done', () => {
    const down = app('api', 0, { pid: null, status: 'stopped' });
    told.stories = [story(down, [], { stops: [crash(down, now - hour, { next: 'left-down' })] })];
    const [finding] = run(audit, { daemons: [daemon([down])] });
    expect(finding?.priority).toBe('P1');
    expect(headline(audit, finding)).toMatch(/^api crashed on .* and is down since$/);
    const job = app('api', 0, { pid: null, status: 'stopped', settings: { autorestart: false } });
    const [failed] = run(audit, { daemons: [daemon([job])] });
    expect(failed?.priority).toBe('P2');
    expect(effect(audit, failed)).toContain('Its work was not finished');
    told.stories = [
      story(down, [], {
        stops: [crash(down, now - hour, { next: 'left-down' })],
        starts: [{ at: now - hour / 2, because: exit }],
      }),
    ];
    expect(run(audit, { daemons: [daemon([down])] })[0]?.priority).toBe('P3');
  });

  it('does not call an exit code a crash that the settings name as an end', () => {
    const job = app('job', 0, { status: 'stopped', pid: null, settings: { stopExitCodes: [3] } });
    const ended = (exitCode: number) => {
      const stop = crash(job, now - hour, { exitCode, next: 'left-down', nextAt: null });
      told.stories = [story(job, [], { stops: [stop] })];
      return run(audit, { daemons: [daemon([job])] });
    };
    expect(ended(3)).toEqual([]);
    expect(ended(4)).toMatchObject([{ priority: 'P1' }]);
  });

  it('leaves loops, apps PM2 gave up, and deploys alone', () => {
    const span = { from: now - 2 * hour, to: now - hour, restarts: 5 };
    told.stories = [story(api, every(5, 60_000), { loops: [span] })];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
    told.stories = [story(api, every(5, hour))];
    expect(run(audit, { daemons: [daemon([app('api', 0, { status: 'errored', pid: null })])] })).toEqual([]);
    told.stories = [storyOf(api, { manual: 40, reload: 60, cron: 5, 'daemon-restart': 3, watch: 9 })];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
  });

  it('knows a fault in native code, and an abort beside heap aborts as one of them', () => {
    told.stories = [
      story(api, [crash(api, now - hour, { cause: 'signal', signal: 'SIGSEGV', exitCode: null })]),
    ];
    expect(effect(audit, run(audit, { daemons: [daemon([api])] })[0])).toContain('native code');
    const abort = crash(api, now - hour, { cause: 'signal', signal: 'SIGABRT', exitCode: null });
    told.stories = [story(api, [abort], { byCause: { signal: 1, 'heap-oom': 2 } })];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
    told.stories = [story(api, [crash(api, now - hour, { cause: 'signal', signal: 'SIGKILL' })])];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
  });

  it('puts small ones into one finding, and any number into ten at most', () => {
    const many = Array.from({ length: 40 }, (_, id) => app(`app-${id}`, id));
    told.stories = many.map((each) => story(each, [crash(each, now - hour)]));
    const list = run(audit, { daemons: [daemon(many)] });
    expect(list).toHaveLength(1);
    expect(headline(audit, list[0])).toContain('40 apps crashed once');
    told.stories = many.map((each, id) =>
      story(each, [crash(each, now - hour), ...(id % 2 ? [crash(each, now - 2 * hour)] : [])]),
    );
    expect(run(audit, { daemons: [daemon(many)] })).toHaveLength(10);
  });
});
