import { describe, expect, it } from 'vitest';
import { lostKills } from '../../../src/derive/kills/lost-kills.ts';
import type { OomKill } from '../../../src/model/oom.ts';
import { day, host, kill, now } from '../../factories.ts';

const counters = (sinceBoot: number | null) => ({ sinceBoot, cgroups: [] });
const log = (...kills: OomKill[]) => ({ kills, unconfirmed: [], unitLines: [] });
const open = { from: null, to: null };

describe('lostKills', () => {
  it('compares the counter with the kill lines since boot', () => {
    expect(lostKills(log(kill(), kill({ repeats: 2 })), counters(5), host(), open)).toEqual({
      counted: 5,
      found: 3,
      lost: 2,
    });
    expect(lostKills(log(kill()), counters(1), host(), open)).toEqual({ counted: 1, found: 1, lost: 0 });
  });

  it('leaves out earlier boots and user-space killers, and is never negative', () => {
    const old = kill({ at: now - 30 * day });
    expect(lostKills(log(old, kill({ killer: 'earlyoom' })), counters(2), host(), open)).toEqual({
      counted: 2,
      found: 0,
      lost: 2,
    });
    expect(lostKills(log(kill(), kill()), counters(1), host(), open)?.lost).toBe(0);
  });

  it('says nothing without a counter, or when kills may be of another boot', () => {
    expect(lostKills(log(), counters(null), host(), open)).toBeNull();
    expect(lostKills(log(kill()), counters(1), null, { from: now - 30 * day, to: now })).toBeNull();
    expect(lostKills(log(), counters(0), null, open)).toEqual({ counted: 0, found: 0, lost: 0 });
  });
});
