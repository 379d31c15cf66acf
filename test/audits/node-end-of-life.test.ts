import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/node-end-of-life.ts';
import { nodeToMoveTo } from '../../src/derive/hosting/node-release.ts';
import { app, c, daemon, now } from '../factories.ts';
import { headline, run } from './words-of.ts';

const on = (version: string, over = {}) => app(`app-${version}`, 1, { nodeVersion: c(version), ...over });

describe('node-end-of-life', () => {
  it('lists ended lines by version, with who runs on them', () => {
    const findings = run(audit, {
      daemons: [daemon([on('18.20.4'), on('20.11.1'), on('24.1.0')], { nodeVersion: c('20.11.1') })],
    });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      priority: 'P2',
      args: {
        versions: [
          { major: 18, daemons: 0 },
          { major: 20, apps: ['app-20.11.1'], daemons: 1 },
        ],
        moveTo: { major: 24 },
      },
    });
    expect(headline(audit, findings[0])).toContain('Node 18 got its last fixes in 2025');
  });

  it('knows that odd lines end after half a year', () => {
    expect(run(audit, { daemons: [daemon([on('25.2.0')])] })).toHaveLength(1);
  });

  it('announces an end within 90 days, not earlier', () => {
    const at22 = { daemons: [daemon([on('22.1.0')])] };
    expect(run(audit, at22)).toEqual([]);
    const end = Date.UTC(2027, 3, 30, 12);
    const check = (days: number) =>
      audit.check(
        { daemons: at22.daemons },
        { now: end - days * 86_400_000, window: { from: 0, to: 0 }, covers: {}, limits: { soon: 90 } },
      );
    expect(check(90)).toMatchObject([{ priority: 'P3' }]);
    expect(check(91)).toEqual([]);
    expect(check(0)).toMatchObject([{ priority: 'P2' }]);
  });

  it('is silent about other runtimes, unknown lines and unknown versions', () => {
    expect(run(audit, { daemons: [daemon([on('18.1.0', { interpreter: c('/usr/bin/bun') })])] })).toEqual([]);
    expect(run(audit, { daemons: [daemon([on('99.1.0'), on('x'), on('0.12.1')])] })).toEqual([]);
    expect(
      run(audit, { daemons: [daemon([app('a', 0, { nodeVersion: null })], { nodeVersion: null })] }),
    ).toEqual([]);
  });

  it('advises a line that has been long-term support for a while', () => {
    expect(nodeToMoveTo(now).major).toBe(24);
    expect(nodeToMoveTo(Date.UTC(2027, 5, 1)).major).toBe(26);
  });
});
