import { beforeEach, describe, expect, it, vi } from 'vitest';
import audit from '../../src/audits/restart-count-high.ts';
import { appKey } from '../../src/derive/apps/process-tree.ts';
import type { RestartStory } from '../../src/model/restart.ts';
import { app, daemon, hour, now, quote, window } from '../factories.ts';
import { storyOf } from '../story-factory.ts';
import { effect, headline, run } from './words-of.ts';

const told = vi.hoisted(() => ({ stories: [] as RestartStory[] }));
vi.mock('../../src/derive/restarts/restart-evidence.ts', async (original) => ({
  ...(await original<object>()),
  storiesByApp: () => new Map(told.stories.map((story) => [appKey(story.app), story])),
}));
beforeEach(() => {
  told.stories = [];
});

const counted = (name: string, id: number, restartCounter: number, over = {}) =>
  app(name, id, { restartCounter, startedAt: now - hour, ...over });
const line = quote('App [flask-app:0] exited with code [1] via signal [SIGINT]', 'pm2.log');

describe('restart-count-high', () => {
  it('splits the counter into what was asked for and what failed', () => {
    const flask = counted('flask-app', 0, 108);
    told.stories = [storyOf(flask, { reload: 61, manual: 35, crash: 9, 'oom-kill': 3 }, line)];
    const [finding] = run(audit, { daemons: [daemon([flask])] });
    expect(finding).toMatchObject({ priority: 'P3', confidence: 'certain', args: { remedy: 'deploy' } });
    expect(headline(audit, finding)).toBe('flask-app restarted 108 times: 96 on request, 12 by failure');
    expect(effect(audit, finding)).toContain('61 reload, 35 manual, 9 crash, 3 OOM kill');
    expect(effect(audit, finding)).toContain('is not one');
  });

  it('leaves failures to their own findings, and counts only what is above the limit without them', () => {
    const failing = counted('a', 0, 61);
    told.stories = [storyOf(failing, { crash: 25, unknown: 6, manual: 30 }, line)];
    expect(run(audit, { daemons: [daemon([failing])] })).toEqual([]);
    told.stories = [storyOf(failing, { crash: 25, unknown: 5, manual: 31 }, line)];
    expect(run(audit, { daemons: [daemon([failing])] })).toMatchObject([
      { priority: 'P3', args: { apps: [{ name: 'a', kind: 'asked', failed: 25 }] } },
    ]);
    expect(run(audit, { daemons: [daemon([counted('c', 2, 30)])] })).toEqual([]);
  });

  it('asks nobody to deploy less often where a timer restarts the app', () => {
    const timed = counted('a', 0, 100);
    told.stories = [storyOf(timed, { cron: 100 }, line)];
    const [finding] = run(audit, { daemons: [daemon([timed])] });
    expect(finding).toMatchObject({ priority: 'P3' });
    expect(finding?.fix).toBeUndefined();
  });

  it('calls a counter without restarts in the window history', () => {
    const old = counted('a', 0, 90, { startedAt: window.from - hour });
    expect(run(audit, { daemons: [daemon([old])], pm2Log: null })[0]).toMatchObject({
      priority: 'P3',
      args: { apps: [{ kind: 'history' }] },
    });
    const watched = counted('a', 0, 90);
    told.stories = [storyOf(watched, {})];
    expect(run(audit, { daemons: [daemon([watched])] })[0]?.args).toMatchObject({
      apps: [{ kind: 'history' }],
    });
  });

  it('proposes no cure for history', () => {
    const old = counted('a', 0, 90, { startedAt: window.from - hour });
    expect(run(audit, { daemons: [daemon([old])] })[0]?.fix).toBeUndefined();
  });

  it('does not guess where nothing was seen', () => {
    const [finding] = run(audit, { daemons: [daemon([counted('a', 0, 90)])], pm2Log: null });
    expect(finding).toMatchObject({
      priority: 'P2',
      confidence: 'possible',
      args: { apps: [{ kind: 'unclear' }] },
    });
    expect(headline(audit, finding)).toContain('could not be seen');
    expect(finding?.fix).toMatchObject({ run: ['PM2_HOME=/home/deploy/.pm2 pm2 reset a'] });
  });

  it.each([
    ['emptied', 'was emptied since'],
    ['before-log', 'begins on'],
    ['no-times', 'carry no time'],
  ] as const)('says why the rest could not be seen: %s', (why, words) => {
    const app90 = counted('a', 0, 90);
    told.stories = [storyOf(app90, { manual: 2 }, line, { unexplainedWhy: why, coversFrom: now - hour })];
    const [finding] = run(audit, { daemons: [daemon([app90])] });
    expect(finding).toMatchObject({ priority: 'P2', args: { apps: [{ kind: 'unclear', why }] } });
    expect(effect(audit, finding)).toContain(words);
    const app40 = counted('a', 0, 40);
    told.stories = [storyOf(app40, {}, line, { unexplainedWhy: why, coversFrom: now - hour })];
    expect(run(audit, { daemons: [daemon([app40])] })).toMatchObject([{ priority: 'P3' }]);
  });

  it('makes at most ten findings of any number of apps', () => {
    const many = Array.from({ length: 60 }, (_, id) => counted(`app-${id}`, id, 60 + id));
    told.stories = many.map((each, id) => storyOf(each, id % 3 ? { reload: 60 } : { manual: 60 }));
    const findings = run(audit, { daemons: [daemon(many)] });
    expect(findings.length).toBeLessThanOrEqual(10);
    const told60 = findings.flatMap((finding) => (finding.args as { apps: readonly unknown[] }).apps);
    expect(told60).toHaveLength(60);
  });

  it('lets the busiest instance speak for an app', () => {
    const apps = [counted('web', 0, 10), counted('web', 1, 40)];
    expect(run(audit, { daemons: [daemon(apps)] })).toMatchObject([{ args: { apps: [{ counter: 40 }] } }]);
  });
});
