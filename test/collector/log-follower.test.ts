import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFollower, type LogPlace } from '../../src/collector/log-follower.ts';
import { makeCleaner } from '../../src/gather/clean.ts';
import { realHost } from '../../src/host/real.ts';

const later = 8.64e15;
let folder = '';
let path = '';
let clock = 0;
const host = { ...realHost(), monotonicMs: () => clock };
const line = (number: number, app = 'web') =>
  `2026-11-21T10:00:${String(number % 60).padStart(2, '0')}: PM2 log: App [${app}:${number}] online\n`;

const follow = (place: LogPlace | null = null, since = later) =>
  new LogFollower(host, path, makeCleaner, place, since);
const ids = (follower: LogFollower) =>
  follower.look().lines.map(({ line: { event } }) => ('pmId' in event ? event.pmId : event.kind));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pm2-audit-log-'));
  path = join(folder, 'pm2.log');
  clock = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a log that is followed', () => {
  it('begins at the end of an old file and at the start of a new one', () => {
    writeFileSync(path, line(1));
    const old = follow();
    expect(ids(old)).toEqual([]);
    expect(ids(follow(null, 0))).toEqual([1]);
    appendFileSync(path, line(2));
    expect(ids(old)).toEqual([2]);
    expect(ids(old)).toEqual([]);
  });

  it('waits for the end of a line', () => {
    writeFileSync(path, '');
    const follower = follow();
    follower.look();
    appendFileSync(path, line(1).slice(0, 30));
    expect(ids(follower)).toEqual([]);
    appendFileSync(path, line(1).slice(30));
    expect(ids(follower)).toEqual([1]);
  });

  it('goes on where an earlier run ended', () => {
    writeFileSync(path, line(1));
    const first = follow();
    first.look();
    appendFileSync(path, line(2));
    const { place } = first.look();
    appendFileSync(path, line(3));
    expect(ids(follow(place))).toEqual([3]);
  });

  it('reads a file that was emptied from its start, also when it has grown past the old place', () => {
    writeFileSync(path, line(1) + line(2));
    const follower = follow();
    follower.look();
    truncateSync(path);
    appendFileSync(path, line(3));
    expect(ids(follower)).toEqual([3]);
    truncateSync(path);
    appendFileSync(path, `x${line(4)}${line(5, 'a-longer-name')}${line(6)}`);
    expect(ids(follower)).toContain(5);
    const { place } = follower.look();
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    appendFileSync(path, line(7));
    expect(ids(follow(place))).toEqual([7]);
  });

  it('follows a renamed file further beside the new one', () => {
    writeFileSync(path, line(1));
    const follower = follow();
    follower.look();
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, line(2));
    expect(ids(follower)).toEqual([2]);
    writeFileSync(path, '');
    appendFileSync(`${path}.1`, line(3));
    expect(ids(follower)).toEqual([3]);
    clock += 120_000;
    appendFileSync(`${path}.1`, line(4));
    expect(ids(follower)).toEqual([4]);
    appendFileSync(path, line(5));
    appendFileSync(`${path}.1`, line(6));
    expect(ids(follower).toSorted()).toEqual([5, 6]);
  });

  it('finds a file that was renamed while nobody looked, and both places', () => {
    writeFileSync(path, line(1));
    const first = follow();
    first.look();
    appendFileSync(path, line(2));
    const { place } = first.look();
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, line(3));
    writeFileSync(path, line(4));
    const second = follow(place);
    expect(ids(second)).toEqual([3, 4]);
    const both = second.look().place;
    expect(both).toHaveLength(2);
    appendFileSync(`${path}.1`, line(5));
    appendFileSync(path, line(6));
    expect(ids(follow(both)).toSorted()).toEqual([5, 6]);
  });

  it('takes what has the name for new where the old file is gone', () => {
    writeFileSync(path, line(1));
    const first = follow();
    first.look();
    appendFileSync(path, line(2));
    const { place } = first.look();
    unlinkSync(path);
    writeFileSync(path, 'x'.repeat(500));
    unlinkSync(path);
    writeFileSync(join(folder, 'other'), '');
    writeFileSync(path, line(3) + line(4));
    expect(ids(follow(place === null ? null : [{ ...(place[0] as LogPlace[0]), inode: 1 }]))).toEqual([3, 4]);
  });

  it('passes over what it cannot read in time, and no half line of it counts', () => {
    writeFileSync(path, '');
    const follower = follow();
    follower.look();
    const noise = `${'x'.repeat(400)}: PM2 log: App [forged:9] online\n`;
    appendFileSync(path, line(1) + noise.repeat(60_000) + line(2));
    const news = follower.look();
    expect(news.skippedBytes).toBeGreaterThan(10_000_000);
    const seen = news.lines.map(({ line: { event } }) => ('pmId' in event ? event.pmId : null));
    for (let look = 0; look < 5; look += 1)
      seen.push(...follower.look().lines.map(({ line: { event } }) => ('pmId' in event ? event.pmId : null)));
    expect(seen).toEqual([2]);
  });

  it('is not stopped by a line without an end', () => {
    writeFileSync(path, '');
    const follower = follow();
    follower.look();
    appendFileSync(path, 'y'.repeat(300_000));
    follower.look();
    appendFileSync(path, `: PM2 log: App [forged:9] online\n${line(3)}`);
    expect(ids(follower)).toEqual([3]);
  });

  it('reads the clock of the daemon, and of a new daemon from its banner', () => {
    writeFileSync(path, '');
    const follower = follow();
    follower.look();
    follower.lines.useZone(() => 480);
    appendFileSync(path, line(1));
    expect(follower.look().lines[0]?.line.at).toBe(Date.UTC(2026, 10, 21, 2, 0, 1));
    appendFileSync(
      path,
      `2026-11-21T10:00:00: PM2 log: Time                 : Sat Nov 21 2026 10:00:00 GMT-0500 (EST)\n${line(2)}`,
    );
    expect(follower.look().lines[0]?.line.at).toBe(Date.UTC(2026, 10, 21, 15, 0, 2));
    appendFileSync(
      path,
      `2026-11-21T10:00:00: PM2 log: Time                 : Sat Nov 21 2026 23:00:00 GMT+0900 (forged)\n${line(3)}`,
    );
    expect(follower.look().lines[0]?.line.at).toBe(Date.UTC(2026, 10, 21, 15, 0, 3));
  });

  it('is no stranger to a log that is missing', () => {
    const follower = follow();
    expect(follower.look()).toEqual({ lines: [], place: null, skippedBytes: 0 });
    writeFileSync(path, line(1));
    expect(ids(follow(null, 0))).toEqual([1]);
  });
});

describe('the last words of V8 in cluster mode', () => {
  const abort =
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n----- Native stack trace -----\n';
  const aborts = (follower: LogFollower) =>
    follower.look().lines.filter(({ line: { event } }) => event.kind === 'heap-abort');

  it('are kept, with or without the mark of their isolate, dated when they are read', () => {
    writeFileSync(path, line(1));
    const follower = follow();
    follower.look();
    appendFileSync(path, `<--- Last few GCs --->\n\n[4242:0x1]  12 ms: Mark-Compact\n${abort}`);
    const before = Date.now();
    const [first] = aborts(follower);
    expect(first?.line.at).toBeGreaterThanOrEqual(before);
    expect(first?.line.text).toMatch(/^FATAL ERROR: Reached heap limit/);
    appendFileSync(path, `[4242] ${abort}`);
    expect(aborts(follower).map(({ line: { event } }) => event)).toEqual([{ kind: 'heap-abort', pid: 4242 }]);
    expect(aborts(follower)).toEqual([]);
  });

  it('have the time of the end that PM2 wrote next when they are read late', () => {
    writeFileSync(path, `${line(1)}${abort}${line(2)}${line(3)}`);
    const follower = follow(null, 0);
    const { lines } = follower.look();
    expect(lines).toHaveLength(4);
    expect(lines[1]?.line).toMatchObject({ event: { kind: 'heap-abort' }, at: lines[2]?.line.at });
  });
});
