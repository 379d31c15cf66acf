import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/worker-timeouts.ts';
import { makeCleaner } from '../../src/gather/clean.ts';
import { findAppTexts } from '../../src/gather/oom/app-texts.ts';
import type { AppText } from '../../src/model/oom.ts';
import type { AppLog } from '../../src/model/storage.ts';
import { app, c, daemon, hour, minute, now, quote } from '../factories.ts';
import { found, runAudit } from '../run-audit.ts';

const api = app('api', 0);
const timeout = (at: number, pid: number): AppText => ({
  kind: 'gunicorn-timeout',
  at,
  pid,
  signal: null,
  exitCode: null,
  app: null,
  pm2Id: null,
  who: null,
  verdict: 'not OOM',
  quote: quote(`[CRITICAL] WORKER TIMEOUT (pid:${pid})`, 'api-error.log'),
});
const log = (texts: readonly AppText[]): AppLog => ({
  app: api.ref,
  stream: 'err',
  path: c('/srv/api-error.log'),
  sizeBytes: 1000,
  readBytes: 1000,
  modifiedAt: now,
  texts,
  lastException: null,
  exceptions: [],
  tail: { at: null, lines: [] },
});
const judged = (texts: readonly AppText[]) =>
  runAudit(audit, { daemons: [daemon([api])], appLogs: [log(texts)] });

describe('worker-timeouts', () => {
  it('counts workers that gunicorn gave up, each once, and quotes the newest', () => {
    const [draft, ...more] = judged([
      timeout(now - 5 * hour, 11),
      // The SIGKILL of the same worker, a second later.
      timeout(now - 5 * hour + 1000, 11),
      timeout(now - 4 * hour, 12),
      timeout(now - 3 * hour, 13),
    ]);
    expect(more).toEqual([]);
    expect(draft).toMatchObject({ priority: 'P2', confidence: 'certain', args: { apps: [{ times: 3 }] } });
    expect(draft?.because[0]?.text).toContain('pid:13');
    expect(found(audit, draft!)).toContain('3 times');
  });

  it('is urgent while it goes on', () => {
    const texts = [50, 40, 30, 20, 10].map((ago, index) => timeout(now - ago * minute, 20 + index));
    expect(judged(texts)).toMatchObject([{ priority: 'P1', args: { apps: [{ lately: 5 }] } }]);
    expect(judged(texts.slice(1))).toMatchObject([{ priority: 'P2' }]);
  });

  it('says nothing of two, of old ones, and of lines without a time', () => {
    expect(judged([timeout(now - hour, 1), timeout(now - 2 * hour, 2)])).toEqual([]);
    const old = [1, 2, 3, 4].map((pid) => timeout(now - 400 * 24 * hour + pid * hour, pid));
    expect(judged(old)).toEqual([]);
    expect(judged([1, 2, 3].map((pid) => ({ ...timeout(now, pid), at: null })))).toEqual([]);
  });
});

it('reads the lines of gunicorn, with a SIGKILL behind them or without', () => {
  const lines = [
    '[2026-11-21 09:00:31 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:9)',
    '[2026-11-21 09:00:32 +0000] [7] [ERROR] Worker (pid:9) was sent SIGKILL! Perhaps out of memory?',
    '[2026-11-21 09:00:32 +0000] [12] [INFO] Booting worker with pid: 12',
    '[2026-11-21 09:10:31 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:12)',
    '[2026-11-21 09:10:31 +0000] [12] [INFO] Worker exiting (pid: 12)',
  ];
  const clean = makeCleaner();
  const kinds = (withTimeouts: boolean) =>
    findAppTexts(lines, c('api-error.log'), clean, null, withTimeouts).map(({ kind, pid }) => [kind, pid]);
  expect(kinds(true)).toEqual([
    ['gunicorn-timeout', 9],
    ['gunicorn-timeout', 9],
    ['gunicorn-timeout', 12],
  ]);
  const clock = { bootedAtMs: null, utcOffsetMinutes: 0, now };
  expect(findAppTexts(lines, c('api-error.log'), clean, clock, true)[0]?.at).toBe(
    Date.UTC(2026, 10, 21, 9, 0, 31),
  );
  // `oom` asks for what may have been a kill alone.
  expect(kinds(false)).toEqual([['gunicorn-timeout', 9]]);
});
