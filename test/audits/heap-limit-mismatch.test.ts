import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/heap-limit-mismatch.ts';
import { app, c, cgroup, daemon, GB, host, logLine, MB, minute, now, pm2Log } from '../factories.ts';
import { found, runAudit } from '../run-audit.ts';

const node = (
  maxOldSpaceMb: number | null,
  maxMemoryRestartBytes: number | null,
  over: Parameters<typeof app>[2] = {},
) => ({
  daemons: [daemon([app('web', 0, { ...over, settings: { maxOldSpaceMb, maxMemoryRestartBytes } })])],
});
const total = (bytes: number) => ({
  host: host({ memory: { ...host().memory, totalBytes: bytes, availableBytes: bytes * 0.7 } }),
});

describe('heap-limit-mismatch', () => {
  it('finds a heap limit at or above PM2’s, and puts it below', () => {
    const [draft] = runAudit(audit, node(512, 300 * MB));
    expect(draft).toMatchObject({
      priority: 'P2',
      args: { why: 'restart' },
      fix: {
        kind: 'ecosystem-patch',
        patches: [
          {
            set: [
              {
                setting: 'node_args',
                value: '--max-old-space-size=225',
                previous: '--max-old-space-size=512',
              },
            ],
          },
        ],
      },
    });
    expect(found(audit, draft!)).toBe('V8 may let web grow to 512 MB, PM2 restarts it at 300 MB');
  });

  it('is P1 once PM2 restarts it for that, and quotes the line', () => {
    const line = logLine(
      now - minute,
      '[PM2][WORKER] Process 0 restarted because it exceeds --max-memory-restart value',
      { kind: 'memory-limit', pmId: 0, currentBytes: null, limitBytes: null },
    );
    const [draft] = runAudit(audit, { ...node(512, 300 * MB), pm2Log: [pm2Log([line])] });
    expect(draft).toMatchObject({ priority: 'P1', args: { restarts: 1 } });
    expect(draft?.because).toHaveLength(1);
  });

  it('passes just below PM2’s limit, and without any', () => {
    expect(runAudit(audit, node(299, 300 * MB))).toEqual([]);
    expect(runAudit(audit, node(300, 300 * MB))).toHaveLength(1);
    expect(runAudit(audit)).toEqual([]);
  });

  it('finds a heap limit above the memory there is', () => {
    const [draft] = runAudit(audit, { ...node(4096, null), ...total(2 * GB) });
    expect(draft).toMatchObject({ priority: 'P1', args: { why: 'room' } });
    expect(found(audit, draft!)).toBe('V8 may let web grow to 4 GB, and there are only 2 GB');
    expect(runAudit(audit, { ...node(2047, null), ...total(2 * GB) })).toEqual([]);
  });

  it('finds an old Node that takes the whole host as its measure, inside a group with a limit', () => {
    const group = cgroup({ limitBytes: 1 * GB });
    const [draft] = runAudit(audit, { ...node(null, null, { nodeVersion: c('18.20.4') }), cgroups: [group] });
    expect(draft).toMatchObject({
      priority: 'P2',
      confidence: 'likely',
      args: { why: 'default', apps: [{ heapBytes: 2 * GB, limitBytes: 1 * GB }] },
    });
    expect(
      runAudit(audit, {
        ...node(null, null, { nodeVersion: c('18.20.4') }),
        cgroups: [cgroup({ limitBytes: 2 * GB + 1 })],
      }),
    ).toEqual([]);
  });

  it('stays silent when Node reads the limit, when its version is not known, or when it is no Node app', () => {
    const cgroups = [cgroup({ limitBytes: 1 * GB })];
    expect(runAudit(audit, { ...node(null, null, { nodeVersion: c('20.3.0') }), cgroups })).toEqual([]);
    expect(runAudit(audit, { ...node(null, null, { nodeVersion: null }), cgroups })).toEqual([]);
    expect(runAudit(audit, node(4096, 300 * MB, { interpreter: c('python3') }))).toEqual([]);
    expect(
      runAudit(audit, {
        ...node(null, null, { nodeVersion: c('18.20.4') }),
        cgroups: [cgroup({ version: 1, limitBytes: 1 * GB })],
      }),
    ).toEqual([]);
  });

  it('leaves NODE_OPTIONS alone: node_args had no value before', () => {
    const [draft] = runAudit(
      audit,
      node(512, 300 * MB, { env: { NODE_OPTIONS: c('--max-old-space-size=512') } }),
    );
    expect(draft?.fix).toMatchObject({ patches: [{ set: [{ setting: 'node_args', previous: null }] }] });
  });
});
