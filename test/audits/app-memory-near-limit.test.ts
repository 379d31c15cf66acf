import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/app-memory-near-limit.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import { app, daemon, MB, process } from '../factories.ts';
import { found, runAudit } from '../run-audit.ts';

const at = (bytes: number, over: Parameters<typeof app>[2] = {}): Partial<EvidenceMap> => ({
  daemons: [
    daemon([app('web', 0, { ...over, settings: { maxMemoryRestartBytes: 1000 * MB, ...over.settings } })]),
  ],
  processes: {
    partial: false,
    processes: [process(900, 1), process(1000, 900, { rssBytes: bytes, pssBytes: bytes })],
  },
});

describe('app-memory-near-limit', () => {
  it('warns from 95 %, with a limit that leaves room', () => {
    const [draft] = runAudit(audit, at(950 * MB));
    expect(draft).toMatchObject({
      priority: 'P1',
      fix: {
        kind: 'ecosystem-patch',
        patches: [{ set: [{ setting: 'max_memory_restart', previous: '1000M' }] }],
      },
    });
    expect(found(audit, draft!)).toBe('web is at 95 % of its memory limit: 950 MB of 1000 MB');
    expect(runAudit(audit, at(950 * MB - 1))).toMatchObject([{ priority: 'P2' }]);
  });

  it('says of several by how much at least, and plainly when all are past it', () => {
    const two = (bytes: number) => {
      const settings = { maxMemoryRestartBytes: 1000 * MB };
      const seen = at(bytes);
      const processes = [...(seen.processes?.processes ?? [])];
      return {
        daemons: [daemon([app('web', 0, { settings }), app('api', 1, { settings })])],
        processes: {
          partial: false,
          processes: [...processes, process(1001, 900, { rssBytes: 1700 * MB, pssBytes: 1700 * MB })],
        },
      };
    };
    const said = (bytes: number) => found(audit, runAudit(audit, two(bytes))[0]!);
    expect(said(970 * MB)).toBe('api, web are at 97 % of their memory limit or more');
    expect(said(1600 * MB)).toBe('api, web are over their memory limit');
  });

  it('passes just below 80 %', () => {
    expect(runAudit(audit, at(800 * MB))).toHaveLength(1);
    expect(runAudit(audit, at(800 * MB - 1))).toEqual([]);
    expect(runAudit(audit)).toEqual([]);
  });

  it('compares the heap in use with V8’s limit, and proposes no number for it', () => {
    const [draft] = runAudit(
      audit,
      at(300 * MB, { heapUsedBytes: 250 * MB, settings: { maxOldSpaceMb: 256 } }),
    );
    expect(draft).toMatchObject({
      priority: 'P1',
      args: { apps: [{ limit: 'heap', limitBytes: 256 * MB }] },
      fix: { kind: 'manual' },
    });
  });

  it('takes PM2’s own figure without /proc, and is silent without any figure or limit', () => {
    const one = (over: Parameters<typeof app>[2]) => ({ daemons: [daemon([app('web', 0, over)])] });
    expect(runAudit(audit, one({ pm2RssBytes: 290 * MB }), ['processes'])).toHaveLength(1);
    expect(runAudit(audit, one({ pm2RssBytes: null }), ['processes'])).toEqual([]);
    expect(
      runAudit(audit, one({ pm2RssBytes: 290 * MB, settings: { maxMemoryRestartBytes: null } }), [
        'processes',
      ]),
    ).toEqual([]);
  });

  it('leaves limits without a unit to memory-limit-unit', () => {
    expect(runAudit(audit, at(60 * MB, { settings: { maxMemoryRestartBytes: 5 } }))).toEqual([]);
  });
});
