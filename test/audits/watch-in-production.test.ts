import { beforeEach, describe, expect, it, vi } from 'vitest';
import audit from '../../src/audits/watch-in-production.ts';
import { appKey } from '../../src/derive/apps/process-tree.ts';
import type { RestartStory } from '../../src/model/restart.ts';
import { app, c, daemon, hour, logLine, now, pm2Log } from '../factories.ts';
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

const watching = app('feed', 0, { settings: { watch: true } });
const change = (path: string) =>
  logLine(now - hour, `Change detected on path ${path} for app feed - restarting`, {
    kind: 'watch',
    name: c('feed'),
    path: c(path),
  });

describe('watch-in-production', () => {
  it('names the folders whose files restarted the app', () => {
    told.stories = [storyOf(watching, { watch: 28 })];
    const log = pm2Log([change('archive/a.jsonl'), change('/srv/feed/archive/b.jsonl'), change('tmp/x')]);
    const [finding] = run(audit, { daemons: [daemon([watching])], pm2Log: [log] });
    expect(finding).toMatchObject({
      priority: 'P1',
      args: { folders: ['archive', 'tmp'] },
      because: [{ text: log.events[2]?.text }],
      fix: { patches: [{ set: [{ setting: 'watch', value: false, previous: true }] }] },
    });
    expect(headline(audit, finding)).toBe('feed was restarted 28 times because watched files changed');
  });

  it('is less urgent where it restarted nothing, and tells all such apps at once', () => {
    const other = app('web', 1, { settings: { watch: true } });
    const findings = run(audit, { daemons: [daemon([watching, other])], pm2Log: null });
    expect(findings).toMatchObject([{ priority: 'P2', args: { apps: ['feed', 'web'], restarts: 0 } }]);
    expect(effect(audit, findings[0])).toContain('No restart');
  });

  it('is silent about apps without watch, in development, and about modules', () => {
    expect(run(audit)).toEqual([]);
    const dev = app('web', 0, { settings: { watch: true }, env: { NODE_ENV: c('development') } });
    expect(run(audit, { daemons: [daemon([dev])] })).toEqual([]);
    expect(run(audit, { daemons: [daemon([], { modules: [watching] })] })).toEqual([]);
  });
});
