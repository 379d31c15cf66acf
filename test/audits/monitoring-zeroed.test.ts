import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/monitoring-zeroed.ts';
import { app, daemon, logLine, MB, now, pm2Log } from '../factories.ts';
import { found, runAudit } from '../run-audit.ts';

const broken = app('jobs', 3, { pid: null, pm2RssBytes: 0 });
const zeroed = [
  app('web', 0, { pm2RssBytes: 0 }),
  app('api', 1, { pm2RssBytes: 0, settings: { maxMemoryRestartBytes: null } }),
];

describe('monitoring-zeroed', () => {
  it('finds the app without a process that hides the memory of all', () => {
    const log = pm2Log([
      logLine(now - 5000, 'Error caught while calling pidusage', { kind: 'monitoring-failed' }),
    ]);
    const [draft] = runAudit(audit, { daemons: [daemon([...zeroed, broken])], pm2Log: [log] });
    expect(draft).toMatchObject({
      priority: 'P1',
      args: { broken: ['jobs'], zeroed: 2, limits: 1 },
      fix: {
        run: ['PM2_HOME=/home/deploy/.pm2 pm2 stop 3'],
        undo: ['PM2_HOME=/home/deploy/.pm2 pm2 start 3'],
      },
    });
    expect(draft?.because.map(({ text }) => text)).toEqual(['Error caught while calling pidusage']);
    expect(found(audit, draft!)).toBe(
      'PM2 shows 0 memory for all 2 running apps, because jobs has no process',
    );
  });

  it('passes a healthy daemon', () => {
    expect(runAudit(audit)).toEqual([]);
  });

  it('is silent when one app still has a figure, when no app is broken, or when it is the only one', () => {
    expect(
      runAudit(audit, { daemons: [daemon([...zeroed, broken, app('x', 4, { pm2RssBytes: 1 * MB })])] }),
    ).toEqual([]);
    expect(runAudit(audit, { daemons: [daemon(zeroed)] })).toEqual([]);
    expect(runAudit(audit, { daemons: [daemon([broken])] })).toEqual([]);
  });

  it('is silent when PM2 gave no figure at all', () => {
    expect(runAudit(audit, { daemons: [daemon([app('web', 0, { pm2RssBytes: null }), broken])] })).toEqual(
      [],
    );
  });
});
