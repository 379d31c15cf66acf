import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/memory-limit-unit.ts';
import { app, c, daemon, logLine, MB, minute, now, pm2Log } from '../factories.ts';
import { found, runAudit } from '../run-audit.ts';

const limited = (bytes: number, over: Parameters<typeof app>[2] = {}) => ({
  daemons: [daemon([app('web', 0, { ...over, settings: { maxMemoryRestartBytes: bytes } })])],
});
const fired = (at: number) =>
  logLine(
    at,
    '[PM2][WORKER] Process 0 restarted because it exceeds --max-memory-restart value (current_memory=62914560 max_memory_limit=5 [octets])',
    {
      kind: 'memory-limit',
      pmId: 0,
      currentBytes: 60 * MB,
      limitBytes: 5,
    },
  );

describe('memory-limit-unit', () => {
  it('finds five bytes, and proposes a limit with its unit', () => {
    const [draft] = runAudit(audit, limited(5));
    expect(draft).toMatchObject({
      priority: 'P1',
      fix: {
        kind: 'ecosystem-patch',
        patches: [{ set: [{ setting: 'max_memory_restart', value: '150M', previous: '5' }] }],
      },
    });
    expect(found(audit, draft!)).toBe(
      'web has a memory limit that no process can keep: max_memory_restart: 5 = 5 B',
    );
  });

  it('is P0 once pm2.log shows the loop, and quotes it', () => {
    const events = [1, 2, 3].map((n) => fired(now - n * minute));
    const [draft] = runAudit(audit, { ...limited(5), pm2Log: [pm2Log(events)] });
    expect(draft).toMatchObject({ priority: 'P0', args: { restarts: 3 } });
    expect(draft?.because).toHaveLength(2);
  });

  it('passes from 16 MB on, and fails just below for Node', () => {
    expect(runAudit(audit, limited(16 * MB))).toEqual([]);
    expect(runAudit(audit, limited(16 * MB - 1))).toHaveLength(1);
    expect(runAudit(audit)).toEqual([]);
  });

  it('stays silent for a small program of another language that keeps its limit', () => {
    expect(runAudit(audit, limited(8 * MB, { interpreter: c('none'), pm2RssBytes: 3 * MB }))).toEqual([]);
    expect(runAudit(audit, limited(8 * MB, { interpreter: c('none'), pm2RssBytes: 9 * MB }))).toHaveLength(1);
  });
});
