import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/daemon-hung.ts';
import { c, daemon, process } from '../factories.ts';
import { effect, run } from './words-of.ts';

const hung = daemon([], { state: 'hung' });

describe('daemon-hung', () => {
  it('says a stopped daemon is stopped, and how to let it run on', () => {
    const table = {
      processes: [process(900, 1, { comm: c('PM2 v7.0.4: God'), state: 'T' })],
      partial: false,
    };
    const [finding] = run(audit, { daemons: [hung], processes: table });
    expect(finding).toMatchObject({ priority: 'P0', fix: { run: ['kill -CONT 900'], asRoot: false } });
    expect(effect(audit, finding)).toContain('stopped by a signal');
  });

  it('restarts the unit that holds it, else the daemon itself', () => {
    expect(run(audit, { daemons: [hung] })[0]?.fix).toMatchObject({
      asRoot: true,
      run: ['systemctl restart pm2-deploy.service'],
    });
    expect(run(audit, { daemons: [hung], startup: null, processes: null })[0]?.fix).toMatchObject({
      run: ['kill -KILL 900', expect.anything(), 'PM2_HOME=/home/deploy/.pm2 pm2 resurrect'],
    });
  });

  it('is silent about daemons that answer, are dead, or belong to others', () => {
    for (const state of ['online', 'dead', 'denied', 'malformed'] as const)
      expect(run(audit, { daemons: [daemon([], { state })] })).toEqual([]);
  });
});
