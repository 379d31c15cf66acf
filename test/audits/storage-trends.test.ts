import { describe, expect, it } from 'vitest';
import diskFilling from '../../src/audits/disk-filling.ts';
import logsUnrotated from '../../src/audits/logs-unrotated.ts';
import { diskTrends, logTrends } from '../../src/derive/trends/storage-trend.ts';
import type { Track } from '../../src/model/remembered.ts';
import { c, day, disk, file, GB, home, hour, MB, now, pm2Home, remembered } from '../factories.ts';
import { effect, found, runAudit } from '../run-audit.ts';

/** Hour by hour, oldest first; `bytes` of the hour. */
const track = (hours: number, bytes: (hour: number) => number): Track => ({
  from: now - hours * hour,
  stepMs: hour,
  unit: 1024,
  values: Array.from({ length: hours }, (_, index) => Math.round(bytes(index) / 1024)),
});
const root = (freeGb: number) =>
  disk({ totalBytes: 80 * GB, freeBytes: freeGb * GB, usedRatio: 1 - freeGb / 80 });
/** Free space falls by so many GB a day and ends at `freeGb`. */
const falling = (freeGb: number, gbPerDay: number, hours = 168) =>
  remembered({
    disks: [{ mount: c('/'), free: track(hours, (at) => (freeGb + ((hours - at) / 24) * gbPerDay) * GB) }],
  });

describe('disk-filling, with a history', () => {
  const judge = (freeGb: number, gbPerDay: number, hours?: number) =>
    runAudit(diskFilling, { disks: [root(freeGb)], history: falling(freeGb, gbPerDay, hours) });

  it('is urgent when the disk is full within a week, however empty it is', () => {
    const [draft] = judge(30, 6);
    expect(draft).toMatchObject({ priority: 'P1' });
    expect((draft!.args.fullAt - now) / day).toBeCloseTo(5, 0);
    expect(found(diskFilling, draft!)).toMatch(/left; full on 2026-11-2\d at this pace$/);
    // A straight line leaves one day.
    expect(effect(diskFilling, draft!)).toMatch(
      /^It grows by 6 GB a day: full on 2026-11-25, if that goes on\./,
    );
    expect(found(diskFilling, draft!, 'zh-CN')).toMatch(/，照此速度将于 .+写满$/);
  });

  it('says between which days where the pace wavers', () => {
    const wavering = remembered({
      disks: [
        {
          mount: c('/'),
          free: track(168, (at) => (30 + ((168 - at) / 24) * 6 + 4 * Math.sin(at * at)) * GB),
        },
      ],
    });
    const [draft] = runAudit(diskFilling, { disks: [root(30)], history: wavering });
    expect(effect(diskFilling, draft!)).toMatch(
      /^It grows by [56](\.\d)? GB a day: full between .+ and .+, if that goes on\./,
    );
  });

  it('waits where that is further away', () => {
    expect(judge(30, 3)).toEqual([]);
    expect(judge(15, 1.2)).toMatchObject([{ priority: 'P2' }]);
  });

  it('gives no day to a disk that does not fill', () => {
    const [draft] = judge(10, 0);
    expect(draft!.args).toMatchObject({ fullAt: null, bytesPerDay: null });
    expect(effect(diskFilling, draft!)).toContain('did not grow steadily');
    const nightly = remembered({
      disks: [{ mount: c('/'), free: track(168, (at) => (10 - (at % 24) / 8) * GB) }],
    });
    expect(diskTrends(nightly, [root(10)], now)).toEqual([]);
  });

  it('says nothing of a day or less, and of samples that are old', () => {
    expect(diskTrends(falling(30, 6, 20), [root(30)], now)).toEqual([]);
    expect(diskTrends(falling(30, 6), [root(30)], now + 5 * hour)).toEqual([]);
  });
});

describe('logs-unrotated, with a history', () => {
  const path = `${home}/logs/web-out.log`;
  const homes = (bytes: number) => [
    pm2Home({ modules: [], logs: [{ ...file(path, { sizeBytes: bytes }), app: null }] }),
  ];
  const judge = (bytes: number, perDay: number, freeGb: number) =>
    runAudit(logsUnrotated, {
      pm2Files: homes(bytes),
      disks: [disk({ totalBytes: 80 * GB, freeBytes: freeGb * GB, usedRatio: 1 - freeGb / 80 })],
      history: remembered({
        logs: [{ path: c(path), app: null, size: track(48, (at) => bytes - ((47 - at) / 24) * perDay) }],
      }),
    });

  it('is urgent where the log alone fills the disk within a week', () => {
    const [draft] = judge(20 * GB, 5 * GB, 30);
    expect(draft).toMatchObject({ priority: 'P1' });
    expect(effect(logsUnrotated, draft!)).toMatch(
      /They grow by 5 GB a day, which fills the disk by 2026-11-2\d\./,
    );
    expect(effect(logsUnrotated, draft!, 'zh-CN')).toMatch(/每天增长 5 GB，.+前会写满磁盘。/);
  });

  it('finds a log that is small and fast', () => {
    expect(judge(90 * MB, 40 * MB, 0.2)).toMatchObject([{ priority: 'P1' }]);
    expect(judge(90 * MB, 40 * MB, 0.4)).toEqual([]);
  });

  it('counts what was written, across rotations', () => {
    const history = remembered({
      logs: [{ path: c(path), app: null, size: track(49, (at) => (at % 12) * 10 * MB) }],
    });
    const [trend] = logTrends(history, now);
    // 11 steps of 10 MB in each 12 hours; what is lost at the rotation itself is not known.
    expect(trend!.bytesPerDay / MB).toBeCloseTo(220, -1);
    expect(
      logTrends(remembered({ logs: [{ path: c(path), app: null, size: track(5, () => 0) }] }), now),
    ).toEqual([]);
  });
});
