import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/cpu-hog.ts';
import { app, daemon, hour, minute, now, process } from '../factories.ts';
import { headline, run } from './words-of.ts';

/** One app by PM2's figure, our sample and its mean since the start. */
const busy = (pm2: number | null, sample: number | null, mean: number, upMs = 10 * hour) => ({
  daemons: [daemon([app('api', 0, { cpuPercent: pm2 })])],
  processes: {
    processes: [
      process(900, 1, { cpuPercent: 0 }),
      process(1000, 900, { cpuPercent: sample, cpuMs: (mean / 100) * upMs, startedAt: now - upMs }),
    ],
    partial: false,
  },
});

describe('cpu-hog', () => {
  it('believes two figures of three', () => {
    const [finding] = run(audit, busy(97, null, 92));
    expect(finding).toMatchObject({ priority: 'P1', args: { pm2: 97, lifetime: 92 } });
    expect(headline(audit, finding)).toContain('api uses 92 % of one CPU core');
    expect(finding?.fix).toMatchObject({ run: [expect.stringContaining('-p 1000')] });
    expect(run(audit, busy(60, 55, 2))[0]?.priority).toBe('P2');
  });

  it('never believes one figure alone', () => {
    expect(run(audit, busy(100, null, 3))).toEqual([]);
    expect(run(audit, busy(2, 100, 3))).toEqual([]);
    expect(run(audit, busy(null, null, 100))).toEqual([]);
    expect(run(audit, busy(100, null, 100, 5 * minute))).toEqual([]);
  });

  it('is silent just below the limit, and about apps that do not run', () => {
    expect(run(audit, busy(49.9, null, 49.9))).toEqual([]);
    const stopped = busy(100, 100, 100);
    expect(
      run(audit, { ...stopped, daemons: [daemon([app('api', 0, { cpuPercent: 100, status: 'stopped' })])] }),
    ).toEqual([]);
  });

  it('makes at most ten findings and leaves no app out', () => {
    const apps = Array.from({ length: 30 }, (_, id) =>
      app(`app-${id}`, id, { cpuPercent: id === 0 ? 60 : 95 }),
    );
    const processes = [
      process(900, 1),
      ...apps.map((each, id) =>
        process(each.pid!, 900, { cpuPercent: 95, cpuMs: 0, startedAt: now - hour + id }),
      ),
    ];
    const findings = run(audit, { daemons: [daemon(apps)], processes: { processes, partial: false } });
    expect(findings.length).toBeLessThanOrEqual(10);
    expect(findings.flatMap((finding) => (finding.args as { apps: readonly unknown[] }).apps)).toHaveLength(
      30,
    );
  });
});
