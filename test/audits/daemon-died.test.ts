import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/daemon-died.ts';
import type { Pm2Event, Pm2LogEvent } from '../../src/model/pm2.ts';
import { c, day, home, host, hour, kill, logLine, minute, now, pm2Log } from '../factories.ts';
import { effect, run } from './words-of.ts';

const banner: Pm2Event = { kind: 'daemon-started', pm2Version: c('7.0.4'), nodeVersion: null, pid: 900 };
const start = (at: number): Pm2LogEvent => logLine(at, 'PM2 log: New PM2 Daemon started', banner);
const farewell = (at: number): Pm2LogEvent =>
  logLine(at, 'PM2 successfully stopped', { kind: 'daemon-stopped' });
const online = (at: number): Pm2LogEvent =>
  logLine(at, 'App [web:0] online', { kind: 'online', name: c('web'), pmId: 0, old: false });
const found = (events: readonly Pm2LogEvent[], more: object = {}) =>
  run(audit, { pm2Log: [pm2Log(events)], ...more });

describe('daemon-died', () => {
  it('counts starts without a farewell before them, and quotes them', () => {
    const [finding, ...rest] = found([
      online(now - 5 * day),
      start(now - 2 * day),
      online(now - day),
      start(now - hour),
    ]);
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({
      priority: 'P1',
      confidence: 'likely',
      subject: { kind: 'daemon', home },
      args: { times: 2, last: now - hour },
    });
    expect(finding?.because).toHaveLength(2);
    expect(effect(audit, finding)).toContain('killed or it crashed');
  });

  it('is silent after an orderly stop', () => {
    expect(found([online(now - 5 * day), farewell(now - hour - 1000), start(now - hour)])).toEqual([]);
  });

  it('is silent about the first start of a log, and about those before the window', () => {
    expect(found([start(now - hour)])).toEqual([]);
    expect(found([online(now - 9 * day), start(now - 8 * day)])).toEqual([]);
  });

  it('is silent just inside the limit after boot, speaks just outside, and never before this boot', () => {
    const events = [online(now - 5 * day), start(now - hour)];
    const booted = (bootedAt: number | null) => ({ host: host({ bootedAt }) });
    expect(found(events, booted(now - hour - 9.9 * minute))).toEqual([]);
    expect(found(events, booted(now - hour - 10 * minute))).toHaveLength(1);
    expect(found(events, booted(now - minute))).toEqual([]);
    expect(found(events, booted(null))).toEqual([]);
    expect(found(events, { host: null })).toEqual([]);
  });

  it('leaves an OOM kill of the daemon to its own finding', () => {
    const killed = kill({ at: now - hour - minute, comm: c('PM2 v7.0.4: God'), pid: 800 });
    const oomLog = { kills: [killed], unconfirmed: [], unitLines: [] };
    expect(found([online(now - 5 * day), start(now - hour)], { oomLog })).toEqual([]);
  });
});
