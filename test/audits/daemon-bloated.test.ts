import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/daemon-bloated.ts';
import { app, c, daemon, MB } from '../factories.ts';
import { found, runAudit } from '../run-audit.ts';

const holding = (rssBytes: number | null, over: Parameters<typeof daemon>[1] = {}) => ({
  daemons: [daemon([app('web', 0)], { rssBytes, ...over })],
});

describe('daemon-bloated', () => {
  it('warns from 500 MB and watches from 150 MB', () => {
    const [draft] = runAudit(audit, holding(500 * MB));
    expect(draft).toMatchObject({
      priority: 'P1',
      subject: { kind: 'daemon', home: '/home/deploy/.pm2' },
      fix: {
        kind: 'command',
        user: 'deploy',
        asRoot: false,
        run: ['PM2_HOME=/home/deploy/.pm2 pm2 save', 'PM2_HOME=/home/deploy/.pm2 pm2 update'],
      },
    });
    expect(found(audit, draft!)).toBe('The PM2 daemon of /home/deploy/.pm2 holds 500 MB after 1555200 s');
    expect(runAudit(audit, holding(500 * MB - 1))).toMatchObject([{ priority: 'P2' }]);
    expect(runAudit(audit, holding(150 * MB))).toHaveLength(1);
  });

  it('passes just below, and a fresh daemon', () => {
    expect(runAudit(audit, holding(150 * MB - 1))).toEqual([]);
    expect(runAudit(audit)).toEqual([]);
  });

  it('stays silent where the size is not known', () => {
    expect(runAudit(audit, holding(null))).toEqual([]);
  });

  it('quotes a hostile home for the shell', () => {
    const [draft] = runAudit(audit, holding(600 * MB, { home: c('/home/x y/$(id)') }));
    expect(draft?.fix).toMatchObject({
      run: ["PM2_HOME='/home/x y/$(id)' pm2 save", "PM2_HOME='/home/x y/$(id)' pm2 update"],
    });
  });
});
