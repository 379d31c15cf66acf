import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/oom-takes-all.ts';
import type { StartupFacts, Unit } from '../../src/model/systemd.ts';
import { app, c, daemon, healthy, home, unit } from '../factories.ts';
import { effect, fixWords, found, runAudit } from '../run-audit.ts';

const held = (
  holder: Unit | null,
  units: readonly Unit[] = holder ? [holder] : [],
  cgroupPath = '/system.slice/pm2-deploy.service',
): StartupFacts => ({
  ...healthy().startup,
  units,
  holders: [{ home, daemonPid: 900, unit: holder, cgroupPath: c(cgroupPath) }],
});
const stop = unit({ oomPolicy: { value: 'stop', source: 'default' } });
const scope = unit({
  name: c('session-lab.scope'),
  path: null,
  oomPolicy: { value: 'stop', source: 'manager' },
  restart: null,
  pm2Home: null,
});
const daemons = [daemon([app('web', 0), app('api', 1), app('old', 2, { pid: null, status: 'stopped' })])];

describe('oom-takes-all', () => {
  it('finds a unit that one kill would stop, and writes the drop-in for this very unit', () => {
    const [draft] = runAudit(audit, { startup: held(stop), daemons });
    expect(draft).toMatchObject({
      subject: { kind: 'unit', unit: 'pm2-deploy.service' },
      priority: 'P1',
      fix: {
        kind: 'file',
        path: '/etc/systemd/system/pm2-deploy.service.d/oom.conf',
        content: '[Service]\nOOMPolicy=continue\n',
        undo: ['rm /etc/systemd/system/pm2-deploy.service.d/oom.conf', 'systemctl daemon-reload'],
      },
    });
    expect(found(audit, draft!)).toBe(
      'One OOM kill would end all 2 apps: pm2-deploy.service has OOMPolicy=stop',
    );
    expect(found(audit, draft!, 'zh-CN')).toBe(
      '一次内存不足强杀会带走 2 个应用和 PM2 本身：pm2-deploy.service 的 OOMPolicy=stop',
    );
    expect(fixWords(audit, draft!).verify).toContain('systemctl show -p OOMPolicy pm2-deploy.service');
  });

  it('finds kill as well, which is stop with more force', () => {
    expect(
      runAudit(audit, { startup: held(unit({ oomPolicy: { value: 'kill', source: 'unit' } })) }),
    ).toHaveLength(1);
  });

  it('passes with continue', () => {
    expect(runAudit(audit)).toEqual([]);
  });

  it('stays silent when the policy or the holder is not known, and without systemd', () => {
    expect(runAudit(audit, { startup: held(unit({ oomPolicy: null })) })).toEqual([]);
    expect(runAudit(audit, { startup: held(null, [stop]) })).toEqual([]);
    expect(runAudit(audit, { startup: { ...held(stop), systemd: false } })).toEqual([]);
  });

  it('judges the scope that really holds the daemon, and says that the service does not apply yet', () => {
    const startup = held(scope, [unit()], '/user.slice/session-lab.scope');
    const [draft] = runAudit(audit, { startup, daemons });
    expect(draft?.args).toMatchObject({
      scope: true,
      service: 'pm2-deploy.service',
      mend: 'pm2-deploy.service',
    });
    expect(effect(audit, draft!)).toMatch(/not started by pm2-deploy.service.*Nothing starts it again/);
    expect(fixWords(audit, draft!).steps.join(' ')).toContain('systemctl start pm2-deploy.service');
  });

  it('has no file to write for a scope without a service', () => {
    const [draft] = runAudit(audit, { startup: held(scope, [], '/user.slice/session-lab.scope') });
    expect(draft?.fix).toEqual({ kind: 'manual' });
  });

  it('passes a login session whose policy is continue', () => {
    const session = unit({
      name: c('session-c1.scope'),
      oomPolicy: { value: 'continue', source: 'default' },
    });
    expect(runAudit(audit, { startup: held(session, [stop], '/user.slice/session-c1.scope') })).toEqual([]);
  });

  it('speaks to the user manager about a user unit', () => {
    const own = unit({ name: c('pm2.service'), oomPolicy: { value: 'stop', source: 'default' } });
    const [draft] = runAudit(audit, {
      startup: held(own, [own], '/user.slice/user-1000.slice/user@1000.service/app.slice/pm2.service'),
    });
    expect(draft?.fix).toMatchObject({
      path: '/etc/systemd/user/pm2.service.d/oom.conf',
    });
    expect(draft?.fix).toHaveProperty('then', ['systemctl --user daemon-reload']);
  });

  it('prints no path made of a hostile unit name', () => {
    const hostile = unit({ name: c('../../x; id.service'), oomPolicy: { value: 'stop', source: 'default' } });
    const [draft] = runAudit(audit, { startup: held(hostile) });
    expect(draft?.fix).toEqual({ kind: 'manual' });
    expect(fixWords(audit, draft!).verify).toContain('UNIT');
  });
});
