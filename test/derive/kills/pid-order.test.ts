import { describe, expect, it } from 'vitest';
import type { Process } from '../../../src/model/process.ts';
import { app, at, c, exits, god, hour, kill, minute, process, startup, tie } from './scene.ts';

/** PM2 ran in a session; its app was started an hour before somebody ended it by `kill -9`, and a namesake was OOM-killed. */
const session = startup('session-3.scope', '/user.slice/user-1000.slice/session-3.scope');
const web = app('web', 0, { pid: 7900, startedAt: at + 500 });
const namesake = (...others: Process[]) =>
  tie(
    [kill({ at, pid: 7744, comm: c('node /srv/web/s'), taskMemcg: session.holders[0]!.cgroupPath })],
    [web],
    {
      pm2Log: exits(['web', 0, at - hour], ['web', 0, at]),
      startup: session,
      processes: {
        processes: [god, process(7900, 900, { comm: c('node /srv/web/s'), startedAt: at + 500 }), ...others],
        partial: false,
      },
    },
  );

describe('a victim younger than the app’s process', () => {
  it('is a stranger: a smaller pid was given out after the app had started', () => {
    const between = process(7700, 1, { comm: c('sshd'), startedAt: at - minute });
    expect(namesake(between)).toMatchObject({ app: null, confidence: 'none' });
  });

  it('is not proven by processes older than the app, or with a bigger pid', () => {
    expect(namesake().confidence).toBe('likely');
    expect(namesake(process(7700, 1, { startedAt: at - 2 * hour })).confidence).toBe('likely');
    expect(namesake(process(7800, 1, { startedAt: at - minute })).confidence).toBe('likely');
  });

  it('is not proven where pids have come round, or are counted in another namespace', () => {
    const between = process(7700, 1, { startedAt: at - minute });
    // An older process has a bigger pid.
    expect(namesake(between, process(31_000, 1, { startedAt: at - 2 * hour })).confidence).toBe('likely');
    // A process that started after the kill has a smaller one.
    expect(namesake(between, process(12, 1, { startedAt: at + minute })).confidence).toBe('likely');
  });
});
