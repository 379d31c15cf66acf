import { beforeEach, describe, expect, it, vi } from 'vitest';
import audit from '../../src/audits/killed-from-outside.ts';
import { appKey } from '../../src/derive/apps/process-tree.ts';
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

const api = app('api', 0);
const line = quote('App [api:0] exited with code [0] via signal [SIGKILL]', 'pm2.log');
const killed = (ago: number, over: Partial<Ending> = {}): Ending => ({
  app: api.ref,
  at: now - ago * hour,
  cause: 'signal',
  exitCode: null,
  signal: 'SIGKILL',
  confidence: 'likely',
  uptimeMs: hour,
  because: [line],
  ...answered,
  ...over,
});
const tell = (restarts: readonly Ending[]) => {
  told.stories = [storyOf(api, {}, null, { restarts })];
  return run(audit, { daemons: [daemon([api])] });
};

describe('killed-from-outside', () => {
  it('says that neither PM2 nor the kernel did it, where both logs cover it', () => {
    const [finding, ...more] = tell([killed(3), killed(1)]);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ priority: 'P2', confidence: 'likely', args: { isProven: true } });
    expect(headline(audit, finding)).toContain('Something ended api by SIGKILL twice');
    expect(effect(audit, finding)).toContain('no kill for memory in the kernel log');
    expect(finding?.because).toEqual([line, line]);
  });

  it('leaves a kill for memory open where no kernel log covers it', () => {
    const [finding] = tell([killed(3, { confidence: 'possible' }), killed(1)]);
    expect(finding).toMatchObject({ confidence: 'possible', args: { isProven: false } });
    expect(effect(audit, finding)).toContain('or one for lack of memory');
  });

  it('does not say that PM2 started an app again which it left down', () => {
    expect(effect(audit, tell([killed(1)])[0])).toContain('PM2 started it again');
    const [finding] = tell([killed(1, { next: 'left-down', nextAt: null })]);
    expect(effect(audit, finding)).toContain('PM2 did not start it again');
  });

  it('is P1 from ten a day on, P3 once or when it is over', () => {
    expect(tell(Array.from({ length: 10 }, (_, index) => killed(index + 1)))[0]?.priority).toBe('P1');
    expect(tell(Array.from({ length: 9 }, (_, index) => killed(index + 1)))[0]?.priority).toBe('P2');
    expect(tell([killed(1)])[0]?.priority).toBe('P3');
    expect(tell([killed(30), killed(29)])[0]?.priority).toBe('P3');
  });

  it('is silent about crashes, faults, kills for memory and stops', () => {
    expect(
      tell([
        killed(1, { cause: 'crash' }),
        killed(2, { signal: 'SIGSEGV' }),
        killed(3, { cause: 'oom-kill' }),
        killed(4, { cause: 'stop-timeout' }),
        killed(5, { cause: 'unknown', confidence: 'none' }),
      ]),
    ).toEqual([]);
  });
});
