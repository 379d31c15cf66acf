import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/pm2-outdated.ts';
import { isOlder } from '../../src/derive/hosting/version-order.ts';
import { c, daemon } from '../factories.ts';
import { effect, headline, run } from './words-of.ts';

const version = (text: string | null, over = {}) => ({
  daemons: [daemon([], { pm2Version: text === null ? null : c(text), ...over })],
});

describe('pm2-outdated', () => {
  it('names the version and the way back', () => {
    const [finding] = run(audit, version('5.4.3'));
    expect(finding?.priority).toBe('P2');
    expect(headline(audit, finding)).toBe(
      'PM2 5.4.3 of /home/deploy/.pm2 is older than 7.0.3 and has known security holes',
    );
    expect(finding?.fix).toMatchObject({ undo: ['npm install -g pm2@5.4.3', expect.anything()] });
  });

  it('says first things first where Node is too old', () => {
    expect(effect(audit, run(audit, version('5.4.3', { nodeVersion: c('16.20.2') }))[0])).toContain(
      'Node 18',
    );
  });

  it('is silent at 7.0.3, above, and where no version is known', () => {
    expect(run(audit, version('7.0.2'))).toHaveLength(1);
    for (const fine of ['7.0.3', '7.0.4', '7.1.0', '8.0.0', 'N/A', null])
      expect(run(audit, version(fine))).toEqual([]);
  });

  it('tells daemons of one version in one finding', () => {
    const daemons = ['/a/.pm2', '/b/.pm2'].map((home) =>
      daemon([], { home: c(home), pm2Version: c('6.0.14') }),
    );
    expect(run(audit, { daemons })).toHaveLength(1);
  });

  it('compares numbers, not text', () => {
    expect(isOlder('7.0.10', '7.0.9')).toBe(false);
    expect(isOlder('6.10.0', '6.9.9')).toBe(false);
    expect(isOlder('x', '7.0.3')).toBeNull();
  });
});
