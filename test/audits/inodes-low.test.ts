import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/inodes-low.ts';
import { disk } from '../factories.ts';
import { headline, run } from './words-of.ts';

const free = (freeInodesRatio: number | null) => ({ disks: [disk({ freeInodesRatio })] });

describe('inodes-low', () => {
  it('watches and warns', () => {
    expect(run(audit, free(0.15))[0]?.priority).toBe('P2');
    const [finding] = run(audit, free(0.05));
    expect(finding?.priority).toBe('P1');
    expect(headline(audit, finding)).toBe('/ has used 95 % of its inodes');
  });

  it('is silent just below, and where the file system has no such number', () => {
    expect(run(audit, free(0.21))).toEqual([]);
    expect(run(audit, free(null))).toEqual([]);
  });
});
