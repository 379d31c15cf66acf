import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/orphan-processes.ts';
import { app, c, daemon, GB, home, hour, MB, minute, now, process } from '../factories.ts';
import { effect, found, runAudit } from '../run-audit.ts';

const base = [
  process(900, 1, { comm: c('PM2 v7.0.4: God'), startedAt: now - 400 * hour }),
  process(1000, 900, { mark: { home, pmId: 0 } }),
];
const left = (pid: number, over: Parameters<typeof process>[2] = {}) =>
  process(pid, 1, {
    comm: c('python3'),
    mark: { home, pmId: 0 },
    startedAt: now - 3 * hour,
    rssBytes: 90 * MB,
    pssBytes: 80 * MB,
    ...over,
  });
const table = (...more: ReturnType<typeof process>[]) => ({
  daemons: [daemon([app('web', 0)])],
  processes: { partial: false, processes: [...base, ...more] },
});

describe('orphan-processes', () => {
  it('finds processes that outlived their app, sums them and shows how to look at them', () => {
    const [draft, more] = runAudit(audit, table(left(2001), left(2002)));
    expect(more).toBeUndefined();
    expect(draft).toMatchObject({
      priority: 'P2',
      args: { processes: 2, bytes: 160 * MB, from: [{ app: 'web', processes: 2 }] },
      fix: {
        kind: 'command',
        user: 'deploy',
        asRoot: false,
        run: ['ps -o pid,ppid,user,lstart,rss,args -p 2001,2002'],
      },
    });
    expect(found(audit, draft!)).toBe('2 processes without their app hold 160 MB');
    expect(effect(audit, draft!)).toContain('Left by web (2)');
  });

  it('finds strays of an app that is listed no more', () => {
    const [draft] = runAudit(audit, table(left(2001, { mark: { home, pmId: 7 } })));
    expect(draft?.args).toMatchObject({ from: [{ app: null, processes: 1 }] });
  });

  it('passes a healthy host, and children that are where they belong', () => {
    expect(runAudit(audit)).toEqual([]);
    expect(runAudit(audit, table(process(1100, 1000, { mark: { home, pmId: 0 } })))).toEqual([]);
  });

  it('waits a minute before it calls a process left over', () => {
    expect(runAudit(audit, table(left(2001, { startedAt: now - minute + 1 })))).toEqual([]);
    expect(runAudit(audit, table(left(2001, { startedAt: now - minute })))).toHaveLength(1);
  });

  it('stays silent about an old worker that still ends under the daemon, and about zombies', () => {
    expect(runAudit(audit, table(left(2001, { ppid: 900 })))).toEqual([]);
    expect(runAudit(audit, table(left(2001, { state: 'Z' })))).toEqual([]);
  });

  it('is P1 from a tenth of the host', () => {
    expect(runAudit(audit, table(left(2001, { pssBytes: 0.8 * GB - 1 })))).toMatchObject([
      { priority: 'P2' },
    ]);
    expect(runAudit(audit, table(left(2001, { pssBytes: 0.9 * GB })))).toMatchObject([{ priority: 'P1' }]);
  });
});
