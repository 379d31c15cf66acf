import { describe, expect, it } from 'vitest';
import { lostKills } from '../../../src/derive/kills/lost-kills.ts';
import type { OomKill } from '../../../src/model/oom.ts';
import { c, day, home, host, kill, now } from '../../factories.ts';

const counters = (sinceBoot: number | null) => ({ sinceBoot, cgroups: [] });
const log = (...kills: OomKill[]) => ({ kills, unconfirmed: [], unitLines: [] });
const open = { from: null, to: null };

describe('lostKills', () => {
  it('compares the counter with the kill lines since boot', () => {
    expect(lostKills(log(kill(), kill({ repeats: 2 })), counters(5), host(), open)).toEqual({
      counted: 5,
      found: 3,
      lost: 2,
      lostInPm2: 0,
    });
    expect(lostKills(log(kill()), counters(1), host(), open)).toEqual({
      counted: 1,
      found: 1,
      lost: 0,
      lostInPm2: 0,
    });
  });

  it('leaves out earlier boots and user-space killers, and is never negative', () => {
    const old = kill({ at: now - 30 * day });
    expect(lostKills(log(old, kill({ killer: 'earlyoom' })), counters(2), host(), open)).toEqual({
      counted: 2,
      found: 0,
      lost: 2,
      lostInPm2: 0,
    });
    expect(lostKills(log(kill(), kill()), counters(1), host(), open)?.lost).toBe(0);
  });

  it('says nothing without a counter, or when kills may be of another boot', () => {
    expect(lostKills(log(), counters(null), host(), open)).toBeNull();
    expect(lostKills(log(kill()), counters(1), null, { from: now - 30 * day, to: now })).toBeNull();
    expect(lostKills(log(), counters(0), null, open)).toEqual({
      counted: 0,
      found: 0,
      lost: 0,
      lostInPm2: 0,
    });
  });

  const group = (path: string, oomKill: number, own = false, version: 1 | 2 = 2) => ({
    path: c(path),
    version,
    home: own ? home : null,
    oomKill,
    oom: null,
    oomGroupKill: null,
  });
  const unitPath = '/system.slice/pm2-deploy.service';

  it('says how many were lost in PM2s own cgroup, and counts no kill twice', () => {
    const cgroups = [group(unitPath, 3, true), group('/system.slice', 5)];
    const elsewhere = kill({ pid: 5, taskMemcg: c('/system.slice/mysql.service') });
    expect(lostKills(log(kill(), elsewhere), { sinceBoot: 6, cgroups }, host(), open)).toEqual({
      counted: 6,
      found: 2,
      lost: 4,
      lostInPm2: 2,
    });
    // No /proc/vmstat figure: the slice holds the unit's kills already.
    expect(lostKills(log(kill()), { sinceBoot: null, cgroups }, host(), open)).toMatchObject({
      counted: 5,
      found: 1,
      lost: 4,
    });
    // Version 1 counts each group for itself.
    const first = [group(unitPath, 3, true, 1), group('/system.slice', 1, false, 1)];
    expect(lostKills(log(kill()), { sinceBoot: null, cgroups: first }, host(), open)).toMatchObject({
      counted: 4,
      found: 1,
      lost: 3,
    });
  });

  it('does not call kills lost that the cgroup before a restart of the unit had counted', () => {
    const cgroups = [group(unitPath, 0, true)];
    expect(lostKills(log(kill(), kill({ pid: 5 })), { sinceBoot: 2, cgroups }, host(), open)).toMatchObject({
      lost: 0,
      lostInPm2: 0,
    });
    // A victim of an unnamed cgroup may be PM2's.
    const one = [group(unitPath, 1, true)];
    const unnamed = kill({ taskMemcg: null });
    expect(lostKills(log(unnamed), { sinceBoot: 2, cgroups: one }, host(), open)?.lostInPm2).toBe(0);
  });
});
