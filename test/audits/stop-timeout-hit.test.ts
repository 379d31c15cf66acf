import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/stop-timeout-hit.ts';
import { app, c, daemon, day, hour, logLine, now, pm2Log } from '../factories.ts';
import { effect, headline, run } from './words-of.ts';

const stopping = (pmId: number, name: string, at = now - hour) =>
  logLine(at, `Stopping app:${name} id:${pmId}`, { kind: 'stopping', name: c(name), pmId, old: false });
const sigkill = (pid: number, at = now - hour) =>
  logLine(at, `Process with pid ${pid} still alive after 1600ms, sending SIGKILL to 1 remaining pids...`, {
    kind: 'own-sigkill',
    pid,
    afterMs: 1600,
  });
const exited = (pmId: number, name: string, signal: string, at = now - hour) =>
  logLine(at, `App [${name}:${pmId}] exited with code [0] via signal [${signal}]`, {
    kind: 'exited',
    name: c(name),
    pmId,
    old: false,
    code: 0,
    signal: c(signal),
  });
const hit = (pmId: number, name: string, at = now - hour) => [
  stopping(pmId, name, at),
  sigkill(1000 + pmId, at),
  exited(pmId, name, 'SIGKILL', at),
];
const apps = [app('api', 0), app('web', 1)];

describe('stop-timeout-hit', () => {
  it('counts the kills of each app and gives it more time', () => {
    const events = [...hit(0, 'api'), ...hit(0, 'api'), ...hit(1, 'web')];
    const [finding, ...more] = run(audit, { daemons: [daemon(apps)], pm2Log: [pm2Log(events)] });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      priority: 'P2',
      args: {
        apps: [
          { name: 'api', times: 2 },
          { name: 'web', times: 1 },
        ],
      },
      fix: { patches: [{ set: [{ setting: 'kill_timeout', value: 8000, previous: 1600 }] }, {}] },
    });
    expect(finding?.because[0]?.text).toContain('still alive after 1600ms');
    const [one] = run(audit, { daemons: [daemon(apps)], pm2Log: [pm2Log(hit(0, 'api'))] });
    expect(headline(audit, one)).toBe('PM2 ended api by SIGKILL once while it was stopping');
  });

  it('does not give more time where there was enough', () => {
    const slow = app('api', 0, { settings: { killTimeoutMs: 8000 } });
    const [finding] = run(audit, { daemons: [daemon([slow])], pm2Log: [pm2Log(hit(0, 'api'))] });
    expect(finding?.fix).toEqual({ kind: 'manual' });
    expect(effect(audit, finding)).toContain('time enough');
  });

  it('is silent about kills from outside, clean stops, old ones, and apps that are gone', () => {
    const events = [
      exited(0, 'api', 'SIGKILL'),
      stopping(0, 'api'),
      exited(0, 'api', 'SIGINT'),
      ...hit(1, 'web', now - 30 * day),
      ...hit(7, 'gone'),
    ];
    expect(run(audit, { daemons: [daemon(apps)], pm2Log: [pm2Log(events)] })).toEqual([]);
  });
});
