import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audits } from '../../../src/audits/index.ts';
import { toldFromJson } from '../../../src/derive/delivery/told.ts';
import { unrestAudits } from '../../../src/derive/delivery/unrest.ts';
import { day, hour, minute } from '../../factories.ts';
import { type Found, SimulatedChannel, type State, start } from './simulated-channel.ts';

const loop: Found = ['restart-loop', 'P0', 'api'];
const leak: Found = ['memory-leak', 'P1', 'web'];
const small: Found = ['disk-filling', 'P2'];

describe('a crash loop of 1,000 crashes an hour, looked at every 5 minutes', () => {
  it('is told at once, then once an hour for as long as it runs, then that it is over, once', () => {
    const channel = new SimulatedChannel();
    const looping = 6 * hour;
    for (let at = 0; at < looping; at += 5 * minute)
      channel.run(start + at, { found: [loop], apps: { api: Math.round((1000 * at) / hour) } });
    expect(channel.said.map(({ at }) => at - start)).toEqual([0, 1, 2, 3, 4, 5].map((n) => n * hour));
    expect(channel.reasons()).toEqual(['first', 'worse', 'worse', 'worse', 'worse', 'worse']);
    for (let at = looping; at < looping + 2 * day; at += 5 * minute)
      channel.run(start + at, { apps: { api: 6000 } });
    expect(channel.said.slice(6).map(({ at, reason }) => [at - start, reason])).toEqual([
      [looping, 'recovered'],
    ]);
  });

  it('goes on being told after pm2 reset, and after pm2 delete and start', () => {
    const channel = new SimulatedChannel();
    channel.run(start, { found: [loop], apps: { api: 5000 } });
    for (let at = 5 * minute; at <= 3 * hour; at += 5 * minute)
      channel.run(start + at, { found: [loop], apps: { api: Math.round(at / minute) } });
    expect(channel.reasons()).toEqual(['first', 'worse', 'worse', 'worse']);
  });

  it('lets a new P0 through in the middle, at once', () => {
    const channel = new SimulatedChannel();
    const found: Found[] = [loop];
    for (let at = 0; at <= 2 * hour; at += 5 * minute) {
      if (at === 25 * minute) found.push(['oom-killed', 'P0', 'web']);
      channel.run(start + at, { found, apps: { api: at / minute } });
    }
    expect(channel.said.map(({ at, reason }) => [(at - start) / minute, reason])).toEqual([
      [0, 'first'],
      [25, 'new'],
      [85, 'worse'],
    ]);
  });

  it('is told again when a P1 becomes a P0, at once', () => {
    const channel = new SimulatedChannel();
    channel.run(start, { found: [['restart-loop', 'P1', 'api']] });
    expect(channel.run(start + 5 * minute, { found: [loop] })).toBe('worse');
  });
});

describe('a host whose facts cannot be read', () => {
  it('is told of all the same', () => {
    const channel = new SimulatedChannel();
    expect(channel.run(start, { found: [loop], hasHost: false })).toBe('first');
    expect(channel.run(start + hour, { found: [loop], hasHost: false })).toBeNull();
    expect(channel.run(start + 2 * hour, { found: [], hasHost: false })).toBe('recovered');
  });
});

describe('a finding that flaps', () => {
  it('is no news each time: at most one message an hour, and fewer once it is known to flap', () => {
    const channel = new SimulatedChannel();
    for (let run = 0; run < 24 * 12; run += 1)
      channel.run(start + run * 5 * minute, run % 2 === 0 ? { found: [loop] } : {});
    const gaps = channel.said.slice(1).map(({ at }, index) => at - (channel.said[index]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(hour);
    expect(channel.said.length).toBeGreaterThan(2);
    expect(channel.said.length).toBeLessThanOrEqual(12);
  });

  it('that comes back hours after it was gone is told, and one that flaps between P0 and P1 is not each time', () => {
    const channel = new SimulatedChannel();
    expect(channel.run(start, { found: [loop] })).toBe('first');
    expect(channel.run(start + 2 * hour, {})).toBe('recovered');
    expect(channel.run(start + 4 * hour, { found: [loop] })).toBe('new');
    const levels = new SimulatedChannel();
    for (let run = 0; run < 12; run += 1)
      levels.run(start + run * 5 * minute, { found: [['restart-loop', run % 2 === 0 ? 'P1' : 'P0', 'api']] });
    expect(levels.reasons()).toEqual(['first', 'worse']);
  });

  it('that was gone and came back within the hour is not told at all', () => {
    const channel = new SimulatedChannel();
    channel.run(start, { found: [loop] });
    expect(channel.run(start + 5 * minute, {})).toBeNull();
    expect(channel.silence).toBe('held');
    expect(channel.run(start + 10 * minute, { found: [loop] })).toBeNull();
    expect(channel.run(start + 70 * minute, { found: [loop] })).toBeNull();
    expect(channel.silence).toBe('nothing-new');
  });
});

describe('what was not seen is not gone', () => {
  const cases: readonly (readonly [string, State])[] = [
    ['a blind audit', { blind: ['restart-loop'] }],
    ['a daemon that could not be read', { daemon: 'denied' }],
    ['a daemon that could not be read, and too little seen', { daemon: 'denied', verdict: 'unknown' }],
    ['a muted audit', { muted: ['restart-loop'] }],
    ['a shorter window', { windowMs: hour }],
  ];
  it.each(cases)('%s', (_name, state) => {
    const channel = new SimulatedChannel();
    channel.run(start, { found: [loop], apps: { api: 9 } });
    for (let at = 5 * minute; at < 20 * hour; at += 5 * minute)
      expect(channel.run(start + at, state)).toBeNull();
  });

  it('and it is no news when it is seen again, nor forgotten when another message went out in between', () => {
    const channel = new SimulatedChannel();
    channel.run(start, { found: [loop] });
    expect(channel.run(start + 2 * hour, { found: [leak], blind: ['restart-loop'] })).toBe('new');
    expect(channel.run(start + 4 * hour, { found: [leak, loop] })).toBeNull();
    expect(channel.run(start + 5 * hour, { blind: ['restart-loop'] })).toBe('better');
    expect(channel.run(start + 7 * hour, {})).toBe('recovered');
    expect(channel.said.at(-1)?.occasion.diff?.gone.map(({ audit }) => audit)).toEqual(['restart-loop']);
  });

  it('still reminds of a problem that nobody can look at any more', () => {
    const channel = new SimulatedChannel();
    channel.run(start, { found: [loop] });
    expect(channel.run(start + day, { blind: ['restart-loop'] })).toBe('reminder');
  });
});

describe('a daily job at eight', () => {
  it('mails each day while a P1 stands, early or late by seconds, also when the clocks change', () => {
    const channel = new SimulatedChannel();
    const jitter = [0, -4, 9, -20, 3, -1, 7];
    for (const [n, seconds] of jitter.entries())
      channel.run(start + n * day + seconds * 1000 - (n >= 4 ? hour : 0), { found: [leak] });
    expect(channel.reasons()).toEqual(['first', ...Array(6).fill('reminder')]);
  });

  it('reminds after as many days as it is told, or never', () => {
    const weekly = new SimulatedChannel({ reminderDays: 7 });
    const never = new SimulatedChannel({ reminderDays: 0 });
    for (let n = 0; n < 15; n += 1) {
      weekly.run(start + n * day, { found: [leak] });
      never.run(start + n * day, { found: [leak] });
    }
    expect(weekly.said.map(({ at }) => (at - start) / day)).toEqual([0, 7, 14]);
    expect(never.reasons()).toEqual(['first']);
  });

  it('is silent about a healthy host, the first day and ever after', () => {
    for (const sendOn of ['P1', 'change'] as const) {
      const channel = new SimulatedChannel({ sendOn });
      for (let n = 0; n < 30; n += 1) expect(channel.run(start + n * day, { found: [small] })).toBeNull();
      expect(channel.silence).toBe('healthy');
    }
  });
});

describe('the policies', () => {
  it('P1 says nothing of a P2, change does', () => {
    const [urgent, change] = [new SimulatedChannel(), new SimulatedChannel({ sendOn: 'change' })];
    const states: readonly State[] = [{}, { found: [small] }, { found: [small] }, {}];
    expect(states.map((state, n) => urgent.run(start + n * day, state))).toEqual([null, null, null, null]);
    expect(states.map((state, n) => change.run(start + n * day, state))).toEqual([
      null,
      'first',
      null,
      'better',
    ]);
  });

  it('always says every run', () => {
    const channel = new SimulatedChannel({ sendOn: 'always' });
    for (let n = 0; n < 4; n += 1) channel.run(start + n * 5 * minute, n === 2 ? { found: [loop] } : {});
    expect(channel.reasons()).toEqual(['always', 'always', 'new', 'recovered']);
  });

  it('a kill of a flagged app, or of nobody we know where a kill is flagged, is news after an hour', () => {
    const killed: Found = ['oom-killed', 'P1', 'api'];
    const channel = new SimulatedChannel();
    channel.run(start, { found: [killed, leak] });
    const kills = (app: string | null, at: number) => [{ at, app }];
    expect(channel.run(start + 2 * hour, { found: [killed, leak], kills: kills('api', start + hour) })).toBe(
      'worse',
    );
    expect(
      channel.run(start + 4 * hour, { found: [killed, leak], kills: kills('web', start + 3 * hour) }),
    ).toBeNull();
    expect(
      channel.run(start + 4 * hour, { found: [killed, leak], kills: kills(null, start + 3 * hour) }),
    ).toBeNull();
  });

  it('a restart of an app that is flagged for something else is none', () => {
    const channel = new SimulatedChannel();
    channel.run(start, { found: [leak], apps: { web: 1, cron: 1 } });
    expect(channel.run(start + 5 * hour, { found: [leak], apps: { web: 9, cron: 99 } })).toBeNull();
  });

  it('goes on about audits that exist', () => {
    const known = audits.map(({ id }) => id);
    for (const id of unrestAudits) expect(known).toContain(id);
  });
});

describe('a message that was neither delivered nor queued', () => {
  it('was not told: the next run says it again', () => {
    const channel = new SimulatedChannel();
    expect(channel.run(start, { found: [loop] }, false)).toBe('first');
    expect(channel.run(start + 5 * minute, { found: [loop] })).toBe('first');
    expect(channel.run(start + 10 * minute, { found: [loop] })).toBeNull();
  });
});

describe('a clock that jumps', () => {
  it('back by a year does not silence it', () => {
    const channel = new SimulatedChannel();
    channel.run(start, { found: [loop], apps: { api: 1 } });
    const back = start - 365 * day;
    expect(channel.run(back, { found: [loop], apps: { api: 9 } })).not.toBeNull();
    for (let at = 5 * minute; at < 3 * hour; at += 5 * minute)
      channel.run(back + at, { found: [loop], apps: { api: 9 + at / minute } });
    expect(channel.said.slice(1).map(({ at }) => at - back)).toEqual([0, hour, 2 * hour]);
  });

  it('back by a little neither floods nor silences', () => {
    const channel = new SimulatedChannel();
    channel.run(start, { found: [loop], apps: { api: 1 } });
    expect(channel.run(start - 10 * minute, { found: [loop], apps: { api: 9 } })).toBeNull();
    expect(channel.run(start + 50 * minute, { found: [loop], apps: { api: 99 } })).toBeNull();
    expect(channel.run(start + 60 * minute, { found: [loop], apps: { api: 99 } })).toBe('worse');
  });
});

describe('what is remembered', () => {
  it('is looked at before it is believed', () => {
    expect(toldFromJson(null)).toBeNull();
    expect(toldFromJson({ version: 2 })).toBeNull();
    expect(toldFromJson({ version: 1, sentAt: 'x' })).toBeNull();
    fc.assert(fc.property(fc.jsonValue(), (json) => toldFromJson(JSON.parse(JSON.stringify(json))) === null));
  });
});

/** Any host over any time: each run some of a few problems are there, seen or not. */
const anyState: fc.Arbitrary<State> = fc.record({
  found: fc.subarray([
    loop,
    leak,
    small,
    ['oom-killed', 'P0', 'web'],
    ['restart-loop', 'P1', 'web'],
  ] as Found[]),
  apps: fc.record({ api: fc.nat(50), web: fc.nat(50) }),
  blind: fc.subarray(['restart-loop', 'memory-leak', 'oom-killed']),
});

describe('whatever happens', () => {
  const keyOf = ([audit, , app]: Found): string => `${audit} ${app}`;
  const urgentOf = (state: State): readonly Found[] =>
    (state.found ?? []).filter(([, priority]) => priority < 'P2');

  it('at most one message an hour, but for a problem that was not told of within a day', () => {
    fc.assert(
      fc.property(
        fc.array(anyState, { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        (states, step) => {
          const channel = new SimulatedChannel();
          const toldAt = new Map<string, number>();
          let last = Number.NEGATIVE_INFINITY;
          for (const [n, state] of states.entries()) {
            const at = start + n * step * minute;
            const isNew = urgentOf(state).some((found) => {
              const told = toldAt.get(`${keyOf(found)} ${found[1]}`) ?? toldAt.get(`${keyOf(found)} P0`);
              return told === undefined || at - told >= day;
            });
            if (channel.run(at, state) === null) continue;
            expect(at - last >= hour || isNew).toBe(true);
            last = at;
            for (const found of urgentOf(state)) toldAt.set(`${keyOf(found)} ${found[1]}`, at);
          }
        },
      ),
    );
  });

  it('no P0 or P1 stays untold, and well is said only of a host without one', () => {
    fc.assert(
      fc.property(
        fc.array(anyState, { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 1, max: 200 }),
        (states, step) => {
          const channel = new SimulatedChannel();
          const ever = new Set<string>();
          for (const [n, state] of states.entries()) {
            const reason = channel.run(start + n * step * minute, state);
            if (reason === 'recovered') expect(urgentOf(state)).toEqual([]);
            if (reason !== null) for (const found of urgentOf(state)) ever.add(keyOf(found));
            for (const found of urgentOf(state)) expect(ever).toContain(keyOf(found));
          }
        },
      ),
    );
  });

  it('the same report again, right after a message, is silent', () => {
    fc.assert(
      fc.property(fc.array(anyState, { minLength: 1, maxLength: 10 }), (states) => {
        const channel = new SimulatedChannel({ sendOn: 'change' });
        for (const [n, state] of states.entries()) {
          const at = start + n * 2 * hour;
          if (channel.run(at, state) !== null) expect(channel.run(at + minute, state)).toBeNull();
        }
      }),
    );
  });
});
