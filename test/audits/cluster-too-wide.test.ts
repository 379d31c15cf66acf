import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/cluster-too-wide.ts';
import { app, daemon, host, MB, process } from '../factories.ts';
import { effect, headline, run } from './words-of.ts';

const workers = (count: number, over = {}) =>
  Array.from({ length: count }, (_, id) =>
    app('web', id, { execMode: 'cluster', instances: count, ...over }),
  );
const table = (count: number) => ({
  processes: [
    process(900, 1),
    ...Array.from({ length: count }, (_, id) => process(1000 + id, 900, { pssBytes: 50 * MB })),
  ],
  partial: false,
});

describe('cluster-too-wide', () => {
  it('says what the surplus workers hold, and how many to run', () => {
    const [finding] = run(audit, { daemons: [daemon(workers(6))], processes: table(6) });
    expect(headline(audit, finding)).toBe('web runs 6 cluster workers on 4 CPUs');
    expect(finding).toMatchObject({
      priority: 'P2',
      fix: { patches: [{ set: [{ setting: 'instances', value: 4, previous: 6 }] }] },
    });
    expect(effect(audit, finding)).toContain('100 MB');
  });

  it('does not make up a size it did not measure', () => {
    const [finding] = run(audit, { daemons: [daemon(workers(6))], processes: null });
    expect(effect(audit, finding)).toContain('The surplus workers hold memory');
  });

  it('is silent at one a CPU, about forks, and about workers that do not run', () => {
    expect(run(audit, { daemons: [daemon(workers(4))] })).toEqual([]);
    expect(run(audit, { daemons: [daemon(workers(6, { execMode: 'fork' }))] })).toEqual([]);
    expect(run(audit, { daemons: [daemon(workers(6, { status: 'stopped' }))] })).toEqual([]);
    expect(run(audit, { daemons: [daemon(workers(1))], host: host({ cpus: 1 }) })).toEqual([]);
  });
});
