import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/module-heavy.ts';
import { app, daemon, MB } from '../factories.ts';
import { headline, run } from './words-of.ts';

const module = (megabytes: number) => [
  daemon([], {
    modules: [app('pm2-logrotate', 9, { isModule: true, pid: 5000, pm2RssBytes: megabytes * MB })],
  }),
];

describe('module-heavy', () => {
  it('watches and warns', () => {
    expect(run(audit, { daemons: module(150) })[0]?.priority).toBe('P3');
    const [finding] = run(audit, { daemons: module(300), processes: null });
    expect(finding).toMatchObject({
      priority: 'P2',
      fix: { run: ['PM2_HOME=/home/deploy/.pm2 pm2 restart pm2-logrotate'] },
    });
    expect(headline(audit, finding)).toContain('pm2-logrotate 300 MB');
  });

  it('is silent just below, and about apps', () => {
    expect(run(audit, { daemons: module(149) })).toEqual([]);
    expect(run(audit, { daemons: [daemon([app('web', 0, { pm2RssBytes: 900 * MB })])] })).toEqual([]);
  });
});
