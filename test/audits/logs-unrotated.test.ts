import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/logs-unrotated.ts';
import { app, c, daemon, disk, file, GB, home, host, MB, pm2Home } from '../factories.ts';
import { effect, headline, run } from './words-of.ts';

const log = (path: string, sizeBytes: number, gid = 1000) => ({
  ...file(path, { sizeBytes, gid }),
  app: null,
});
const err = `${home}/logs/web-error.log`;
const without = (logs: ReturnType<typeof log>[]) => [pm2Home({ logs, modules: [], pm2Log: null })];

describe('logs-unrotated', () => {
  it('names the biggest log and writes the exact rule for this user', () => {
    const [finding] = run(audit, {
      pm2Files: without([
        log(err, 4.1 * GB),
        log('/var/log/my app/web.log', MB),
        log('/var/log/other.log', MB),
      ]),
    });
    expect(finding?.priority).toBe('P2');
    expect(headline(audit, finding)).toBe('3 logs of /home/deploy/.pm2 hold 4.1 GB and are not rotated');
    expect(finding?.fix).toMatchObject({ kind: 'file', path: '/etc/logrotate.d/pm2-deploy' });
    const content = finding?.fix?.kind === 'file' ? finding.fix.content : '';
    expect(content).toContain(
      '/home/deploy/.pm2/logs/*.log\n/home/deploy/.pm2/pm2.log\n/var/log/my\\ app/web.log\n',
    );
    expect(content).toContain('copytruncate\n    su deploy deploy\n');
  });

  it('is urgent where they take a tenth of the disk, or the disk is nearly full', () => {
    expect(run(audit, { pm2Files: without([log(err, 9 * GB)]) })[0]?.priority).toBe('P1');
    const full = {
      disks: [disk({ usedRatio: 0.92, freeBytes: 50 * MB })],
      pm2Files: without([log(err, 200 * MB)]),
    };
    const [finding] = run(audit, full);
    expect(finding).toMatchObject({ priority: 'P1', args: { noRoomToCopy: true } });
  });

  it('is silent just below both limits', () => {
    expect(run(audit, { pm2Files: without([log(err, 100 * MB)]) })).toEqual([]);
    const many = Array.from({ length: 10 }, (_, index) => log(`${home}/logs/a${index}.log`, 99 * MB));
    expect(run(audit, { pm2Files: without(many) })).toEqual([]);
    expect(run(audit, { pm2Files: without([...many, log(err, 99 * MB)]) })).toHaveLength(1);
  });

  it('is silent where something rotates: a module, or files rotated before', () => {
    const big = [log(err, 4 * GB)];
    expect(run(audit, { pm2Files: [pm2Home({ logs: big })], daemons: null })).toEqual([]);
    const module = app('pm2-logrotate', 9, { isModule: true });
    expect(
      run(audit, { pm2Files: [pm2Home({ logs: big })], daemons: [daemon([], { modules: [module] })] }),
    ).toEqual([]);
    for (const rotated of [
      'web-error.log.1',
      'web-error.log-20261120.gz',
      'web-error__2026-11-20_00-00-00.log',
    ])
      expect(run(audit, { pm2Files: without([...big, log(`${home}/logs/${rotated}`, MB)]) })).toEqual([]);
  });

  it('says that the module is installed and does not run', () => {
    const [finding] = run(audit, {
      pm2Files: [pm2Home({ logs: [log(err, 4 * GB)] })],
      daemons: [daemon([])],
    });
    expect(effect(audit, finding)).toContain('does not run');
    expect(finding?.fix).toMatchObject({ run: ['PM2_HOME=/home/deploy/.pm2 pm2 restart pm2-logrotate'] });
  });

  it('asks for the group where it is not the user’s own, and for the module where there is no logrotate', () => {
    expect(run(audit, { pm2Files: without([log(err, GB, 33)]) })[0]?.args).toMatchObject({
      otherGroup: true,
    });
    const mac = { pm2Files: without([log(err, GB)]), host: host({ platform: 'darwin', os: c('macOS') }) };
    expect(run(audit, mac)[0]?.fix).toMatchObject({ kind: 'command' });
  });
});
