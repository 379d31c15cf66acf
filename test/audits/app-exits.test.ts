import { beforeEach, describe, expect, it, vi } from 'vitest';
import audit from '../../src/audits/app-exits.ts';
import { appKey } from '../../src/derive/apps/process-tree.ts';
import type { App } from '../../src/model/pm2.ts';
import type { Cause, RestartStory } from '../../src/model/restart.ts';
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

const line = quote('App [api:0] exited with code [0] via signal [SIGINT]', 'pm2.log');
const story = (of: App, cause: Cause, count: number, signal: string | null = null): RestartStory =>
  storyOf(of, {}, null, {
    restarts: Array.from({ length: count }, (_, index) => ({
      app: of.ref,
      at: now - (index + 1) * hour,
      cause,
      exitCode: 0,
      signal,
      confidence: 'possible' as const,
      uptimeMs: hour,
      because: [line],
      ...answered,
    })),
  });
const api = app('api', 0);
const worker = app('api', 0, { execMode: 'cluster' });

describe('app-exits', () => {
  it('asks what an app is that ends without an error, from three times on', () => {
    told.stories = [story(api, 'clean-exit', 3)];
    const [finding, ...more] = run(audit, { daemons: [daemon([api])] });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ priority: 'P3', confidence: 'possible', args: { kind: 'clean' } });
    expect(headline(audit, finding)).toContain('api ended 3 times with exit code 0 since');
    expect(effect(audit, finding)).toContain('nothing is wrong');
    told.stories = [story(api, 'clean-exit', 2)];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
  });

  it('knows that code 0 of a cluster worker may hide an exception', () => {
    told.stories = [story(worker, 'unknown', 3)];
    const [finding] = run(audit, { daemons: [daemon([worker])] });
    expect(finding).toMatchObject({ priority: 'P2', args: { kind: 'cluster' } });
    expect(effect(audit, finding)).toContain('uncaught exception');
  });

  it('names no cause where none could be seen, and leaves a SIGKILL to the gap in the kernel log', () => {
    told.stories = [story(api, 'unknown', 3)];
    expect(run(audit, { daemons: [daemon([api])] })).toMatchObject([
      { priority: 'P2', args: { kind: 'unseen' } },
    ]);
    told.stories = [story(api, 'unknown', 3, 'SIGKILL')];
    expect(run(audit, { daemons: [daemon([api])], oomLog: null })).toEqual([]);
  });

  it('lets a job be that PM2 was told to leave down', () => {
    const done = story(api, 'clean-exit', 6);
    told.stories = [
      {
        ...done,
        restarts: [],
        stops: done.restarts.map((each) => ({ ...each, next: 'left-down' as const, nextAt: null })),
      },
    ];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
  });

  it('is silent about everything with a cause', () => {
    told.stories = [storyOf(api, { crash: 9, manual: 9, signal: 9, 'memory-limit': 9 })];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
  });
});
