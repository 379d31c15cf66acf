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

  it('is silent where the host booted between the last line and the start, and about starts before this boot', () => {
    const events = [online(now - 5 * day), start(now - hour)];
    const booted = (bootedAt: number | null) => ({ host: host({ bootedAt }) });
    expect(found(events, booted(now - hour - 10 * minute))).toEqual([]);
    expect(found(events, booted(now - 6 * day))).toHaveLength(1);
    expect(found(events, booted(now - minute))).toEqual([]);
    expect(found(events, booted(null))).toEqual([]);
    expect(found(events, { host: null })).toEqual([]);
  });

  it('tells an error of PM2 itself, and a signal, which is an order of a kind', () => {
    const error = logLine(now - hour - 3000, '[PM2] Resurrecting PM2', { kind: 'daemon-resurrecting' });
    const [gaveUp] = found([online(now - 5 * day), error, start(now - hour)]);
    expect(gaveUp).toMatchObject({ priority: 'P1', args: { how: 'error' } });
    const signalled = logLine(
      now - hour - 3000,
      'pm2 has been killed by signal, dumping process list before exit...',
      { kind: 'daemon-signalled' },
    );
    const gone = logLine(now - hour - 2000, 'Exited peacefully', { kind: 'daemon-exited' });
    const [told] = found([online(now - 5 * day), signalled, gone, start(now - hour)]);
    expect(told).toMatchObject({ priority: 'P3', args: { how: 'signal' } });
    expect(told?.because[0]?.text).toContain('killed by signal');
  });

  it('leaves an OOM stop of the unit to its own finding', () => {
    const at = now - hour - 5000;
    const event = (kind: 'oom-in-unit' | 'failed', after: number) => ({
      at: at + after,
      kind,
      result: kind === 'failed' ? ('oom-kill' as const) : null,
      quote: { source: c('journal'), at: at + after, text: c(kind) },
    });
    const unitJournal = [
      { unit: c('pm2-deploy.service'), events: [event('oom-in-unit', 0), event('failed', 2000)] },
    ];
    expect(found([online(now - 5 * day), start(now - hour)], { unitJournal })).toEqual([]);
  });

  it('leaves an OOM kill of the daemon to its own finding', () => {
    const killed = kill({ at: now - hour - minute, comm: c('PM2 v7.0.4: God'), pid: 800 });
    const oomLog = { kills: [killed], unconfirmed: [], unitLines: [] };
    expect(found([online(now - 5 * day), start(now - hour)], { oomLog })).toEqual([]);
  });
});
