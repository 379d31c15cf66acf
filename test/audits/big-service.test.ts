import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/big-service.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import { app, cgroup, daemon, GB, process } from '../factories.ts';
import { effect, found, runAudit } from '../run-audit.ts';

const holding = (bytes: number, instances = 1, pss = true): Partial<EvidenceMap> => {
  const apps = Array.from({ length: instances }, (_, id) => app('web', id));
  return {
    daemons: [daemon(apps)],
    processes: {
      partial: false,
      processes: [
        process(900, 1),
        ...apps.map((one) => process(one.pid ?? 0, 900, { rssBytes: bytes, pssBytes: pss ? bytes : null })),
      ],
    },
  };
};

describe('big-service', () => {
  it('warns at 2 GB, notes 1 GB, and is silent just below', () => {
    expect(runAudit(audit, holding(2 * GB))).toMatchObject([{ priority: 'P2', args: { level: 'warn' } }]);
    expect(runAudit(audit, holding(2 * GB - 1))).toMatchObject([
      { priority: 'P3', args: { level: 'watch' } },
    ]);
    expect(runAudit(audit, holding(1 * GB))).toHaveLength(1);
    expect(runAudit(audit, holding(1 * GB - 1))).toEqual([]);
    expect(runAudit(audit)).toEqual([]);
  });

  it('is P1 when one app holds half of the memory there is', () => {
    const [draft] = runAudit(audit, holding(4 * GB));
    expect(draft).toMatchObject({ priority: 'P1' });
    expect(found(audit, draft!)).toBe('web holds 4 GB, 50 % of the memory there is');
    expect(runAudit(audit, { ...holding(1 * GB), cgroups: [cgroup({ limitBytes: 2 * GB })] })).toMatchObject([
      { priority: 'P1' },
    ]);
  });

  it('adds up instances, and says so where PSS was not readable', () => {
    const [draft] = runAudit(audit, holding(0.6 * GB, 2, false));
    expect(found(audit, draft!)).toMatch(/^web holds at least 1\.2 GB/);
    expect(effect(audit, draft!)).toContain('web: 2 instances, 2 processes');
  });
});
