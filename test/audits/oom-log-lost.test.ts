import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/oom-log-lost.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import { c, day, healthy, home, hour, kill, now, window } from '../factories.ts';
import { effect, found, runAudit } from '../run-audit.ts';

const counted = (sinceBoot: number | null, kills = 1): Partial<EvidenceMap> => ({
  oomCounters: { sinceBoot, cgroups: [] },
  oomLog: {
    kills: Array.from({ length: kills }, (_, index) =>
      kill({ pid: 4711 + index, at: now - (index + 1) * hour }),
    ),
    unconfirmed: [],
    unitLines: [],
  },
});
const from = (at: number) => ({ oomLog: { from: at, to: now } });

describe('oom-log-lost', () => {
  it('says how many kills the log lost, and keeps the journal from then on', () => {
    const [draft] = runAudit(audit, counted(4), [], from(now - 2 * day));
    expect(draft).toMatchObject({
      priority: 'P1',
      args: { counted: 4, found: 1, lost: 3, older: false },
      fix: { kind: 'file', path: '/etc/systemd/journald.conf.d/persistent.conf', asRoot: true },
    });
    expect(found(audit, draft!)).toBe('3 OOM kills are missing from the log: 4 counted since boot, 1 found');
  });

  it('passes when both agree, and finds one more', () => {
    expect(runAudit(audit, counted(1))).toEqual([]);
    expect(runAudit(audit, counted(2))).toHaveLength(1);
    expect(runAudit(audit)).toEqual([]);
  });

  it('is a note where the log covers the whole window: the lost ones are older', () => {
    expect(runAudit(audit, counted(4), [], from(window.from))).toMatchObject([
      { priority: 'P3', args: { older: true } },
    ]);
    expect(runAudit(audit, counted(4), [], from(window.from + 1))).toMatchObject([{ priority: 'P1' }]);
  });

  it('stays silent without a counter, and writes no journald file where there is no systemd', () => {
    expect(runAudit(audit, counted(null))).toEqual([]);
    expect(
      runAudit(audit, { ...counted(4), startup: { ...healthy().startup, systemd: false } }),
    ).toMatchObject([{ fix: { kind: 'manual' } }]);
  });

  it('knows in a container that the host’s counter is not its own', () => {
    const own = (oomKill: number, version: 1 | 2 = 2) => ({
      oomCounters: {
        sinceBoot: 5,
        cgroups: [{ path: c('/'), version, home, oomKill, oom: null, oomGroupKill: null }],
      },
    });
    const docker = { host: { ...healthy().host, container: c('docker') } };
    const [draft] = runAudit(audit, { ...docker, ...own(0) }, ['oomLog']);
    expect(draft).toMatchObject({ priority: 'P3', args: { elsewhere: true } });
    expect(effect(audit, draft!)).toContain('None of them happened in this container');
    expect(runAudit(audit, { ...docker, ...own(1) }, ['oomLog'])).toMatchObject([{ priority: 'P1' }]);
    expect(runAudit(audit, own(0), ['oomLog'])).toMatchObject([{ args: { elsewhere: false } }]);
  });

  it('tells of kills that only the counters know, and of those in PM2s own cgroup', () => {
    const none = counted(4, 0);
    const [plain] = runAudit(audit, none, ['oomLog']);
    expect(plain).toMatchObject({ priority: 'P2', args: { counted: 4, lost: 4, logRead: false } });
    expect(found(audit, plain!)).toBe(
      'The kernel counted 4 OOM kills since boot, and no log could be read that names them',
    );
    const own = { path: c('/docker/3f2a'), version: 2, home, oomKill: 2, oom: 3, oomGroupKill: 0 } as const;
    const [draft] = runAudit(audit, { ...none, oomCounters: { sinceBoot: 4, cgroups: [own] } }, ['oomLog']);
    expect(draft).toMatchObject({ priority: 'P1', args: { lostInPm2: 2 } });
    expect(effect(audit, draft!)).toContain('At least 2 of them happened in PM2’s own cgroup.');
    expect(runAudit(audit, counted(0, 0), ['oomLog'])).toEqual([]);
  });
});
