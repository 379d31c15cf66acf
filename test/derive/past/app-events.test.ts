import { describe, expect, it } from 'vitest';
import { appEvents } from '../../../src/derive/past/app-events.ts';
import { counterSteps, restartsOf } from '../../../src/derive/past/counter-steps.ts';
import type { HistoryEvent, HistoryFacts } from '../../../src/model/history.ts';
import type { AttributedKill } from '../../../src/model/oom.ts';
import type { Pm2Event } from '../../../src/model/pm2.ts';
import { attributed, c, home, minute, now, ref } from '../../factories.ts';

const api = ref('api', 3);
let sequence = 0;
const event = (at: number, facts: HistoryFacts): HistoryEvent => {
  sequence += 1;
  return { sequence, key: `k${sequence}`, at, facts };
};
const line = (at: number, pm2: Pm2Event, of = home) =>
  event(at, { kind: 'pm2-log', home: of, line: { at, text: c('line'), event: pm2 } });
const exited = (code: number, signal: string, pmId = 3, name = 'api', old = false): Pm2Event => ({
  kind: 'exited',
  name: c(name),
  pmId,
  old,
  code,
  signal: c(signal),
});
const online = (pmId = 3, name = 'api'): Pm2Event => ({ kind: 'online', name: c(name), pmId, old: false });
const stopping: Pm2Event = { kind: 'stopping', name: c('api'), pmId: 3, old: false };
const tell = (events: readonly HistoryEvent[], steps: Parameters<typeof appEvents>[2] = []) =>
  appEvents(api, events, steps, 0);

describe('appEvents', () => {
  it('ties an end to the start after it, and says code or signal, never PM2 s filler', () => {
    const told = tell([
      line(now, exited(1, 'SIGINT')),
      line(now + 2000, online()),
      line(now + minute, exited(0, 'SIGSEGV')),
    ]);
    expect(told).toEqual([
      { kind: 'end', at: now, code: 1, signal: null, reason: null, nextAt: now + 2000 },
      { kind: 'end', at: now + minute, code: null, signal: 'SIGSEGV', reason: null, nextAt: null },
    ]);
  });

  it('says of an end that only the pids show that nobody knows how, and joins it with the kill of its pid', () => {
    const seenBy = 'samples' as const;
    const gone = (at: number, pid: number) =>
      event(at, { kind: 'exit', app: api, pid, code: null, signal: null, seenBy });
    const again = event(now + 1000, { kind: 'start', app: api, pid: 78, seenBy });
    const ended = {
      kind: 'end',
      at: now,
      code: null,
      signal: null,
      reason: null,
      nextAt: now + 1000,
      seenBy,
    };
    expect(tell([gone(now, 77), again])).toEqual([ended]);
    // PM2's announcement before it is of another time: it is not tied.
    expect(tell([line(now - 1000, stopping), gone(now, 77), again])).toEqual([ended]);
    const { kill } = attributed({ app: api, role: 'app' });
    const killed = event(now - 8000, { kind: 'kill', kill: attributed({ app: api, role: 'app' }) });
    expect(tell([killed, gone(now, kill.pid ?? 0), again])).toMatchObject([
      { kind: 'kill', nextAt: now + 1000 },
    ]);
    expect(tell([killed, gone(now, (kill.pid ?? 0) + 1), again]).map((one) => one.kind)).toEqual([
      'kill',
      'end',
    ]);
  });

  it('tells of lines that were not kept, and not that no line tells why', () => {
    const passed = (pmId: number | null, name: string | null) =>
      event(now, {
        kind: 'lines-not-kept',
        home,
        name: name === null ? null : c(name),
        pmId,
        count: 1200,
        from: now - 5 * minute,
        to: now,
      });
    const told = { kind: 'lines-not-kept', at: now, from: now - 5 * minute, lines: 1200 };
    const steps = counterSteps([now - minute, now], [3, 40], 0);
    const counted = { kind: 'counted', at: now, restarts: 37, isRead: true };
    expect(tell([passed(3, 'api')], steps)).toEqual(
      expect.arrayContaining([told, { ...counted, isKept: false }]),
    );
    expect(tell([passed(3, null)])).toEqual([told]);
    expect(tell([passed(null, 'api')])).toEqual([told]);
    for (const other of [passed(4, 'api'), passed(3, 'web'), passed(null, null)])
      expect(tell([other], steps)).toEqual([{ ...counted, isKept: true }]);
  });

  it('takes no line of another app, id, name or home', () => {
    const others = [
      line(now, exited(1, 'SIGINT', 4)),
      line(now, exited(1, 'SIGINT', 3, 'web')),
      line(now, exited(1, 'SIGINT'), c('/other/.pm2')),
      event(now, { kind: 'exit', app: ref('api', 4), pid: 1, code: 1, signal: null }),
    ];
    expect(tell(others)).toEqual([]);
  });

  it('says what PM2 announced before, and only if it was just before', () => {
    const limit: Pm2Event = { kind: 'memory-limit', pmId: 3, currentBytes: 2, limitBytes: 1 };
    const reasons = (before: Pm2Event, ms = 1000) =>
      tell([line(now, before), line(now + ms, exited(0, 'SIGINT'))]).map((told) =>
        told.kind === 'end' ? told.reason : told.kind,
      );
    expect(reasons(stopping)).toEqual(['asked']);
    expect(reasons(limit)).toEqual(['memory-limit']);
    expect(reasons({ kind: 'watch', name: c('api'), path: c('/srv/a.js') })).toEqual(['watch']);
    // PM2 writes `Stopping app` after the limit and after the file, too.
    const both = (before: Pm2Event, apart = 0) =>
      tell([line(now, before), line(now + apart, stopping), line(now + apart, exited(0, 'SIGINT'))]);
    expect(both(limit)).toMatchObject([{ reason: 'memory-limit', over: { bytes: 2, limitBytes: 1 } }]);
    expect(both({ ...limit, currentBytes: null })[0]).not.toHaveProperty('over');
    expect(both({ kind: 'watch', name: c('api'), path: c('/srv/a.js') })).toMatchObject([
      { reason: 'watch' },
    ]);
    expect(both(limit, 30_000)).toMatchObject([{ reason: 'asked' }]);
    expect(reasons(stopping, 10 * minute)).toEqual([null]);
    // A start in between: the announcement was of an earlier process.
    const stale = tell([
      line(now, stopping),
      line(now + 500, online()),
      line(now + 1000, exited(1, 'SIGINT')),
    ]);
    expect(stale).toMatchObject([{ reason: null }]);
    expect(tell([line(now, exited(0, 'SIGINT', 3, 'api', true))])).toMatchObject([{ reason: 'reload' }]);
  });

  it('makes one of a kernel kill and the SIGKILL that PM2 saw, but not of a child s kill', () => {
    const killed = (role: AttributedKill['role']) =>
      event(now, { kind: 'kill', kill: attributed({ app: api, role, confidence: 'certain' }) });
    const seen = [line(now + 1000, exited(0, 'SIGKILL')), line(now + 3000, online())];
    expect(tell([killed('app'), ...seen])).toMatchObject([{ kind: 'kill', nextAt: now + 3000 }]);
    expect(tell([killed('child'), ...seen]).map(({ kind }) => kind)).toEqual(['kill', 'end']);
    expect(tell([event(now, { kind: 'kill', kill: attributed({ app: ref('web', 1) }) })])).toEqual([]);
  });

  it('counts what only the counter shows, without a cause, and says where lines were not read', () => {
    const step = { from: now - minute, to: now, restarts: 3 };
    expect(tell([], [step])).toEqual([{ kind: 'counted', at: now, restarts: 3, isRead: true, isKept: true }]);
    const one = [line(now - 5000, exited(1, 'SIGINT')), line(now - 4000, online())];
    expect(tell(one, [step]).at(-1)).toEqual({
      kind: 'counted',
      at: now,
      restarts: 2,
      isRead: true,
      isKept: true,
    });
    expect(tell(one, [{ ...step, restarts: 1 }]).map(({ kind }) => kind)).toEqual(['end']);
    expect(appEvents(api, [], [step], now)).toMatchObject([{ isRead: false, isKept: true }]);
  });

  it('names deploys and the daemon of its home', () => {
    const told = tell([
      event(now, { kind: 'deploy', app: api, version: c('1.4.2') }),
      line(now + 1, { kind: 'daemon-started', pm2Version: null, nodeVersion: null, pid: 1 }),
      event(now + 2, { kind: 'daemon-end', home, pid: 1, end: null }),
      event(now + 3, { kind: 'daemon-end', home: c('/other'), pid: 1, end: null }),
    ]);
    expect(told.map(({ kind }) => kind)).toEqual(['deploy', 'daemon-start', 'daemon-end']);
  });
});

describe('restarts of a span', () => {
  it('are what the counter rose by, also in the first bucket, and what lines tell of before its first sample', () => {
    const first = { at: now, counter: 3 };
    const steps = counterSteps([now - minute], [31], 2 * minute, first);
    expect(steps).toEqual([{ from: now, to: now + minute, restarts: 28 }]);
    expect(restartsOf(steps, [], first)).toBe(28);
    const early = [now - 4000, now - 3000];
    const later = Array.from({ length: 28 }, (_, index) => now + 1000 * (index + 1));
    expect(restartsOf(steps, [...early, ...later], first)).toBe(30);
    expect(restartsOf(steps, [...early, ...early, ...later], first)).toBe(31);
    // Told lines may be fewer than the counter knows, and count nothing twice.
    expect(restartsOf(steps, early, first)).toBe(28);
    expect(restartsOf(steps, [...early, ...later], null)).toBe(28);
  });
});

describe('counterSteps', () => {
  it('sees a rise, a reset, and passes over what is not known', () => {
    const at = [0, 1, 2, 3, 4, 5].map((index) => index * minute);
    const steps = counterSteps(at, [4, 4, Number.NaN, 7, 0, 2], 0);
    expect(steps).toEqual([
      { from: minute, to: 3 * minute, restarts: 3 },
      { from: 4 * minute, to: 5 * minute, restarts: 2 },
    ]);
    expect(counterSteps(at, [9, 9, 9, 9, 9, 9], 0)).toEqual([]);
    expect(counterSteps([], [], 0)).toEqual([]);
  });
});
