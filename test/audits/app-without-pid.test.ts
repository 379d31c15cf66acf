import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/app-without-pid.ts';
import { app, c, daemon, logLine, now, pm2Log } from '../factories.ts';
import { effect, headline, run } from './words-of.ts';

const lost = app('api', 3, { pid: null, cwd: c('/srv/my api') });
const failed = logLine(now, 'PM2 error: Error: spawn node ENOENT', {
  kind: 'spawn-failed',
  detail: c('Error: spawn node ENOENT'),
});

describe('app-without-pid', () => {
  it('finds the app that is online without a process, and says why its start failed', () => {
    const [finding, ...others] = run(audit, {
      daemons: [daemon([app('web', 0), lost])],
      pm2Log: [pm2Log([failed])],
    });
    expect(others).toEqual([]);
    expect(finding?.priority).toBe('P0');
    expect(headline(audit, finding)).toBe('api is down, though PM2 shows online: there is no process');
    expect(effect(audit, finding)).toContain('ENOENT');
    expect(finding?.because[0]?.text).toBe(failed.text);
    expect(finding?.fix).toMatchObject({
      run: ["ls -ld '/srv/my api'", 'command -v node', 'PM2_HOME=/home/deploy/.pm2 pm2 restart api'],
    });
  });

  it('is silent about apps that have no process for a reason', () => {
    const apps = (['stopped', 'errored', 'waiting restart', 'launching'] as const).map((status, id) =>
      app(status, id, { status, pid: null }),
    );
    expect(run(audit, { daemons: [daemon(apps)] })).toEqual([]);
  });

  it('needs no log', () => {
    expect(run(audit, { daemons: [daemon([lost])], pm2Log: null })).toHaveLength(1);
  });

  it('lists the rest in one finding', () => {
    const apps = Array.from({ length: 40 }, (_, id) => app(`app-${id}`, id, { pid: null }));
    expect(run(audit, { daemons: [daemon(apps)] })).toHaveLength(10);
  });
});
