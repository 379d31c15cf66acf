/** A channel that is down for hours: what waits, what it says when it goes out, and that nothing is lost in between. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hour, minute } from '../../factories.ts';
import { type Found, SimulatedChannel, type State, start } from './simulated-channel.ts';

const loop: Found = ['restart-loop', 'P0', 'api'];
const leak: Found = ['memory-leak', 'P1', 'web'];
const killed: Found = ['oom-killed', 'P0', 'worker'];
const keyOf = ([audit, , app]: Found): string => `${audit} ${app ?? ''}`;
const named = (problems: readonly { audit: string; subject: { text: string } }[] = []): string[] =>
  problems.map(({ audit, subject }) => `${audit} ${subject.text}`);

describe('an outage of three hours, with a run every five minutes', () => {
  it('of a loop ends in one message, which tells of all since the last that arrived', () => {
    const channel = new SimulatedChannel();
    const state = (at: number): State => ({ found: [loop], apps: { api: at / minute } });
    channel.run(start, state(0));
    channel.isDown = true;
    for (let at = 5 * minute; at < 3 * hour; at += 5 * minute) channel.run(start + at, state(at));
    channel.isDown = false;
    for (let at = 3 * hour; at < 4 * hour; at += 5 * minute) channel.run(start + at, state(at));
    expect(channel.said.map(({ at, reason }) => [at - start, reason])).toEqual([
      [0, 'first'],
      [3 * hour, 'worse'],
    ]);
    const [, last] = channel.said;
    expect(last?.occasion.toldAt).toBe(start);
    expect(last?.occasion.diff?.restarts).toMatchObject([{ name: 'api', from: 0, to: 120 }]);
    channel.run(start + 4 * hour, state(4 * hour));
    expect(channel.said.at(-1)).toMatchObject({ at: start + 4 * hour, reason: 'worse' });
  });

  it.each(['change', 'always'] as const)('ends in one message with %s as well', (sendOn) => {
    const channel = new SimulatedChannel({ sendOn });
    channel.run(start, {});
    channel.isDown = true;
    for (let at = 5 * minute; at < 3 * hour; at += 5 * minute)
      channel.run(start + at, { found: at < hour ? [leak] : [leak, loop] });
    channel.isDown = false;
    const before = channel.said.length;
    channel.run(start + 3 * hour, { found: [leak, loop] });
    expect(channel.said.slice(before)).toHaveLength(1);
    // A healthy host is not told to `change`: then this is the first message.
    if (sendOn === 'always') {
      expect(named(channel.said.at(-1)?.occasion.diff?.fresh).sort()).toEqual([leak, loop].map(keyOf).sort());
      channel.run(start + 4 * hour, { found: [leak, loop] });
      expect(channel.reasons().at(-1)).toBe('always');
    }
  });

  it('tells as gone what came and went in it, and as new what came last', () => {
    const channel = new SimulatedChannel();
    channel.run(start, { found: [leak] });
    channel.isDown = true;
    channel.run(start + hour, { found: [leak, loop] });
    channel.run(start + 3 * hour, { found: [leak] });
    channel.run(start + 4 * hour, { found: [leak, killed] });
    channel.isDown = false;
    channel.run(start + 5 * hour, { found: [leak, killed] });
    expect(channel.reasons()).toEqual(['first', 'new']);
    const diff = channel.said[1]?.occasion.diff;
    expect(named(diff?.fresh)).toEqual([keyOf(killed)]);
    expect(named(diff?.gone)).toEqual([keyOf(loop)]);
  });

  it('never gives the all-clear of a time before: what is back since stands', () => {
    const channel = new SimulatedChannel();
    channel.run(start, { found: [loop] });
    channel.isDown = true;
    expect(channel.run(start + 2 * hour, {})).toBe('recovered');
    expect(channel.run(start + 4 * hour, { found: [loop] })).toBe('reminder');
    channel.isDown = false;
    channel.run(start + 5 * hour, { found: [loop] });
    expect(channel.reasons()).toEqual(['first', 'reminder']);
  });

  it('tells of a trouble that began and ended in it, also one that was never told of anything', () => {
    for (const first of [[], null] as const) {
      const channel = new SimulatedChannel();
      if (first !== null) channel.run(start, { found: first });
      channel.isDown = true;
      channel.run(start + hour, { found: [killed] });
      for (let at = 2 * hour; at < 5 * hour; at += 5 * minute) channel.run(start + at, {});
      channel.isDown = false;
      channel.run(start + 5 * hour, {});
      channel.run(start + 6 * hour, {});
      expect(channel.reasons()).toEqual(['first', 'recovered']);
      expect(named(channel.said[1]?.occasion.diff?.gone)).toEqual([keyOf(killed)]);
    }
  });
});

describe('outages at any time', () => {
  const any = Array.from(
    { length: 12 },
    (_, n): Found => ['oom-killed', n % 2 === 0 ? 'P0' : 'P1', `app-${n}`],
  );
  const anyFound = fc.uniqueArray(fc.constantFrom(...any), { selector: keyOf, maxLength: 3 });
  const anyRun = fc.record({ found: anyFound, isDown: fc.boolean(), daemonBlind: fc.boolean() });

  it('lose nothing that a message was made for, and catch up with one message', () => {
    fc.assert(
      fc.property(
        fc.array(anyRun, { minLength: 2, maxLength: 30 }),
        fc.integer({ min: 5, max: 200 }),
        (runs, step) => {
          const channel = new SimulatedChannel();
          const wanted = new Set<string>();
          const heard = new Set<string>();
          let at = start;
          const one = (found: readonly Found[], blind: boolean): void => {
            const [arrived, made] = [channel.said.length, channel.made.length];
            const wasWaiting = channel.isWaiting;
            channel.run(at, { found, blind: blind ? ['disk-filling'] : [] });
            if (channel.made.length > made) for (const each of found) wanted.add(keyOf(each));
            const now = channel.said.slice(arrived);
            if (wasWaiting && now.length > 0) expect(now[0]?.reason).not.toBe('always');
            expect(now.length).toBeLessThanOrEqual(2);
            at += step * minute;
          };
          for (const { found, isDown, daemonBlind } of runs) {
            channel.isDown = isDown;
            one(found, daemonBlind);
          }
          channel.isDown = false;
          one([], false);
          at += 24 * hour;
          one([], false);
          for (const { occasion, state } of channel.said)
            for (const name of [...named(occasion.diff?.gone), ...(state.found ?? []).map(keyOf)])
              heard.add(name);
          for (const name of wanted) expect(heard).toContain(name);
          expect(channel.isWaiting).toBe(false);
        },
      ),
    );
  });
});
