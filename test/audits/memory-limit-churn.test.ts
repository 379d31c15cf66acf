import { beforeEach, describe, expect, it, vi } from 'vitest';
import audit from '../../src/audits/memory-limit-churn.ts';
import { appKey } from '../../src/derive/apps/process-tree.ts';
import type { App } from '../../src/model/pm2.ts';
import type { RestartStory } from '../../src/model/restart.ts';
import { app, c, daemon, hour, MB, minute, now, process, quote } from '../factories.ts';
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

const line = quote(
  `[PM2][WORKER] Process 0 restarted because it exceeds --max-memory-restart value (current_memory=${310 * MB} max_memory_limit=${300 * MB} [octets])`,
  'pm2.log',
);
/** One restart per uptime, the last one an hour ago. */
const story = (of: App, uptimes: readonly number[], endedMs = hour): RestartStory => {
  let at = now - endedMs;
  const restarts = uptimes
    .map((uptimeMs) => {
      const one = {
        app: of.ref,
        at,
        cause: 'memory-limit' as const,
        exitCode: null,
        signal: null,
        confidence: 'certain' as const,
        uptimeMs,
        because: [line],
        ...answered,
      };
      at -= uptimeMs;
      return one;
    })
    .reverse();
  return storyOf(of, {}, null, { restarts });
};
const times = (count: number, uptimeMs: number) => Array.from({ length: count }, () => uptimeMs);
const api = app('api', 0);
const tell = (uptimes: readonly number[], of = api, endedMs = hour) => {
  told.stories = [story(of, uptimes, endedMs)];
  return run(audit, { daemons: [daemon([of])] });
};

describe('memory-limit-churn', () => {
  it('sees growth in an even pace, and proposes no higher limit against it', () => {
    const [finding, ...more] = tell(times(20, 40 * minute));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      priority: 'P1',
      args: {
        apps: [{ kind: 'growth', times: 20, usedBytes: 310 * MB, limitBytes: 300 * MB }],
        proposed: null,
      },
      fix: { kind: 'manual' },
    });
    expect(headline(audit, finding)).toContain('PM2 restarted api 20 times at its limit of 300 MB since');
    expect(effect(audit, finding)).toContain('The limit hides the leak');
    expect(finding?.because[0]?.text).toContain('current_memory=');
  });

  it('sees a limit that is too low in one that is reached soon after each start', () => {
    expect(tell(times(6, 15 * minute))).toMatchObject([{ args: { apps: [{ kind: 'too-low' }] } }]);
    expect(tell(times(6, 15 * minute + 1))).toMatchObject([{ args: { apps: [{ kind: 'growth' }] } }]);
  });

  it('sees peaks in an uneven pace', () => {
    expect(tell([20, 300, 40, 600, 25, 500].map((each) => each * minute))).toMatchObject([
      { args: { apps: [{ kind: 'peaks' }] } },
    ]);
  });

  it('proposes the one advised limit where it is a raise', () => {
    const small = app('api', 0, { pm2RssBytes: 280 * MB });
    told.stories = [story(small, times(6, 10 * minute))];
    const processes = {
      processes: [process(900, 1), process(1000, 900, { rssBytes: 280 * MB, pssBytes: 270 * MB })],
      partial: false,
    };
    const [finding] = run(audit, { daemons: [daemon([small])], processes });
    expect(finding).toMatchObject({ args: { proposed: '450M' }, fix: { kind: 'ecosystem-patch' } });
  });

  it('is P1 from four a day on, P2 below, P3 once or when it is over', () => {
    expect(tell(times(4, 5 * hour))[0]?.priority).toBe('P1');
    expect(tell(times(3, 5 * hour))[0]?.priority).toBe('P2');
    expect(tell([hour])[0]?.priority).toBe('P3');
    const [over] = tell(
      times(9, hour),
      app('api', 0, { settings: { maxMemoryRestartBytes: 500 * MB } }),
      30 * hour,
    );
    expect(over).toMatchObject({ priority: 'P3', args: { apps: [{ isChanged: true }] } });
    expect(effect(audit, over)).toContain('The limit was changed since');
    expect(over?.fix).toBeUndefined();
  });

  it('leaves loops to restart-loop, and a limit without its unit to memory-limit-unit', () => {
    const looping = story(api, times(6, minute));
    const span = { from: looping.restarts[0]?.at ?? 0, to: now - hour, restarts: 6 };
    told.stories = [{ ...looping, loops: [span] }];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
    expect(tell(times(6, hour), app('api', 0, { settings: { maxMemoryRestartBytes: 5 } }))).toEqual([]);
    told.stories = [storyOf(api, { crash: 9, reload: 9 })];
    expect(run(audit, { daemons: [daemon([api])] })).toEqual([]);
  });

  it('names those that are rare in one finding', () => {
    const two = [api, app('web', 1)];
    told.stories = two.map((each) => story(each, [hour]));
    const list = run(audit, { daemons: [daemon(two)] });
    expect(list).toHaveLength(1);
    expect(headline(audit, list[0])).toBe(`PM2 restarted 2 apps for their memory: ${c('api')} 1, web 1`);
  });
});
