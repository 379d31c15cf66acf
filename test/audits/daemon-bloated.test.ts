import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/daemon-bloated.ts';
import { app, c, daemon, day, hour, MB, now, remembered } from '../factories.ts';
import { found, runAudit } from '../run-audit.ts';

const holding = (rssBytes: number | null, over: Parameters<typeof daemon>[1] = {}) => ({
  daemons: [daemon([app('web', 0)], { rssBytes, ...over })],
});

describe('daemon-bloated', () => {
  it('warns from 500 MB and watches from 150 MB', () => {
    const [draft] = runAudit(audit, holding(500 * MB));
    expect(draft).toMatchObject({
      priority: 'P1',
      subject: { kind: 'daemon', home: '/home/deploy/.pm2' },
      fix: {
        kind: 'command',
        user: 'deploy',
        asRoot: false,
        run: ['PM2_HOME=/home/deploy/.pm2 pm2 save', 'PM2_HOME=/home/deploy/.pm2 pm2 update'],
      },
    });
    expect(found(audit, draft!)).toBe('The PM2 daemon of /home/deploy/.pm2 holds 500 MB after 1555200 s');
    expect(runAudit(audit, holding(500 * MB - 1))).toMatchObject([{ priority: 'P2' }]);
    expect(runAudit(audit, holding(150 * MB))).toHaveLength(1);
  });

  it('passes just below, and a fresh daemon', () => {
    expect(runAudit(audit, holding(150 * MB - 1))).toEqual([]);
    expect(runAudit(audit)).toEqual([]);
  });

  it('stays silent where the size is not known', () => {
    expect(runAudit(audit, holding(null))).toEqual([]);
  });

  it('quotes a hostile home for the shell', () => {
    const [draft] = runAudit(audit, holding(600 * MB, { home: c('/home/x y/$(id)') }));
    expect(draft?.fix).toMatchObject({
      run: ["PM2_HOME='/home/x y/$(id)' pm2 save", "PM2_HOME='/home/x y/$(id)' pm2 update"],
    });
  });

  describe('with a collector', () => {
    /** Hours of a week; `mbPerDay` from 70 MB on, with the noise of a real one. */
    const watched = (mbPerDay: number, rssMb: number, days = 7) => ({
      daemons: [daemon([app('web', 0)], { rssBytes: rssMb * MB, startedAt: now - days * day })],
      history: remembered({
        daemons: [
          {
            home: c('/home/deploy/.pm2'),
            starts: [now - days * day],
            rss: {
              from: now - days * day,
              stepMs: hour,
              unit: MB / 16,
              values: Array.from({ length: days * 24 }, (_, index) =>
                Math.round(16 * (70 + (mbPerDay * index) / 24 + ((index * 7919) % 13) / 10)),
              ),
            },
          },
        ],
      }),
    });

    it('tells of one that is small and heavy within a month, with the day', () => {
      const [draft] = runAudit(audit, watched(20, 140));
      expect(draft).toMatchObject({ priority: 'P2', confidence: 'likely', args: { level: 'grows' } });
      const { args } = draft!;
      expect(args.perDayBytes! / MB).toBeCloseTo(20, 0);
      // Seven days from 70 MB: 210 MB now, 290 MB are left, 20 a day.
      const left = (args.heavyAt! - now) / day;
      expect(left).toBeGreaterThan(13);
      expect(left).toBeLessThan(16);
      expect(args.earliest!).toBeLessThanOrEqual(args.heavyAt!);
      expect(found(audit, draft!)).toContain('and grows by');
    });

    it('adds the growth where it is big already, and says nothing of a calm one', () => {
      expect(runAudit(audit, watched(20, 210))).toMatchObject([
        { priority: 'P2', confidence: 'certain', args: { level: 'watch' } },
      ]);
      expect(runAudit(audit, watched(0, 71))).toEqual([]);
      // 1 MB a day is what allocators do, and far from heavy.
      expect(runAudit(audit, watched(1, 77))).toEqual([]);
    });

    it('does not judge a daemon that was watched for less than a day', () => {
      expect(runAudit(audit, watched(400, 140, 0.8))).toEqual([]);
    });
  });
});
