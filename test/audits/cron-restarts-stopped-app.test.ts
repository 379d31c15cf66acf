import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/cron-restarts-stopped-app.ts';
import { app, c, daemon } from '../factories.ts';
import { headline, run } from './words-of.ts';

const timed = (over = {}, set = {}) =>
  app('report', 2, {
    status: 'stopped',
    pid: null,
    settings: { cronRestart: c('0 2 * * *'), ...set },
    ...over,
  });

describe('cron-restarts-stopped-app', () => {
  it('names the timer', () => {
    const [finding] = run(audit, { daemons: [daemon([app('web', 0), timed()])] });
    expect(finding).toMatchObject({ priority: 'P3', because: [{ text: '0 2 * * *' }] });
    expect(headline(audit, finding)).toBe('report (0 2 * * *) is stopped, but cron_restart starts it again');
    expect(finding?.fix).toMatchObject({
      run: ['PM2_HOME=/home/deploy/.pm2 pm2 delete report', expect.stringContaining('save')],
    });
  });

  it('is silent about running apps, apps without a timer, and jobs that only the timer starts', () => {
    for (const fine of [
      timed({ status: 'online' }),
      timed({}, { cronRestart: null }),
      timed({}, { autorestart: false }),
    ])
      expect(run(audit, { daemons: [daemon([fine])] })).toEqual([]);
  });
});
