/** From lines of pm2.log to findings, with nothing given: story, cause and loop come from the evidence. */
import { describe, expect, it } from 'vitest';
import appCrashes from '../../src/audits/app-crashes.ts';
import backoffMissing from '../../src/audits/backoff-missing.ts';
import restartCountHigh from '../../src/audits/restart-count-high.ts';
import restartLoop from '../../src/audits/restart-loop.ts';
import type { Pm2LogEvent } from '../../src/model/pm2.ts';
import { app, c, daemon, hour, logLine, minute, now, pm2Log } from '../factories.ts';
import { headline, run } from './words-of.ts';

/** One crash of `api` as PM2 7.0.4 writes it, and the start that follows. */
function crash(at: number): readonly Pm2LogEvent[] {
  const who = { name: c('api'), pmId: 0, old: false };
  return [
    logLine(at, 'App [api:0] exited with code [1] via signal [SIGINT]', {
      kind: 'exited',
      ...who,
      code: 1,
      signal: c('SIGINT'),
    }),
    logLine(at, 'App [api:0] starting in -fork mode-', { kind: 'starting', ...who }),
    logLine(at, 'App [api:0] online', { kind: 'online', ...who }),
  ];
}
const crashes = (count: number, endedAt: number, stepMs: number) =>
  Array.from({ length: count }, (_, index) => crash(endedAt - (count - 1 - index) * stepMs)).flat();
const host = (events: readonly Pm2LogEvent[], restartCounter: number) => ({
  daemons: [
    daemon([
      app('api', 0, {
        restartCounter,
        startedAt: events.at(-1)?.at ?? null,
        settings: { expBackoffRestartDelayMs: 0 },
      }),
    ]),
  ],
  pm2Log: [pm2Log(events)],
});

describe('restarts read from pm2.log', () => {
  it('finds the loop that goes on, with its cause', () => {
    const [finding, ...more] = run(restartLoop, host(crashes(60, now - minute, 10_000), 60));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ priority: 'P0', args: { cause: 'crash', exitCode: 1, restarts: 60 } });
    expect(finding?.because[0]?.text).toBe('App [api:0] exited with code [1] via signal [SIGINT]');
  });

  it('finds no loop in crashes an hour apart, and says what the counter is made of', () => {
    const slow = host(crashes(60, now - minute, hour), 60);
    expect(run(restartLoop, slow)).toEqual([]);
    expect(run(restartCountHigh, slow)).toEqual([]);
    const [finding] = run(appCrashes, slow);
    expect(finding?.priority).toBe('P1');
    expect(headline(appCrashes, finding)).toContain('api crashed 59 times since');
    expect(run(backoffMissing, slow)).toMatchObject([{ args: { apps: [{ name: 'api', failures: 59 }] } }]);
  });

  it('notes one crash, and no more', () => {
    const once = host(crash(now - hour), 1);
    for (const audit of [restartLoop, restartCountHigh, backoffMissing]) expect(run(audit, once)).toEqual([]);
  });
});
