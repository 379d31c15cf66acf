import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/daemon-down.ts';
import {
  app,
  c,
  daemon,
  day,
  home,
  host,
  hour,
  logLine,
  now,
  pm2Home,
  pm2Log,
  process,
  unit,
} from '../factories.ts';
import { effect, headline, run } from './words-of.ts';

const dead = daemon([], { state: 'dead', pid: null });
const noUnit = { systemd: true, systemdVersion: 252, units: [], holders: [], others: [] };
const online = logLine(now - 3 * hour, 'App [web:0] online', {
  kind: 'online',
  name: c('web'),
  pmId: 0,
  old: false,
});
const killed = [pm2Log([online])];
const noApps = pm2Home({ dump: null });

describe('daemon-down', () => {
  it('names the apps that are down, how the daemon ended, and resurrects them as the owner', () => {
    const [finding] = run(audit, { daemons: [dead], pm2Log: killed, startup: noUnit });
    expect(finding).toMatchObject({
      priority: 'P0',
      fix: { user: 'deploy', run: ['PM2_HOME=/home/deploy/.pm2 pm2 resurrect'] },
    });
    expect(headline(audit, finding)).toBe('The PM2 daemon of /home/deploy/.pm2 is down, and with it web');
    expect(effect(audit, finding)).toContain('without a stop');
    expect(finding?.because[0]?.text).toBe(online.text);
  });

  it('starts it through its unit where it has one', () => {
    const startup = { ...noUnit, units: [unit()] };
    expect(run(audit, { daemons: [dead], startup })[0]?.fix).toMatchObject({
      asRoot: true,
      run: ['systemctl restart pm2-deploy.service'],
    });
  });

  it.each([
    ['asked', logLine(now - hour, 'PM2 successfully stopped', { kind: 'daemon-stopped' }), 'on request'],
    ['signal', logLine(now - hour, 'Exited peacefully', { kind: 'daemon-exited' }), 'by a signal'],
    [
      'error',
      logLine(now - hour, '--- PM2 global error caught ---', { kind: 'daemon-error' }),
      'internal error',
    ],
  ])('tells how it ended: %s', (_kind, line, words) => {
    expect(effect(audit, run(audit, { daemons: [dead], pm2Log: [pm2Log([online, line])] })[0])).toContain(
      words,
    );
  });

  it('sees that the host was started again and PM2 was not', () => {
    const findings = run(audit, { daemons: [dead], pm2Log: killed, host: host({ bootedAt: now - hour }) });
    expect(effect(audit, findings[0])).toContain('nothing started PM2');
  });

  it('warns of processes that run on without it', () => {
    const left = process(4000, 1, { mark: { home, pmId: 0 } });
    const findings = run(audit, { daemons: [dead], processes: { processes: [left], partial: false } });
    expect(effect(audit, findings[0])).toContain('1 process of its apps still runs');
  });

  it('uses the backup, or the log, where the dump has no apps', () => {
    const dumpBackup = { ...pm2Home().dump!, path: c(`${home}/dump.pm2.bak`) };
    expect(
      run(audit, { daemons: [dead], pm2Files: [pm2Home({ dump: null, dumpBackup })], startup: noUnit })[0]
        ?.fix,
    ).toMatchObject({ run: [expect.stringContaining('cp -p'), expect.stringContaining('resurrect')] });
    expect(run(audit, { daemons: [dead], pm2Files: [noApps], pm2Log: killed })[0]?.fix).toEqual({
      kind: 'manual',
    });
  });

  it('is silent where nothing was to run, and where it runs', () => {
    expect(run(audit, { daemons: [dead], pm2Files: [noApps] })).toEqual([]);
    expect(run(audit, { daemons: [dead], pm2Files: null, pm2Log: null })).toEqual([]);
    expect(run(audit)).toEqual([]);
  });

  it('is less alarmed where another daemon runs apps of the same names', () => {
    const other = daemon([app('web', 0)], { home: c('/root/.pm2') });
    const [finding] = run(audit, { daemons: [dead, other] });
    expect(finding).toMatchObject({
      priority: 'P2',
      confidence: 'possible',
      args: { servedBy: '/root/.pm2' },
    });
    const stranger = daemon([app('shop', 0)], { home: c('/root/.pm2') });
    expect(run(audit, { daemons: [dead, stranger] })[0]?.priority).toBe('P0');
  });

  it('calls a home without a sign of life in the window a possible leftover', () => {
    const old = pm2Log([{ ...online, at: now - 30 * day }], { coversTo: now - 30 * day });
    const [finding] = run(audit, { daemons: [dead], pm2Log: [old] });
    expect(finding).toMatchObject({ priority: 'P3', confidence: 'possible' });
    expect(effect(audit, finding)).toContain('no longer used');
  });
});
