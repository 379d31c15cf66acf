import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/memory-high.ts';
import { cgroup, GB, host, MB, process } from '../factories.ts';
import { effect, found, runAudit } from '../run-audit.ts';

const used = (ratio: number) => ({
  host: host({
    memory: { ...host().memory, totalBytes: 10 * GB, availableBytes: Math.round(10 * GB * (1 - ratio)) },
  }),
});
const tree = (bytes: number) => ({
  processes: {
    partial: false,
    processes: [process(900, 1), process(1000, 900, { rssBytes: bytes, pssBytes: bytes })],
  },
});

describe('memory-high', () => {
  it('warns from 90 %, watches from 80 %, and is silent just below', () => {
    expect(runAudit(audit, used(0.9))).toMatchObject([{ priority: 'P1', args: { level: 'warn' } }]);
    expect(runAudit(audit, used(0.8999))).toMatchObject([{ priority: 'P2', args: { level: 'watch' } }]);
    expect(runAudit(audit, used(0.8))).toHaveLength(1);
    expect(runAudit(audit, used(0.7999))).toEqual([]);
    expect(runAudit(audit)).toEqual([]);
  });

  it('says how much, and names the biggest under PM2', () => {
    const [draft] = runAudit(audit, used(0.92));
    expect(found(audit, draft!)).toBe('9.2 GB of 10 GB of the host’s memory is used: 92 %');
    expect(effect(audit, draft!)).toContain('web 55 MB');
  });

  it('judges the limit of the service by what its processes hold, not by page cache', () => {
    const group = cgroup({ limitBytes: 1 * GB, usedBytes: 1 * GB });
    expect(runAudit(audit, { cgroups: [group], ...tree(300 * MB) })).toEqual([]);
    expect(runAudit(audit, { cgroups: [group], ...tree(900 * MB) })).toMatchObject([
      { priority: 'P1', subject: { kind: 'daemon' }, args: { withCache: false } },
    ]);
  });

  it('is careful where only a figure with page cache exists', () => {
    const group = cgroup({ limitBytes: 1 * GB, usedBytes: 1 * GB });
    const [draft] = runAudit(audit, { cgroups: [group] }, ['processes']);
    expect(draft).toMatchObject({ priority: 'P2', confidence: 'likely', args: { withCache: true } });
  });
});
