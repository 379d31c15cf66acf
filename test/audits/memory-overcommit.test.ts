import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/memory-overcommit.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import { app, cgroup, daemon, GB, host, MB, process } from '../factories.ts';
import { found, runAudit } from '../run-audit.ts';

const two = (limitBytes: number, treeBytes = 60 * MB): Partial<EvidenceMap> => ({
  daemons: [
    daemon([
      app('web', 0, { settings: { maxMemoryRestartBytes: limitBytes } }),
      app('api', 1, { settings: { maxMemoryRestartBytes: limitBytes } }),
    ]),
  ],
  processes: {
    partial: false,
    processes: [
      process(900, 1),
      process(1000, 900, { rssBytes: treeBytes, pssBytes: treeBytes }),
      process(1001, 900, { rssBytes: treeBytes, pssBytes: treeBytes }),
    ],
  },
});

describe('memory-overcommit', () => {
  it('finds limits that add up to more than the host has', () => {
    const [draft] = runAudit(audit, two(5 * GB));
    expect(draft).toMatchObject({
      priority: 'P2',
      subject: { kind: 'host' },
      args: { what: 'limits', instances: 2, sumBytes: 10 * GB },
    });
    expect(found(audit, draft!)).toBe('2 limits add up to 10 GB; there are 8 GB');
  });

  it('passes when they fit exactly, and finds one byte more', () => {
    expect(runAudit(audit, two(4 * GB))).toEqual([]);
    expect(runAudit(audit, two(4 * GB + 1))).toHaveLength(1);
    expect(runAudit(audit)).toEqual([]);
  });

  it('measures the service’s own limit, and is P1 when it is pressed', () => {
    const group = cgroup({ limitBytes: 1 * GB, limitPath: null, usedBytes: 300 * MB });
    const [draft] = runAudit(audit, { ...two(600 * MB), cgroups: [group] });
    expect(draft).toMatchObject({
      priority: 'P2',
      subject: { kind: 'daemon' },
      args: { roomOf: '/system.slice/pm2-deploy.service' },
    });
    expect(runAudit(audit, { ...two(600 * MB), cgroups: [{ ...group, usedBytes: 900 * MB }] })).toMatchObject(
      [{ priority: 'P1' }],
    );
  });

  it('finds apps that hold more than there is, swap included', () => {
    const [draft] = runAudit(audit, {
      ...two(1 * GB, 700 * MB),
      host: host({ memory: { ...host().memory, totalBytes: 1 * GB, availableBytes: 50 * MB } }),
    });
    expect(draft).toMatchObject({ priority: 'P1', args: { what: 'use', sumBytes: 1400 * MB } });
  });

  it('stays silent with one limit, and with stopped apps', () => {
    expect(
      runAudit(audit, {
        daemons: [daemon([app('web', 0, { settings: { maxMemoryRestartBytes: 20 * GB } })])],
      }),
    ).toEqual([]);
    const stopped = [0, 1].map((id) =>
      app(`a${id}`, id, { pid: null, status: 'stopped', settings: { maxMemoryRestartBytes: 20 * GB } }),
    );
    expect(runAudit(audit, { daemons: [daemon(stopped)] })).toEqual([]);
  });
});
