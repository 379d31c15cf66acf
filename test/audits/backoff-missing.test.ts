import { beforeEach, describe, expect, it, vi } from 'vitest';
import audit from '../../src/audits/backoff-missing.ts';
import { appKey } from '../../src/derive/apps/process-tree.ts';
import type { Cause, RestartStory } from '../../src/model/restart.ts';
import { app, daemon, quote } from '../factories.ts';
import { storyOf } from '../story-factory.ts';
import { headline, run } from './words-of.ts';

const told = vi.hoisted(() => ({ stories: [] as RestartStory[] }));
vi.mock('../../src/derive/restarts/restart-evidence.ts', async (original) => ({
  ...(await original<object>()),
  storiesByApp: () => new Map(told.stories.map((story) => [appKey(story.app), story])),
}));
beforeEach(() => {
  told.stories = [];
});

const bare = (name: string, id: number, over = {}) =>
  app(name, id, { settings: { expBackoffRestartDelayMs: 0, ...over } });
const tell = (target: ReturnType<typeof app>, counts: { [C in Cause]?: number }) =>
  storyOf(target, counts, quote('App exited'));

describe('backoff-missing', () => {
  it('lists every app that failed and has no pause in one finding', () => {
    const apps = [bare('api', 0), bare('web', 1)];
    told.stories = [tell(apps[0]!, { crash: 2 }), tell(apps[1]!, { crash: 5, 'oom-kill': 1 })];
    const findings = run(audit, { daemons: [daemon(apps)] });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      priority: 'P3',
      args: {
        apps: [
          { name: 'web', failures: 6 },
          { name: 'api', failures: 2 },
        ],
      },
      because: [{ text: 'App exited' }, { text: 'App exited' }],
    });
    expect(findings[0]?.fix).toMatchObject({
      patches: [{ set: [{ value: 100 }] }, { set: [{ value: 100 }] }],
    });
    told.stories = told.stories.slice(0, 1);
    expect(headline(audit, run(audit, { daemons: [daemon(apps)] })[0])).toContain('api failed 2 times');
  });

  it('is silent about a single failure, and about restarts somebody asked for', () => {
    const api = bare('api', 0);
    told.stories = [tell(api, { crash: 1, manual: 30, 'memory-limit': 4 })];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
  });

  it('is silent about apps with a pause, fixed or growing', () => {
    const apps = [app('a', 0), bare('b', 1, { restartDelayMs: 2000 }), bare('c', 2, { autorestart: false })];
    told.stories = apps.map((each) => tell(each, { crash: 9 }));
    expect(run(audit, { daemons: [daemon(apps)] })).toEqual([]);
  });
});
