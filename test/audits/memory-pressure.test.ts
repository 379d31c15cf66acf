import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/memory-pressure.ts';
import { host } from '../factories.ts';
import { found, runAudit } from '../run-audit.ts';

const pressed = (some: number, full: number | null) => ({
  host: host({
    pressure: {
      ...host().pressure,
      memory: { some: [0, some, 1], full: full === null ? null : [0, full, 0] },
    },
  }),
});

describe('memory-pressure', () => {
  it('warns when everything stands still for more than 5 % of a minute', () => {
    const [draft] = runAudit(audit, pressed(30, 5.1));
    expect(draft).toMatchObject({ priority: 'P1', args: { level: 'warn' } });
    expect(found(audit, draft!)).toBe(
      'All processes stood still for lack of memory 5.1 % of the last minute',
    );
  });

  it('watches when some wait for more than 10 %', () => {
    const [draft] = runAudit(audit, pressed(10.1, 5));
    expect(draft).toMatchObject({ priority: 'P2' });
    expect(found(audit, draft!)).toBe('Some process waited for memory 10.1 % of the last minute');
    expect(runAudit(audit, pressed(10.1, null))).toHaveLength(1);
  });

  it('passes at the limits and on a calm host', () => {
    expect(runAudit(audit, pressed(10, 5))).toEqual([]);
    expect(runAudit(audit)).toEqual([]);
  });

  it('does not apply without pressure information', () => {
    expect(runAudit(audit, { host: host({ pressure: { memory: null, cpu: null, io: null } }) })).toEqual([]);
  });
});
