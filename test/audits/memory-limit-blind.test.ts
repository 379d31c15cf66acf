import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/memory-limit-blind.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import { app, c, daemon, MB, process } from '../factories.ts';
import { effect, found, runAudit } from '../run-audit.ts';

/** report-api: a parent and four workers. */
const tree = (mainMb: number, workerMb: number, pss = true, workers = 4): Partial<EvidenceMap> => ({
  daemons: [daemon([app('report-api', 0, { interpreter: c('python3') })])],
  processes: {
    partial: false,
    processes: [
      process(900, 1),
      process(1000, 900, { comm: c('gunicorn'), rssBytes: mainMb * MB, pssBytes: pss ? mainMb * MB : null }),
      ...Array.from({ length: workers }, (_, index) =>
        process(1100 + index, 1000, {
          comm: c('gunicorn'),
          rssBytes: workerMb * MB,
          pssBytes: pss ? workerMb * MB : null,
        }),
      ),
    ],
  },
});

describe('memory-limit-blind', () => {
  it('finds a tree far over a limit that PM2 compares with the parent', () => {
    const [draft] = runAudit(audit, tree(48, 128));
    expect(draft).toMatchObject({
      priority: 'P1',
      confidence: 'certain',
      fix: { kind: 'manual' },
      args: { over: true },
    });
    expect(found(audit, draft!)).toBe('PM2 sees 48 MB of report-api; its processes hold 560 MB');
    expect(found(audit, draft!, 'zh-CN')).toBe('PM2 显示 report-api 占用 48 MB，实际进程树占用 560 MB');
    expect(effect(audit, draft!)).toContain(
      'max_memory_restart 300 MB is compared with 48 MB, one process of 5.',
    );
  });

  it('passes an app that is its own only process', () => {
    expect(runAudit(audit)).toEqual([]);
  });

  it('is silent just below half, and P2 when children hold more than half below the limit', () => {
    expect(runAudit(audit, tree(100, 100, true, 1))).toEqual([]);
    expect(runAudit(audit, tree(100, 101, true, 1))).toMatchObject([
      { priority: 'P2', args: { over: false } },
    ]);
  });

  it('needs no majority in the children when the tree is 1.5 times the limit', () => {
    expect(runAudit(audit, tree(250, 199, true, 1))).toEqual([]);
    expect(runAudit(audit, tree(250, 200, true, 1))).toMatchObject([{ priority: 'P1' }]);
  });

  it('is silent when the parent itself is over: then the limit fires', () => {
    expect(runAudit(audit, tree(301, 400))).toEqual([]);
  });

  it('does not add up the RSS of forked workers: shared pages would count many times', () => {
    expect(runAudit(audit, tree(150, 149, false))).toEqual([]);
    const [draft] = runAudit(audit, tree(48, 460, false));
    expect(draft).toMatchObject({ confidence: 'likely', args: { apps: [{ treeBytes: 460 * MB }] } });
    expect(found(audit, draft!)).toContain('hold at least 460 MB');
  });

  it('says nothing without a limit', () => {
    expect(
      runAudit(audit, {
        ...tree(48, 128),
        daemons: [daemon([app('report-api', 0, { settings: { maxMemoryRestartBytes: null } })])],
      }),
    ).toEqual([]);
  });
});
