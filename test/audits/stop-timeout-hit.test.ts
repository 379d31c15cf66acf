import { beforeEach, describe, expect, it, vi } from 'vitest';
import audit from '../../src/audits/stop-timeout-hit.ts';
import { appKey } from '../../src/derive/apps/process-tree.ts';
import type { App } from '../../src/model/pm2.ts';
import type { Ending, RestartStory } from '../../src/model/restart.ts';
import { app, daemon, hour, now, quote } from '../factories.ts';
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

const sigkill = quote(
  'Process with pid 1000 still alive after 1600ms, sending SIGKILL to 1 remaining pids...',
  'pm2.log',
);
const exit = quote('App [api:0] exited with code [0] via signal [SIGKILL]', 'pm2.log');
const timedOut = (of: App, over: Partial<Ending> = {}): Ending => ({
  app: of.ref,
  at: now - hour,
  cause: 'stop-timeout',
  exitCode: null,
  signal: 'SIGKILL',
  confidence: 'certain',
  uptimeMs: hour,
  because: [sigkill, exit],
  ...answered,
  ...over,
});
const story = (of: App, restarts: readonly Ending[], stops: readonly Ending[] = []): RestartStory =>
  storyOf(of, {}, null, { restarts, stops });
const api = app('api', 0);
const web = app('web', 1);

describe('stop-timeout-hit', () => {
  it('counts the kills of each app at restarts and stops, and gives it more time', () => {
    told.stories = [
      story(api, [timedOut(api)], [timedOut(api, { next: 'left-down' })]),
      story(web, [timedOut(web)]),
    ];
    const [finding, ...more] = run(audit, { daemons: [daemon([api, web])] });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      priority: 'P2',
      confidence: 'certain',
      args: {
        apps: [
          { name: 'api', times: 2, contexts: ['deploy', 'stop'] },
          { name: 'web', times: 1 },
        ],
      },
      fix: { patches: [{ set: [{ setting: 'kill_timeout', value: 8000, previous: 1600 }] }, {}] },
    });
    expect(finding?.because[0]?.text).toContain('still alive after 1600ms');
    expect(effect(audit, finding)).toContain('It happened at restarts and reloads, stops.');
    told.stories = [story(api, [timedOut(api)])];
    expect(headline(audit, run(audit, { daemons: [daemon([api])] })[0])).toBe(
      'PM2 ended api by SIGKILL once while it was stopping',
    );
  });

  it('does not give more time where there was enough', () => {
    const slow = app('api', 0, { settings: { killTimeoutMs: 8000 } });
    told.stories = [story(slow, [timedOut(slow)])];
    const [finding] = run(audit, { daemons: [daemon([slow])] });
    expect(finding?.fix).toEqual({ kind: 'manual' });
    expect(effect(audit, finding)).toContain('time enough');
  });

  it.each([
    ['cron', '[PM2] Deregistering a cron job on: 0'],
    ['watch', 'Change detected on path /srv/api/a.js for app api - restarting'],
    ['memory-limit', '[PM2][WORKER] Process 0 restarted because it exceeds --max-memory-restart value (…)'],
  ] as const)('is P3 where nobody waits for it: %s', (context, text) => {
    told.stories = [story(api, [timedOut(api, { because: [quote(text, 'pm2.log'), sigkill, exit] })])];
    expect(run(audit, { daemons: [daemon([api])] })).toMatchObject([
      { priority: 'P3', args: { apps: [{ contexts: [context] }] } },
    ]);
  });

  it('counts a stop by the memory limit that ran out of time, too', () => {
    told.stories = [story(api, [timedOut(api, { cause: 'memory-limit' })])];
    expect(run(audit, { daemons: [daemon([api])] })).toMatchObject([{ priority: 'P3' }]);
  });

  it('is silent about kills from outside, clean stops, and the end of the daemon', () => {
    told.stories = [
      story(
        api,
        [
          timedOut(api, { cause: 'signal', because: [exit] }),
          timedOut(api, { cause: 'manual', because: [] }),
        ],
        [timedOut(api, { daemonEnd: 'command' })],
      ),
    ];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
  });
});
