import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/startup-missing.ts';
import type { StartupFacts } from '../../src/model/systemd.ts';
import { app, c, daemon, home, host, unit } from '../factories.ts';
import { effect, headline, run } from './words-of.ts';

const inSession = {
  home,
  daemonPid: 900,
  unit: unit({ name: c('session-5.scope') }),
  cgroupPath: c('/user.slice/user-1000.slice/session-5.scope'),
};
const facts = (over: Partial<StartupFacts> = {}): StartupFacts => ({
  systemd: true,
  systemdVersion: 252,
  units: [],
  holders: [inSession],
  others: [],
  ...over,
});

describe('startup-missing', () => {
  it('finds a home that nothing starts, with the exact command for its user', () => {
    const [finding] = run(audit, { startup: facts() });
    expect(finding).toMatchObject({
      priority: 'P1',
      fix: {
        asRoot: true,
        run: [
          'pm2 startup systemd -u deploy --hp /home/deploy',
          'sudo -u deploy env PM2_HOME=/home/deploy/.pm2 pm2 save',
        ],
        undo: ['pm2 unstartup systemd -u deploy'],
      },
    });
    expect(headline(audit, finding)).toBe(
      'After a reboot 1 app of /home/deploy/.pm2 stays down: nothing starts PM2',
    );
  });

  it('names PM2_HOME where the home has another name', () => {
    const other = daemon([app('web', 0)], { home: c('/srv/pm2 data') });
    expect(run(audit, { daemons: [other], startup: facts() })[0]?.fix).toMatchObject({
      run: ["PM2_HOME='/srv/pm2 data' pm2 startup systemd -u deploy", expect.anything()],
    });
  });

  it('tells a unit that is not enabled from one that is', () => {
    const disabled = facts({ units: [unit({ enabled: false })] });
    expect(run(audit, { startup: disabled })[0]).toMatchObject({
      priority: 'P1',
      fix: { run: ['systemctl enable pm2-deploy.service', expect.anything()] },
    });
    const unknown = facts({ units: [unit({ enabled: null })] });
    expect(run(audit, { startup: unknown })).toEqual([]);
    expect(run(audit)).toEqual([]);
  });

  it('notes a daemon that runs outside its enabled unit', () => {
    const [finding] = run(audit, { startup: facts({ units: [unit()] }) });
    expect(finding).toMatchObject({ priority: 'P2', because: [{ text: inSession.cgroupPath }] });
    expect(effect(audit, finding)).toContain('session-5.scope');
  });

  it('accepts a crontab line of that user, but not of another', () => {
    const cron = (user: string) =>
      facts({
        others: [
          { kind: 'crontab', path: c(`/var/spool/cron/crontabs/${user}`), line: c('@reboot pm2 resurrect') },
        ],
      });
    expect(run(audit, { startup: cron('deploy') })).toEqual([]);
    expect(run(audit, { startup: cron('alice') })).toHaveLength(1);
  });

  it('stays silent when a service of another name holds the daemon', () => {
    const holders = [{ ...inSession, unit: unit({ name: c('shop.service') }) }];
    expect(run(audit, { startup: facts({ holders }) })).toEqual([]);
    const byHand = [{ ...inSession, unit: unit({ name: c('user@1000.service') }) }];
    expect(run(audit, { startup: facts({ holders: byHand }) })).toHaveLength(1);
  });

  it('does not apply in a container, and not to a home without apps', () => {
    const inContainer = { startup: facts({ systemd: false }), host: host({ container: c('docker') }) };
    expect(run(audit, inContainer)).toEqual([]);
    expect(run(audit, { startup: facts(), daemons: [daemon([])] })).toEqual([]);
  });
});
