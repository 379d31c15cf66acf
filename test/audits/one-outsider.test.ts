/** A process outside PM2 that survived the kill it caused: two audits tell of it, one fix bounds it. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze/run.ts';
import hog from '../../src/audits/host-process-hog.ts';
import { audits } from '../../src/audits/index.ts';
import { boundOutsider } from '../../src/derive/kills/kill-plan.ts';
import { app, c, daemon, evidence, GB, home, hour, kill, MB, now } from '../factories.ts';

describe('a process outside PM2 and its victim', () => {
  const api = app('api', 0);
  const task = (pid: number, comm: string, rssBytes: number) => ({
    pid,
    uid: 1000,
    comm: c(comm),
    rssBytes,
    swapBytes: 0,
    oomScoreAdj: 0,
  });
  const victim = kill();
  const report = analyze(
    evidence({
      daemons: [daemon([api])],
      oomLog: {
        kills: [
          { ...victim, tasks: [task(77, 'git', 6.5 * GB), task(4711, 'node', 1270 * MB)], tasksTotal: 2 },
        ],
        unconfirmed: [],
        unitLines: [],
        past: {
          from: now - 24 * hour,
          to: now,
          everyMs: 10_000,
          processes: [
            {
              pid: 4711,
              ppid: 900,
              startedAt: now - 20 * hour,
              home,
              app: api.ref,
              role: 'main',
              comm: c('node /srv/web/se'),
              uid: 1000,
              cgroup: victim.taskMemcg,
              firstSeen: now - 20 * hour,
              lastSeen: now - 2 * hour - 5000,
              rssBytes: 1270 * MB,
            },
          ],
        },
      },
    }),
    audits,
  );

  it('is bounded by one fix that answers both findings', () => {
    const told = report.findings.filter(({ audit }) => audit === hog.id || audit === 'oom-killed');
    expect(told.map(({ audit }) => audit).toSorted()).toEqual(['host-process-hog', 'oom-killed']);
    const own = report.fixes.filter(({ findings }) => told.some(({ id }) => findings.includes(id)));
    expect(own).toHaveLength(1);
    expect(own[0]).toMatchObject({ fix: boundOutsider('git') });
    expect(own[0]?.findings.toSorted()).toEqual(told.map(({ id }) => id).toSorted());
  });
});
