import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/swap-exhausted.ts';
import { GB, host, MB } from '../factories.ts';
import { found, runAudit } from '../run-audit.ts';

const facts = (totalBytes: number, ratio: number, availableBytes: number, someAvg60 = 0) => ({
  host: host({
    memory: { ...host().memory, totalBytes: 8 * GB, availableBytes },
    swap: { totalBytes, usedBytes: Math.round(totalBytes * ratio) },
    pressure: { ...host().pressure, memory: { some: [0, someAvg60, 0], full: [0, 0, 0] } },
  }),
});

describe('swap-exhausted', () => {
  it('warns when memory is short as well', () => {
    const [draft] = runAudit(audit, facts(2 * GB, 0.95, 500 * MB));
    expect(draft).toMatchObject({ priority: 'P1', args: { calm: false } });
    expect(found(audit, draft!)).toBe('Swap is 95 % full: 1.9 GB of 2 GB');
  });

  it('notes a small swap left full beside much available memory, with the reason', () => {
    const [draft] = runAudit(audit, facts(127 * MB, 0.969, 6.4 * GB));
    expect(draft).toMatchObject({ priority: 'P3', args: { calm: true, small: true } });
    expect(found(audit, draft!)).toBe('Swap is 96.9 % full (123.1 MB), beside 6.4 GB of available memory');
  });

  it('is P2 from 60 % when memory is short, and silent just below', () => {
    expect(runAudit(audit, facts(1000 * MB, 0.6, 1 * GB))).toMatchObject([{ priority: 'P2' }]);
    expect(runAudit(audit, facts(1000 * MB, 0.599, 1 * GB))).toEqual([]);
  });

  it('says nothing of a swap in use beside much memory, or of no swap', () => {
    expect(runAudit(audit, facts(2 * GB, 0.7, 6 * GB))).toEqual([]);
    expect(runAudit(audit, facts(0, 0, 6 * GB))).toEqual([]);
    expect(runAudit(audit)).toEqual([]);
  });

  it('is not calm while processes wait for memory', () => {
    expect(runAudit(audit, facts(127 * MB, 0.95, 6 * GB, 3))).toMatchObject([{ priority: 'P1' }]);
  });
});
