import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/disk-filling.ts';
import { c, disk, GB, MB } from '../factories.ts';
import { effect, headline, run } from './words-of.ts';

const used = (usedRatio: number, over = {}) => ({
  disks: [disk({ usedRatio, freeBytes: (1 - usedRatio) * 80 * GB, ...over })],
});

describe('disk-filling', () => {
  it('watches at 80 %, warns at 90 %, and calls a full disk an emergency', () => {
    expect(run(audit, used(0.8))[0]?.priority).toBe('P2');
    expect(run(audit, used(0.9))[0]?.priority).toBe('P1');
    const [finding] = run(audit, used(0.999, { freeBytes: 12 * MB }));
    expect(finding?.priority).toBe('P0');
    expect(headline(audit, finding)).toBe('/ is full: 12 MB of 80 GB left');
  });

  it('names the biggest folders on that disk only', () => {
    const entry = (path: string, bytes: number) => ({
      path: c(path),
      bytes,
      files: 1,
      kind: 'folder' as const,
      app: null,
      complete: true,
    });
    const [finding] = run(audit, {
      disks: [...used(0.85).disks, disk({ mount: c('/data') })],
      storage: {
        top: [entry('/srv/a', 5 * GB), entry('/data/b', 50 * GB)],
        logs: [],
        scannedBytes: 0,
        scannedFiles: 0,
        complete: true,
      },
    });
    expect(effect(audit, finding)).toContain('/srv/a 5 GB');
    expect(effect(audit, finding)).not.toContain('/data/b');
  });

  it('is silent just below, on disks nobody writes to, and on images that are full by nature', () => {
    expect(run(audit, used(0.799))).toEqual([]);
    expect(run(audit, used(0.95, { mount: c('/mnt/backup'), holdsHome: false }))).toEqual([]);
    expect(run(audit, used(1, { fsType: c('squashfs') }))).toEqual([]);
  });
});
