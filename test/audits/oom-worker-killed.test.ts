import { beforeEach, describe, expect, it, vi } from 'vitest';
import oomKilled from '../../src/audits/oom-killed.ts';
import audit from '../../src/audits/oom-worker-killed.ts';
import type { AttributedKill } from '../../src/model/oom.ts';
import { app, attributed, c, daemon, hour, kill, now, quote, ref, window } from '../factories.ts';
import { effect, fixWords, found, runAudit } from '../run-audit.ts';

const told = vi.hoisted(() => ({ kills: [] as unknown[] }));
vi.mock('../../src/derive/kills/oom-attribution.ts', () => ({ attributeKills: () => told.kills }));
const tell = (...kills: AttributedKill[]) => {
  told.kills = kills;
};
beforeEach(() => tell());

const emptyLog = { kills: [], unconfirmed: [], unitLines: [] };
const ownLog = quote(
  '[84410] [WARNING] Worker (pid:101877) was sent SIGKILL! Perhaps out of memory?',
  'report-api-error.log',
);
const worker = (over: Partial<AttributedKill> = {}, at = now - hour) =>
  attributed({
    kill: kill({ at, pid: 101877, comm: c('gunicorn'), anonRssKb: 212 * 1024, fileRssKb: 0 }),
    app: ref('report-api', 3),
    role: 'child',
    reason: 'pid-in-app-log',
    because: [ownLog],
    ...over,
  });
const daemons = [daemon([app('report-api', 3, { restartCounter: 2 })])];

describe('oom-worker-killed', () => {
  it('tells of the worker PM2 did not see, with the app’s own line', () => {
    tell(worker());
    const [draft] = runAudit(audit, { daemons });
    expect(draft).toMatchObject({
      priority: 'P0',
      subject: { kind: 'app', app: { name: 'report-api' } },
      fix: { kind: 'manual' },
      args: { kinds: ['gunicorn'], restarts: 2 },
    });
    expect(draft?.because.map(({ text }) => text)).toContain(ownLog.text);
    expect(found(audit, draft!)).toBe(
      'A worker process of report-api was killed for memory on 2026-11-20 18:12',
    );
    expect(effect(audit, draft!)).toContain('PM2 shows no restart for it (its counter stands at 2)');
    expect(fixWords(audit, draft!).steps[0]).toContain('--max-requests 1000');
  });

  it('passes without kills, and leaves apps and strangers to other audits', () => {
    expect(runAudit(audit, { daemons })).toEqual([]);
    tell(worker({ role: 'app' }), worker({ role: 'other', app: null }));
    expect(runAudit(audit, { daemons })).toEqual([]);
  });

  it('leaves a child behind a shell, which took its app with it, to oom-killed', () => {
    const gone = quote('App [report-api:3] exited with code [137] via signal [SIGINT]', 'pm2.log');
    tell(worker({ because: [gone], reason: 'sigkill-in-pm2-log' }));
    expect(runAudit(audit, { daemons })).toEqual([]);
    expect(runAudit(oomKilled, { daemons, oomLog: emptyLog })).toMatchObject([
      { priority: 'P0', args: { story: 'app', apps: ['report-api'] } },
    ]);
  });

  it('leaves kills before the window alone', () => {
    tell(worker({}, window.from));
    expect(runAudit(audit, { daemons })).toHaveLength(1);
    tell(worker({}, window.from - 1));
    expect(runAudit(audit, { daemons })).toEqual([]);
  });

  it('is P1 and says so when the tie is a guess, with every candidate named', () => {
    tell(worker({ confidence: 'possible', candidates: [ref('api', 4)] }));
    const [draft] = runAudit(audit, { daemons });
    expect(draft).toMatchObject({
      priority: 'P1',
      confidence: 'possible',
      args: { apps: ['report-api', 'api'] },
    });
    expect(effect(audit, draft!)).toContain('a guess');
  });

  it('is one finding for many workers of one app', () => {
    tell(worker(), worker({}, now - 2 * hour), worker({}, now - 3 * hour));
    expect(runAudit(audit, { daemons })).toMatchObject([{ args: { kills: 3 } }]);
  });
});
